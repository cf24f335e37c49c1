/*
 * Requests to answers: several sequences decoded side by side, each with its
 * own random numbers, written in the order they came.
 */
#include <math.h>
#include <string.h>

#include "checkpoint.h"
#include "complete_impl.h"
#include "kern.h"

/* Tokens fed at a time when prompts are read; bounds the memory. */
enum { FEED = 2048 };

static void free_slot(struct slot *s)
{
    vec_free(&s->ids);
    vec_free(&s->logprobs);
    buf_free(&s->tail);
}

static void free_slots(struct complete *c)
{
    for (int64_t i = 0; c->slots && i < c->o->batch; i++)
        free_slot(&c->slots[i]);
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
    chat_free(c->chat);
    model_free(&c->model);
    arena_free(&c->arena);
    vec_free(&c->pieces);
    vec_free(&c->biases);
    vec_free(&c->stops);
    mem_free(c->scratch);
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

/* "MARK=x": the last "=" counts. */
static int open_bias(struct complete *c, const char *text, struct err *e)
{
    const char *equal = strrchr(text, '=');
    if (!equal)
        return err_set(e, STATUS_USAGE, "--bias: \"%.60s\" is not MARK=X",
                       text);
    struct str mark = {text, (size_t)(equal - text)};
    struct bias b = {tokenizer_special(c->tokenizer, mark),
                     (float)opt_real("--bias", equal + 1, -1e6, 1e6)};
    if (b.id < 0)
        return err_set(e, STATUS_USAGE,
                       "--bias: %s: the tokenizer has no token %.*s",
                       c->o->model, STR_ARG(mark));
    vec_push(&c->biases, b);
    return 0;
}

static int open_lists(struct complete *c, struct err *e)
{
    for (size_t i = 0; i < c->o->biases.n; i++)
        if (open_bias(c, c->o->biases.v[i], e))
            return -1;
    for (size_t i = 0; i < c->o->stops.n; i++) {
        struct str text = str_of(c->o->stops.v[i]);
        if (text.n == 0)
            return err_set(e, STATUS_USAGE, "--stop: an empty text");
        vec_push(&c->stops,
                 (struct stop){text, tokenizer_special(c->tokenizer, text)});
    }
    return 0;
}

/* The template that was asked for, or the checkpoint's: one that cannot be
 * read matters only where a conversation comes. */
static int open_chat(struct complete *c, struct err *e)
{
    const char *path = c->o->chat ? c->o->chat : c->o->model;
    struct buf end = {0};
    c->turn_end = -1;
    c->chat = chat_load(path, &c->o->sets, &c->no_chat);
    if (!c->chat && (c->o->chat || c->no_chat.status == STATUS_USAGE)) {
        *e = c->no_chat;
        return -1;
    }
    if (c->chat)
        chat_end(c->chat, &end);
    if (end.n)
        c->turn_end = tokenizer_special(c->tokenizer, buf_view(&end));
    buf_free(&end);
    return 0;
}

static int open_all(struct complete *c, struct err *e)
{
    const struct complete_opts *o = c->o;
    struct model_how how;
    if (model_how(&how, (enum model_dtype)o->dtype, e))
        return -1;
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
    if (!c->segmenter || open_lists(c, e) || open_chat(c, e))
        return -1;
    size_t rows = (size_t)o->batch;
    c->decoder = decoder_new(&c->model, rows, (size_t)m->context, how);
    c->scratch = mem_zero((size_t)m->vocab, sizeof *c->scratch);
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

void complete_take(struct complete *c, struct str *requests, struct slot *s)
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
    s->ended = s->stopped = false;
    s->flags = 0;
    s->logprobs.n = s->tail.n = 0;
}

/* Reads the prompts of the slots in rows, all but their last tokens. */
static void feed(struct complete *c, const int32_t *slots, size_t n)
{
    int32_t ids[FEED], rows[FEED];
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        const struct slot *s = &c->slots[slots[i]];
        decoder_cut(c->decoder, (size_t)slots[i], 0);
        for (size_t j = 0; j + 1 < s->ids.n; j++) {
            ids[k] = s->ids.v[j];
            rows[k] = slots[i];
            if (++k == FEED) {
                decoder_feed(c->decoder, ids, rows, k);
                k = 0;
            }
        }
    }
    if (k > 0)
        decoder_feed(c->decoder, ids, rows, k);
}

/* ---- one token for each */

/* Bias, and no more flags where there have been enough. */
static void bend(const struct complete *c, const struct slot *s, float *logits)
{
    for (size_t i = 0; i < c->biases.n; i++)
        logits[c->biases.v[i].id] += c->biases.v[i].by;
    if (c->o->max_retries < 0 || s->flags < c->o->max_retries)
        return;
    for (int i = 0; i < 3; i++)
        if (i != RESOLVE_RIGHT - 1 && c->marks.id[i] >= 0)
            logits[c->marks.id[i]] = -INFINITY;
}

