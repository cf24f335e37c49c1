/* How a training run begins: from nothing, from a checkpoint's weights, or
 * where it was left. */
#include "session_impl.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io.h"
#include "json.h"
#include "trainlog.h"

/* Is b a later shard of the set that a begins: the same name, a higher number?
 * A shell that expands "--eval test-*.shard" leaves all but the first among
 * the operands; they must not be trained on. */
static bool follows(const char *a, const char *b)
{
    const char *digits = "0123456789";
    size_t n = 0;
    while (a[n] && a[n] == b[n])
        n++;
    while (n > 0 && strchr(digits, a[n - 1]))
        n--;
    char *behind_a, *behind_b;
    unsigned long long number_a = strtoull(a + n, &behind_a, 10);
    unsigned long long number_b = strtoull(b + n, &behind_b, 10);
    return behind_a > a + n && behind_b > b + n && number_b > number_a &&
           strcmp(behind_a, ".shard") == 0 && strcmp(behind_b, ".shard") == 0;
}

static bool is_eval(const struct session *s, const char *shard)
{
    for (size_t i = 0; i < s->o->eval.n; i++)
        if (follows(s->o->eval.v[i], shard))
            return true;
    return false;
}

/* The rows of --eval and of the operands that go with it. */
static int read_eval(struct session *s, char *const *shards, struct err *e)
{
    glob_t found = {0};
    for (size_t i = 0; i < s->o->eval.n; i++)
        glob(s->o->eval.v[i], GLOB_NOCHECK | (i ? GLOB_APPEND : 0), NULL,
             &found);
    for (; *shards; shards++)
        if (is_eval(s, *shards))
            glob(*shards, GLOB_NOCHECK | GLOB_APPEND, NULL, &found);
    int rc =
        dataset_read(&s->eval, found.gl_pathv, tokenizer_info(s->tokenizer), e);
    globfree(&found);
    return rc;
}

/* The rows of the operands that do not go with --eval; none: stdin. */
static int read_train(struct session *s, char *const *shards, struct err *e)
{
    VEC(char *) train = {0};
    for (char *const *one = shards; *one; one++)
        if (!is_eval(s, *one))
            vec_push(&train, *one);
    if (*shards && train.n == 0) {
        vec_free(&train);
        return err_set(e, STATUS_USAGE,
                       "all shards are --eval's: none is left to train on");
    }
    vec_push(&train, NULL);
    int rc = dataset_read(&s->train, train.v, tokenizer_info(s->tokenizer), e);
    vec_free(&train);
    return rc;
}

/* Is there a target with weight? */
static bool learnable(const struct dataset *d, const float *weights)
{
    for (size_t i = 0; i < dataset_rows(d); i++)
        if (dataset_weight(d, &i, 1, weights) > 0)
            return true;
    return false;
}

static int read_data(struct session *s, char *const *shards, struct err *e)
{
    if (read_train(s, shards, e))
        return -1;
    if (dataset_rows(&s->train) == 0)
        return err_set(e, STATUS_DATA, "there is no row to train on");
    if (!learnable(&s->train, s->o->weights))
        return err_set(e, STATUS_DATA,
                       "nothing to learn: no token of any row has weight");
    if (s->o->eval.n == 0)
        return 0;
    if (read_eval(s, shards, e))
        return -1;
    if (!learnable(&s->eval, s->o->weights))
        return err_set(e, STATUS_DATA,
                       "nothing to evaluate: no token of --eval has weight");
    return 0;
}

size_t session_pass(const struct session *s)
{
    const struct trainer_opts *o = s->o;
    size_t longest = size_max(s->train.longest_row, s->eval.longest_row);
    size_t micro = size_min((size_t)o->micro_tokens, (size_t)o->batch_tokens);
    return size_max(longest, micro);
}

