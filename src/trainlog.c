/* Log rows and settings as JSON.  No clock is read here: a log is the same
 * for the same run. */
#include "trainlog.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io.h"
#include "json.h"

void losses_add(struct losses *l, const struct dataset_batch *b,
                const float *losses)
{
    for (size_t i = 0; i < b->b.n; i++) {
        if (b->targets[i] < 0)
            continue;
        l->sum[b->kinds[i]] += (double)losses[i];
        l->count[b->kinds[i]] += 1;
        l->weighted +=
            model_objective((double)losses[i], (double)b->weights[i]);
        l->weight += fabs((double)b->weights[i]);
        if (b->rivals[i] >= 0) {
            l->margin += (double)b->margins[i];
            l->places += 1;
        }
    }
}

void losses_sum(struct losses *l, struct ranks *r)
{
    double all[2 * KIND_COUNT + 4] = {l->weighted, l->weight, l->margin,
                                      l->places};
    memcpy(all + 4, l->sum, sizeof l->sum);
    memcpy(all + 4 + KIND_COUNT, l->count, sizeof l->count);
    ranks_sum(r, all, COUNTOF(all));
    l->weighted = all[0];
    l->weight = all[1];
    l->margin = all[2];
    l->places = all[3];
    memcpy(l->sum, all + 4, sizeof l->sum);
    memcpy(l->count, all + 4 + KIND_COUNT, sizeof l->count);
}

double losses_mean(const struct losses *l)
{
    return l->weight > 0 ? l->weighted / l->weight : 0;
}

void losses_put(struct buf *out, const char *prefix, const struct losses *l)
{
    char name[64];
    snprintf(name, sizeof name, "%sloss", prefix);
    json_put_f64(out, name, losses_mean(l));
    for (int k = KIND_PROMPT; k < KIND_COUNT; k++) {
        snprintf(name, sizeof name, "%sloss_%s", prefix, kind_names[k]);
        json_put_f64(out, name, l->count[k] > 0 ? l->sum[k] / l->count[k] : 0);
    }
    snprintf(name, sizeof name, "%suptake", prefix);
    json_put_f64(out, name, l->places > 0 ? l->margin / l->places : 0);
}

bool losses_next(struct str *row, struct str *key, struct str *value)
{
    size_t from = 1; /* behind the brace or the comma */
    if (row->n < 2 || row->p[from] != '"')
        return false;
    size_t colon = str_find(*row, STR(":"), from), end = colon + 1;
    while (end < row->n && row->p[end] != ',' && row->p[end] != '}')
        end++;
    *key = str_sub(*row, from + 1, colon - 1);
    *value = str_sub(*row, colon + 1, end);
    *row = str_sub(*row, end, row->n);
    return true;
}

static void put_shape(struct buf *out, const struct model_config *c)
{
    static const char *const archs[] = {"llama", "qwen2", "qwen3", "gpt2"};
    static const char *const ropes[] = {"plain", "linear", "llama3"};
    json_put_field(out, "arch", str_of(archs[c->arch]));
    json_put_i64(out, "vocab", c->vocab);
    json_put_i64(out, "dim", c->dim);
    json_put_i64(out, "inner", c->inner);
    json_put_i64(out, "layers", c->layers);
    json_put_i64(out, "heads", c->heads);
    json_put_i64(out, "kv_heads", c->kv_heads);
    json_put_i64(out, "head_dim", c->head_dim);
    json_put_i64(out, "context", c->context);
    json_put_f64(out, "rope_theta", (double)c->rope_theta);
    json_put_field(out, "rope", str_of(ropes[c->rope.kind]));
    json_put_f64(out, "rope_factor", (double)c->rope.factor);
    json_put_f64(out, "rope_low", (double)c->rope.low);
    json_put_f64(out, "rope_high", (double)c->rope.high);
    json_put_i64(out, "rope_original", c->rope.original);
    json_put_f64(out, "norm_eps", (double)c->norm_eps);
    json_put_i64(out, "tied", c->tied);
}

