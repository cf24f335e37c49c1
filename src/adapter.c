/* PEFT's files, written and read.  The numbers are lora.c's. */
#include "adapter.h"

#include <math.h>
#include <stdio.h>

#include "json.h"

static const char config_name[] = "adapter_config.json";
static const char weights_name[] = "adapter_model.safetensors";

/* The last part of a table's module name, as PEFT's keys have it. */
static const char *table_key(const struct model_config *m, size_t table)
{
    if (table == 1)
        return "lm_head";
    return m->arch == ARCH_GPT2 ? "wte" : "embed_tokens";
}

/* ---- writing */

/* A list of names separated by commas as an array. */
static void put_names(struct buf *out, struct str list)
{
    buf_char(out, '[');
    for (size_t at = 0; at < list.n;) {
        size_t end = str_find(list, STR(","), at);
        if (at > 0)
            buf_cstr(out, ", ");
        json_put_string(out, str_sub(list, at, end));
        at = end + 1;
    }
    buf_char(out, ']');
}

void adapter_put_config(struct buf *out, const struct lora *l, const char *base)
{
    const struct lora_config *c = &l->config;
    const struct model_config *m = &l->part.config;
    buf_cstr(out, "{\n  \"peft_type\": \"LORA\",\n"
                  "  \"task_type\": \"CAUSAL_LM\",\n"
                  "  \"base_model_name_or_path\": ");
    json_put_string(out, str_of(base));
    buf_printf(out, ",\n  \"r\": %d,\n  \"lora_alpha\": %.17g,\n", c->rank,
               c->alpha);
    buf_cstr(out, "  \"target_modules\": ");
    put_names(out, buf_view(&c->in));
    if (c->ids.n > 0) {
        buf_cstr(out, ",\n  \"trainable_token_indices\": {");
        for (size_t k = 0; k < l->n_tables; k++) {
            buf_printf(out, "%s\"%s\": ", k > 0 ? ", " : "", table_key(m, k));
            json_put_i32s(out, c->ids.v, c->ids.n);
        }
        buf_char(out, '}');
    }
    buf_printf(out,
               ",\n  \"fan_in_fan_out\": %s,\n  \"lora_dropout\": 0.0,\n"
               "  \"bias\": \"none\",\n  \"init_lora_weights\": true,\n"
               "  \"inference_mode\": true\n}\n",
               m->arch == ARCH_GPT2 ? "true" : "false");
}

int adapter_put(struct folder *to, const struct lora *l, const char *base,
                struct err *e)
{
    struct buf text = {0};
    const struct weights_block block = {"", l->part.params};
    adapter_put_config(&text, l, base);
    struct str s = buf_view(&text);
    int rc = folder_put(to, config_name, &s, 1, e);
    buf_free(&text);
    return rc ? rc : weights_put(to, weights_name, &l->part, &block, 1, e);
}

/* ---- reading */

struct reading {
    const struct json *root;
    const char *path;
    const struct model_config *m;
    struct lora_config *c;
};

static int refuse(const struct reading *r, const char *field, const char *why,
                  struct err *e)
{
    return err_set(e, STATUS_DATA, "%s: %s: %s", r->path, field, why);
}

/* Is it missing, or one of the ways to say nothing? */
static bool is_nothing(const struct json *v)
{
    bool yes = false;
    if (!v || v->type == JSON_NULL)
        return true;
    if (v->type == JSON_ARRAY || v->type == JSON_OBJECT)
        return json_count(v) == 0;
    return json_bool(v, &yes) && !yes;
}

static bool is_text(const struct json *v, const char *text)
{
    struct arena arena = {0};
    bool is = v && v->type == JSON_STRING &&
              str_eq(json_string(v, &arena), str_of(text));
    arena_free(&arena);
    return is;
}

