/* Byte-pair merging: every way against the naive loop, on random merges. */
#include <stdlib.h>

#include "bpe.h"
#include "rng.h"

#include "tap.h"

#define LETTERS 4

/* Merges of random pairs of what there is so far; some get rank twice. */
static void random_merges(struct bpe *b, struct rng *r, int n)
{
    bpe_start(b, (size_t)n);
    for (int i = 0; i < LETTERS; i++)
        b->bytes['a' + i] = i;
    for (int i = 0; i < n; i++) {
        int32_t left = (int32_t)rng_below(r, (uint64_t)(LETTERS + i));
        int32_t right = (int32_t)rng_below(r, (uint64_t)(LETTERS + i));
        bpe_add(b, left, right, LETTERS + i);
    }
}

static struct str random_piece(struct buf *b, struct rng *r)
{
    size_t n = rng_below(r, rng_below(r, 4) ? 60 : 600);
    b->n = 0;
    for (size_t i = 0; i < n; i++)
        buf_char(b, (char)('a' + rng_below(r, LETTERS)));
    return buf_view(b);
}

static bool same(const struct i32_vec *a, const struct i32_vec *b)
{
    return a->n == b->n && (!a->n || !memcmp(a->v, b->v, a->n * sizeof *a->v));
}

static void check_random(void)
{
    struct rng r = rng_from(7);
    struct bpe_work *w = bpe_work_new();
    struct buf text = {0};
    struct i32_vec naive = {0}, fast = {0}, again = {0}, heap = {0};
    int wrong = 0, bad;
    for (int round = 0; round < 40; round++) {
        struct bpe b = {0};
        random_merges(&b, &r, 1 + (int)rng_below(&r, 200));
        struct bpe_work *own = bpe_work_new();
        for (int k = 0; k < 60; k++) {
            struct str piece = random_piece(&text, &r);
            naive.n = fast.n = again.n = heap.n = 0;
            wrong += bpe_encode_naive(&b, piece, &naive, &bad) ||
                     bpe_encode(&b, own, piece, &fast, &bad) ||
                     bpe_encode(&b, own, piece, &again, &bad);
            bpe_encode_heap(&b, w, piece, &heap);
            wrong += !same(&naive, &fast) || !same(&naive, &again) ||
                     !same(&naive, &heap);
        }
        bpe_work_free(own);
        bpe_free(&b);
    }
    ok(wrong == 0, "scan, cache and heap give the naive ids");
    vec_free(&naive);
    vec_free(&fast);
    vec_free(&again);
    vec_free(&heap);
    buf_free(&text);
    bpe_work_free(w);
}

/* Merges as a trainer gives them, each after what makes its parts, or in any
 * order; texts of few letters, so that merges reach far. */
static void check_windows(void)
{
    struct rng r = rng_from(3);
    struct buf text = {0};
    struct i32_vec naive = {0}, fast = {0};
    int wrong = 0, ordered = 0, bad;
    for (int round = 0; round < 300; round++) {
        struct bpe b = {0};
        struct bpe_work *w = bpe_work_new();
        random_merges(&b, &r, 1 + (int)rng_below(&r, round % 3 ? 12 : 300));
        if (round % 2)
            bpe_finish(&b);
        ordered += b.ordered;
        for (int k = 0; k < 20; k++) {
            size_t letters = 1 + rng_below(&r, LETTERS);
            bpe_work_window(w, 8 + rng_below(&r, 40));
            text.n = naive.n = fast.n = 0;
            for (size_t n = 1 + rng_below(&r, 300); n; n--)
                buf_char(&text, (char)('a' + rng_below(&r, letters)));
            wrong += bpe_encode_naive(&b, buf_view(&text), &naive, &bad) ||
                     bpe_encode_windows(&b, w, buf_view(&text), &fast, &bad) ||
                     !same(&naive, &fast);
        }
        bpe_work_free(w);
        bpe_free(&b);
    }
    ok(wrong == 0 && ordered > 50, "windows give the naive ids (%d, %d)", wrong,
       ordered);
    vec_free(&naive);
    vec_free(&fast);
    buf_free(&text);
}

