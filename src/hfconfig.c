/* The fields of config.json.  It reads what it writes, and Llama files of
 * others; it guesses nothing that would change the network. */
#include "hfconfig.h"

#include <stdio.h>
#include <stdlib.h>

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

static void want_text(struct fields *f, const char *name, const char *want)
{
    const struct json *v = field(f, name);
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\"", want);
    if (v && !str_eq(json_raw(v), str_of(quoted)))
        refuse(f, name, "only what a plain Llama has is supported");
}

static float theta_of(struct fields *f)
{
    const struct json *rope = field(f, "rope_parameters");
    const struct json *type = rope ? json_get(rope, "rope_type") : NULL;
    if (field(f, "rope_scaling") ||
        (type && !str_eq(json_raw(type), STR("\"default\""))))
        refuse(f, "rope_parameters", "scaled positions are not supported");
    const struct json *v = rope ? json_get(rope, "rope_theta") : NULL;
    if (!v)
        v = field(f, "rope_theta");
    return (float)real_of(f, v, "rope_theta", 10000);
}

int hfconfig_read(const struct json *root, const char *path,
                  struct model_config *c, struct err *e)
{
    struct fields f = {root, path, e, 0};
    if (root->type != JSON_OBJECT)
        return err_set(e, STATUS_DATA, "%s: is not an object", path);
    *c = (struct model_config){0}; /* what no field here names is a Llama's */
    want_text(&f, "model_type", "llama");
    want_text(&f, "hidden_act", "silu");
    if (flag_of(&f, "attention_bias", false) || flag_of(&f, "mlp_bias", false))
        refuse(&f, "attention_bias, mlp_bias", "biases are not supported");
    c->vocab = size_of(&f, "vocab_size", -1);
    c->dim = size_of(&f, "hidden_size", -1);
    c->inner = size_of(&f, "intermediate_size", -1);
    c->layers = size_of(&f, "num_hidden_layers", -1);
    c->heads = size_of(&f, "num_attention_heads", -1);
    c->kv_heads = size_of(&f, "num_key_value_heads", c->heads);
    c->head_dim = size_of(&f, "head_dim", c->heads ? c->dim / c->heads : 0);
    c->context = size_of(&f, "max_position_embeddings", 2048);
    c->rope_theta = theta_of(&f);
    c->norm_eps =
        (float)real_of(&f, field(&f, "rms_norm_eps"), "rms_norm_eps", 1e-6);
    c->tied = flag_of(&f, "tie_word_embeddings", false);
    c->bos = id_of(&f, "bos_token_id");
    c->eos = id_of(&f, "eos_token_id");
    c->pad = id_of(&f, "pad_token_id");
    return f.rc;
}

void hfconfig_put_real(struct buf *out, float v)
{
    char s[48];
    if (v >= 1 && v < 1e9f && v == (float)(int64_t)v) {
        buf_printf(out, "%.1f", (double)v);
        return;
    }
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(s, sizeof s, "%.*g", digits, (double)v);
        if (strtof(s, NULL) == v)
            break;
    }
    buf_cstr(out, s);
    if (!strpbrk(s, ".e"))
        buf_cstr(out, ".0");
}

static void put_id(struct buf *out, const char *name, int32_t id)
{
    /* An absent id must be written as null: readers have defaults. */
    if (id < 0)
        buf_printf(out, ",\n  \"%s\": null", name);
    else
        buf_printf(out, ",\n  \"%s\": %d", name, id);
}

void hfconfig_put(struct buf *out, const struct model_config *c)
{
    buf_cstr(out, "{\n  \"architectures\": [\"LlamaForCausalLM\"],\n"
                  "  \"model_type\": \"llama\",\n");
    buf_printf(out, "  \"vocab_size\": %d,\n  \"hidden_size\": %d,\n", c->vocab,
               c->dim);
    buf_printf(out, "  \"intermediate_size\": %d,\n", c->inner);
    buf_printf(out, "  \"num_hidden_layers\": %d,\n", c->layers);
    buf_printf(out, "  \"num_attention_heads\": %d,\n", c->heads);
    buf_printf(out, "  \"num_key_value_heads\": %d,\n", c->kv_heads);
    buf_printf(out, "  \"head_dim\": %d,\n", c->head_dim);
    buf_printf(out, "  \"max_position_embeddings\": %d,\n", c->context);
    buf_cstr(out, "  \"hidden_act\": \"silu\",\n  \"rms_norm_eps\": ");
    hfconfig_put_real(out, c->norm_eps);
    /* Release 4 reads the first, release 5 the second. */
    buf_cstr(out, ",\n  \"rope_theta\": ");
    hfconfig_put_real(out, c->rope_theta);
    buf_cstr(out, ",\n  \"rope_parameters\": {\"rope_type\": \"default\", "
                  "\"rope_theta\": ");
    hfconfig_put_real(out, c->rope_theta);
    buf_printf(out, "},\n  \"tie_word_embeddings\": %s,\n",
               c->tied ? "true" : "false");
    buf_cstr(out, "  \"attention_bias\": false,\n  \"mlp_bias\": false,\n"
                  "  \"attention_dropout\": 0.0,\n"
                  "  \"initializer_range\": 0.02,\n  \"use_cache\": true,\n"
                  "  \"torch_dtype\": \"float32\"");
    put_id(out, "bos_token_id", c->bos);
    put_id(out, "eos_token_id", c->eos);
    put_id(out, "pad_token_id", c->pad);
    buf_cstr(out, "\n}\n");
}

void hfconfig_put_generation(struct buf *out, const struct model_config *c)
{
    buf_printf(out, "{\n  \"max_length\": %d", c->context);
    put_id(out, "bos_token_id", c->bos);
    put_id(out, "eos_token_id", c->eos);
    put_id(out, "pad_token_id", c->pad);
    buf_cstr(out, "\n}\n");
}

void hfconfig_put_tokenizer(struct buf *out, const struct model_config *c,
                            const struct str names[3])
{
    static const char *const keys[] = {"bos_token", "eos_token", "pad_token"};
    buf_cstr(out, "{\n  \"tokenizer_class\": \"PreTrainedTokenizerFast\",\n"
                  "  \"clean_up_tokenization_spaces\": false,\n");
    buf_printf(out, "  \"model_max_length\": %d", c->context);
    for (size_t i = 0; i < COUNTOF(keys); i++) {
        if (names[i].n == 0)
            continue;
        buf_printf(out, ",\n  \"%s\": ", keys[i]);
        json_put_string(out, names[i]);
    }
    buf_cstr(out, "\n}\n");
}
