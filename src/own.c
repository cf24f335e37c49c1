/* From the filter's rows to its output: each row is drawn twice, first to ask
 * the model, then, when it has answered, to be written. */
#include <string.h>

#include "checkpoint.h"
#include "own_impl.h"

/* ---- the hook */

/* The candidates by score; of equals the first drawn comes first. */
static size_t tell_ranks(const struct own_item *it, struct corrupt_said *out)
{
    for (size_t i = 0; i < it->ask.n; i++) {
        size_t at = i;
        for (; at > 0 && it->scores[out[at - 1].pick] < it->scores[i]; at--)
            out[at] = out[at - 1];
        out[at].pick = i;
    }
    return it->ask.n;
}

static size_t say(void *ctx, const struct corrupt_ask *a,
                  struct corrupt_said *out)
{
    struct own *o = ctx;
    if (!o->telling) {
        own_ask(o, a);
        return 0;
    }
    const struct own_item *it = &o->job->items.v[o->job->told++];
    if (it->ask.n > 0)
        return tell_ranks(it, out);
    for (size_t i = 0; i < it->n_units; i++)
        out[i].unit = it->units[i];
    return it->n_units;
}

/* ---- set-up */

/* The ids that are no text, but for the end. */
static void ban(struct own *o)
{
    for (int32_t id = 0; id < o->model.config.vocab; id++)
        if (id != o->end && (!tokenizer_has(o->tokenizer, id) ||
                             tokenizer_is_added(o->tokenizer, id)))
            vec_push(&o->banned, id);
}

static int open_model(struct own *o, struct model_how *how, struct err *e)
{
    const char *dir = o->o->rank ? o->o->rank : o->o->model;
    if (model_how(how, (enum model_dtype)o->o->dtype, e))
        return -1;
    o->tokenizer = checkpoint_tokenizer(dir, e);
    if (!o->tokenizer || checkpoint_load(dir, &o->model, e))
        return -1;
    const struct model_config *m = &o->model.config;
    const struct tokenizer_info *t = tokenizer_info(o->tokenizer);
    if (t->vocab_size > m->vocab)
        return err_set(e, STATUS_DATA,
                       "%s: the tokenizer has more ids than the model", dir);
    o->end = m->eos >= 0 ? m->eos : t->eos;
    ban(o);
    o->segmenter = segmenter_new(e);
    return o->segmenter ? 0 : -1;
}

static void free_jobs(struct own *o)
{
    for (size_t i = o->written; i < o->jobs.n; i++)
        own_job_free(o->jobs.v[i]);
    o->jobs.n = o->runs.n = o->written = o->started = 0;
}

static void own_free(struct own *o)
{
    free_jobs(o);
    for (int64_t i = 0; o->slots && i < o->o->batch; i++)
        buf_free(&o->slots[i].text);
    mem_free(o->slots);
    mem_free(o->ids);
    if (o->asker)
        corrupt_rows_drop(o->asker);
    if (o->teller)
        corrupt_rows_drop(o->teller);
    if (o->decoder)
        decoder_free(o->decoder);
    if (o->encoder)
        encoder_free(o->encoder);
    sampler_free(o->sampler);
    segmenter_free(o->segmenter);
    tokenizer_free(o->tokenizer);
    model_free(&o->model);
    vec_free(&o->banned);
    vec_free(&o->jobs);
    vec_free(&o->runs);
    vec_free(&o->units);
    mem_free(o);
}

int own_close(struct own *o, struct err *e)
{
    int rc = o ? writer_finish(o->out, e) : 0;
    if (o)
        own_free(o);
    return rc;
}

struct own *own_open(const struct own_opts *opts, struct corrupt_rows *rows,
                     struct err *e)
{
    struct own *o = mem_zero(1, sizeof *o);
    size_t batch = (size_t)opts->batch;
    o->o = opts;
    o->rows = rows;
    o->hook = (struct corrupt_model){.ctx = o,
                                     .ranks = opts->rank != NULL,
                                     .first_word = opts->first_word,
                                     .say = say};
    rows->model = &o->hook;
    struct model_how how;
    if (open_model(o, &how, e)) {
        own_free(o);
        return NULL;
    }
    o->out = writer_stdout();
    o->encoder = encoder_new(o->tokenizer);
    o->decoder =
        decoder_new(&o->model, batch, (size_t)o->model.config.context, how);
    o->sampler = sampler_new(&opts->sample, (size_t)o->model.config.vocab);
    o->slots = mem_zero(batch, sizeof *o->slots);
    o->ids = mem_zero(2 * batch, sizeof *o->ids);
    o->live = o->ids + batch;
    o->asker = corrupt_rows_worker(rows);
    o->teller = corrupt_rows_worker(rows);
    o->judge = corrupt_rows_judge(o->teller);
    return o;
}

