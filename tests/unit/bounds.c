/* Sentence bounds: the walk finds what ICU finds, on texts made of what the
 * rules turn on, on real text, and on what they do not know. */
#include <stdlib.h>

#include "mem.h"
#include "rng.h"
#include "io.h"
#include "segment_bounds.h"
#include "tap.h"

static struct bounds *own, *icu;

/* Where the two differ first, or SIZE_MAX. */
static size_t differ(struct str text)
{
    struct err e;
    size_t a, b;
    if (bounds_start(own, text, false, &e) || bounds_start(icu, text, true, &e))
        return 0;
    do {
        a = bounds_next(own);
        b = bounds_next(icu);
        if (a != b)
            return a < b ? a : b;
    } while (a != SIZE_MAX);
    return SIZE_MAX;
}

static const char *const pieces[] = {
    " ",          "  ",       ".",
    ". ",         "!",        "? ",
    "\n",         "\r\n",     "\r",
    "a",          "b c",      "Word",
    "A",          "Is",       "Mr",
    "U.S.",       "Ph.D.",    "p.m.",
    "e.g.",       "etc.",     "Dr. ",
    "1",          "3.5",      ",",
    ", ",         ";",        ": ",
    "-",          "--",       "\"",
    "' ",         "(",        ") ",
    "]",          "_",        "/",
    "\t",         "In. ",     "vs. ",
    "S.p.A.",     "Lt.Cdr. ", "Q. ",
    "U. ",        "\u2019",   "\u201c",
    "\u201d ",    "\u2014",   "\u2026",
    "\u3002",     "\uff01",   "\u00e9t\u00e9",
    "\u00c9",     "\u4e2d",   "\u2028",
    "\u2029",     "\xC2\x85", "\u00a0",
    "\u3000",     "\u0661",   "\U0001F600",
    "\U00010400",
};
static const char *const ignored[] = {"\u0301", "\u200d", "\u00ad", "\ufeff"};

static void test_fuzz(int rounds, bool odd)
{
    bool good = true;
    for (int i = 0; i < rounds && good; i++) {
        struct rng r = rng_from((uint64_t)i * 2 + odd);
        struct buf b = {0};
        size_t n = 1 + rng_below(&r, 24);
        for (size_t k = 0; k < n; k++)
            buf_cstr(&b, odd && rng_below(&r, 6) == 0
                             ? ignored[rng_below(&r, COUNTOF(ignored))]
                             : pieces[rng_below(&r, COUNTOF(pieces))]);
        size_t at = differ(buf_view(&b));
        good = at == SIZE_MAX;
        if (!good)
            printf("# at %zu of \"%.*s\"\n", at, (int)b.n, b.p);
        buf_free(&b);
    }
    ok(good, odd ? "with ignored characters" : "without");
}

/* Every paragraph of a file, and all of it. */
static void test_file(const char *path)
{
    struct buf b = {0};
    struct err e;
    bool good = io_slurp(path, &b, &e) == 0;
    struct str all = buf_view(&b);
    size_t from = 0, n = 0;
    while (good && from < all.n) {
        size_t to = str_find(all, STR("\n\n"), from);
        struct str part = str_sub(all, from, to);
        size_t at = differ(part);
        good = at == SIZE_MAX;
        if (!good)
            printf("# at %zu of \"%.*s\"\n", at, (int)part.n, part.p);
        from = size_min(to + 2, all.n);
        n++;
    }
    ok(good && n > 0 && differ(all) == SIZE_MAX, "%s", path);
    buf_free(&b);
}

int main(int argc, char **argv)
{
    struct err e;
    own = bounds_new(&e);
    icu = bounds_new(&e);
    if (argc > 1) { /* by hand: rounds, and files */
        test_fuzz(atoi(argv[1]), false);
        test_fuzz(atoi(argv[1]), true);
        for (int i = 2; i < argc; i++)
            test_file(argv[i]);
    } else {
        test_fuzz(20000, false);
        test_fuzz(5000, true);
        test_file("examples/text/jargon.txt");
        test_file("src/segment.c");
    }
    ok(differ(STR("")) == SIZE_MAX, "nothing");
    bounds_free(own);
    bounds_free(icu);
    return tap_end();
}
