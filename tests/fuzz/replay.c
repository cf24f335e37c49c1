/*
 * Runs a target without a fuzzer: over each file of its corpus as it stands,
 * cut short, and with a few bytes changed.  What breaks aborts, with the
 * input left beside the program, in TARGET.broken.
 */
#include <glob.h>

#include "fuzz.h"
#include "mem.h"
#include "rng.h"
#include "str.h"

#define RUNS 1500 /* per file, of each way to spoil it */

static const char *program; /* argv[0] */

/* A copy of its own, so that a reader beyond the end is seen. */
static void run(const char *p, size_t n)
{
    char path[200];
    snprintf(path, sizeof path, "%s.broken", program);
    FILE *f = fopen(path, "wb");
    must(f && fwrite(p, 1, n, f) == n && fclose(f) == 0);
    uint8_t *copy = mem_alloc(n);
    if (n)
        memcpy(copy, p, n);
    LLVMFuzzerTestOneInput(copy, n);
    mem_free(copy);
    unlink(path);
}

static void spoil(struct buf *b, struct rng *rng)
{
    static const char odd[] = "\0\"\\{}[],:%$\xff\xc3 -09eE.\n\t~";
    for (int k = 1 + (int)rng_below(rng, 3); k > 0 && b->n > 0; k--) {
        size_t at = rng_below(rng, b->n);
        switch (rng_below(rng, 4)) {
        case 0:
            b->p[at] ^= (char)(1 << rng_below(rng, 8));
            break;
        case 1:
            b->p[at] = odd[rng_below(rng, sizeof odd - 1)];
            break;
        case 2: /* taken out */
            memmove(b->p + at, b->p + at + 1, b->n - at - 1);
            b->n--;
            break;
        default: /* a stretch again */
            buf_reserve(b, b->n);
            size_t n = rng_below(rng, size_min(b->n - at, 64) + 1);
            memmove(b->p + at + n, b->p + at, b->n - at);
            b->n += n;
        }
    }
}

static void replay(const char *path)
{
    struct buf b = {0}, spoilt = {0};
    char block[4096];
    size_t got;
    FILE *f = fopen(path, "rb");
    must(f);
    while ((got = fread(block, 1, sizeof block, f)) > 0)
        buf_add(&b, block, got);
    fclose(f);
    run(b.p, b.n);
    for (size_t n = 0; n < b.n; n += 1 + b.n / RUNS)
        run(b.p, n);
    struct rng rng = rng_from(rng_hash(1, b.p, b.n));
    for (int i = 0; i < RUNS; i++) {
        spoilt.n = 0;
        buf_str(&spoilt, buf_view(&b));
        spoil(&spoilt, &rng);
        run(spoilt.p, spoilt.n);
    }
    buf_free(&b);
    buf_free(&spoilt);
}

int main(int argc, char **argv)
{
    char pattern[200];
    glob_t found = {0};
    (void)argc;
    program = argv[0];
    const char *name = strrchr(program, '/');
    must(name++);
    snprintf(pattern, sizeof pattern, "tests/fuzz/corpus/%s/*", name);
    must(glob(pattern, 0, NULL, &found) == 0);
    printf("1..%zu\n", found.gl_pathc);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        fflush(stdout);
        replay(found.gl_pathv[i]);
        printf("ok %zu - %s\n", i + 1, found.gl_pathv[i]);
    }
    globfree(&found);
    return 0;
}
