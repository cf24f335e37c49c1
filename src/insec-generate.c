/* insec-generate: prompts in, completions out.  Options and glue; see
 * insec-generate(1). */
#include "complete.h"
#include "filter.h"
#include "threads.h"

struct program {
    struct complete_opts complete;
    struct filter_opts filter;
    struct complete *c; /* owns */
    struct writer *out; /* owns */
};

static void *worker_new(void *ctx)
{
    struct program *p = ctx;
    return asker_new(p->c);
}

static void worker_free(void *ctx, void *worker)
{
    (void)ctx;
    asker_free(worker);
}

static int work(void *worker, const struct row *row, struct buf *out,
                struct err *e)
{
    return asker_ask(worker, row, out, e);
}

static int sink(void *ctx, struct str bytes, struct err *e)
{
    struct program *p = ctx;
    return complete_answer(p->c, bytes, p->out, e);
}

static void stats(void *ctx, struct buf *json)
{
    struct program *p = ctx;
    const struct complete_counts *n = complete_counts(p->c);
    json_put_i64(json, "completions", (int64_t)n->completions);
    json_put_i64(json, "tokens", (int64_t)n->tokens);
    json_put_i64(json, "ended", (int64_t)n->ended);
    json_put_i64(json, "retractions", (int64_t)n->retractions);
    json_put_i64(json, "unfinished", (int64_t)n->unfinished);
    json_put_i64(json, "stray_marks", (int64_t)n->stray);
}

static void parse(struct program *p, char **argv)
{
    struct complete_opts *o = &p->complete;
    const struct opt opts[] = {
        {'m', "model", "DIR", OPT_STRING, &o->model, 0, 0,
         "the checkpoint to ask"},
        {0, "temperature", "X", OPT_REAL, &o->sample.temperature, 0, 100,
         "0: always the likeliest token"},
        {0, "top-k", "N", OPT_INT, &o->sample.top_k, 0, 1e9,
         "draw from the N likeliest tokens; 0: from all"},
        {0, "top-p", "X", OPT_REAL, &o->sample.top_p, 1e-9, 1,
         "draw from the likeliest that have X of the mass"},
        {0, "min-p", "X", OPT_REAL, &o->sample.min_p, 0, 1,
         "draw from those with X of the likeliest one's share"},
        {0, "bias", "MARK=X", OPT_LIST, &o->biases, 0, 0,
         "add X to the mark's logit"},
        {0, "max-retries", "N", OPT_INT, &o->max_retries, -1, 1 << 30,
         "flags in an answer, at most; -1: any number"},
        {0, "stop", "TEXT", OPT_LIST, &o->stops, 0, 0,
         "end the answer before this text"},
        {0, "score", NULL, OPT_FLAG, &o->score, 0, 0,
         "say how likely the given completions are; write none"},
        {0, "logprobs", NULL, OPT_FLAG, &o->logprobs, 0, 0,
         "add the log-probability of each token"},
        {'n', "samples", "N", OPT_INT, &o->samples, 1, 1 << 20,
         "completions per row"},
        {0, "max-tokens", "N", OPT_INT, &o->max_tokens, 1, 1 << 30,
         "new tokens, at most"},
        {0, "resolve", NULL, OPT_FLAG, &o->resolve, 0, 0,
         "leave out what the model took back"},
        {0, "unit", UNIT_NAMES, OPT_CHOICE, &o->unit, 0, 0,
         "how much a flag takes back"},
        {0, "continue", NULL, OPT_FLAG, &o->go_on, 0, 0,
         "the row's completion is the beginning of the answer"},
        {0, "chat-template", "DIR|FILE", OPT_STRING, &o->chat, 0, 0,
         "write conversations, and prompts, by this chat template"},
        {0, "chat-set", "NAME=VALUE", OPT_LIST, &o->sets, 0, 0,
         "give the chat template a variable"},
        MARK_OPTIONS(*o),
        {0, "batch", "N", OPT_INT, &o->batch, 1, 4096,
         "sequences decoded at a time"},
        {0, "dtype", DTYPES, OPT_CHOICE, &o->dtype, 0, 0,
         "factors of the products with weights"},
        {'s', "seed", "N", OPT_INT, &o->seed, 0, 1e15, "seed"},
        FILTER_INPUT_OPTIONS(p->filter),
        FILTER_OPTIONS(p->filter),
    };
    (void)opt_parse(&(struct opt_program){"insec-generate",
                                          "let a checkpoint complete prompts",
                                          "[file ...]", opts, COUNTOF(opts)},
                    argv);
    if (!o->model)
        die(STATUS_USAGE, "-m DIR is needed: the checkpoint to ask");
    threads_set(p->filter.jobs);
}

int main(int argc, char **argv)
{
    struct program p = {.complete = COMPLETE_DEFAULTS,
                        .filter = FILTER_DEFAULTS};
    struct err e = {0};
    (void)argc;
    threads_patient(argv);
    parse(&p, argv);
    p.c = complete_open(&p.complete, &e);
    if (!p.c)
        die_err(&e);
    p.out = writer_stdout();
    struct filter f = {
        .opts = &p.filter,
        .ctx = &p,
        .worker_new = worker_new,
        .worker_free = worker_free,
        .work = work,
        .sink = sink,
        .seed = &p.complete.seed,
        .stats = stats,
    };
    if (filter_run(&f, argv, &e) || writer_finish(p.out, &e))
        die_err(&e);
    complete_close(p.c);
    mem_free(p.complete.stops.v);
    mem_free(p.complete.biases.v);
    mem_free(p.complete.sets.v);
    return STATUS_OK;
}