static int make_rooms(struct session *s, struct err *e)
{
    const struct trainer_opts *o = s->o;
    struct optim_config c = {o->beta1, o->beta2, 1e-8, o->weight_decay,
                             o->clip};
    size_t max = session_pass(s);
    struct budget b = session_budget(s, max);
    /* weights and data are held by now */
    if (session_affords(s, b.all - b.weights - b.data, e))
        return -1;
    optim_create(&s->optim, session_trained(s), &c);
    dataset_batch_new(&s->batch, max);
    s->run = model_run_new(&s->model, max, s->how);
    s->losses = mem_zero(max, sizeof *s->losses);
    s->grad = mem_huge(s->model.n_params * sizeof *s->grad);
    if (s->lora)
        s->dpart = mem_huge(s->lora->part.n_params * sizeof *s->dpart);
    s->order = mem_zero(dataset_rows(&s->train), sizeof *s->order);
    s->at.m = s->optim.m;
    s->at.v = s->optim.v;
    return 0;
}

/* The first step after which so many tokens are seen. */
static int64_t steps_for(const struct session *s, int64_t tokens)
{
    const struct dataset *d = &s->train;
    size_t n = dataset_rows(d);
    int64_t steps = 0, seen = 0;
    for (int64_t epoch = 0; seen < tokens; epoch++) {
        dataset_order(d, (uint64_t)s->o->seed, epoch, s->order);
        for (size_t at = 0, k; at < n && seen < tokens; at += k, steps++) {
            k = dataset_take(d, s->order + at, n - at,
                             (size_t)s->o->batch_tokens);
            for (size_t i = at; i < at + k; i++)
                seen += (int64_t)dataset_row_tokens(d, s->order[i]);
        }
    }
    return steps;
}

static void count_steps(struct session *s)
{
    const struct trainer_opts *o = s->o;
    s->steps = o->tokens ? steps_for(s, o->tokens) : o->steps;
    if (s->steps > 0)
        return;
    for (int64_t i = 0; i < o->epochs; i++)
        s->steps += dataset_steps(&s->train, (uint64_t)o->seed, i,
                                  (size_t)o->batch_tokens);
}

/* The best evaluation so far is among the fields of the last. */
static int take_best(struct session *s, struct err *e)
{
    struct buf copy = {0};
    struct json_parser *p = json_parser_new();
    const struct json *root;
    buf_str(&copy, buf_view(&s->evaluation));
    buf_reserve(&copy, IO_PADDING);
    int rc = json_parse(p, buf_view(&copy), &root, e);
    const struct json *step = rc ? NULL : json_get(root, "eval_best_step");
    const struct json *loss = rc ? NULL : json_get(root, "eval_best_loss");
    if (step && loss &&
        (!json_i64(step, &s->best_step) || !json_f64(loss, &s->best)))
        rc = err_set(e, STATUS_DATA, "%s: trainer_state.json: eval", s->o->out);
    json_parser_free(p);
    buf_free(&copy);
    return rc;
}

static int take_up(struct session *s, const struct trainer_state *saved,
                   struct err *e)
{
    const char *dir = s->o->out;
    if (saved->data_hash != s->at.data_hash)
        return err_set(e, STATUS_DATA,
                       "%s: the run was begun with other training data", dir);
    if (saved->seed != s->at.seed)
        return err_set(e, STATUS_DATA,
                       "%s: the run was begun with seed %llu, not %llu", dir,
                       (unsigned long long)saved->seed,
                       (unsigned long long)s->at.seed);
    if (settings_same(saved->settings, s->at.settings, dir, e))
        return -1;
    if ((size_t)saved->row > dataset_rows(&s->train))
        return err_set(e, STATUS_DATA,
                       "%s: trainer_state.json: epoch_rows %lld", dir,
                       (long long)saved->row);
    memcpy(s->optim.m, saved->m, s->optim.n * sizeof *saved->m);
    memcpy(s->optim.v, saved->v, s->optim.n * sizeof *saved->v);
    s->optim.step = s->at.step = saved->step;
    s->at.epoch = saved->epoch;
    s->at.row = saved->row;
    s->at.tokens = saved->tokens;
    s->evaluation.n = 0;
    buf_str(&s->evaluation, saved->eval);
    return take_best(s, e);
}

