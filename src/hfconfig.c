/* Reading config.json.  It reads what hfconfig_write.c writes, and files of
 * others; it guesses nothing that would change the network. */
#include "hfconfig.h"

#include <stdio.h>

struct fields { /* what is being read, and the first thing wrong with it */
    const struct json *root;
    const char *path;
    struct err *e;
    int rc;
};

static int refuse(struct fields *f, const char *name, const char *why)
{
    if (!f->rc)
        f->rc = err_set(f->e, STATUS_DATA, "%s: %s: %s", f->path, name, why);
    return f->rc;
}

static const struct json *field(const struct fields *f, const char *name)
{
    const struct json *v = json_get(f->root, name);
    return v && v->type == JSON_NULL ? NULL : v;
}

/* A whole number in [1,2^31); missing: fallback, or refused where that is
 * negative. */
static int32_t size_of(struct fields *f, const char *name, int32_t fallback)
{
    const struct json *v = field(f, name);
    int64_t n = fallback;
    if (!v && fallback < 0)
        return refuse(f, name, "is missing");
    if (v && (!json_i64(v, &n) || n < 1 || n > INT32_MAX))
        return refuse(f, name, "is not a whole number above 0");
    return (int32_t)n;
}

/* An id, or the first of a list of them; -1 for none. */
static int32_t id_of(struct fields *f, const char *name)
{
    const struct json *v = field(f, name);
    int64_t n = -1;
    if (v && v->type == JSON_ARRAY && json_count(v) > 0)
        v = json_begin(v);
    if (v && (!json_i64(v, &n) || n < 0 || n > INT32_MAX))
        refuse(f, name, "is not an id");
    return (int32_t)n;
}

static double real_of(struct fields *f, const struct json *v, const char *name,
                      double fallback)
{
    double x = fallback;
    if (v && v->type != JSON_NULL && (!json_f64(v, &x) || !(x > 0)))
        refuse(f, name, "is not a number above 0");
    return x;
}

static bool flag_of(struct fields *f, const char *name, bool fallback)
{
    const struct json *v = field(f, name);
    bool on = fallback;
    if (v && !json_bool(v, &on))
        refuse(f, name, "is not true or false");
    return on;
}

/* Where the file has the field, it must be this text. */
static void want_text(struct fields *f, const char *name, const char *want)
{
    const struct json *v = field(f, name);
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\"", want);
    if (v && !str_eq(json_raw(v), str_of(quoted)))
        refuse(f, name, "is not supported");
}

static void want_off(struct fields *f, const char *name)
{
    if (flag_of(f, name, false))
        refuse(f, name, "is not supported");
}

/* ---- positions */

static double rope_part(struct fields *f, const struct json *o,
                        const char *name)
{
    const struct json *v = json_get(o, name);
    if (!v)
        refuse(f, name, "is missing");
    return real_of(f, v, name, 1);
}

/* The object that says how positions are scaled: release 4's, or 5's. */
static void rope_scaling(struct fields *f, const struct json *o,
                         const char *where, struct rope *r)
{
    const struct json *type = json_get(o, "rope_type");
    if (!type)
        type = json_get(o, "type");
    if (o->type != JSON_OBJECT || (!type && json_get(o, "factor"))) {
        refuse(f, where, "does not say how positions are scaled");
        return;
    }
    struct str kind = type ? json_raw(type) : STR("\"default\"");
    if (str_eq(kind, STR("\"default\"")))
        return;
    r->kind = str_eq(kind, STR("\"llama3\"")) ? ROPE_LLAMA3 : ROPE_LINEAR;
    if (r->kind == ROPE_LINEAR && !str_eq(kind, STR("\"linear\""))) {
        refuse(f, where, "only linear and llama3 scaling are supported");
        return;
    }
    r->factor = (float)rope_part(f, o, "factor");
    if (r->kind == ROPE_LINEAR)
        return;
    r->low = (float)rope_part(f, o, "low_freq_factor");
    r->high = (float)rope_part(f, o, "high_freq_factor");
    double original = rope_part(f, o, "original_max_position_embeddings");
    if (!(r->high > r->low) || original > (1 << 24))
        refuse(f, where, "its factors are out of order");
    else
        r->original = (int32_t)original;
}

