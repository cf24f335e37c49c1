/* render: exact sequences for each style and cut, and over random texts and
 * errors what must hold for all: the document comes back, no segment is
 * empty, edges fall before white space, a short cut is the start of a long
 * one. */
#include <string.h>

#include "render.h"
#include "rng.h"
#include "tap.h"

static struct segmenter *segmenter;

#define EDIT(f, t, w, r)                                                       \
    {                                                                          \
        .from = f, .to = t, .wrong = {w, sizeof w - 1}, .reason = {            \
            r,                                                                 \
            sizeof r - 1                                                       \
        }                                                                      \
    }

/* "kind:text" joined by "|": what a sequence looks like. */
static void show(const struct segment_vec *s, struct buf *b)
{
    b->n = 0;
    for (size_t i = 0; i < s->n; i++) {
        buf_cstr(b, i ? "|" : "");
        buf_char(b, kind_names[s->v[i].kind][0]);
        if (s->v[i].kind == KIND_RIGHT)
            buf_char(b, 'i');
        buf_char(b, ':');
        buf_str(b, s->v[i].text);
    }
    buf_char(b, '\0');
}

struct example {
    const char *name;
    int style, cut, unit;
    const char *text;
    struct edit edits[3];
    size_t n;
    const char *want;
};

static void run(const struct example *x)
{
    struct render_opts o = RENDER_DEFAULTS;
    struct render_text t = {.text = str_of(x->text), .n = x->n};
    struct arena a = {0};
    struct script out = {0};
    struct buf b = {0};
    struct err e = {0};
    o.style = x->style;
    o.cut = x->cut ? x->cut : RENDER_UNIT;
    t.edits = x->edits;
    int status =
        segment_units(segmenter, t.text, (enum unit)x->unit, &t.units, &e);
    status |= render_settle(&o, &e);
    (void)render_text(&o, &t, &a, &out, &e);
    show(&out.segments, &b);
    ok(status == 0 && strcmp(b.p, x->want) == 0, "%s", x->name);
    if (strcmp(b.p, x->want) != 0)
        printf("# got  %s\n# want %s\n", b.p, x->want);
    vec_free(&t.units);
    script_free(&out);
    buf_free(&b);
    arena_free(&a);
}

#define PARIS "It rains. The capital is Paris. So what?"