/* Many pieces of one text, most of them new and some again, so that the cache
 * grows and drops some; a byte without an id ends it. */
static void check_run(void)
{
    struct rng r = rng_from(11);
    struct bpe b = {0};
    struct bpe_work *w = bpe_work_new();
    struct buf text = {0};
    struct size_vec ends = {0};
    struct i32_vec naive = {0}, fast = {0};
    int bad, failed = 0;
    random_merges(&b, &r, 60);
    bpe_finish(&b);
    for (int i = 0; i < 300000; i++) {
        size_t from = text.n, n = 1 + rng_below(&r, i % 50 ? 15 : 60);
        for (size_t k = 0; k < n; k++)
            buf_char(&text, (char)('a' + rng_below(&r, LETTERS)));
        vec_push(&ends, text.n);
        failed |= bpe_encode_naive(
            &b, (struct str){text.p + from, text.n - from}, &naive, &bad);
    }
    for (int again = 0; again < 2; again++) {
        struct bpe_pieces p = {buf_view(&text), 0, ends.v, ends.n};
        fast.n = 0;
        failed |= bpe_encode_run(&b, w, &p, &fast, &bad);
        ok(!failed && same(&naive, &fast), "a run of pieces, time %d", again);
    }
    size_t two[] = {2, 4};
    struct bpe_pieces p = {STR("ab!a"), 0, two, 2};
    ok(bpe_encode_run(&b, w, &p, &fast, &bad) && bad == '!',
       "a byte without an id in a run");
    vec_free(&naive);
    vec_free(&fast);
    vec_free(&ends);
    buf_free(&text);
    bpe_work_free(w);
    bpe_free(&b);
}

/* Random merges over characters of one to four bytes, some without an id. */
static const char *const chars[] = {
    "a", "b", "\xc3\xa9", "\xe4\xb8\xad", "\xf0\x9f\xa4\xb7", "z", "\xc3\xbf"};
#define KNOWN 5 /* of them have an id */

static void random_char_merges(struct bpe *b, struct rng *r, int n)
{
    const char *first[KNOWN + 60], *last[KNOWN + 60]; /* characters */
    bpe_start(b, (size_t)n);
    bpe_start_chars(b);
    for (int i = 0; i < 256; i++)
        b->bytes[i] = 1000 + i;
    for (int i = 0; i < KNOWN; i++) {
        uint32_t cp;
        utf8_step(chars[i], chars[i] + strlen(chars[i]), &cp);
        bpe_add_char(b, cp, i);
        first[i] = last[i] = chars[i];
    }
    for (int i = KNOWN; i < KNOWN + n; i++) {
        uint64_t left = rng_below(r, (uint64_t)i);
        uint64_t right = rng_below(r, (uint64_t)i);
        bpe_glue(b, str_of(last[left]), str_of(first[right]));
        bpe_add(b, (int32_t)left, (int32_t)right, i);
        first[i] = first[left];
        last[i] = last[right];
    }
    bpe_finish(b);
}

/* The ids of a text cut where bpe_cut says, a few pieces at a time. */
static int encode_cut(const struct bpe *b, struct bpe_work *w, struct str text,
                      struct i32_vec *ids)
{
    size_t ends[7];
    int bad;
    struct bpe_pieces p = {text, 0, ends, 0};
    while ((p.n = bpe_cut(b, text, p.from, ends, 7))) {
        if (bpe_encode_run(b, w, &p, ids, &bad))
            return -1;
        p.from = ends[p.n - 1];
    }
    return p.from == text.n ? 0 : -1;
}

