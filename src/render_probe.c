/*
 * Probes: questions with an answer begun for the model to go on from, as in
 * Self-Correction Bench (arXiv 2507.02778).  The same error stands in the
 * model's own answer or in the user's turn, before the answer is finished or
 * behind it, with or without a word that invites a second look; the clean
 * twins show what the model does without it.
 */
#include "render_impl.h"

struct probe {
    const char *name; /* as insec-eval knows it */
    bool after;       /* the answer is finished */
    bool external, wait, error;
};

static const struct probe probes[] = {
    {"internal", false, false, false, true},
    {"wait", false, false, true, true},
    {"external", false, true, false, true},
    {"clean", false, false, false, false},
    {"internal", true, false, false, true},
    {"wait", true, false, true, true},
    {"external", true, true, false, true},
    {"clean", true, false, false, false},
};

/* The answer up to where the model takes over. */
struct begun {
    struct str head, wrong, tail; /* wrong is right in a clean twin */
};

static struct begun begin(struct render *r, const struct probe *x,
                          const struct place *g)
{
    const struct render_text *t = &r->text;
    struct render_opts o = *r->o;
    struct begun b = {.head = str_sub(t->text, 0, g->from),
                      .wrong = str_sub(t->text, g->from, g->to)};
    size_t done = g->to;
    if (x->after)
        o.cut = RENDER_UNIT;
    if (x->error) {
        const struct edit *d = &t->edits[0];
        b.wrong = place_attempt(&o, t, g, d, &r->arena);
        if (d->from == d->to && g->from == d->from &&
            str_starts(d->wrong, b.wrong))
            done = g->from; /* a whole unit was put in front */
    }
    size_t end = x->after ? segment_trailing(t->text) : done;
    b.tail = str_sub(t->text, done, size_max(done, end));
    return b;
}

/* The begun answer as part of the user's turn. */
static struct str quote(struct render *r, const struct begun *b, bool parted)
{
    r->left.n = 0;
    buf_cstr(&r->left, parted ? "" : "\n");
    buf_str(&r->left, b->head);
    buf_str(&r->left, b->wrong);
    buf_str(&r->left, b->tail);
    buf_cstr(&r->left, parted ? "" : "\n");
    struct str text = buf_view(&r->left);
    return (struct str){arena_copy(&r->arena, text.p, text.n), text.n};
}

static void build(struct render *r, const struct probe *x, size_t piece,
                  const struct place *g)
{
    struct segment_vec *s = &r->script.segments;
    const struct piece *p = &r->pieces.v[piece];
    struct begun b = begin(r, x, g);
    script_clear(&r->script);
    for (size_t i = 0; i < piece; i++) {
        const struct piece *q = &r->pieces.v[i];
        vec_push(&r->script.turns, (struct turn){q->role, s->n, q->parted, 0});
        render_put(s, KIND_PROMPT, q->text);
    }
    if (x->external) {
        r->script.turns.v[r->script.turns.n - 1].tail = !p->parted;
        render_put(s, KIND_PROMPT, quote(r, &b, p->parted));
        return;
    }
    vec_push(&r->script.turns, (struct turn){p->role, s->n, p->parted, 0});
    render_put(s, KIND_CONTEXT, b.head);
    render_put(s, x->error ? KIND_WRONG : KIND_CONTEXT, b.wrong);
    render_put(s, KIND_CONTEXT, b.tail);
    if (x->wait)
        render_mark(s, &r->arena, r->o->back, &r->text.edits[0]);
}

static void put_row(struct render *r, const struct record *rec,
                    const struct probe *x, struct buf *out)
{
    const struct segment_vec *s = &r->script.segments;
    struct str answer = r->text.text;
    answer = str_sub(answer, r->text.parted, answer.n);
    struct record named = *rec;
    named.has_id = true; /* it gets one below */
    const char *commit = x->after ? "after" : "before";
    row_open(r, &named, out);
    buf_cstr(out, out->p[out->n - 1] == '{' ? "" : ",");
    buf_cstr(out, "\"id\":");
    r->left.n = 0;
    buf_str(&r->left, rec->id);
    buf_printf(&r->left, ":%s:%s", commit, x->name);
    json_put_string(out, buf_view(&r->left));
    json_put_field(out, "of", rec->id);
    json_put_field(out, "probe", str_of(x->name));
    json_put_field(out, "commit", str_of(commit));
    json_put_field(out, "reference", answer);
    json_put_key(out, "errors");
    buf_str(out, json_raw(json_get(rec->root, "errors")));
    if (r->o->target == RENDER_MESSAGES) {
        target_messages(r, false, out);
    } else if (r->o->target == RENDER_SEGMENTS) {
        record_put_segments(out, s);
    } else {
        r->left.n = r->right.n = 0;
        for (size_t i = 0; i < s->n; i++)
            buf_str(s->v[i].kind == KIND_PROMPT ? &r->left : &r->right,
                    s->v[i].text);
        json_put_field(out, "prompt", buf_view(&r->left));
        json_put_field(out, "completion", buf_view(&r->right));
    }
    buf_cstr(out, "}\n");
}

int probe_rows(struct render *r, const struct record *rec, struct buf *out,
               struct err *e)
{
    size_t piece = 0, target = 0, start = out->n;
    if (r->edits.n == 0)
        return 0;
    for (;; piece++) {
        if (!r->pieces.v[piece].target)
            continue;
        if (target++ == r->edits.v[0].target)
            break;
    }
    if (piece == 0 || r->pieces.v[piece - 1].target)
        return record_refuse(rec, e, "style probe needs a prompt");
    if (row_units(r, &r->pieces.v[piece], 0, 1, e) != 0)
        return -1;
    struct place g = place_of(&r->text, 0);
    for (size_t i = 0; i < COUNTOF(probes); i++) {
        build(r, &probes[i], piece, &g);
        if (r->o->chat && chat_script(r, rec, true, e) != 0)
            return -1;
        put_row(r, rec, &probes[i], out);
        if (out->n - start > RENDER_MAX)
            return record_refuse(rec, e,
                                 "errors: eight probes are more than "
                                 "%zu MiB",
                                 RENDER_MAX >> 20);
    }
    script_clear(&r->script);
    return 0;
}