/* Has the text since the last special token come to hold a stop? */
static bool text_stops(const struct complete *c, struct slot *s, int32_t id)
{
    if (c->stops.n == 0)
        return false;
    if (tokenizer_is_special(c->tokenizer, id)) {
        s->tail.n = 0;
        return false;
    }
    size_t before = s->tail.n;
    tokenizer_decode(c->tokenizer, &id, 1, false, &s->tail);
    for (size_t i = 0; i < c->stops.n; i++) {
        struct str stop = c->stops.v[i].text, tail = buf_view(&s->tail);
        size_t from = before < stop.n ? 0 : before - stop.n + 1;
        if (str_find(tail, stop, from) < tail.n)
            return true;
    }
    return false;
}

static void push(struct complete *c, struct slot *s, int32_t id)
{
    s->ended = id == c->end || id == c->turn_end;
    for (size_t i = 0; i < c->stops.n; i++)
        s->stopped |= id == c->stops.v[i].id;
    if (s->ended || s->stopped)
        return;
    vec_push(&s->ids, id);
    s->flags += id == c->marks.id[RESOLVE_WRONG - 1] ||
                id == c->marks.id[RESOLVE_BACK - 1];
    s->stopped = text_stops(c, s, id);
}

static void step(struct complete *c, const int32_t *rows, size_t n,
                 int32_t *last)
{
    size_t vocab = (size_t)c->model.config.vocab;
    for (size_t i = 0; i < n; i++) {
        const struct slot *s = &c->slots[rows[i]];
        last[i] = s->ids.v[s->ids.n - 1];
    }
    float *logits = decoder_step(c->decoder, last, rows, n);
    for (size_t i = 0; i < n; i++) {
        struct slot *s = &c->slots[rows[i]];
        float *x = logits + i * vocab;
        float lse = c->o->logprobs ? kern_get()->logsumexp(x, vocab) : 0;
        memcpy(c->scratch, x, c->o->logprobs ? vocab * sizeof *x : 0);
        bend(c, s, x);
        int32_t id = sampler_choose(c->sampler, x, &s->rng);
        if (c->o->logprobs)
            vec_push(&s->logprobs, c->scratch[id] - lse);
        c->counts.tokens++;
        push(c, s, id);
    }
}

/* ---- all of them: a slot that is done takes the next request */

static bool over(const struct slot *s)
{
    return s->ended || s->stopped || s->ids.n >= s->limit;
}

struct work {
    struct str requests;          /* not yet taken */
    size_t taken, put;            /* requests taken; finished rows in out */
    VEC(struct buf) rows;         /* [taken] finished rows, by request */
    int32_t *live, *fresh, *last; /* [batch] slots at work; new; tokens */
    size_t n_live;
};

/* Gives the slots that are not at work a request each, while there are. */
static void fill(struct complete *c, struct work *w)
{
    size_t n = 0, batch = (size_t)c->o->batch;
    for (size_t i = 0; i < batch && w->requests.n > 0; i++) {
        struct slot *s = &c->slots[i];
        if (s->busy)
            continue;
        complete_take(c, &w->requests, s);
        s->busy = true;
        s->number = w->taken++;
        vec_push(&w->rows, (struct buf){0});
        w->fresh[n++] = (int32_t)i;
    }
    feed(c, w->fresh, n);
    w->n_live = 0;
    for (size_t i = 0; i < batch; i++)
        if (c->slots[i].busy)
            w->live[w->n_live++] = (int32_t)i;
}

/* Writes the rows of slots that are done, in the order of the requests. */
static int put_done(struct complete *c, struct work *w, struct writer *out,
                    struct err *e)
{
    for (size_t i = 0; i < w->n_live; i++) {
        struct slot *s = &c->slots[w->live[i]];
        if (!over(s))
            continue;
        s->busy = false;
        if (complete_put(c, s, &w->rows.v[s->number], e))
            return -1;
    }
    size_t before = w->put;
    while (w->put < w->taken && w->rows.v[w->put].n > 0) {
        writer_str(out, buf_view(&w->rows.v[w->put]));
        buf_free(&w->rows.v[w->put++]);
    }
    return w->put > before ? writer_flush(out, e) : 0;
}

int complete_answer(struct complete *c, struct str requests, struct writer *out,
                    struct err *e)
{
    if (c->o->score)
        return complete_score(c, requests, out, e);
    size_t batch = (size_t)c->o->batch;
    struct work w = {.requests = requests};
    int rc = 0;
    w.live = mem_zero(3 * batch, sizeof *w.live);
    w.fresh = w.live + batch;
    w.last = w.fresh + batch;
    for (fill(c, &w); !rc && w.n_live > 0; fill(c, &w)) {
        step(c, w.live, w.n_live, w.last);
        rc = put_done(c, &w, out, e);
    }
    for (size_t i = 0; i < w.rows.n; i++)
        buf_free(&w.rows.v[i]);
    vec_free(&w.rows);
    mem_free(w.live);
    return rc;
}