static void rope_of(struct fields *f, struct model_config *c)
{
    const struct json *scaling = field(f, "rope_scaling");
    const struct json *rope = field(f, "rope_parameters");
    if (scaling)
        rope_scaling(f, scaling, "rope_scaling", &c->rope);
    else if (rope)
        rope_scaling(f, rope, "rope_parameters", &c->rope);
    const struct json *v = rope ? json_get(rope, "rope_theta") : NULL;
    if (!v)
        v = field(f, "rope_theta");
    c->rope_theta = (float)real_of(f, v, "rope_theta", 10000);
}

/* ---- the kinds of network */

static void read_llama(struct fields *f, struct model_config *c)
{
    want_text(f, "hidden_act", "silu");
    /* Qwen2 has its biases whatever the field says; Qwen3 may not. */
    if (c->arch != ARCH_QWEN2)
        want_off(f, "attention_bias");
    want_off(f, "mlp_bias");
    want_off(f, "use_sliding_window");
    c->dim = size_of(f, "hidden_size", -1);
    c->inner = size_of(f, "intermediate_size", -1);
    c->layers = size_of(f, "num_hidden_layers", -1);
    c->heads = size_of(f, "num_attention_heads", -1);
    c->kv_heads = size_of(f, "num_key_value_heads", c->heads);
    int32_t head =
        c->arch == ARCH_QWEN3 ? 128 : c->dim / (c->heads + !c->heads);
    c->head_dim = size_of(f, "head_dim", head);
    c->context = size_of(f, "max_position_embeddings",
                         c->arch == ARCH_LLAMA ? 2048 : 32768);
    rope_of(f, c);
    c->norm_eps =
        (float)real_of(f, field(f, "rms_norm_eps"), "rms_norm_eps", 1e-6);
    c->tied = flag_of(f, "tie_word_embeddings", false);
}

static void read_gpt2(struct fields *f, struct model_config *c)
{
    want_text(f, "activation_function", "gelu_new");
    want_off(f, "add_cross_attention");
    want_off(f, "scale_attn_by_inverse_layer_idx");
    if (!flag_of(f, "scale_attn_weights", true))
        refuse(f, "scale_attn_weights", "is not supported");
    c->dim = size_of(f, "n_embd", -1);
    c->inner = size_of(f, "n_inner", c->dim < 1 << 20 ? 4 * c->dim : -1);
    c->layers = size_of(f, "n_layer", -1);
    c->heads = c->kv_heads = size_of(f, "n_head", -1);
    c->head_dim = c->dim / (c->heads + !c->heads);
    c->context = size_of(f, "n_positions", 1024);
    c->rope_theta = 10000;
    c->norm_eps = (float)real_of(f, field(f, "layer_norm_epsilon"),
                                 "layer_norm_epsilon", 1e-5);
    c->tied = flag_of(f, "tie_word_embeddings", true);
}

static enum model_arch arch_of(struct fields *f)
{
    static const char *const quoted[] = {
        [ARCH_LLAMA] = "\"llama\"",
        [ARCH_QWEN2] = "\"qwen2\"",
        [ARCH_QWEN3] = "\"qwen3\"",
        [ARCH_GPT2] = "\"gpt2\"",
    };
    const struct json *v = field(f, "model_type");
    for (int i = 0; v && i < (int)COUNTOF(quoted); i++)
        if (str_eq(json_raw(v), str_of(quoted[i])))
            return (enum model_arch)i;
    refuse(f, "model_type",
           v ? "only llama, qwen2, qwen3 and gpt2 are supported"
             : "is missing");
    return ARCH_LLAMA;
}

int hfconfig_read(const struct json *root, const char *path,
                  struct model_config *c, struct err *e)
{
    struct fields f = {root, path, e, 0};
    if (root->type != JSON_OBJECT)
        return err_set(e, STATUS_DATA, "%s: is not an object", path);
    *c = (struct model_config){.arch = arch_of(&f)};
    c->vocab = size_of(&f, "vocab_size", -1);
    (c->arch == ARCH_GPT2 ? read_gpt2 : read_llama)(&f, c);
    c->init_std =
        real_of(&f, field(&f, "initializer_range"), "initializer_range", 0.02);
    c->bos = id_of(&f, "bos_token_id");
    c->eos = id_of(&f, "eos_token_id");
    c->pad = id_of(&f, "pad_token_id");
    return f.rc;
}
