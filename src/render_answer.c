/*
 * The styles that repeat the answer: a wrong one, what is said of it, and the
 * right one whole.  Errors with the same span are several wrong answers, one
 * after another, each with fewer places wrong than the one before.
 */
#include "render_impl.h"

/* One wrong answer. */
struct answer {
    struct str text;            /* cut as asked */
    const struct edit **errors; /* those that show in it */
    size_t n;
};

/* The errors of round k: of each span the alternative number k. */
static size_t choose(const struct render_text *t, size_t k,
                     const struct edit **out)
{
    size_t n = 0, nth = 0;
    for (size_t i = 0; i < t->n; i++) {
        bool more = i > 0 && same_span(&t->edits[i - 1], &t->edits[i]);
        nth = more ? nth + 1 : 0;
        if (nth == k)
            out[n++] = &t->edits[i];
    }
    return n;
}

/* The text with the chosen errors in.  *unit and *span: where the units of
 * the first end, and where it ends itself; *in: how many end by *unit. */
static struct str compose(const struct render_text *t, struct answer *w,
                          struct arena *a, size_t *unit, size_t *span)
{
    size_t n = t->text.n, done = 0, at = 0, shown = 0;
    struct place g = place_next(t, (size_t)(w->errors[0] - t->edits));
    for (size_t i = 0; i < w->n; i++)
        n += w->errors[i]->wrong.n;
    char *p = arena_alloc(a, n + 1);
    *unit = SIZE_MAX;
    for (size_t i = 0; i < w->n; i++) {
        const struct edit *d = w->errors[i];
        if (d >= t->edits + g.last && *unit == SIZE_MAX)
            *unit = at + (g.to - done);
        shown += d < t->edits + g.last;
        memcpy(p + at, t->text.p + done, d->from - done);
        at += d->from - done;
        if (d->wrong.n)
            memcpy(p + at, d->wrong.p, d->wrong.n);
        at += d->wrong.n;
        done = d->to;
        if (i == 0)
            *span = at;
    }
    if (*unit == SIZE_MAX)
        *unit = at + (g.to - done);
    if (t->text.n > done)
        memcpy(p + at, t->text.p + done, t->text.n - done);
    w->n = shown;
    return (struct str){p, at + t->text.n - done};
}

static void write_answer(const struct render_opts *o,
                         const struct render_text *t, struct answer *w,
                         struct arena *a)
{
    size_t unit, span = 0, all = w->n;
    struct str whole = compose(t, w, a, &unit, &span);
    if (o->cut == RENDER_SPAN || o->cut == RENDER_WORD) {
        w->n = 1;
        whole.n = place_cut(o->cut, whole, t->text, span);
    } else if (o->cut == RENDER_UNIT) {
        whole.n = unit;
    } else {
        w->n = all;
    }
    w->text = str_sub(whole, 0, segment_trailing(whole));
}

/* ---- what is said of it */

/* A mark in front of an answer: its last newline is left out where the
 * answer begins with one. */
static void put_lead(const struct render_text *t, struct segment_vec *out,
                     struct arena *a, const char *mark, const struct edit *d)
{
    render_mark(out, a, mark, d);
    struct str *text = &out->v[out->n - 1].text;
    if (t->parted && text->n > 1 && text->p[text->n - 1] == '\n')
        text->n--;
}

static void put_request(const struct render_opts *o,
                        const struct render_text *t, struct arena *a,
                        struct script *out)
{
    size_t n = strlen(o->ask), tail = !t->parted;
    char *p = arena_alloc(a, n + 2);
    p[0] = '\n';
    memcpy(p + 1, o->ask, n);
    p[n + 1] = '\n';
    vec_push(&out->turns, (struct turn){STR("user"), out->segments.n, 1, tail});
    render_put(&out->segments, KIND_WRONG, (struct str){p, n + 1 + tail});
    vec_push(&out->turns,
             (struct turn){STR("assistant"), out->segments.n, t->parted, 0});
}

/* Each wrong step and why. */
static void put_critique(const struct render_opts *o,
                         const struct render_text *t, const struct answer *w,
                         struct arena *a, struct segment_vec *out)
{
    struct render_opts unit = *o;
    if (o->cut == RENDER_WHOLE)
        unit.cut = RENDER_UNIT;
    for (size_t i = 0; i < w->n; i++) {
        const struct edit *d = w->errors[i];
        struct place g = place_of(t, (size_t)(d - t->edits));
        render_mark(out, a, o->wrong, d);
        render_said(out, a, place_attempt(&unit, t, &g, d, a));
        size_t before = out->n;
        render_mark(out, a, o->back, d);
        render_reason(o, out, a, d);
        if (out->n == before + 1) /* nothing to explain */
            out->n = before;
    }
    put_lead(t, out, a, o->right, NULL);
}

static void put_verdict(const struct render_opts *o,
                        const struct render_text *t, const struct answer *w,
                        struct arena *a, struct script *out)
{
    struct segment_vec *s = &out->segments;
    render_wrong(out, w->text, w->errors, w->n);
    switch (o->style) {
    case RENDER_CHAT:
        if (w->text.n)
            put_request(o, t, a, out);
        break;
    case RENDER_CRITIQUE:
        put_critique(o, t, w, a, s);
        break;
    case RENDER_RESET:
        render_mark(s, a, o->back, w->errors[0]);
        break;
    default:
        render_mark(s, a, o->wrong, w->errors[0]);
        for (size_t i = 0; i < w->n; i++)
            render_reason(o, s, a, w->errors[i]);
        put_lead(t, s, a, o->right, w->errors[0]);
    }
}

/* A right answer that is looked at again and stays. */
static void put_confirmed(const struct render_opts *o,
                          const struct render_text *t, struct arena *a,
                          struct script *out)
{
    if (o->style != RENDER_CHAT) {
        render_put(&out->segments, KIND_CONTEXT, t->text);
        render_mark(&out->segments, a, o->fine, NULL);
        return;
    }
    struct str text = str_sub(t->text, 0, segment_trailing(t->text));
    render_put(&out->segments, KIND_WRONG, text);
    put_request(o, t, a, out);
    render_put(&out->segments, KIND_RIGHT, t->text);
}

size_t answer_text(const struct render_opts *o, const struct render_text *t,
                   struct arena *a, struct script *out)
{
    size_t bytes = 0;
    if (t->n == 0 && t->confirm && t->text.n) {
        put_confirmed(o, t, a, out);
        return 0;
    }
    for (size_t k = 0; t->n > 0 && bytes <= RENDER_MAX; k++) {
        struct answer w = {0};
        w.errors = arena_alloc(a, t->n * sizeof *w.errors);
        w.n = choose(t, k, w.errors);
        if (w.n == 0)
            break;
        for (size_t i = 0; i < w.n; i++)
            bytes += w.errors[i]->wrong.n;
        bytes += t->text.n + t->n * sizeof *w.errors;
        write_answer(o, t, &w, a);
        if (o->style == RENDER_CRITIQUE)
            for (size_t i = 0; i < w.n; i++) {
                struct place g = place_of(t, (size_t)(w.errors[i] - t->edits));
                bytes += g.to - g.from;
            }
        if (bytes <= RENDER_MAX)
            put_verdict(o, t, &w, a, out);
    }
    render_put(&out->segments, t->n ? KIND_RIGHT : KIND_CONTEXT, t->text);
    return bytes;
}