/* clang-format off */
static const struct example examples[] = {
    {"one error", 0, 0, UNIT_SENTENCE,
     PARIS, {EDIT(25, 30, "Lyon", "Lyon is not it")}, 1,
     "c:It rains.|w: The capital is Lyon.|m:<|wrong|>|r: Lyon is not it|"
     "m:<|right|>|ri: The capital is Paris.|c: So what?"},
    {"cut behind the span", 0, RENDER_SPAN, UNIT_SENTENCE,
     PARIS, {EDIT(25, 30, "Lyon", "no")}, 1,
     "c:It rains.|w: The capital is Lyon|m:<|wrong|>|r: no|m:<|right|>|"
     "ri: The capital is Paris.|c: So what?"},
    {"retry", RENDER_RETRY, 0, UNIT_SENTENCE,
     PARIS, {EDIT(25, 30, "Lyon", "no")}, 1,
     "c:It rains.|w: The capital is Lyon.|m:[BACK]|"
     "ri: The capital is Paris.|c: So what?"},
    {"no reason", 0, 0, UNIT_WORD,
     "a b c", {EDIT(2, 3, "x", " ")}, 1,
     "c:a|w: x|m:<|wrong|>|m:<|right|>|ri: b|c: c"},
    {"alternatives", RENDER_RETRY, 0, UNIT_WORD,
     "a b c", {EDIT(2, 3, "x", ""), EDIT(2, 3, "y", "")}, 2,
     "c:a|w: x|m:[BACK]|w: y|m:[BACK]|ri: b|c: c"},
    {"two places in a unit", RENDER_RETRY, 0, UNIT_RECORD,
     "a b c", {EDIT(0, 1, "x", ""), EDIT(4, 5, "y", "")}, 2,
     "w:x b c|m:[BACK]|w:a b y|m:[BACK]|ri:a b c"},
    {"an error over two units", RENDER_RETRY, 0, UNIT_WORD,
     "a b c d", {EDIT(2, 5, "c b", "")}, 1,
     "c:a|w: c b|m:[BACK]|ri: b c|c: d"},
    {"units chained by errors", RENDER_RETRY, 0, UNIT_WORD,
     "a b c d", {EDIT(0, 3, "x", ""), EDIT(3, 5, " y", "")}, 2,
     "w:x|m:[BACK]|ri:a b|w: y|m:[BACK]|ri: c|c: d"},
    {"an inserted unit stands alone", 0, 0, UNIT_SENTENCE,
     PARIS, {EDIT(9, 9, " It snows.", "no")}, 1,
     "c:It rains.|w: It snows.|m:<|wrong|>|r: no|m:<|right|>|"
     "ri: The capital is Paris.|c: So what?"},
    {"one in front of all", 0, 0, UNIT_WORD,
     "a b", {EDIT(0, 0, "x ", "no")}, 1,
     "w:x|m:<|wrong|>|r: no|m:<|right|>|ri:a|c: b"},
    {"one behind all", 0, 0, UNIT_WORD,
     "a b", {EDIT(3, 3, " x", "")}, 1,
     "c:a b|w: x|m:<|wrong|>|m:<|right|>"},
    {"inserted letters are the unit before's", RENDER_RETRY, 0, UNIT_WORD,
     "a b c", {EDIT(3, 3, "bb", "")}, 1,
     "c:a|w: bbb|m:[BACK]|ri: b|c: c"},
    {"an omission shows in a word", RENDER_RETRY, RENDER_SPAN, UNIT_RECORD,
     "a very big cat", {EDIT(1, 6, "", "")}, 1,
     "w:a big|m:[BACK]|ri:a very big cat"},
    {"or further on", RENDER_RETRY, RENDER_SPAN, UNIT_RECORD,
     "a very very big cat", {EDIT(1, 6, "", "")}, 1,
     "w:a very big|m:[BACK]|ri:a very very big cat"},
    {"an omitted end", RENDER_RETRY, RENDER_SPAN, UNIT_RECORD,
     "a b c", {EDIT(3, 5, "", "")}, 1,
     "w:a b|m:[BACK]|ri:a b c"},
    {"the cut ends the word", RENDER_RETRY, RENDER_SPAN, UNIT_RECORD,
     "we receive it", {EDIT(6, 8, "ie", "")}, 1,
     "w:we recieve|m:[BACK]|ri:we receive it"},
    {"but not between ideographs", RENDER_RETRY, RENDER_SPAN, UNIT_RECORD,
     "\u4e00\u4e8c\u4e09\u56db", {EDIT(3, 6, "\u5341", "")}, 1,
     "w:\u4e00\u5341|m:[BACK]|ri:\u4e00\u4e8c\u4e09\u56db"},
    {"white space at the end", RENDER_RETRY, 0, UNIT_WORD,
     "a b\n", {EDIT(3, 4, "!", "")}, 1,
     "c:a b|w:!|m:[BACK]|ri:\n"},
    {"only spaces", RENDER_RETRY, 0, UNIT_SENTENCE,
     "  ", {EDIT(1, 2, "x", "")}, 1,
     "w: x|m:[BACK]|ri:  "},
    {"an empty text", 0, 0, UNIT_SENTENCE,
     "", {EDIT(0, 0, "x", "no")}, 1,
     "w:x|m:<|wrong|>|r: no|m:<|right|>"},
    {"an empty text without errors", 0, 0, UNIT_SENTENCE,
     "", {{0}}, 0,
     ""},
    {"a mark in the text stays text", RENDER_RETRY, 0, UNIT_WORD,
     "a [BACK] b", {EDIT(9, 10, "c", "")}, 1,
     "c:a [BACK]|w: c|m:[BACK]|ri: b"},
};
/* clang-format on */

static void test_examples(void)
{
    for (size_t i = 0; i < COUNTOF(examples); i++)
        run(&examples[i]);
}

/* ---- whatever the text and the errors */

static const char *const pieces[] = {
    "a",          "b",       "Word",   "7",         ".",  ". ",     "! ",
    " ",          "  ",      "\n",     "\n\n",      "\t", "\u00e9", "\u4e00",
    "\U0001f600", "e\u0301", "\u00a0", "<|wrong|>", "\"",
};

static void random_text(struct rng *rng, struct buf *b, size_t n)
{
    for (; n > 0; n--)
        buf_cstr(b, pieces[rng_below(rng, COUNTOF(pieces))]);
}

VEC_NAMED(edits, struct edit);

/* Sorted errors: a walk over the text, sometimes staying for alternatives. */
static void random_edits(struct rng *rng, struct str text, struct arena *a,
                         struct edits *out)
{
    struct buf wrong = {0};
    size_t at = 0;
    while (out->n < 6) {
        for (size_t n = rng_below(rng, 8); n > 0 && at < text.n; n--)
            at = utf8_offset(text, utf8_count(str_sub(text, 0, at)) + 1);
        size_t to = at;
        for (size_t n = rng_below(rng, 6); n > 0 && to < text.n; n--)
            to = utf8_offset(text, utf8_count(str_sub(text, 0, to)) + 1);
        for (size_t n = 1 + rng_below(rng, 2); n > 0; n--) {
            wrong.n = 0;
            random_text(rng, &wrong, rng_below(rng, 4));
            struct str w = {arena_copy(a, wrong.p, wrong.n), wrong.n};
            struct edit d = {
                .from = at, .to = to, .reason = str_of(n == 1 ? "why" : "")};
            d.wrong = w;
            if (!str_eq(w, str_sub(text, at, to)))
                vec_push(out, d);
        }
        if (to == text.n)
            break;
        at = to > at ? to
                     : utf8_offset(text, utf8_count(str_sub(text, 0, to)) + 1);
    }
    buf_free(&wrong);
}