static int start_state(struct session *s, const struct model_config *want,
                       bool resume, struct err *e)
{
    struct settings now = {s->o,
                           want,
                           s->lora ? &s->lora->config : NULL,
                           s->base_hash,
                           s->steps,
                           s->o->eval.n ? s->eval.hash : 0,
                           ranks_count(s->ranks)};
    settings_put(&s->settings, &now);
    buf_cstr(&s->evaluation, "{}");
    s->at.seed = (uint64_t)s->o->seed;
    s->at.data_hash = s->train.hash;
    s->at.settings = buf_view(&s->settings);
    if (!resume)
        return 0;
    struct trainer_state saved;
    if (checkpoint_state(s->o->out, session_trained(s), &saved, e))
        return -1;
    int rc = take_up(s, &saved, e);
    checkpoint_state_free(&saved, session_trained(s));
    return rc;
}

/* Only rank 0 could read it. */
static int refuse_stdin(const struct session *s, char *const *shards,
                        struct err *e)
{
    bool named = *shards != NULL;
    for (; *shards; shards++)
        named = named && strcmp(*shards, "-") != 0;
    if (named || ranks_count(s->ranks) == 1)
        return 0;
    return err_set(e, STATUS_USAGE,
                   "several processes cannot share standard input: name the "
                   "shards");
}

static int open_all(struct session *s, char *const *shards, struct err *e)
{
    bool lead = ranks_lead(s->ranks);
    double resume =
        lead && s->o->resume && checkpoint_resumable(s->o->out) ? 1 : 0;
    ranks_sum(s->ranks, &resume, 1);
    if (model_how(&s->how, (enum model_dtype)s->o->dtype, e))
        return -1;
    s->how.recompute = s->o->recompute;
    if (lead && (checkpoint_check(s->o->out, e) ||
                 (s->o->best && checkpoint_check(s->o->best, e))))
        return -1;
    if (session_tokenizer(s, resume, e) || read_data(s, shards, e))
        return -1;
    struct model_config want;
    if (session_network(s, resume, &want, e) || make_rooms(s, e))
        return -1;
    count_steps(s);
    return start_state(s, &want, resume, e);
}

int session_open(struct session *s, const struct trainer_opts *o,
                 char *const *shards, struct ranks *r, struct err *e)
{
    *s = (struct session){.o = o, .ranks = r, .best = INFINITY};
    if (!refuse_stdin(s, shards, e) && !open_all(s, shards, e))
        return 0;
    session_close(s);
    return -1;
}

void session_close(struct session *s)
{
    if (s->run)
        model_run_free(s->run);
    dataset_batch_free(&s->batch);
    optim_free(&s->optim);
    mem_huge_free(s->grad, s->model.n_params * sizeof *s->grad);
    mem_free(s->losses);
    mem_free(s->order);
    if (s->lora) {
        mem_huge_free(s->dpart, s->lora->part.n_params * sizeof *s->dpart);
        lora_free(s->lora);
    }
    mem_free(s->lora);
    vec_free(&s->new_ids);
    model_free(&s->model);
    dataset_free(&s->train);
    dataset_free(&s->eval);
    tokenizer_free(s->tokenizer);
    buf_free(&s->settings);
    buf_free(&s->evaluation);
}

struct model *session_trained(struct session *s)
{
    return s->lora ? &s->lora->part : &s->model;
}

static int save(struct session *s, const char *dir,
                const struct trainer_state *state, struct err *e)
{
    if (!ranks_lead(s->ranks))
        return 0;
    return s->lora ? checkpoint_save_adapter(dir, s->lora, s->o->init,
                                             s->tokenizer, state, e)
                   : checkpoint_save(dir, &s->model, s->tokenizer, state, e);
}

int session_save(struct session *s, struct err *e)
{
    s->at.eval = buf_view(&s->evaluation);
    return save(s, s->o->out, &s->at, e);
}

int session_save_best(struct session *s, struct err *e)
{
    return save(s, s->o->best, NULL, e);
}
