/* Rows to requests: what of a record is the prompt, as token ids. */
#include "complete_impl.h"
#include "sequence.h"

struct asker {
    const struct complete *c;
    struct sequence sequence;
    struct json_parser *parser;  /* owns */
    struct arena arena;          /* of the row */
    struct segment_vec segments; /* prompt, and what is begun */
    struct tokens tokens;
    struct chat_writer chat;
    VEC(struct chat_turn) turns; /* of a conversation */
    struct target_vec targets;   /* of --score */
    struct edit_vec edits;
};

struct asker *asker_new(const struct complete *c)
{
    struct asker *a = mem_zero(1, sizeof *a);
    a->c = c;
    sequence_start(&a->sequence, c->tokenizer, false);
    a->parser = json_parser_new();
    return a;
}

void asker_free(struct asker *a)
{
    sequence_free(&a->sequence);
    json_parser_free(a->parser);
    arena_free(&a->arena);
    vec_free(&a->segments);
    chat_writer_free(&a->chat);
    vec_free(&a->turns);
    vec_free(&a->tokens.ids);
    vec_free(&a->tokens.kinds);
    vec_free(&a->targets);
    vec_free(&a->edits);
    mem_free(a);
}

/* The segments of kind prompt that come first; with --continue also the
 * others, which are the beginning of the answer. */
static int take_segments(struct asker *a, const struct record *r, struct err *e)
{
    struct segment_vec *s = &a->segments;
    if (record_segments(r, &a->arena, s, e))
        return -1;
    size_t n = 0;
    while (n < s->n && s->v[n].kind == KIND_PROMPT)
        n++;
    if (!a->c->o->go_on && !a->c->o->score)
        s->n = n;
    return 0;
}

/* The string under name, or one with p NULL where there is none. */
static int text_of(struct asker *a, const struct record *r, const char *name,
                   struct str *text, struct err *e)
{
    const struct json *v = json_get(r->root, name);
    *text = (struct str){NULL, 0};
    if (!v)
        return 0;
    if (v->type != JSON_STRING)
        return record_refuse(r, e, "%s must be a string", name);
    *text = json_string(v, &a->arena);
    if (!text->p)
        text->p = "";
    return 0;
}

static int take_texts(struct asker *a, const struct record *r, struct err *e)
{
    struct str prompt, text, begun = {NULL, 0};
    if (text_of(a, r, "prompt", &prompt, e) || text_of(a, r, "text", &text, e))
        return -1;
    if (a->c->o->score && !prompt.p && text.n > 0) {
        vec_push(&a->segments,
                 (struct segment){true, KIND_CONTEXT, text, false});
        return 0;
    }
    if (!prompt.p)
        prompt = text;
    if (!prompt.p)
        return record_refuse(r, e, "needs prompt, text, messages or segments");
    bool given = a->c->o->go_on || a->c->o->score;
    if (given && text_of(a, r, "completion", &begun, e))
        return -1;
    if (given && !begun.p)
        return record_refuse(r, e, "%s needs completion",
                             a->c->o->score ? "--score" : "--continue");
    vec_push(&a->segments, (struct segment){false, KIND_PROMPT, prompt, false});
    if (begun.n > 0)
        vec_push(&a->segments,
                 (struct segment){true, KIND_CONTEXT, begun, false});
    return 0;
}

/* ---- conversations */

/* The turns of messages; one without content (a tool call) is none. */
static int take_turns(struct asker *a, const struct record *r, struct err *e)
{
    const struct json *list = json_get(r->root, "messages");
    if (list->type != JSON_ARRAY)
        return record_refuse_at(r, list, e, "messages must be a list");
    a->turns.n = 0;
    for (const struct json *m = json_begin(list); m < json_end(list);
         m = json_next(m)) {
        const struct json *role = json_get(m, "role");
        const struct json *content = json_get(m, "content");
        if (!role || role->type != JSON_STRING || !content ||
            (content->type != JSON_STRING && content->type != JSON_NULL))
            return record_refuse_at(r, m, e,
                                    "each message needs a role and a content, "
                                    "which are strings");
        if (content->type == JSON_STRING)
            vec_push(&a->turns,
                     (struct chat_turn){json_string(role, &a->arena),
                                        json_string(content, &a->arena)});
    }
    return 0;
}

/* A prompt as the one turn of a user, and what is begun of the answer. */
static int take_pair(struct asker *a, const struct record *r, struct err *e)
{
    struct str prompt, begun;
    if (text_of(a, r, "prompt", &prompt, e) ||
        text_of(a, r, "completion", &begun, e))
        return -1;
    a->turns.n = 0;
    vec_push(&a->turns, (struct chat_turn){STR("user"), prompt});
    if (begun.p)
        vec_push(&a->turns, (struct chat_turn){STR("assistant"), begun});
    return 0;
}

/* Segments of what the template wrote: all is given but the last turn, where
 * it is the assistant's. */
static void put_pieces(struct asker *a, bool begun)
{
    for (size_t i = 0; i < a->chat.pieces.n; i++) {
        const struct chat_piece *p = &a->chat.pieces.v[i];
        bool own = p->what == CHAT_OWN || p->what == CHAT_END;
        bool answer =
            begun && p->what == CHAT_CONTENT && p->turn + 1 == a->turns.n;
        vec_push(&a->segments,
                 (struct segment){answer, answer ? KIND_CONTEXT : KIND_PROMPT,
                                  p->text, own});
    }
}

/* The last turn, if it is the assistant's, is the answer that is asked for;
 * where it is not given it is left out. */