/* What would make another adapter of it. */
static int check_fields(const struct reading *r, struct err *e)
{
    static const char *const others[] = {
        "use_dora",        "use_rslora",          "lora_bias",
        "rank_pattern",    "alpha_pattern",       "modules_to_save",
        "exclude_modules", "layers_to_transform", "layer_replication",
    };
    const struct json *bias = json_get(r->root, "bias");
    if (!is_text(json_get(r->root, "peft_type"), "LORA"))
        return refuse(r, "peft_type", "is not LORA", e);
    if (!is_nothing(bias) && !is_text(bias, "none"))
        return refuse(r, "bias", "is not none", e);
    for (size_t i = 0; i < COUNTOF(others); i++)
        if (!is_nothing(json_get(r->root, others[i])))
            return refuse(r, others[i], "is not supported", e);
    return 0;
}

static int read_sizes(const struct reading *r, struct err *e)
{
    const struct json *rank = json_get(r->root, "r");
    const struct json *alpha = json_get(r->root, "lora_alpha");
    int64_t n;
    if (!rank || !json_i64(rank, &n) || n < 1 || n > 1 << 16)
        return refuse(r, "r", "is no rank", e);
    r->c->rank = (int32_t)n;
    if (!alpha || !json_f64(alpha, &r->c->alpha) || !isfinite(r->c->alpha))
        return refuse(r, "lora_alpha", "is not a number", e);
    return 0;
}

static int read_names(const struct reading *r, struct err *e)
{
    const struct json *list = json_get(r->root, "target_modules");
    if (!list || list->type != JSON_ARRAY || json_count(list) == 0)
        return refuse(r, "target_modules", "is not a list of names", e);
    struct arena arena = {0};
    int rc = 0;
    const struct json *v = json_begin(list);
    for (; !rc && v < json_end(list); v = json_next(v)) {
        struct str name = {0};
        if (v->type == JSON_STRING)
            name = json_string(v, &arena);
        if (name.n == 0 || str_find(name, STR(","), 0) < name.n)
            rc = refuse(r, "target_modules", "is not a list of names", e);
        if (r->c->in.n > 0)
            buf_char(&r->c->in, ',');
        buf_str(&r->c->in, name);
    }
    arena_free(&arena);
    return rc;
}

static bool same_list(const struct json *a, const struct json *b)
{
    return a && b && str_eq(json_raw(a), json_raw(b));
}

/* {"embed_tokens":[...]}, for an output layer of its own also "lm_head" with
 * the same ids. */
static int read_ids(const struct reading *r, struct err *e)
{
    static const char field[] = "trainable_token_indices";
    const struct json *v = json_get(r->root, field);
    if (is_nothing(v))
        return 0;
    const struct json *list = json_get(v, table_key(r->m, 0));
    size_t n = r->m->tied ? 1 : 2;
    if (!list || list->type != JSON_ARRAY || json_count(v) != n ||
        (!r->m->tied && !same_list(list, json_get(v, table_key(r->m, 1)))))
        return refuse(r, field, "is not one list for each table", e);
    if (!json_i32s(list, &r->c->ids))
        return refuse(r, field, "is not a list of ids", e);
    for (size_t i = 0; i < r->c->ids.n; i++)
        if (r->c->ids.v[i] < 0 || r->c->ids.v[i] >= r->m->vocab ||
            (i > 0 && r->c->ids.v[i] <= r->c->ids.v[i - 1]))
            return refuse(r, field, "is not a rising list of ids", e);
    return 0;
}

static int use_config(const struct json *root, const char *path, void *to,
                      struct err *e)
{
    struct reading *r = to;
    r->root = root;
    r->path = path;
    if (check_fields(r, e) || read_sizes(r, e) || read_names(r, e))
        return -1;
    return read_ids(r, e);
}

int adapter_config(const char *dir, const struct model_config *m,
                   struct lora_config *c, struct err *e)
{
    struct buf text = {0};
    char *path = folder_path(dir, config_name);
    struct reading r = {.m = m, .c = c};
    int rc = weights_json(path, &text, use_config, &r, e);
    mem_free(path);
    buf_free(&text);
    return rc;
}

int adapter_load(const char *dir, struct lora *l, struct err *e)
{
    const struct weights_block block = {"", l->part.params};
    char *path = folder_path(dir, weights_name);
    char *const paths[] = {path, NULL};
    int rc = weights_read(paths, &l->part, &block, 1, e);
    mem_free(path);
    return rc;
}
