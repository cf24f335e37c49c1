/* How a training run begins: from nothing, from a checkpoint's weights, or
 * where it was left. */
#include "session.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gguf.h"
#include "io.h"
#include "json.h"
#include "preset.h"
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

/* The shape asked for: that of a folder, a file, or a preset. */
static int want_config(struct session *s, size_t longest,
                       struct model_config *c, struct err *e)
{
    const struct trainer_opts *o = s->o;
    const struct tokenizer_info *info = tokenizer_info(s->tokenizer);
    struct preset_sizes over = {o->layers, o->dim, o->heads, o->kv_heads,
                                o->inner};
    if (!o->init && !o->config) {
        preset_config(c, o->preset, &over, info, longest);
        return 0;
    }
    int rc = o->init ? checkpoint_shape(o->init, c, e)
                     : checkpoint_config(o->config, c, e);
    const char *path = o->init ? o->init : o->config;
    if (!rc && o->init && c->vocab < info->vocab_size)
        c->vocab = info->vocab_size; /* get_model makes room */
    if (!rc && c->vocab < info->vocab_size)
        rc = err_set(e, STATUS_DATA,
                     "%s: vocab_size is %d, but the tokenizer has %d ids", path,
                     c->vocab, info->vocab_size);
    if (!rc && longest > (size_t)c->context)
        rc = err_set(e, STATUS_DATA,
                     "%s: max_position_embeddings is %d, but a document has "
                     "%zu tokens",
                     path, c->context, longest);
    c->bos = info->bos;
    c->eos = info->eos;
    c->pad = info->pad;
    return rc;
}

static int get_model(struct session *s, const struct model_config *want,
                     bool resume, struct err *e)
{
    if (resume)
        return checkpoint_load(s->o->out, &s->model, e);
    if (s->o->init) {
        if (checkpoint_load(s->o->init, &s->model, e))
            return -1;
        return s->model.config.vocab < want->vocab
                   ? model_widen(&s->model, want->vocab, (uint64_t)s->o->seed,
                                 e)
                   : 0;
    }
    if (model_create(&s->model, want, e)) {
        char why[sizeof e->text];
        snprintf(why, sizeof why, "%s", e->text);
        return s->o->config ? err_set(e, e->status, "%s: %s", s->o->config, why)
                            : -1;
    }
    model_init(&s->model, (uint64_t)s->o->seed);
    return 0;
}

static int make_rooms(struct session *s, struct err *e)
{
    const struct trainer_opts *o = s->o;
    struct optim_config c = {o->beta1, o->beta2, 1e-8, o->weight_decay,
                             o->clip};
    size_t longest = size_max(s->train.longest_row, s->eval.longest_row);
    size_t micro = size_min((size_t)o->micro_tokens, (size_t)o->batch_tokens);
    size_t max = size_max(longest, micro);
    struct budget b = session_budget(s, max);
    if (session_affords(s, &b, e))
        return -1;
    optim_create(&s->optim, &s->model, &c);
    dataset_batch_new(&s->batch, max);
    s->run = model_run_new(&s->model, max);
    s->losses = mem_zero(max, sizeof *s->losses);
    s->grad = mem_huge(s->model.n_params * sizeof *s->grad);
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
    for (int64_t i = 0; !s->steps && i < o->epochs; i++)
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
    memcpy(s->optim.m, saved->m, s->model.n_params * sizeof *saved->m);
    memcpy(s->optim.v, saved->v, s->model.n_params * sizeof *saved->v);
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
    settings_put(&s->settings, s->o, want, s->steps,
                 s->o->eval.n ? s->eval.hash : 0);
    buf_cstr(&s->evaluation, "{}");
    s->at.seed = (uint64_t)s->o->seed;
    s->at.data_hash = s->train.hash;
    s->at.settings = buf_view(&s->settings);
    if (!resume)
        return 0;
    struct trainer_state saved;
    if (checkpoint_state(s->o->out, &s->model, &saved, e))
        return -1;
    int rc = take_up(s, &saved, e);
    checkpoint_state_free(&saved, &s->model);
    return rc;
}

/* Every id of the one must be the same token in the other, or the weights
 * would belong to other words. */
static int same_ids(const struct trainer_opts *o, const struct tokenizer *was,
                    const struct tokenizer *is, struct err *e)
{
    struct buf a = {0}, b = {0};
    int rc = 0;
    for (int32_t id = 0; !rc && id < tokenizer_info(was)->vocab_size; id++) {
        a.n = b.n = 0;
        if (!tokenizer_has(was, id))
            continue;
        tokenizer_decode(was, &id, 1, true, &a);
        if (tokenizer_has(is, id))
            tokenizer_decode(is, &id, 1, true, &b);
        if (!tokenizer_has(is, id) || !str_eq(buf_view(&a), buf_view(&b)))
            rc = err_set(e, STATUS_DATA,
                         "%s: its id %d is another token than in %s",
                         o->tokenizer, id, o->init);
    }
    buf_free(&a);
    buf_free(&b);
    return rc;
}

/* That of --init, or one given that has its ids and more. */
static struct tokenizer *init_tokenizer(const struct trainer_opts *o,
                                        struct err *e)
{
    struct tokenizer *was = checkpoint_tokenizer(o->init, e);
    if (!was || !o->tokenizer)
        return was;
    struct tokenizer *is = tokenizer_load(o->tokenizer, e);
    if (is && same_ids(o, was, is, e)) {
        tokenizer_free(is);
        is = NULL;
    }
    tokenizer_free(was);
    return is;
}

static struct tokenizer *get_tokenizer(const struct trainer_opts *o,
                                       bool resume, struct err *e)
{
    if (resume)
        return checkpoint_tokenizer(o->out, e);
    if (o->init)
        return init_tokenizer(o, e);
    return o->tokenizer ? tokenizer_load(o->tokenizer, e) : tokenizer_builtin();
}

static int open_all(struct session *s, char *const *shards, struct err *e)
{
    bool resume = s->o->resume && checkpoint_resumable(s->o->out);
    if (checkpoint_check(s->o->out, e) ||
        (s->o->best && checkpoint_check(s->o->best, e)))
        return -1;
    s->tokenizer = get_tokenizer(s->o, resume, e);
    if (s->tokenizer && s->o->gguf && gguf_check(s->tokenizer, e))
        return -1;
    if (!s->tokenizer || read_data(s, shards, e))
        return -1;
    struct model_config want;
    size_t longest = size_max(s->train.longest_doc, s->eval.longest_doc);
    if (want_config(s, longest, &want, e) || get_model(s, &want, resume, e))
        return -1;
    if (make_rooms(s, e))
        return -1;
    count_steps(s);
    return start_state(s, &want, resume, e);
}

int session_open(struct session *s, const struct trainer_opts *o,
                 char *const *shards, struct err *e)
{
    *s = (struct session){.o = o, .best = INFINITY};
    if (!open_all(s, shards, e))
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
    model_free(&s->model);
    dataset_free(&s->train);
    dataset_free(&s->eval);
    tokenizer_free(s->tokenizer);
    buf_free(&s->settings);
    buf_free(&s->evaluation);
}

int session_save(struct session *s, struct err *e)
{
    s->at.eval = buf_view(&s->evaluation);
    return checkpoint_save(s->o->out, &s->model, s->tokenizer, &s->at, e);
}
