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

static struct str mend(struct str s, struct arena *a)
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

static void add_token(const struct resolve_marks *m, int32_t id,
                      struct arena *a, struct piece_vec *out)
{
    int mark = mark_of(m, id);
    struct resolve_piece p = {RESOLVE_OTHER, {NULL, 0}};
    if (mark >= 0) {
        p.what = (enum resolve_what)(RESOLVE_WRONG + mark);
        p.text = m->text[mark];
    } else {
        struct buf bytes = {0};
        tokenizer_decode(m->t, &id, 1, true, &bytes);
        p.text = mend(buf_view(&bytes), a);
        buf_free(&bytes);
    }
    vec_push(out, p);
}

void resolve_split(const struct resolve_marks *m, const int32_t *ids, size_t n,
                   struct arena *a, struct piece_vec *out)
{
    struct buf bytes = {0};
    for (size_t i = 0; i < n;) {
        size_t end = i;
        while (end < n && mark_of(m, ids[end]) < 0 &&
               !tokenizer_is_special(m->t, ids[end]))
            end++;
        bytes.n = 0;
        tokenizer_decode(m->t, ids + i, end - i, false, &bytes);
        struct str text = buf_view(&bytes);
        if (i) /* behind a mark, not in the midst of a text */
            text = str_sub(text, tokenizer_lead(m->t, text), text.n);
        add_piece(m, mend(text, a), out);
        if (end < n)
            add_token(m, ids[end++], a, out);
        i = end;
    }
    buf_free(&bytes);
}

/* ---- taking out */

struct join { /* from here on, what is left stands so in the joined text */
    size_t left, joined;
};

struct state {
    struct segmenter *segmenter;
    enum unit unit;
    struct buf *out;
    struct resolved *r;
    struct span_vec units;
    VEC(struct join) joins; /* of what is left now, ascending */
    size_t joined;          /* bytes of the pieces before this one */
    size_t floor;           /* of out: the place of the last correction */
    bool reason;            /* between wrong and right */
    bool entry;             /* and it is that of the last retraction */
    bool corrected; /* nothing has been written since a correction opened */
};

/* Where the byte `left` of what is left stands in the joined text; what is
 * left from there on is forgotten. */
static size_t joined_at(struct state *s, size_t left)
{
    size_t n = s->joins.n;
    while (n > 0 && s->joins.v[n - 1].left > left)
        n--;
    if (n == 0)
        return left;
    const struct join *j = &s->joins.v[n - 1];
    size_t at = j->joined + (left - j->left);
    s->joins.n = j->left == left ? n - 1 : n;
    return at;
}

/* Removes the last unit that stands behind floor, from out.  Units before
 * floor are settled, so that only what is new is looked at. */
static int retract(struct state *s, struct err *e)
{
    struct str tail = str_sub(buf_view(s->out), s->floor, s->out->n);
    s->units.n = 0;
    s->entry = tail.n > 0;
    if (tail.n == 0) {
        s->r->stray++;
        return 0;
    }
    if (segment_units(s->segmenter, tail, s->unit, &s->units, e))
        return -1;
    if (s->units.n > 0)
        s->floor += s->units.v[s->units.n - 1].from;
    size_t from = joined_at(s, s->floor);
    vec_push(&s->r->list,
             (struct retraction){.wrong = {from, s->joined}, .at = s->floor});
    s->out->n = s->floor;
    s->r->retractions++;
    s->corrected = true;
    return 0;
}

static void take_text(struct state *s, struct str text)
{
    if (s->reason || text.n == 0)
        return;
    vec_push(&s->joins, (struct join){s->out->n, s->joined});
    buf_str(s->out, text);
    s->corrected = false;
}

static void end_reason(struct state *s)
{
    if (s->reason && s->entry)
        s->r->list.v[s->r->list.n - 1].reason.to = s->joined;
    s->reason = s->entry = false;
}

static int take(struct state *s, const struct resolve_piece *p, struct err *e)
{
    switch (p->what) {
    case RESOLVE_TEXT:
        take_text(s, p->text);
        return 0;
    case RESOLVE_WRONG:
    case RESOLVE_BACK:
        if (s->reason) { /* within a reason: the reason goes on */
            s->r->stray++;
            return 0;
        }
        s->reason = p->what == RESOLVE_WRONG;
        if (retract(s, e))
            return -1;
        if (s->entry) {
            struct span *reason = &s->r->list.v[s->r->list.n - 1].reason;
            reason->from = reason->to = s->joined + p->text.n;
        }
        return 0;
    case RESOLVE_RIGHT:
        s->r->stray += !s->reason;
        end_reason(s);
        return 0;
    case RESOLVE_OTHER:
        return 0;
    }
    return 0;
}

/* Where the unit of each correction ends. */
static int find_ends(struct state *s, struct err *e)
{
    struct str left = buf_view(s->out);
    size_t u = 0;
    s->units.n = 0;
    if (s->r->list.n == 0)
        return 0;
    if (segment_units(s->segmenter, left, s->unit, &s->units, e))
        return -1;
    for (size_t i = 0; i < s->r->list.n; i++) {
        struct retraction *r = &s->r->list.v[i];
        while (u < s->units.n && s->units.v[u].to <= r->at)
            u++;
        r->end = u < s->units.n ? s->units.v[u].to : left.n;
    }
    return 0;
}

int resolve(struct segmenter *segmenter, enum unit unit,
            const struct piece_vec *pieces, struct buf *out, struct resolved *r,
            struct err *e)
{
    struct state s = {.segmenter = segmenter, .unit = unit, .out = out, .r = r};
    int rc = 0;
    r->retractions = r->unfinished = r->stray = r->list.n = 0;
    for (size_t i = 0; !rc && i < pieces->n; i++) {
        rc = take(&s, &pieces->v[i], e);
        s.joined += pieces->v[i].text.n;
    }
    end_reason(&s);
    if (s.corrected) { /* retracted, and then nothing came */
        r->retractions--;
        r->unfinished++;
    }
    rc = rc ? rc : find_ends(&s, e);
    vec_free(&s.units);
    vec_free(&s.joins);
    return rc;
}

void resolved_free(struct resolved *r)
{
    vec_free(&r->list);
}

static bool in_word(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
           c == '_' || (unsigned char)c >= 0x80;
}

bool resolve_vain(struct str wrong, struct str right)
{
    if (right.n == 0 || !str_starts(right, wrong))
        return false;
    if (wrong.n == 0 || wrong.n == right.n)
        return true;
    char last = wrong.p[wrong.n - 1], next = right.p[wrong.n];
    if (strchr(".,:", next) && next && wrong.n + 1 < right.n &&
        right.p[wrong.n + 1] >= '0' && right.p[wrong.n + 1] <= '9')
        next = right.p[wrong.n + 1]; /* within a number */
    return !(in_word(last) && in_word(next));
}

void resolve_draft(const struct resolved *r, struct str joined, struct str left,
                   struct buf *out)
{
    size_t done = 0;
    for (size_t i = 0; i < r->list.n; i++) {
        const struct retraction *t = &r->list.v[i];
        bool again = i > 0 && r->list.v[i - 1].at == t->at;
        if (again || t->at < done)
            continue;
        struct str wrong = str_sub(joined, t->wrong.from, t->wrong.to);
        struct str right = str_sub(left, t->at, t->end);
        buf_str(out, str_sub(left, done, t->at));
        buf_str(out, resolve_vain(wrong, right) ? right : wrong);
        done = t->end;
    }
    buf_str(out, str_sub(left, done, left.n));
}
