/*
 * Retractions taken out.  It does not judge whether a correction is better
 * than what it replaces.
 */
#include "resolve.h"

/* ---- cutting into pieces */

struct resolve_marks resolve_marks(const struct tokenizer *t,
                                   const struct str text[3])
{
    struct resolve_marks m = {.t = t};
    for (int i = 0; i < 3; i++) {
        m.text[i] = text[i];
        m.id[i] = tokenizer_special(t, text[i]);
    }
    return m;
}

struct str resolve_mend(struct str s, struct arena *a)
{
    struct buf b = {0};
    while (s.n > 0) {
        size_t good = utf8_check(s);
        buf_add(&b, s.p, good);
        if (good < s.n) {
            utf8_put(&b, 0xFFFD);
            good++;
        }
        s = str_sub(s, good, s.n);
    }
    struct str out = {arena_copy(a, b.p ? b.p : "", b.n), b.n};
    buf_free(&b);
    return out;
}

static void add_text(struct str text, struct piece_vec *out)
{
    if (text.n > 0)
        vec_push(out, (struct resolve_piece){RESOLVE_TEXT, text});
}

/* The next plain-text mark at or behind `at`: its index, or -1.  next[i] is
 * where mark i stands next, kept from call to call so that no byte is looked
 * at more than once a mark. */
static int next_literal(const struct resolve_marks *m, struct str text,
                        size_t at, size_t next[3])
{
    int found = -1;
    for (int i = 0; i < 3; i++) {
        if (m->id[i] >= 0 || m->text[i].n == 0)
            continue;
        if (next[i] < at)
            next[i] = str_find(text, m->text[i], at);
        if (next[i] < text.n && (found < 0 || next[i] < next[found]))
            found = i;
    }
    return found;
}

static void add_piece(const struct resolve_marks *m, struct str text,
                      struct piece_vec *out)
{
    size_t at = 0, next[3];
    for (int i = 0; i < 3; i++)
        next[i] = m->text[i].n ? str_find(text, m->text[i], 0) : text.n;
    for (int mark; (mark = next_literal(m, text, at, next)) >= 0;) {
        add_text(str_sub(text, at, next[mark]), out);
        vec_push(out,
                 (struct resolve_piece){RESOLVE_WRONG + mark, m->text[mark]});
        at = next[mark] + m->text[mark].n;
    }
    add_text(str_sub(text, at, text.n), out);
}

static int mark_of(const struct resolve_marks *m, int32_t id)
{
    for (int i = 0; i < 3; i++)
        if (m->id[i] == id)
            return i;
    return -1;
}

void resolve_split(const struct resolve_marks *m, const int32_t *ids, size_t n,
                   struct arena *a, struct piece_vec *out)
{
    struct buf bytes = {0};
    for (size_t i = 0; i < n;) {
        size_t end = i;
        while (end < n && mark_of(m, ids[end]) < 0)
            end++;
        bytes.n = 0;
        tokenizer_decode(m->t, ids + i, end - i, false, &bytes);
        add_piece(m, resolve_mend(buf_view(&bytes), a), out);
        if (end < n) {
            int mark = mark_of(m, ids[end++]);
            vec_push(out, (struct resolve_piece){RESOLVE_WRONG + mark,
                                                 m->text[mark]});
        }
        i = end;
    }
    buf_free(&bytes);
}

/* ---- taking out */

struct state {
    struct segmenter *segmenter;
    enum unit unit;
    struct buf *out;
    struct resolved *r;
    struct span_vec units;
    size_t floor;   /* of out: the place of the last correction */
    bool reason;    /* between wrong and right */
    bool corrected; /* nothing has been written since a correction opened */
};

/* Removes the last unit that stands behind floor, from out.  Units before
 * floor are settled, so that only what is new is looked at. */
static int retract(struct state *s, struct err *e)
{
    struct str tail = str_sub(buf_view(s->out), s->floor, s->out->n);
    s->units.n = 0;
    if (tail.n == 0) {
        s->r->stray++;
        return 0;
    }
    if (segment_units(s->segmenter, tail, s->unit, &s->units, e))
        return -1;
    if (s->units.n > 0)
        s->floor += s->units.v[s->units.n - 1].from;
    s->out->n = s->floor;
    s->r->retractions++;
    s->corrected = true;
    return 0;
}

static int take(struct state *s, const struct resolve_piece *p, struct err *e)
{
    switch (p->what) {
    case RESOLVE_TEXT:
        if (s->reason)
            return 0;
        buf_str(s->out, p->text);
        s->corrected = false;
        return 0;
    case RESOLVE_WRONG:
    case RESOLVE_BACK:
        if (s->reason) { /* within a reason: the reason goes on */
            s->r->stray++;
            return 0;
        }
        s->reason = p->what == RESOLVE_WRONG;
        return retract(s, e);
    case RESOLVE_RIGHT:
        s->r->stray += !s->reason;
        s->reason = false;
        return 0;
    }
    return 0;
}

int resolve(struct segmenter *segmenter, enum unit unit,
            const struct piece_vec *pieces, struct buf *out, struct resolved *r,
            struct err *e)
{
    struct state s = {.segmenter = segmenter, .unit = unit, .out = out, .r = r};
    int rc = 0;
    *r = (struct resolved){0};
    s.floor = out->n;
    for (size_t i = 0; !rc && i < pieces->n; i++)
        rc = take(&s, &pieces->v[i], e);
    if (s.corrected) { /* retracted, and then nothing came */
        r->retractions--;
        r->unfinished++;
    }
    vec_free(&s.units);
    return rc;
}
