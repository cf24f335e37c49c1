/* The network of a run and its tokenizer: new, from a checkpoint, or where a
 * run was left; and the adapter on it. */
#include "session_impl.h"

#include <stdio.h>

#include "adapter.h"
#include "gguf.h"
#include "preset.h"
#include "rng.h"

/* ---- the tokenizer */

/* Every id of the one must be the same token in the other, or the weights
 * would belong to other words. */
static int same_ids(const struct trainer_opts *o, const struct tokenizer *was,
                    const struct tokenizer *is, struct err *e)
{
    const char *name = o->tokenizer ? o->tokenizer : o->adapter;
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
                         "%s: its id %d is another token than in %s", name, id,
                         o->init);
    }
    buf_free(&a);
    buf_free(&b);
    return rc;
}

/* That of --init, or one given, perhaps with the adapter, that has its ids
 * and more. */
static struct tokenizer *init_tokenizer(struct session *s, struct err *e)
{
    const struct trainer_opts *o = s->o;
    struct tokenizer *was = checkpoint_tokenizer(o->init, e);
    if (!was || (!o->tokenizer && !o->adapter))
        return was;
    struct tokenizer *is = o->tokenizer ? tokenizer_load(o->tokenizer, e)
                                        : checkpoint_tokenizer(o->adapter, e);
    if (is && same_ids(o, was, is, e)) {
        tokenizer_free(is);
        is = NULL;
    }
    for (int32_t id = 0; is && id < tokenizer_info(is)->vocab_size; id++)
        if (tokenizer_has(is, id) && !tokenizer_has(was, id))
            vec_push(&s->new_ids, id);
    tokenizer_free(was);
    return is;
}

int session_tokenizer(struct session *s, bool resume, struct err *e)
{
    const struct trainer_opts *o = s->o;
    if (resume)
        s->tokenizer = checkpoint_tokenizer(o->out, e);
    else if (o->init)
        s->tokenizer = init_tokenizer(s, e);
    else
        s->tokenizer = o->tokenizer ? tokenizer_load(o->tokenizer, e)
                                    : tokenizer_builtin();
    if (!s->tokenizer)
        return -1;
    return o->gguf ? gguf_check(s->tokenizer, e) : 0;
}

/* ---- the network */

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

/* A run with an adapter goes on from the checkpoint that is below it. */
static int get_model(struct session *s, const struct model_config *want,
                     bool resume, struct err *e)
{
    bool adapted = s->o->lora || s->o->adapter;
    if (resume && !adapted)
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

/* ---- the adapter */

/* The one asked for. */
static void new_adapter(const struct session *s, struct lora_config *c)
{
    const struct trainer_opts *o = s->o;
    const char *in = o->lora_targets;
    c->rank = (int32_t)o->lora;
    c->alpha = o->lora_alpha > 0 ? o->lora_alpha : 2 * (double)o->lora;
    buf_cstr(&c->in, in ? in : lora_all(&s->model.config));
    for (size_t i = 0; i < s->new_ids.n; i++)
        vec_push(&c->ids, s->new_ids.v[i]);
}

/* Is the folder's adapter the one asked for? */
static int same_adapter(const struct session *s, const char *dir,
                        const struct lora_config *c, struct err *e)
{
    const struct trainer_opts *o = s->o;
    if (o->lora && o->lora != c->rank)
        return err_set(e, STATUS_DATA, "%s: its adapter has rank %d, not %lld",
                       dir, c->rank, (long long)o->lora);
    if (o->lora_alpha > 0 && o->lora_alpha != c->alpha)
        return err_set(e, STATUS_DATA, "%s: its adapter has alpha %g, not %g",
                       dir, c->alpha, o->lora_alpha);
    if (o->lora_targets && !str_eq(buf_view(&c->in), str_of(o->lora_targets)))
        return err_set(e, STATUS_DATA,
                       "%s: its adapter has the targets %.*s, not %s", dir,
                       STR_ARG(buf_view(&c->in)), o->lora_targets);
    for (size_t i = 0, k = 0; i < s->new_ids.n; i++) {
        while (k < c->ids.n && c->ids.v[k] < s->new_ids.v[i])
            k++;
        if (k == c->ids.n || c->ids.v[k] != s->new_ids.v[i])
            return err_set(e, STATUS_DATA,
                           "%s: its adapter has no row of the new id %d", dir,
                           s->new_ids.v[i]);
    }
    return 0;
}

/* From a folder, or new where that is NULL. */
static int get_adapter(struct session *s, const char *dir, struct err *e)
{
    struct lora_config c = {0};
    s->base_hash = rng_hash(0, s->model.params,
                            s->model.n_params * sizeof *s->model.params);
    if (!dir)
        new_adapter(s, &c);
    else if (adapter_config(dir, &s->model.config, &c, e) ||
             same_adapter(s, dir, &c, e)) {
        lora_config_free(&c);
        return -1;
    }
    struct lora *l = mem_zero(1, sizeof *l);
    if (lora_create(l, &s->model, &c, (uint64_t)s->o->seed, e)) {
        char why[sizeof e->text];
        snprintf(why, sizeof why, "%s", e->text);
        mem_free(l);
        return err_set(e, dir ? STATUS_DATA : STATUS_USAGE, "%s: %s",
                       dir ? dir : "--lora-targets", why);
    }
    s->lora = l;
    if (dir && adapter_load(dir, l, e))
        return -1;
    lora_apply(l, &s->model);
    return 0;
}

/* Is there memory for a network of this shape?  Asked before its weights are
 * read or drawn. */
static int check_room(const struct session *s, const struct model_config *c,
                      struct err *e)
{
    struct session t = *s;
    struct err shape;
    if (s->o->merge || model_outline(&t.model, c, &shape))
        return 0; /* the shape is refused with its file's name, later */
    struct budget b = session_budget(&t, session_pass(s));
    bool adapted = s->o->lora || s->o->adapter;
    /* an adapter's matrices are kept once more, but have no averages */
    uint64_t need =
        adapted ? 2 * b.weights + b.gradient + b.activations : b.all - b.data;
    int rc = session_affords(s, need, e);
    model_free(&t.model);
    return rc;
}

int session_network(struct session *s, bool resume, struct model_config *want,
                    struct err *e)
{
    const struct trainer_opts *o = s->o;
    size_t longest = size_max(s->train.longest_doc, s->eval.longest_doc);
    if (want_config(s, longest, want, e) || check_room(s, want, e) ||
        get_model(s, want, resume, e))
        return -1;
    if (!o->lora && !o->adapter)
        return 0;
    return get_adapter(s, resume ? o->out : o->adapter, e);
}

int session_merge(const struct trainer_opts *o, struct err *e)
{
    struct session s = {.o = o};
    struct model_config want;
    int rc = checkpoint_check(o->out, e);
    if (!rc)
        rc = session_tokenizer(&s, false, e);
    if (!rc)
        rc = session_network(&s, false, &want, e);
    if (!rc)
        rc = checkpoint_save(o->out, &s.model, s.tokenizer, NULL, e);
    if (!rc && o->gguf)
        rc = gguf_write(o->gguf, &s.model, s.tokenizer,
                        (enum gguf_type)o->gguf_type, e);
    session_close(&s);
    return rc;
}
