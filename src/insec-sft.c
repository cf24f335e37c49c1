/* insec-sft: a minimal trainer.  Options and glue; see insec-sft(1). */
#include <string.h>

#include "diag.h"
#include "gguf.h"
#include "io.h"
#include "opt.h"
#include "preset.h"
#include "threads.h"
#include "trainer.h"

struct opts {
    struct trainer_opts t;
    const char *weights; /* "wrong=0,prompt=0" */
    int64_t jobs;
};

#define STEPS 1, 1e12
#define OPTIONS(o)                                                             \
    {'o', "output", "DIR", OPT_STRING, &(o).t.out, 0, 0,                       \
     "the checkpoint folder to write"},                                        \
    {0, "preset", PRESETS, OPT_CHOICE, &(o).t.preset, 0, 0,                    \
     "size of a new network"},                                                 \
    {0, "config", "FILE", OPT_STRING, &(o).t.config, 0, 0,                     \
     "shape of a new network, a config.json"},                                 \
    {0, "init", "DIR", OPT_STRING, &(o).t.init, 0, 0,                          \
     "start from this checkpoint's weights"},                                  \
    {0, "lora", "R", OPT_INT, &(o).t.lora, 1, 65536,                           \
     "train an adapter of this rank, not the weights"},                        \
    {0, "lora-alpha", "X", OPT_REAL, &(o).t.lora_alpha, 0, 1e6,                \
     "its weight, times the rank"},                                            \
    {0, "lora-targets", "NAME,...", OPT_STRING, &(o).t.lora_targets, 0, 0,     \
     "the matrices it is added to"},                                           \
    {0, "adapter", "DIR", OPT_STRING, &(o).t.adapter, 0, 0,                    \
     "start from this adapter"},                                               \
    {0, "merge", NULL, OPT_FLAG, &(o).t.merge, 0, 0,                           \
     "write the checkpoint with the adapter in it, and leave"},                \
    {0, "resume", NULL, OPT_FLAG, &(o).t.resume, 0, 0,                         \
     "go on where the output folder was left"},                                \
    {0, "layers", "N", OPT_INT, &(o).t.layers, 1, 1000,                        \
     "layers, instead of the preset's"},                                       \
    {0, "dim", "N", OPT_INT, &(o).t.dim, 1, 65536,                             \
     "width, instead of the preset's"},                                        \
    {0, "heads", "N", OPT_INT, &(o).t.heads, 1, 1024,                          \
     "attention heads, instead of the preset's"},                              \
    {0, "kv-heads", "N", OPT_INT, &(o).t.kv_heads, 1, 1024,                    \
     "key and value heads, instead of the preset's"},                          \
    {0, "inner", "N", OPT_INT, &(o).t.inner, 1, 1 << 20,                       \
     "inner width, instead of the preset's"},                                  \
    {'t', "tokenizer", "FILE", OPT_STRING, &(o).t.tokenizer, 0, 0,             \
     "the shards' tokenizer.json; none: the built-in one"},                    \
    {0, "steps", "N", OPT_INT, &(o).t.steps, STEPS,                            \
     "steps to take, instead of --epochs"},                                    \
    {0, "tokens", "N", OPT_SIZE, &(o).t.tokens, STEPS,                         \
     "tokens to see, instead of --epochs"},                                    \
    {0, "epochs", "N", OPT_INT, &(o).t.epochs, STEPS,                          \
     "passes over the rows"},                                                  \
    {0, "stop-at", "N", OPT_INT, &(o).t.stop_at, STEPS,                        \
     "save and leave after this step"},                                        \
    {0, "batch-tokens", "N", OPT_SIZE, &(o).t.batch_tokens, 1, 1 << 30,        \
     "tokens per step, at most"},                                              \
    {0, "micro-tokens", "N", OPT_SIZE, &(o).t.micro_tokens, 1, 1 << 24,        \
     "tokens per pass, at most"},                                              \
    {0, "dtype", DTYPES, OPT_CHOICE, &(o).t.dtype, 0, 0,                       \
     "factors of the products with weights"},                                  \
    {0, "recompute", NULL, OPT_FLAG, &(o).t.recompute, 0, 0,                   \
     "gradient checkpointing: less memory, more time"},                        \
    {0, "lr", "X", OPT_REAL, &(o).t.lr, 1e-12, 1e6, "learning rate, at most"}, \
    {0, "min-lr", "X", OPT_REAL, &(o).t.min_lr, 0, 1e6,                        \
     "learning rate at the end"},                                              \
    {0, "warmup", "N", OPT_INT, &(o).t.warmup, 0, 1e12,                        \
     "steps of rising learning rate"},                                         \
    {0, "schedule", SCHEDULES, OPT_CHOICE, &(o).t.schedule, 0, 0,              \
     "learning rate after that"},                                              \
    {0, "cooldown", "X", OPT_REAL, &(o).t.cooldown, 0, 1,                      \
     "share of the steps in which wsd goes down"},                             \
    {0, "weight-decay", "X", OPT_REAL, &(o).t.weight_decay, 0, 1000,           \
     "AdamW's weight decay"},                                                  \
    {0, "beta1", "X", OPT_REAL, &(o).t.beta1, 0, 0.999999999,                  \
     "AdamW's first decay rate"},                                              \
    {0, "beta2", "X", OPT_REAL, &(o).t.beta2, 0, 0.999999999,                  \
     "AdamW's second decay rate"},                                             \
    {0, "clip", "X", OPT_REAL, &(o).t.clip, 0, 1e12,                           \
     "largest gradient norm; 0: any"},                                         \
    {0, "weights", "KIND=X,...", OPT_STRING, &(o).weights, 0, 0,               \
     "loss weights by kind"},                                                  \
    {0, "eval", "SHARD", OPT_LIST, &(o).t.eval, 0, 0,                          \
     "evaluate on these shards; may be a pattern"},                            \
    {0, "eval-every", "N", OPT_INT, &(o).t.eval_every, STEPS,                  \
     "steps between evaluations"},                                             \
    {0, "best", "DIR", OPT_STRING, &(o).t.best, 0, 0,                          \
     "keep the weights of the best evaluation"},                               \
    {0, "save-every", "N", OPT_INT, &(o).t.save_every, STEPS,                  \
     "steps between checkpoints"},                                             \
    {0, "log-every", "N", OPT_INT, &(o).t.log_every, STEPS,                    \
     "steps between log rows"},                                                \
    {0, "speed", NULL, OPT_FLAG, &(o).t.speed, 0, 0,                           \
     "add tokens a second and the share of peak to them"},                     \
    {0, "plot", "FILE", OPT_STRING, &(o).t.plot, 0, 0,                         \
     "draw the losses, an SVG"},                                               \
    {0, "csv", "FILE", OPT_STRING, &(o).t.csv, 0, 0,                           \
     "write the log as CSV too"},                                              \
    {0, "tensorboard", "DIR", OPT_STRING, &(o).t.tensorboard, 0, 0,            \
     "write the log for TensorBoard too"},                                     \
    {0, "gguf", "FILE", OPT_STRING, &(o).t.gguf, 0, 0,                         \
     "write the network for llama.cpp too"},                                   \
    {0, "gguf-type", GGUF_TYPES, OPT_CHOICE, &(o).t.gguf_type, 0, 0,           \
     "its numbers"},                                                           \
    {0, "dry-run", NULL, OPT_FLAG, &(o).t.dry_run, 0, 0,                       \
     "say what the run would take, and leave"},                                \
    {'s', "seed", "N", OPT_INT, &(o).t.seed, 0, 1e15, "seed"},                 \
    {'j', "jobs", "N", OPT_INT, &(o).jobs, 0, 1024,                            \
     "threads; 0 means one per core"},                                         \
    {'q', "quiet", NULL, OPT_FLAG, &(o).t.quiet, 0, 0, "no progress line"}

