/* Rows to requests: what of a record is the prompt, as token ids. */
#include "complete_impl.h"

struct asker {
    const struct complete *c;
    struct encoder *encoder;    /* owns */
    struct json_parser *parser; /* owns */
    struct arena arena;         /* of the row */
    struct i32_vec ids;
    struct segment_vec segments;
};

struct asker *asker_new(const struct complete *c)
{
    struct asker *a = mem_zero(1, sizeof *a);
    a->c = c;
    a->encoder = encoder_new(c->tokenizer);
    a->parser = json_parser_new();
    return a;
}

void asker_free(struct asker *a)
{
    encoder_free(a->encoder);
    json_parser_free(a->parser);
    arena_free(&a->arena);
    vec_free(&a->ids);
    vec_free(&a->segments);
    mem_free(a);
}

static int add_text(struct asker *a, struct str text, struct err *e)
{
    return encoder_encode(a->encoder, text, &a->ids, NULL, e);
}

/* Only a segment of kind mark may become an added token. */
static int add_segment(struct asker *a, const struct segment *s, struct err *e)
{
    int32_t id = -1;
    if (s->kind == KIND_MARK)
        id = tokenizer_special(a->c->tokenizer, s->text);
    if (id < 0)
        return add_text(a, s->text, e);
    vec_push(&a->ids, id);
    return 0;
}

/* The segments up to the first that is learnt are the prompt; with --continue
 * the others are the beginning of the answer. */
static int add_segments(struct asker *a, const struct record *r, size_t *forced,
                        struct err *e)
{
    a->segments.n = 0;
    if (record_segments(r, &a->arena, &a->segments, e))
        return -1;
    size_t i = 0;
    for (; i < a->segments.n && a->segments.v[i].kind == KIND_PROMPT; i++)
        if (add_segment(a, &a->segments.v[i], e))
            return -1;
    *forced = a->ids.n;
    for (; a->c->o->go_on && i < a->segments.n; i++)
        if (add_segment(a, &a->segments.v[i], e))
            return -1;
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

/* Fills ids; *forced: how many of them are the prompt. */
static int add_prompt(struct asker *a, const struct record *r, size_t *forced,
                      struct err *e)
{
    struct str prompt, text, begun = {NULL, 0};
    if (json_get(r->root, "segments"))
        return add_segments(a, r, forced, e);
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
    if (add_text(a, prompt, e))
        return -1;
    *forced = a->ids.n;
    return begun.n ? add_text(a, begun, e) : 0;
}

static void put_request(struct asker *a, const struct record *r, size_t forced,
                        int64_t sample, struct buf *out)
{
    static const char *const ours[] = {"completion",  "raw",     "sample",
                                       "retractions", "stopped", NULL};
    struct request q = {
        .key = rng_hash((uint64_t)a->c->o->seed, r->id.p, r->id.n),
        .sample = sample,
        .n = a->ids.n,
        .prompt = forced,
    };
    q.key = rng_mix(q.key, (uint64_t)sample);
    size_t at = out->n;
    buf_add(out, &q, sizeof q);
    buf_add(out, a->ids.v, a->ids.n * sizeof *a->ids.v);
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
    size_t forced = 0;
    arena_reset(&a->arena);
    a->ids.n = 0;
    if (record_parse(a->parser, &a->arena, row->text, row->at, &r, e))
        return -1;
    int32_t bos = tokenizer_info(c->tokenizer)->bos;
    if (bos >= 0)
        vec_push(&a->ids, bos);
    if (add_prompt(a, &r, &forced, e))
        return -1;
    if (a->ids.n == 0)
        return record_refuse(&r, e, "an empty prompt");
    if (a->ids.n >= (size_t)c->model.config.context)
        return record_refuse(&r, e,
                             "%zu tokens leave no room: the model takes %d",
                             a->ids.n, c->model.config.context);
    for (int64_t i = 0; i < c->o->samples; i++)
        put_request(a, &r, forced, i, out);
    return 0;
}