static void put_lora(struct buf *out, const struct settings *s)
{
    const struct lora_config *c = s->lora;
    json_put_i64(out, "lora", c ? c->rank : 0);
    json_put_f64(out, "lora_alpha", c ? c->alpha : 0);
    json_put_field(out, "lora_targets", c ? buf_view(&c->in) : STR(""));
    buf_printf(out, ",\"base_hash\":\"%016llx\"",
               (unsigned long long)s->base_hash);
}

void settings_put(struct buf *out, const struct settings *s)
{
    const struct trainer_opts *o = s->o;
    buf_char(out, '{');
    put_shape(out, s->model);
    json_put_field(out, "init", str_of(o->init ? o->init : ""));
    put_lora(out, s);
    json_put_i64(out, "batch_tokens", o->batch_tokens);
    json_put_i64(out, "micro_tokens", o->micro_tokens);
    static const char *const dtypes[] = {"f32", "bf16"};
    json_put_field(out, "dtype", str_of(dtypes[o->dtype]));
    static const char *const schedules[] = {"cosine", "linear", "constant",
                                            "wsd"};
    json_put_field(out, "schedule", str_of(schedules[o->schedule]));
    /* A constant rate does not depend on where the run will end. */
    json_put_i64(out, "steps", o->schedule == SCHEDULE_CONSTANT ? 0 : s->steps);
    json_put_i64(out, "warmup", o->warmup);
    json_put_f64(out, "cooldown", o->cooldown);
    json_put_f64(out, "lr", o->lr);
    json_put_f64(out, "min_lr", o->min_lr);
    json_put_f64(out, "weight_decay", o->weight_decay);
    json_put_f64(out, "beta1", o->beta1);
    json_put_f64(out, "beta2", o->beta2);
    json_put_f64(out, "clip", o->clip);
    for (int k = KIND_PROMPT; k < KIND_COUNT; k++) {
        char name[64];
        snprintf(name, sizeof name, "weight_%s", kind_names[k]);
        json_put_f64(out, name, (double)o->weights[k]);
    }
    json_put_i64(out, "ranks", (int64_t)s->ranks);
    json_put_i64(out, "eval_every", o->eval_every);
    buf_printf(out, ",\"eval_hash\":\"%016llx\"",
               (unsigned long long)s->eval_hash);
    buf_char(out, '}');
}

/* The objects were both written by settings_put, perhaps by an older one. */
static int compare(const struct json *saved, const struct json *now,
                   const char *dir, struct err *e)
{
    const struct json *k = json_begin(now);
    for (; k < json_end(now); k = json_next(k + 1)) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)k->n - 2, k->p + 1);
        const struct json *was = json_get(saved, name);
        if (!was)
            return err_set(e, STATUS_DATA,
                           "%s: the run was begun without a setting of %s", dir,
                           name);
        if (!str_eq(json_raw(was), json_raw(k + 1)))
            return err_set(
                e, STATUS_DATA, "%s: the run was begun with %s %.*s, not %.*s",
                dir, name, STR_ARG(json_raw(was)), STR_ARG(json_raw(k + 1)));
    }
    return 0;
}

static int parse(struct json_parser *p, struct buf *copy, struct str s,
                 const struct json **root, struct err *e)
{
    buf_str(copy, s);
    buf_reserve(copy, IO_PADDING);
    return json_parse(p, buf_view(copy), root, e);
}

int settings_same(struct str saved, struct str now, const char *dir,
                  struct err *e)
{
    struct json_parser *p = json_parser_new(), *q = json_parser_new();
    struct buf a = {0}, b = {0};
    const struct json *was, *is;
    int rc = parse(p, &a, saved, &was, e);
    if (!rc)
        rc = parse(q, &b, now, &is, e);
    if (!rc)
        rc = compare(was, is, dir, e);
    json_parser_free(p);
    json_parser_free(q);
    buf_free(&a);
    buf_free(&b);
    return rc;
}