static void set_weight(void *ctx, const char *name, size_t n, double w)
{
    struct trainer_opts *t = ctx;
    int kind = kind_of((struct str){name, n});
    if (kind <= KIND_PAD)
        die(STATUS_USAGE, "--weights: %.*s: no such kind", (int)n, name);
    if (!(w >= -1e6 && w <= 1e6))
        die(STATUS_USAGE, "--weights: %.*s: not a weight", (int)n, name);
    t->weights[kind] = (float)w;
}

static void check(struct opts *o)
{
    if (!o->t.out)
        die(STATUS_USAGE, "-o DIR is needed: where the checkpoint goes");
    if (o->t.init && o->t.config)
        die(STATUS_USAGE, "--init and --config exclude each other");
    if ((o->t.lora || o->t.adapter) && !o->t.init)
        die(STATUS_USAGE, "an adapter needs --init, what it is for");
    if (o->t.merge && !o->t.adapter)
        die(STATUS_USAGE, "--merge needs --adapter");
    if (o->t.steps && o->t.tokens)
        die(STATUS_USAGE, "--steps and --tokens exclude each other");
    if (o->t.best && o->t.eval.n == 0)
        die(STATUS_USAGE, "--best needs --eval");
    if (o->t.best && !strcmp(o->t.best, o->t.out))
        die(STATUS_USAGE, "--best and -o are the same folder");
    if (o->t.min_lr > o->t.lr)
        die(STATUS_USAGE, "--min-lr is above --lr");
    memcpy(o->t.weights, kind_weights, sizeof o->t.weights);
    if (o->weights)
        opt_weights("--weights", o->weights, set_weight, &o->t);
    threads_set(o->jobs);
}

/* The run, or only what it would take. */
static int run(struct session *s, struct err *e)
{
    if (!s->o->dry_run)
        return trainer_run(s, e);
    struct buf text = {0};
    struct writer *w = writer_stdout();
    session_estimate(s, &text);
    if (ranks_lead(s->ranks))
        writer_str(w, buf_view(&text));
    buf_free(&text);
    return writer_finish(w, e);
}

static void train(const struct trainer_opts *o, char *const *shards)
{
    struct err e = {0};
    struct session s;
    struct ranks *ranks = ranks_start();
    ranks_check(ranks, session_open(&s, o, shards, ranks, &e), &e);
    if (run(&s, &e))
        ranks_fail(ranks, &e);
    session_close(&s);
    ranks_stop(ranks);
}

int main(int argc, char **argv)
{
    struct opts o = {.t = TRAINER_DEFAULTS, .jobs = 1};
    const struct opt table[] = {OPTIONS(o)};
    const struct opt_program program = {
        "insec-sft", "train a small language model on packed shards",
        "[shard ...]", table, COUNTOF(table)};
    (void)argc;
    threads_patient(argv);
    opt_parse(&program, argv);
    check(&o);

    struct err e;
    if (!o.t.merge)
        train(&o.t, argv);
    else if (session_merge(&o.t, &e))
        die_err(&e);
    mem_free(o.t.eval.v);
    return STATUS_OK;
}
