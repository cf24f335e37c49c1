/* The scanners against PCRE2 with the same pattern: every code point between
 * others, and random texts of what the patterns look at. */
#include "pretokenize.h"
#include "rng.h"
#include "scan.h"

#include "tap.h"

static struct err e;

struct cuts {
    size_t ends[4096];
    size_t n;
};

static int note(void *ctx, const struct piece *piece, struct err *err)
{
    struct cuts *c = ctx;
    (void)err;
    c->ends[c->n++] = piece->at + piece->text.n;
    return 0;
}

struct both {
    struct scan *scan;
    struct pretok *pretok;
    struct pretok_run *run;
    size_t texts, wrong;
};

/* A group around the pattern changes nothing but that no scanner is used. */
static bool both_start(struct both *b, enum scan_kind kind)
{
    struct buf pattern = {0};
    *b = (struct both){.scan = scan_new(kind), .pretok = pretok_new()};
    buf_printf(&pattern, "(?:%s)", scan_pattern(kind));
    int bad =
        pretok_regex(b->pretok, buf_view(&pattern), PRETOK_ISOLATED, false, &e);
    buf_free(&pattern);
    b->run = pretok_run_new(b->pretok);
    return !bad && !pretok_scan(b->run);
}

static void both_end(struct both *b)
{
    scan_free(b->scan);
    pretok_run_free(b->run);
    pretok_free(b->pretok);
}

/* Few pieces at a time never take the way of 64 bytes at once, many do. */
static void compare(struct both *b, struct str text, size_t most)
{
    static struct cuts ours, theirs;
    ours.n = theirs.n = 0;
    size_t from = 0, n;
    while ((n = scan_cut(b->scan, text, from, ours.ends + ours.n, most))) {
        ours.n += n;
        from = ours.ends[ours.n - 1];
    }
    b->texts++;
    if (pretok_each(b->run, text, note, &theirs, &e) == 0 &&
        ours.n == theirs.n &&
        !memcmp(ours.ends, theirs.ends, ours.n * sizeof *ours.ends))
        return;
    if (b->wrong++ < 3)
        printf("# %.*s\n", (int)text.n, text.p);
}

/* Every code point alone, doubled, and beside each class. */
static void code_points(struct both *b)
{
    static const char *const beside[] = {"a", "B", " ", "1", ".", "\n", "'"};
    struct buf text = {0};
    for (uint32_t cp = 0; cp < 0x110000; cp++) {
        if (cp >> 11 == 0x1b || (cp >= 0x20000 && cp & 0xff))
            continue; /* planes that are all of one class: samples */
        text.n = 0;
        for (size_t k = 0; k < COUNTOF(beside); k++) {
            utf8_put(&text, cp);
            buf_cstr(&text, beside[k]);
            utf8_put(&text, cp);
            utf8_put(&text, cp);
            buf_cstr(&text, beside[(k + cp) % COUNTOF(beside)]);
        }
        utf8_put(&text, cp);
        compare(b, buf_view(&text), 3);
    }
    buf_free(&text);
}

/* Texts of fewer bits than longest; the first ASCII of them are ASCII, and one
 * in wide is any. */
#define ASCII 19
static void random_texts(struct both *b, size_t n, size_t longest, size_t wide)
{
    static const char *const bits[] = {
        "a",        "Z",       "s",      "S",          "'",      "'s",
        "'LL",      "re",      "d",      " ",          "  ",     "\t",
        "\n",       "\r\n",    "0",      "123",        ".",      "/",
        "!?",       "'\u017f", "\u00a0", "\u3000",     "\u2028", "\u180e",
        "\xc2\x85", "\u00b2",  "\u0663", "\u0301",     "\u0e33", "\u01c5",
        "\u02b0",   "\u4e2d",  "\u0416", "\u00df",     "\u20ac", "\u212a",
        "\u200d",   "\ufeff",  "\u2167", "\U0001f600",
    };
    struct rng r = rng_from(n);
    struct buf text = {0};
    while (n--) {
        text.n = 0;
        for (size_t k = rng_below(&r, longest); k; k--)
            buf_cstr(&text,
                     bits[rng_below(&r, rng_below(&r, wide) ? ASCII
                                                            : COUNTOF(bits))]);
        compare(b, buf_view(&text), longest > 99 ? 128 : 3);
    }
    buf_free(&text);
}

int main(void)
{
    static const char *const names[] = {"", "GPT-2", "cl100k", "Qwen2",
                                        "o200k"};
    diag_program("scan");
    for (enum scan_kind k = SCAN_GPT2; k <= SCAN_O200K; k++) {
        struct both b;
        ok(both_start(&b, k), "%s: its pattern compiles", names[k]);
        ok(scan_of(str_of(scan_pattern(k))) == k, "it is recognised");
        code_points(&b);
        ok(!b.wrong, "%zu of %zu code points are cut otherwise", b.wrong,
           b.texts);
        b.wrong = b.texts = 0;
        random_texts(&b, 70000, 16, 1);
        random_texts(&b, 4000, 200, 400);
        random_texts(&b, 4000, 200, 30);
        ok(!b.wrong, "%zu of %zu random texts are cut otherwise", b.wrong,
           b.texts);
        both_end(&b);
    }
    return tap_end();
}
