/*
 * A sequence in the words of a chat template: the turns go through it, and
 * what comes out is cut again where their segments met.  The template's own
 * text is special: its tokens are control tokens, the turns' never are.
 */
#include "render_impl.h"

/* A turn as one string, and where each of its segments begins in it. */
static struct str turn_content(struct render *r, const struct turn *t,
                               size_t end, struct size_vec *starts)
{
    const struct segment_vec *s = &r->script.segments;
    r->left.n = 0;
    for (size_t i = t->first; i < end; i++) {
        struct str text = s->v[i].text;
        text.n -= i + 1 == end ? t->tail : 0;
        vec_push(starts, r->left.n);
        buf_str(&r->left, str_sub(text, i == t->first ? t->head : 0, text.n));
    }
    struct str all = buf_view(&r->left);
    return (struct str){arena_copy(&r->arena, all.n ? all.p : "", all.n),
                        all.n};
}

/* Segments before the template and behind it. */
struct cuts {
    struct size_vec starts; /* of each in its turn's content */
    size_t *moved;          /* its number behind; SIZE_MAX: it is gone */
};

/* Appends a stretch of a turn, whose segments are [first,end). */
static void put_content(struct render *r, const struct chat_piece *p,
                        struct cuts *c, size_t first, size_t end)
{
    const struct segment *s = r->script.segments.v;
    const struct size_vec *starts = &c->starts;
    size_t from = p->from, to = from + p->text.n, i = first;
    while (i + 1 < end && starts->v[i + 1] <= from)
        i++;
    for (; i < end && starts->v[i] < to; i++) {
        size_t a = size_max(from, starts->v[i]);
        size_t b = i + 1 < end ? size_min(to, starts->v[i + 1]) : to;
        c->moved[i] = r->spare.n;
        render_put(&r->spare, s[i].kind, str_sub(p->text, a - from, b - from));
    }
}

/* The errors show in segments that have other numbers now. */
static void move_faults(struct script *s, const size_t *moved)
{
    size_t n = 0;
    for (size_t i = 0; i < s->faults.n; i++) {
        struct fault f = s->faults.v[i];
        f.segment = moved[f.segment];
        if (f.segment != SIZE_MAX)
            s->faults.v[n++] = f;
    }
    s->faults.n = n;
}

static void put_own(struct render *r, struct str text, bool learnt)
{
    enum kind kind = learnt ? KIND_CONTEXT : KIND_PROMPT;
    vec_push(&r->spare, (struct segment){learnt, kind, text, true});
}

static void put_pieces(struct render *r, struct cuts *c)
{
    const struct turn_vec *turns = &r->script.turns;
    bool wrong = false; /* the turn before is not learnt, nor is its end */
    r->spare.n = 0;
    for (size_t i = 0; i < r->chat.pieces.n; i++) {
        const struct chat_piece *p = &r->chat.pieces.v[i];
        size_t t = p->turn;
        if (p->what == CHAT_MADE) {
            render_put(&r->spare, KIND_PROMPT, p->text);
        } else if (p->what != CHAT_CONTENT) {
            put_own(r, p->text, p->what == CHAT_END && !wrong);
        } else {
            size_t end =
                t + 1 < turns->n ? turns->v[t + 1].first : r->script.segments.n;
            put_content(r, p, c, turns->v[t].first, end);
            wrong = r->spare.v[r->spare.n - 1].kind == KIND_WRONG;
        }
    }
}

int chat_script(struct render *r, const struct record *rec, bool begun,
                struct err *e)
{
    const struct turn_vec *turns = &r->script.turns;
    size_t n = r->script.segments.n;
    struct cuts cuts = {0};
    struct err inner = {0};
    if (turns->n == 0)
        return record_refuse(rec, e,
                             "a text has no turns: a chat template needs "
                             "prompt and completion, or messages");
    struct chat_turn *in = arena_alloc(&r->arena, turns->n * sizeof *in);
    for (size_t i = 0; i < turns->n; i++) {
        size_t end =
            i + 1 < turns->n ? turns->v[i + 1].first : r->script.segments.n;
        in[i].role = turns->v[i].role;
        in[i].content = turn_content(r, &turns->v[i], end, &cuts.starts);
    }
    cuts.moved = arena_alloc(&r->arena, (n + 1) * sizeof *cuts.moved);
    memset(cuts.moved, 0xff, n * sizeof *cuts.moved);
    int bad = chat_write(r->o->chat, &r->chat, in, turns->n, begun, &inner);
    if (!bad && r->o->check && r->chat.trimmed)
        bad = err_set(&inner, STATUS_DATA,
                      "--check: the chat template leaves out white space at "
                      "an end of a turn");
    if (!bad)
        put_pieces(r, &cuts);
    vec_free(&cuts.starts);
    if (bad)
        return record_refuse(rec, e, "%s", inner.text);
    move_faults(&r->script, cuts.moved);
    struct segment_vec plain = r->script.segments;
    r->script.segments = r->spare;
    r->spare = plain;
    r->script.turns.n = 0;
    return 0;
}
