/* Where a document may be cut, and which row it goes into. */
#include <stdlib.h>

#include "mem.h"
#include "packer_impl.h"
#include "rng.h"
#include "tap.h"

/* Kinds as letters: p c w m r R = prompt context wrong mark reason right. */
static uint8_t kind_at(char c)
{
    return (uint8_t)(strchr(".pcwmrR", c) - ".pcwmrR");
}

/* want has '|' where kinds may be cut, e.g. "c|c|wmR|c". */
static void cuts(const char *want)
{
    uint8_t kinds[64] = {0};
    bool may[64];
    char got[128];
    size_t n = 0, at = 0;
    for (const char *p = want; *p; p++) {
        if (*p != '|')
            kinds[n++] = kind_at(*p);
    }
    pack_cuts(kinds, n, may);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && may[i])
            got[at++] = '|';
        got[at++] = ".pcwmrR"[kinds[i]];
    }
    got[at] = '\0';
    ok(strcmp(got, want) == 0, "%s", want);
    if (strcmp(got, want) != 0)
        printf("# got %s\n", got);
}

static void test_cuts(void)
{
    cuts("c|c|c");
    cuts("p|p|c|c");
    cuts("c|wwmrrmRR|c|c");  /* style insec */
    cuts("c|wwmRR|wwmRR|c"); /* style retry */
    cuts("c|wmwmwmR|c");     /* several tries at one place */
    cuts("c|wcmrmR|c|c");    /* the rest of the sentence, then the flag */
    cuts("c|wcccR|c");       /* a correction that comes late */
    cuts("c|w|c|c|wmR|c");   /* an error that nobody corrects */
    cuts("c|w|c|c");
    cuts("wmR");
    cuts("wmR|wmR");
    cuts("c|mrm|c|c"); /* a remark on no error */
    cuts("c|m|c|c|m"); /* marks that begin and end a document */
    cuts("R|c|R");
    cuts("c");
}

/* ---- rows */

#define DOCS 3000

/* The definition: for each document look at every row that is open, in the
 * order they were opened.  row[i] becomes the number of i's row, in the order
 * rows are given out; returns the number of rows. */
static size_t spec(const size_t *n, size_t length, size_t open, size_t *row)
{
    size_t *born = mem_zero(DOCS, sizeof *born); /* row, by opening */
    size_t *used = mem_zero(DOCS, sizeof *used);
    size_t *out = mem_zero(DOCS, sizeof *out); /* 1 + place, once given out */
    size_t rows = 0, given = 0;
    for (size_t i = 0; i < DOCS; i++) {
        size_t best = DOCS, fullest = DOCS, living = 0;
        for (size_t r = 0; r < rows; r++) {
            if (out[r])
                continue;
            living++;
            if (fullest == DOCS || used[r] > used[fullest])
                fullest = r;
            if (used[r] + n[i] <= length &&
                (best == DOCS || used[r] > used[best]))
                best = r;
        }
        if (best == DOCS && living == open)
            out[fullest] = ++given;
        if (best == DOCS)
            best = rows++;
        used[best] += n[i];
        born[i] = best;
        if (used[best] == length)
            out[best] = ++given;
    }
    for (size_t r = 0; r < rows; r++) {
        if (!out[r])
            out[r] = ++given;
    }
    for (size_t i = 0; i < DOCS; i++)
        row[i] = out[born[i]] - 1;
    mem_free(born);
    mem_free(used);
    mem_free(out);
    return rows;
}

struct seen {
    size_t rows, shards, wrong, docs;
    const size_t *row, *n;
    bool *met; /* [DOCS] */
};

/* Every document is where spec put it, whole, once. */
static int look(void *ctx, const struct shard *s, struct err *e)
{
    struct seen *seen = ctx;
    seen->wrong += shard_check(s, e) < 0;
    for (size_t i = 0; i + 1 < s->n_cu; i++) {
        size_t at = (size_t)s->cu[i], to = (size_t)s->cu[i + 1];
        if (shard_is_pad(s, i))
            continue;
        size_t doc = (size_t)s->ids[at];
        bool good = doc < DOCS && !seen->met[doc] &&
                    seen->row[doc] == seen->rows + at / s->length &&
                    seen->n[doc] == to - at;
        for (size_t c = at; c < to; c++)
            good = good && (size_t)s->ids[c] == doc && s->kinds[c] == 2;
        seen->wrong += !good;
        if (doc < DOCS)
            seen->met[doc] = true;
        seen->docs++;
    }
    seen->rows += s->rows;
    seen->shards++;
    return 0;
}

