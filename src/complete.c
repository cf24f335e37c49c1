/*
 * Requests to answers: several sequences decoded side by side, each with its
 * own random numbers, written in the order they came.
 */
#include "checkpoint.h"
#include "complete_impl.h"

/* Tokens fed at a time when prompts are read; bounds the memory. */
enum { FEED = 2048 };

static void free_slots(struct complete *c)
{
    for (int64_t i = 0; c->slots && i < c->o->batch; i++)
        vec_free(&c->slots[i].ids);
    mem_free(c->slots);
}

void complete_close(struct complete *c)
{
    if (!c)
        return;
    free_slots(c);
    if (c->decoder)
        decoder_free(c->decoder);
    sampler_free(c->sampler);
    segmenter_free(c->segmenter);
    tokenizer_free(c->tokenizer);
    model_free(&c->model);
    arena_free(&c->arena);
    vec_free(&c->pieces);
    resolved_free(&c->resolved);
    buf_free(&c->raw);
    buf_free(&c->clean);
    buf_free(&c->draft);
    mem_free(c);
}

const struct complete_counts *complete_counts(const struct complete *c)
{
    return &c->counts;
}

static int open_all(struct complete *c, struct err *e)
{
    const struct complete_opts *o = c->o;
    c->tokenizer = checkpoint_tokenizer(o->model, e);
    if (!c->tokenizer || checkpoint_load(o->model, &c->model, e))
        return -1;
    const struct model_config *m = &c->model.config;
    if (tokenizer_info(c->tokenizer)->vocab_size > m->vocab)
        return err_set(e, STATUS_DATA,
                       "%s: the tokenizer has more ids than the model",
                       o->model);
    const struct str marks[3] = {str_of(o->wrong), str_of(o->right),
                                 str_of(o->back)};
    c->marks = resolve_marks(c->tokenizer, marks);
    c->end = m->eos >= 0 ? m->eos : tokenizer_info(c->tokenizer)->eos;
    c->segmenter = segmenter_new(e);
    if (!c->segmenter)
        return -1;
    size_t rows = (size_t)o->batch;
    c->decoder = decoder_new(&c->model, rows, (size_t)m->context);
    c->sampler = sampler_new(&o->sample, (size_t)m->vocab);
    c->slots = mem_zero(rows, sizeof *c->slots);
    return 0;
}

struct complete *complete_open(const struct complete_opts *o, struct err *e)
{
    struct complete *c = mem_zero(1, sizeof *c);
    c->o = o;
    if (!open_all(c, e))
        return c;
    complete_close(c);
    return NULL;
}

/* ---- requests in */

/* Takes one request off the front. */
static void take(struct complete *c, struct str *requests, struct slot *s)
{
    const char *p = requests->p;
    memcpy(&s->q, p, sizeof s->q);
    p += sizeof s->q;
    s->ids.n = 0;
    vec_reserve(&s->ids, s->q.n);
    memcpy(s->ids.v, p, s->q.n * sizeof *s->ids.v);
    s->ids.n = s->q.n;
    p += s->q.n * sizeof *s->ids.v;
    s->row = (struct str){p, s->q.row};
    p += s->q.row;
    *requests = (struct str){p, requests->n - (size_t)(p - requests->p)};
    s->rng = rng_from(s->q.key);
    s->limit = size_min((size_t)c->model.config.context,
                        s->q.n + (size_t)c->o->max_tokens);
    s->ended = false;
}

/* Reads all prompts but their last tokens. */
static void feed(struct complete *c, size_t n)
{
    int32_t ids[FEED], rows[FEED];
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        decoder_cut(c->decoder, i, 0);
        for (size_t j = 0; j + 1 < c->slots[i].ids.n; j++) {
            ids[k] = c->slots[i].ids.v[j];
            rows[k] = (int32_t)i;
            if (++k == FEED) {
                decoder_feed(c->decoder, ids, rows, k);
                k = 0;
            }
        }
    }
    if (k > 0)
        decoder_feed(c->decoder, ids, rows, k);
}

/* One token for each of the n sequences in rows. */
static void step(struct complete *c, const int32_t *rows, size_t n,
                 int32_t *last)
{
    for (size_t i = 0; i < n; i++) {
        const struct slot *s = &c->slots[rows[i]];
        last[i] = s->ids.v[s->ids.n - 1];
    }
    const float *logits = decoder_step(c->decoder, last, rows, n);
    size_t vocab = (size_t)c->model.config.vocab;
    for (size_t i = 0; i < n; i++) {
        struct slot *s = &c->slots[rows[i]];
        int32_t id = sampler_choose(c->sampler, logits + i * vocab, &s->rng);
        c->counts.tokens++;
        s->ended = id == c->end;
        if (!s->ended)
            vec_push(&s->ids, id);
    }
}

static void decode(struct complete *c, size_t n)
{
    int32_t *rows = mem_zero(n, sizeof *rows);
    int32_t *last = mem_zero(n, sizeof *last);
    feed(c, n);
    for (;;) {
        size_t live = 0;
        for (size_t i = 0; i < n; i++)
            if (!c->slots[i].ended && c->slots[i].ids.n < c->slots[i].limit)
                rows[live++] = (int32_t)i;
        if (live == 0)
            break;
        step(c, rows, live, last);
    }
    mem_free(rows);
    mem_free(last);
}

/* ---- answers out */

int complete_answer(struct complete *c, struct str requests, struct buf *out,
                    struct err *e)
{
    while (requests.n > 0) {
        size_t n = 0;
        while (requests.n > 0 && n < (size_t)c->o->batch)
            take(c, &requests, &c->slots[n++]);
        decode(c, n);
        for (size_t i = 0; i < n; i++)
            if (complete_put(c, &c->slots[i], out, e))
                return -1;
    }
    return 0;
}