struct tally {
    size_t lost, empty, edges, labels, attempts, longer;
};

static bool space_ends(struct str s)
{
    return segment_trailing(s) < s.n;
}

static void judge(const struct segment_vec *s, const struct render_text *t,
                  struct tally *bad)
{
    struct buf left = {0};
    size_t marks = 0;
    render_strip(s, &left);
    bad->lost += !str_eq(buf_view(&left), t->text);
    for (size_t i = 0; i < s->n; i++) {
        const struct segment *g = &s->v[i];
        bool clean = g->kind == KIND_CONTEXT || g->kind == KIND_RIGHT;
        bool last = i + 1 == s->n;
        marks += g->kind == KIND_MARK;
        bad->empty += g->text.n == 0;
        bad->labels += g->label != (g->kind != KIND_WRONG);
        bad->edges += clean && !last && space_ends(g->text) &&
                      segment_trailing(g->text) > 0;
    }
    bad->attempts += marks != t->n;
    buf_free(&left);
}

/* One wrong segment per attempt, unless it is empty: so the k-th mark's. */
static void compare_cuts(const struct segment_vec *whole,
                         const struct segment_vec *cut, struct tally *bad)
{
    size_t i = 0, j = 0;
    while (i < whole->n && j < cut->n) {
        const struct segment *w = &whole->v[i++], *c = &cut->v[j++];
        if (w->kind == KIND_WRONG && c->kind == KIND_MARK)
            w = &whole->v[i++];
        bad->longer += w->kind != c->kind ||
                       (w->kind == KIND_WRONG ? !str_starts(w->text, c->text)
                                              : !str_eq(w->text, c->text));
    }
    bad->longer += i != whole->n || j != cut->n;
}

static void try_units(struct render_text *t, struct tally *bad)
{
    struct err e = {0};
    for (int unit = UNIT_SENTENCE; unit <= UNIT_RECORD; unit++) {
        t->units.n = 0;
        if (segment_units(segmenter, t->text, (enum unit)unit, &t->units, &e))
            bad->lost++;
        for (int style = RENDER_INSEC; style <= RENDER_RETRY; style++) {
            struct render_opts o = RENDER_DEFAULTS;
            struct script out[2] = {0};
            struct arena a = {0};
            o.style = style;
            bad->lost += render_settle(&o, &e) != 0;
            for (int cut = 0; cut < 2; cut++) {
                o.cut = cut ? RENDER_SPAN : RENDER_UNIT;
                (void)render_text(&o, t, &a, &out[cut], &e);
            }
            struct render_text twice = *t;
            twice.n *= style == RENDER_INSEC ? 2 : 1;
            judge(&out[0].segments, &twice, bad);
            judge(&out[1].segments, &twice, bad);
            compare_cuts(&out[0].segments, &out[1].segments, bad);
            script_free(&out[0]);
            script_free(&out[1]);
            arena_free(&a);
        }
    }
}

static void test_random(void)
{
    struct tally bad = {0};
    size_t edits_seen = 0;
    for (uint64_t i = 0; i < 1500; i++) {
        struct rng rng = rng_from(i);
        struct buf b = {0};
        struct arena a = {0};
        struct edits edits = {0};
        struct render_text t = {0};
        random_text(&rng, &b, rng_below(&rng, 30));
        t.text = (struct str){arena_copy(&a, b.p ? b.p : "", b.n), b.n};
        random_edits(&rng, t.text, &a, &edits);
        t.edits = edits.v;
        t.n = edits.n;
        edits_seen += edits.n;
        try_units(&t, &bad);
        vec_free(&t.units);
        vec_free(&edits);
        arena_free(&a);
        buf_free(&b);
    }
    ok(edits_seen > 2000, "random errors: %zu", edits_seen);
    ok(bad.lost == 0, "the document comes back");
    ok(bad.empty == 0, "no segment is empty");
    ok(bad.edges == 0, "edges fall before white space: %zu", bad.edges);
    ok(bad.labels == 0, "only wrong is not learnt");
    ok(bad.attempts == 0, "one attempt per error");
    ok(bad.longer == 0, "a cut attempt starts the whole one: %zu", bad.longer);
}

int main(void)
{
    struct err e = {0};
    segmenter = segmenter_new(&e);
    test_examples();
    test_random();
    segmenter_free(segmenter);
    return tap_end();
}