static void check_chars(void)
{
    struct rng r = rng_from(5);
    struct buf text = {0};
    struct i32_vec naive = {0}, cut = {0}, windows = {0};
    int wrong = 0, bad;
    for (int round = 0; round < 60; round++) {
        struct bpe b = {0};
        struct bpe_work *w = bpe_work_new();
        random_char_merges(&b, &r, 1 + (int)rng_below(&r, 20));
        for (int k = 0; k < 40; k++) {
            text.n = naive.n = cut.n = windows.n = 0;
            bpe_work_window(w, 8 + rng_below(&r, 40));
            for (size_t n = rng_below(&r, 80); n; n--)
                buf_cstr(&text, chars[rng_below(&r, COUNTOF(chars))]);
            struct str all = buf_view(&text);
            wrong += bpe_encode_naive(&b, all, &naive, &bad) ||
                     encode_cut(&b, w, all, &cut) || !same(&naive, &cut) ||
                     bpe_encode_windows(&b, w, all, &windows, &bad) ||
                     !same(&naive, &windows);
        }
        bpe_work_free(w);
        bpe_free(&b);
    }
    ok(wrong == 0, "a model over characters, cut at its borders, in windows");
    vec_free(&naive);
    vec_free(&cut);
    vec_free(&windows);
    buf_free(&text);
}

static void check_edges(void)
{
    struct bpe b = {0};
    struct bpe_work *w = bpe_work_new();
    struct i32_vec ids = {0};
    int bad = 0;
    bpe_start(&b, 2);
    b.bytes['a'] = 0;
    bpe_add(&b, 0, 0, 1);
    bpe_add(&b, 1, 1, 2);
    ok(!bpe_encode(&b, w, STR(""), &ids, &bad) && !ids.n, "nothing");
    ok(bpe_encode(&b, w, STR("aab"), &ids, &bad) && bad == 'b' && !ids.n,
       "a byte without an id is told, and nothing is put");
    ok(!bpe_encode(&b, w, STR("aaaaa"), &ids, &bad) && ids.n == 2 &&
           ids.v[0] == 2 && ids.v[1] == 0,
       "equal ranks merge from the left");
    ids.n = 0;
    bytemap_put(&b.words, STR("aaa"), 9);
    ok(!bpe_encode(&b, w, STR("aaa"), &ids, &bad) && ids.n == 1 &&
           ids.v[0] == 9,
       "a whole word overrules the merges");
    vec_free(&ids);
    bpe_work_free(w);
    bpe_free(&b);
}

/* The 256 names are distinct, and each leads back. */
static void check_names(void)
{
    bool good = bpe_byte_char(' ') == 0x120 && bpe_byte_char('\n') == 0x10a &&
                bpe_byte_char('A') == 'A' && bpe_byte_char(0xad) == 0x143;
    for (int i = 0; i < 256; i++)
        good = good && bpe_char_byte(bpe_byte_char((uint8_t)i)) == i;
    ok(good, "names of the bytes");
    ok(bpe_char_byte(' ') == -1 && bpe_char_byte(0x144) == -1 &&
           bpe_char_byte(0x2581) == -1,
       "other characters name none");
}

/* One letter a million times must not take quadratic time (the test would
 * not end). */
static void check_long(void)
{
    struct bpe b = {0};
    struct bpe_work *w = bpe_work_new();
    struct i32_vec ids = {0};
    struct buf text = {0};
    int bad;
    buf_reserve(&text, 1 << 20);
    memset(text.p, 'a', text.n = 1 << 20);
    bpe_start(&b, 10);
    b.bytes['a'] = 0;
    for (int32_t i = 0; i < 10; i++)
        bpe_add(&b, i, i, i + 1);
    bool good = !bpe_encode(&b, w, buf_view(&text), &ids, &bad);
    ok(good && ids.n == 1 << 10 && ids.v[0] == 10, "a million letters");
    buf_free(&text);
    vec_free(&ids);
    bpe_work_free(w);
    bpe_free(&b);
}

int main(void)
{
    check_random();
    check_windows();
    check_run();
    check_chars();
    check_edges();
    check_names();
    check_long();
    return tap_end();
}