static void rows_as_defined(size_t length, size_t longest, size_t open,
                            size_t shard_bytes)
{
    size_t n[DOCS], row[DOCS];
    bool met[DOCS] = {0};
    int32_t ids[64];
    uint8_t kinds[64];
    struct rng rng = rng_from(length * 1000 + open);
    for (size_t i = 0; i < DOCS; i++)
        n[i] = 1 + (size_t)rng_below(&rng, longest);
    size_t rows = spec(n, length, open, row);
    struct seen seen = {.row = row, .n = n, .met = met};
    struct packer_opts opts = {.length = length,
                               .open_rows = open,
                               .shard_bytes = shard_bytes,
                               .ctx = &seen,
                               .emit = look};
    struct packer *p = packer_new(&opts);
    struct err e = {0};
    memset(kinds, 2, sizeof kinds);
    for (size_t i = 0; i < DOCS; i++) {
        for (size_t c = 0; c < n[i]; c++)
            ids[c] = (int32_t)i;
        struct pack_doc doc = {.vocab = DOCS,
                               .n = n[i],
                               .ids = ids,
                               .kinds = kinds,
                               .name = STR("1")};
        seen.wrong += packer_add(p, &doc, &e) < 0;
    }
    size_t counted = packer_count(p).rows;
    seen.wrong += packer_finish(p, &e) < 0;
    packer_free(p);
    ok(seen.wrong == 0 && seen.docs == DOCS && seen.rows == rows &&
           counted == rows,
       "rows of %zu, %zu open: %zu rows in %zu shards as defined", length, open,
       rows, seen.shards);
}

/* Best fit of the longest first, by looking at every row. */
static size_t decreasing(const uint32_t *n, size_t docs, size_t length)
{
    static size_t used[DOCS];
    size_t rows = 0;
    for (size_t want = length; want > 0; want--) {
        for (size_t i = 0; i < docs; i++) {
            size_t best = DOCS;
            if (n[i] != want)
                continue;
            for (size_t r = 0; r < rows; r++) {
                if (used[r] + want <= length &&
                    (best == DOCS || used[r] > used[best]))
                    best = r;
            }
            if (best == DOCS)
                used[best = rows++] = 0;
            used[best] += want;
        }
    }
    return rows;
}

static void windows(size_t docs, size_t length, size_t longest)
{
    uint32_t n[DOCS] = {0}, row[DOCS];
    size_t used[DOCS] = {0}, seen = 0;
    bool good = true;
    struct rng rng = rng_from(docs + length);
    for (size_t i = 0; i < docs; i++)
        n[i] = 1 + (uint32_t)rng_below(&rng, longest);
    size_t rows = pack_best_fit(n, docs, length, row);
    for (size_t i = 0; i < docs; i++) {
        good = good && row[i] <= seen && row[i] < rows;
        seen += row[i] == seen;
        used[row[i]] += n[i];
        good = good && used[row[i]] <= length;
    }
    ok(good && seen == rows && rows == decreasing(n, docs, length),
       "%zu documents of up to %zu in rows of %zu: %zu rows", docs, longest,
       length, rows);
}

int main(void)
{
    test_cuts();
    rows_as_defined(64, 64, 64, 1 << 20);
    rows_as_defined(64, 64, 1, 1 << 20);
    rows_as_defined(64, 30, 7, 5000);
    rows_as_defined(20, 20, 3, 1);
    rows_as_defined(10, 3, 16, 300);
    rows_as_defined(1, 1, 2, 100);
    windows(0, 8, 8);
    windows(1, 8, 8);
    windows(500, 64, 64);
    windows(800, 100, 7);
    windows(800, 5000, 5000);
    windows(300, 300000, 200000);
    return tap_end();
}