static int take_chat(struct asker *a, const struct record *r, struct err *e)
{
    const struct complete *c = a->c;
    struct err inner = {0};
    bool given = c->o->go_on || c->o->score;
    if (!c->chat)
        return record_refuse(r, e, "a conversation needs a chat template: %s",
                             c->no_chat.text);
    if ((json_get(r->root, "messages") ? take_turns : take_pair)(a, r, e))
        return -1;
    size_t n = a->turns.n;
    bool answer = n && str_eq(a->turns.v[n - 1].role, STR("assistant"));
    if (given && !answer)
        return record_refuse(r, e, "%s needs a last turn of the assistant",
                             c->o->score ? "--score" : "--continue");
    a->turns.n -= answer && !given;
    if (chat_write(c->chat, &a->chat, a->turns.v, a->turns.n, true, &inner))
        return record_refuse(r, e, "%s", inner.text);
    put_pieces(a, given);
    return 0;
}

/* Fills the segments. */
static int take(struct asker *a, const struct record *r, struct err *e)
{
    a->segments.n = 0;
    if (json_get(r->root, "segments"))
        return take_segments(a, r, e);
    if (json_get(r->root, "messages") ||
        (a->c->o->chat && json_get(r->root, "prompt")))
        return take_chat(a, r, e);
    return take_texts(a, r, e);
}

/* ---- requests */

static void put_request(struct asker *a, const struct record *r, int64_t sample,
                        struct buf *out)
{
    static const char *const ours[] = {
        "completion",  "raw",       "draft",   "given",    "sample",
        "retractions", "retracted", "stopped", "logprobs", NULL};
    static const char *const scores[] = {"logprob", "tokens", "unit_scores",
                                         "error_scores", NULL};
    const struct i32_vec *ids = &a->tokens.ids;
    struct request q = {
        .key = rng_hash((uint64_t)a->c->o->seed, r->id.p, r->id.n),
        .sample = sample,
        .n = ids->n,
    };
    q.key = rng_mix(q.key, (uint64_t)sample);
    while (q.prompt < q.n && a->tokens.kinds.v[q.prompt] == KIND_PROMPT)
        q.prompt++;
    size_t at = out->n;
    q.from = size_max(q.prompt, 1);
    buf_add(out, &q, sizeof q);
    buf_add(out, ids->v, ids->n * sizeof *ids->v);
    size_t row = out->n;
    record_open(out, r, a->c->o->score ? scores : ours);
    q.row = out->n - row;
    memcpy(out->p + at, &q, sizeof q);
}

/* One side of an error: the answer up to it, and then text. */
static int put_part(struct asker *a, const struct edit *x, struct str text,
                    struct request q, struct buf *out, struct err *e)
{
    struct segment_vec *s = &a->segments;
    struct str before = str_sub(a->targets.v[x->target].text, 0, x->from);
    while (s->n > 0 && s->v[s->n - 1].kind != KIND_PROMPT)
        s->n--;
    if (before.n > 0)
        vec_push(s, (struct segment){true, KIND_CONTEXT, before, false});
    vec_push(s, (struct segment){false, KIND_WRONG, text, false});
    if (sequence_encode(&a->sequence, s, true, &a->tokens, e))
        return -1;
    q.n = a->tokens.ids.n;
    while (q.from < q.n && a->tokens.kinds.v[q.from] != KIND_WRONG)
        q.from++;
    if (q.from < 1 || q.n > (size_t)a->c->model.config.context)
        return 0;
    buf_add(out, &q, sizeof q);
    buf_add(out, a->tokens.ids.v, q.n * sizeof *a->tokens.ids.v);
    return 1;
}

/* Requests for both sides of each error of the row's last target. */
static int put_errors(struct asker *a, const struct record *r, struct buf *out,
                      struct err *e)
{
    a->targets.n = a->edits.n = 0;
    if (json_get(r->root, "segments") || !json_get(r->root, "errors"))
        return 0;
    if (record_targets(r, &a->arena, &a->targets, e) ||
        record_edits(r, &a->arena, &a->targets, &a->edits, e))
        return -1;
    for (size_t i = 0; i < a->edits.n; i++) {
        const struct edit *x = &a->edits.v[i];
        struct request q = {
            .part = PART_WRONG, .start = x->start, .end = x->end, .from = 0};
        size_t before = out->n;
        if (x->wrong.n == 0 || x->right.n == 0 || x->target + 1 != a->targets.n)
            continue;
        int wrong = put_part(a, x, x->wrong, q, out, e);
        q.part = PART_RIGHT;
        int right = wrong > 0 ? put_part(a, x, x->right, q, out, e) : wrong;
        if (right < 0)
            return -1;
        if (right == 0)
            out->n = before;
    }
    return 0;
}

int asker_ask(struct asker *a, const struct row *row, struct buf *out,
              struct err *e)
{
    const struct complete *c = a->c;
    struct record r;
    arena_reset(&a->arena);
    if (record_parse(a->parser, &a->arena, row->text, row->at, &r, e))
        return -1;
    if (take(a, &r, e) ||
        sequence_encode(&a->sequence, &a->segments, true, &a->tokens, e))
        return -1;
    size_t n = a->tokens.ids.n;
    if (n == 0)
        return record_refuse(&r, e, "an empty prompt");
    if (n - c->o->score >= (size_t)c->model.config.context)
        return record_refuse(&r, e,
                             "%zu tokens leave no room: the model takes %d", n,
                             c->model.config.context);
    for (int64_t i = 0; i < (c->o->score ? 1 : c->o->samples); i++)
        put_request(a, &r, i, out);
    return c->o->score ? put_errors(a, &r, out, e) : 0;
}
