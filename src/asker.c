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
    vec_free(&a->tokens.ids);
    vec_free(&a->tokens.kinds);
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
    if (!a->c->o->go_on)
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
    if (!prompt.p)
        prompt = text;
    if (!prompt.p)
        return record_refuse(r, e, "needs prompt, text or segments");
    if (a->c->o->go_on && text_of(a, r, "completion", &begun, e))
        return -1;
    if (a->c->o->go_on && !begun.p)
        return record_refuse(r, e, "--continue needs completion");
    vec_push(&a->segments, (struct segment){false, KIND_PROMPT, prompt});
    if (begun.n > 0)
        vec_push(&a->segments, (struct segment){true, KIND_CONTEXT, begun});
    return 0;
}

static void put_request(struct asker *a, const struct record *r, int64_t sample,
                        struct buf *out)
{
    static const char *const ours[] = {"completion", "raw",     "draft",
                                       "given",      "sample",  "retractions",
                                       "retracted",  "stopped", NULL};
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
    buf_add(out, &q, sizeof q);
    buf_add(out, ids->v, ids->n * sizeof *ids->v);
    size_t row = out->n;
    record_open(out, r, ours);
    q.row = out->n - row;
    memcpy(out->p + at, &q, sizeof q);
}

int asker_ask(struct asker *a, const struct row *row, struct buf *out,
              struct err *e)
{
    const struct complete *c = a->c;
    struct record r;
    arena_reset(&a->arena);
    a->segments.n = 0;
    if (record_parse(a->parser, &a->arena, row->text, row->at, &r, e))
        return -1;
    bool segments = json_get(r.root, "segments");
    if ((segments ? take_segments : take_texts)(a, &r, e) ||
        sequence_encode(&a->sequence, &a->segments, true, &a->tokens, e))
        return -1;
    size_t n = a->tokens.ids.n;
    if (n == 0)
        return record_refuse(&r, e, "an empty prompt");
    if (n >= (size_t)c->model.config.context)
        return record_refuse(&r, e,
                             "%zu tokens leave no room: the model takes %d", n,
                             c->model.config.context);
    for (int64_t i = 0; i < c->o->samples; i++)
        put_request(a, &r, i, out);
    return 0;
}
