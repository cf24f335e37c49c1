/* Segments to tokens and back: kinds, marks, straddling tokens, round trips
 * of random rows. */
#include "rng.h"
#include "sequence.h"

#include "tap.h"

#define SMALL                                                                  \
    "tests/data/small.json" /* "the" is one token, so is "<|wrong|>" */

static struct err e;
static struct tokens toks;

static void add(struct segment_vec *v, enum kind kind, const char *text)
{
    vec_push(
        v, (struct segment){kind_weights[kind] > 0, kind, str_of(text), false});
}

static void check_straddle(struct sequence *s)
{
    struct segment_vec v = {0};
    add(&v, KIND_CONTEXT, "t");
    add(&v, KIND_WRONG, "h");
    add(&v, KIND_RIGHT, "e the");
    memset(&s->counts, 0, sizeof s->counts);
    bool good = !sequence_encode(s, &v, false, &toks, &e) && toks.ids.n == 2;
    ok(good && toks.kinds.v[0] == KIND_WRONG && toks.kinds.v[1] == KIND_RIGHT,
       "a token across an edge takes the guarded kind");
    ok(s->counts.straddles == 1 && s->counts.tokens == 2 &&
           s->counts.bytes == 7 && s->counts.kinds[KIND_WRONG] == 1,
       "and is counted");
    v.n = 0;
    add(&v, KIND_PROMPT, "the");
    add(&v, KIND_CONTEXT, " the");
    good = !sequence_encode(s, &v, false, &toks, &e) && toks.ids.n == 2;
    ok(good && toks.kinds.v[0] == KIND_PROMPT &&
           toks.kinds.v[1] == KIND_CONTEXT && s->counts.straddles == 1,
       "an edge before white space cuts no token");
    vec_free(&v);
}

static void check_marks(struct sequence *s)
{
    struct segment_vec v = {0};
    int32_t wrong = tokenizer_special(s->t, STR("<|wrong|>"));
    memset(&s->counts, 0, sizeof s->counts);
    add(&v, KIND_CONTEXT, "<|wrong|>");
    add(&v, KIND_MARK, "<|wrong|>");
    add(&v, KIND_MARK, " <|wrong|>");
    bool good = !sequence_encode(s, &v, false, &toks, &e);
    int found = 0;
    for (size_t i = 0; i < toks.ids.n; i++)
        found += toks.ids.v[i] == wrong;
    ok(good && found == 1, "only a mark segment becomes the mark");
    ok(s->counts.literal_marks == 1 && s->counts.marks_in_text == 2,
       "the others are counted");
    vec_free(&v);
}

/* Random rows: what is decoded is what went in, neighbours of one kind
 * joined; and without marks the ids are those of the text. */
static void random_row(struct rng *r, struct segment_vec *v)
{
    static const char *const texts[] = {
        "the", " the", "th", "e",      "\xc3\xa9",  " \xf0\x9f\x98\x80",
        "12",  "\n\n", "  ", " wrong", "<|wrong|>", "\xe4\xb8\xad\xe6\x96\x87",
        "[B"};
    static const enum kind kinds[] = {KIND_PROMPT, KIND_CONTEXT, KIND_WRONG,
                                      KIND_REASON, KIND_RIGHT};
    v->n = 0;
    for (uint64_t n = rng_below(r, 12); n; n--)
        if (rng_below(r, 4) == 0)
            add(v, KIND_MARK, rng_below(r, 2) ? "<|wrong|>" : "<|right|>");
        else
            add(v, kinds[rng_below(r, COUNTOF(kinds))],
                texts[rng_below(r, COUNTOF(texts))]);
}

static void join(const struct segment_vec *v, struct buf *b)
{
    b->n = 0;
    for (size_t i = 0; i < v->n; i++)
        buf_str(b, v->v[i].text);
}

static bool covered(const struct tokens *t)
{
    return t->ids.n == t->kinds.n;
}

static void check_round(struct sequence *s, const char *name)
{
    struct rng r = rng_from(3);
    struct segment_vec v = {0}, back = {0};
    struct buf text = {0};
    int wrong = 0, edges = 0;
    for (int i = 0; i < 3000; i++) {
        random_row(&r, &v);
        join(&v, &text);
        uint64_t straddles = s->counts.straddles;
        wrong += sequence_encode(s, &v, false, &toks, &e) || !covered(&toks) ||
                 sequence_decode(s, &toks, &back, &e) ||
                 !str_eq(buf_view(&s->clean), buf_view(&text));
        if (s->counts.straddles > straddles)
            continue;
        /* No straddle: edges come back too, but for those between equals. */
        size_t k = 0, left = 0;
        for (size_t j = 0; j < v.n; j++) {
            if (!left && k < back.n)
                left = back.v[k++].text.n;
            edges += back.v[k - 1].kind != v.v[j].kind || left < v.v[j].text.n;
            left -= size_min(left, v.v[j].text.n);
        }
        edges += left != 0 || k != back.n;
    }
    ok(wrong == 0, "%s: decoding gives the text", name);
    ok(edges == 0, "%s: and the kinds", name);
    ok(s->counts.replaced == 0, "%s: all of it well-formed", name);
    vec_free(&v);
    vec_free(&back);
    buf_free(&text);
}

static void check_broken(struct sequence *s)
{
    static const int32_t cut[] = {'a', 0xe4, 0xb8, 0xff, 'b', 0xf0, 0x9f};
    struct segment_vec back = {0};
    memset(&s->counts, 0, sizeof s->counts);
    toks.ids.n = toks.kinds.n = 0;
    for (size_t i = 0; i < COUNTOF(cut); i++)
        vec_push(&toks.ids, cut[i]);
    bool good = !sequence_decode(s, &toks, &back, &e);
    ok(good && s->counts.replaced == 3 &&
           str_eq(buf_view(&s->clean), STR("a\xef\xbf\xbd\xef\xbf\xbd"
                                           "b\xef\xbf\xbd")),
       "one U+FFFD for each beginning of a character");
    vec_free(&back);
}

int main(void)
{
    struct tokenizer *bytes = tokenizer_builtin();
    struct tokenizer *small = tokenizer_load(SMALL, &e);
    ok(small != NULL, "the test vocabulary loads");
    if (!small)
        return tap_end();
    struct sequence s;
    sequence_start(&s, small, false);
    check_straddle(&s);
    check_marks(&s);
    check_round(&s, "small");
    sequence_free(&s);
    sequence_start(&s, bytes, false);
    check_round(&s, "bytes");
    check_broken(&s);
    sequence_free(&s);
    tokenizer_free(small);
    tokenizer_free(bytes);
    vec_free(&toks.ids);
    vec_free(&toks.kinds);
    return tap_end();
}