/* ---- the filter's threads: rows are only looked at, so that a bad one is
 * refused in its place */

struct checker {
    struct json_parser *parser;
    struct arena arena;
    struct target_vec targets;
    struct edit_vec edits;
};

void *own_worker(void *ctx)
{
    (void)ctx;
    struct checker *c = mem_zero(1, sizeof *c);
    c->parser = json_parser_new();
    return c;
}

void own_worker_free(void *ctx, void *worker)
{
    (void)ctx;
    struct checker *c = worker;
    json_parser_free(c->parser);
    arena_free(&c->arena);
    vec_free(&c->targets);
    vec_free(&c->edits);
    mem_free(c);
}

int own_work(void *worker, const struct row *row, struct buf *out,
             struct err *e)
{
    struct checker *c = worker;
    struct record r;
    arena_reset(&c->arena);
    c->targets.n = c->edits.n = 0;
    if (record_parse(c->parser, &c->arena, row->text, row->at, &r, e) ||
        record_targets(&r, &c->arena, &c->targets, e) ||
        (json_get(r.root, "errors") &&
         record_edits(&r, &c->arena, &c->targets, &c->edits, e)))
        return -1;
    struct own_packet packet = {row->text.n, row->at};
    static const char padding[IO_PADDING];
    buf_add(out, &packet, sizeof packet);
    buf_str(out, row->text);
    buf_add(out, padding, sizeof padding);
    return 0;
}

/* ---- the main thread: a block of rows */

static int finish_job(struct own *o, struct own_job *job, struct err *e)
{
    o->job = job;
    o->telling = true;
    if (corrupt_rows_work(o->teller, &job->row, &job->out, e))
        return -1;
    o->counts.rows += str_count(buf_view(&job->out), '\n');
    job->done = true;
    return 0;
}

/* Puts the idle slots to work, with new rows where there are no runs left. */
static int fill(struct own *o, struct err *e)
{
    for (int64_t k = 0; k < o->o->batch; k++) {
        struct own_slot *s = &o->slots[k];
        while (!s->busy && !own_start(o, s) && o->in.n > 0) {
            o->runs.n = o->started = 0;
            struct own_job *job = own_take(o, e);
            if (!job)
                return -1;
            vec_push(&o->jobs, job);
            if (job->left == 0 && finish_job(o, job, e))
                return -1;
        }
    }
    return 0;
}

/* Writes the rows whose turn has come. */
static int put_done(struct own *o, struct err *e)
{
    size_t before = o->written;
    while (o->written < o->jobs.n) {
        struct own_job *job = o->jobs.v[o->written];
        if (!job->done && job->left == 0 && finish_job(o, job, e))
            return -1;
        if (!job->done)
            break;
        writer_str(o->out, buf_view(&job->out));
        own_job_free(job);
        o->written++;
    }
    return o->written > before ? writer_flush(o->out, e) : 0;
}

static bool is_busy(const struct own *o)
{
    for (int64_t k = 0; k < o->o->batch; k++)
        if (o->slots[k].busy)
            return true;
    return false;
}

int own_sink(void *ctx, struct str bytes, struct err *e)
{
    struct own *o = ctx;
    o->in = bytes;
    do {
        if (fill(o, e) || put_done(o, e) || (is_busy(o) && own_step(o, e)))
            return -1;
    } while (o->in.n > 0 || is_busy(o));
    if (put_done(o, e))
        return -1;
    free_jobs(o);
    return 0;
}

/* ---- counts */

void own_stats(void *ctx, struct buf *json)
{
    struct own *o = ctx;
    const struct own_counts *n = &o->counts;
    json_put_i64(json, "rows", (int64_t)n->rows);
    corrupt_rows_free(o->rows, o->teller);
    o->teller = NULL;
    corrupt_rows_stats(o->rows, json);
    json_put_i64(json, "model_places", (int64_t)n->places);
    json_put_i64(json, "model_unasked", (int64_t)n->unasked);
    json_put_i64(json, "model_tokens", (int64_t)n->tokens);
    json_put_i64(json, "model_read", (int64_t)n->fed);
    json_put_i64(json, "model_shared", (int64_t)(n->prefix - n->fed));
    if (o->o->rank) {
        json_put_i64(json, "model_candidates", (int64_t)n->candidates);
        return;
    }
    json_put_i64(json, "model_samples", (int64_t)n->samples);
    json_put_i64(json, "model_same", (int64_t)n->same);
    json_put_i64(json, "model_refuted", (int64_t)n->refuted);
    json_put_i64(json, "model_broken", (int64_t)n->broken);
    json_put_i64(json, "model_repeated", (int64_t)n->repeated);
    json_put_i64(json, "model_kept", (int64_t)n->kept);
}
