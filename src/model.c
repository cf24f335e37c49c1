/*
 * The layout of the parameters and their initial values.  The passes over
 * them are in forward.c and backward.c; files are checkpoint.c's.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model.h"
#include "rng.h"
#include "run.h"

/* The place of the next n floats, *at being counted on; NULL for none. */
static float *next(float *base, size_t *at, size_t n)
{
    float *p = base && n ? base + *at : NULL;
    *at += n;
    return p;
}

/* The order within a layer; base may be NULL, to count. */
static struct layer layer_at(const struct dims *d, float *base, size_t *at)
{
    bool gpt2 = d->arch == ARCH_GPT2;
    struct layer w;
    w.norm1 = next(base, at, d->norm);
    w.qkv = next(base, at, d->qkv * d->dim);
    w.qkv_b = next(base, at, gpt2 || d->arch == ARCH_QWEN2 ? d->qkv : 0);
    w.qk = next(base, at, d->arch == ARCH_QWEN3 ? 2 * d->head_dim : 0);
    w.o = next(base, at, d->dim * d->q);
    w.o_b = next(base, at, gpt2 ? d->dim : 0);
    w.norm2 = next(base, at, d->norm);
    w.gu = next(base, at, d->up * d->dim);
    w.gu_b = next(base, at, gpt2 ? d->up : 0);
    w.down = next(base, at, d->dim * d->inner);
    w.down_b = next(base, at, gpt2 ? d->dim : 0);
    return w;
}

struct dims dims_of(const struct model_config *c)
{
    struct dims d = {
        .vocab = (size_t)c->vocab,
        .dim = (size_t)c->dim,
        .inner = (size_t)c->inner,
        .layers = (size_t)c->layers,
        .heads = (size_t)c->heads,
        .kv_heads = (size_t)c->kv_heads,
        .head_dim = (size_t)c->head_dim,
        .eps = c->norm_eps,
    };
    d.q = d.heads * d.head_dim;
    d.kv = d.kv_heads * d.head_dim;
    d.qkv = d.q + 2 * d.kv;
    bool gpt2 = c->arch == ARCH_GPT2;
    d.arch = c->arch;
    d.places = gpt2 ? (size_t)c->context : 0;
    d.norm = gpt2 ? 2 * d.dim : d.dim;
    d.up = gpt2 ? d.inner : 2 * d.inner;
    size_t end = 0;
    layer_at(&d, NULL, &end);
    d.layer = end;
    return d;
}

/* The order in the block: embedding, positions, layers, last norm, output
 * layer. */
float *param_embed(float *base)
{
    return base;
}

float *param_places(const struct dims *d, float *base)
{
    return base + d->vocab * d->dim;
}

struct layer param_layer(const struct dims *d, float *base, size_t l)
{
    size_t at = (d->vocab + d->places) * d->dim + l * d->layer;
    return layer_at(d, base, &at);
}

float *param_norm(const struct dims *d, float *base)
{
    return base + (d->vocab + d->places) * d->dim + d->layers * d->layer;
}

float *param_head(const struct model_config *c, float *base)
{
    struct dims d = dims_of(c);
    return c->tied ? param_embed(base) : param_norm(&d, base) + d.norm;
}

static int check(const struct model_config *c, struct err *e)
{
    const struct {
        const char *name;
        int32_t value, max;
    } sizes[] = {
        {"vocab_size", c->vocab, 1 << 24},
        {"hidden_size", c->dim, 1 << 16},
        {"intermediate_size", c->inner, 1 << 18},
        {"num_hidden_layers", c->layers, 1 << 10},
        {"num_attention_heads", c->heads, 1 << 12},
        {"num_key_value_heads", c->kv_heads, 1 << 12},
        {"head_dim", c->head_dim, MODEL_HEAD_MAX},
        {"max_position_embeddings", c->context, 1 << 24},
    };
    for (size_t i = 0; i < COUNTOF(sizes); i++)
        if (sizes[i].value < 1 || sizes[i].value > sizes[i].max)
            return err_set(e, STATUS_DATA, "%s is %d, not in 1 .. %d",
                           sizes[i].name, sizes[i].value, sizes[i].max);
    if (c->heads % c->kv_heads)
        return err_set(e, STATUS_DATA,
                       "num_key_value_heads %d does not divide %d heads",
                       c->kv_heads, c->heads);
    if (c->arch == ARCH_GPT2 &&
        (c->kv_heads != c->heads || c->head_dim * c->heads != c->dim))
        return err_set(e, STATUS_DATA, "n_embd %d is not %d heads", c->dim,
                       c->heads);
    if (c->arch != ARCH_GPT2 && c->head_dim % 2)
        return err_set(e, STATUS_DATA, "head_dim %d is odd", c->head_dim);
    if (!(c->rope_theta > 0) || !(c->norm_eps >= 0))
        return err_set(e, STATUS_DATA,
                       "rope_theta %g or rms_norm_eps %g is out of range",
                       (double)c->rope_theta, (double)c->norm_eps);
    return 0;
}

/* Appends the tensor [out,in], or the vector [out] if in is 0. */
PRINTF_LIKE(4, 5)
static void put(struct model *m, size_t out, size_t in, const char *fmt, ...)
{
    struct model_tensor *t = &m->tensors[m->n_tensors++];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(t->name, sizeof t->name, fmt, ap);
    va_end(ap);
    t->rank = in ? 2 : 1;
    t->shape[0] = out;
    t->shape[1] = in;
    t->at = m->n_params;
    t->n = out * (in ? in : 1);
    t->decay = in != 0;
    m->n_params += t->n;
}

static void put_layer(struct model *m, const struct dims *d, size_t l)
{
    static const char at[] = "model.layers.%zu.%s";
    static const char *const proj[] = {"q_proj", "k_proj", "v_proj"};
    const size_t out[] = {d->q, d->kv, d->kv};
    put(m, d->dim, 0, at, l, "input_layernorm.weight");
    for (int i = 0; i < 3; i++)
        put(m, out[i], d->dim, "model.layers.%zu.self_attn.%s.weight", l,
            proj[i]);
    for (int i = 0; i < 3 && d->arch == ARCH_QWEN2; i++)
        put(m, out[i], 0, "model.layers.%zu.self_attn.%s.bias", l, proj[i]);
    if (d->arch == ARCH_QWEN3) {
        put(m, d->head_dim, 0, at, l, "self_attn.q_norm.weight");
        put(m, d->head_dim, 0, at, l, "self_attn.k_norm.weight");
    }
    put(m, d->dim, d->q, at, l, "self_attn.o_proj.weight");
    put(m, d->dim, 0, at, l, "post_attention_layernorm.weight");
    put(m, d->inner, d->dim, at, l, "mlp.gate_proj.weight");
    put(m, d->inner, d->dim, at, l, "mlp.up_proj.weight");
    put(m, d->dim, d->inner, at, l, "mlp.down_proj.weight");
}

/* A weight and its bias; files of GPT-2 hold matrices turned. */
static void put_pair(struct model *m, size_t out, size_t in, size_t l,
                     const char *name)
{
    put(m, out, in, "transformer.h.%zu.%s.weight", l, name);
    m->tensors[m->n_tensors - 1].turned = in != 0;
    put(m, out, 0, "transformer.h.%zu.%s.bias", l, name);
}

static void put_layer_gpt2(struct model *m, const struct dims *d, size_t l)
{
    put_pair(m, d->dim, 0, l, "ln_1");
    put_pair(m, d->qkv, d->dim, l, "attn.c_attn");
    put_pair(m, d->dim, d->q, l, "attn.c_proj");
    put_pair(m, d->dim, 0, l, "ln_2");
    put_pair(m, d->inner, d->dim, l, "mlp.c_fc");
    put_pair(m, d->dim, d->inner, l, "mlp.c_proj");
}

static void put_all(struct model *m, const struct dims *d)
{
    bool gpt2 = d->arch == ARCH_GPT2;
    put(m, d->vocab, d->dim,
        gpt2 ? "transformer.wte.weight" : "model.embed_tokens.weight");
    if (gpt2)
        put(m, d->places, d->dim, "transformer.wpe.weight");
    for (size_t l = 0; l < d->layers; l++)
        (gpt2 ? put_layer_gpt2 : put_layer)(m, d, l);
    put(m, d->dim, 0, gpt2 ? "transformer.ln_f.weight" : "model.norm.weight");
    if (gpt2)
        put(m, d->dim, 0, "transformer.ln_f.bias");
    if (!m->config.tied)
        put(m, d->vocab, d->dim, "lm_head.weight");
}

int model_outline(struct model *m, const struct model_config *c, struct err *e)
{
    if (check(c, e))
        return -1;
    struct dims d = dims_of(c);
    *m = (struct model){.config = *c};
    m->tensors = mem_zero(5 + 12 * d.layers, sizeof *m->tensors);
    put_all(m, &d);
    return 0;
}

int model_create(struct model *m, const struct model_config *c, struct err *e)
{
    if (model_outline(m, c, e))
        return -1;
    m->params = mem_huge(m->n_params * sizeof *m->params);
    return 0;
}

/* Matrices are normal; those that write into the residual stream are divided by
 * sqrt(2 L), as GPT-2 does, so that its variance does not grow with depth.
 * Norms are 1, biases 0.  A tensor's values depend only on the seed and its
 * name. */
static void init_tensor(const struct model *m, const struct model_tensor *t,
                        uint64_t seed)
{
    float *v = m->params + t->at;
    if (t->rank == 1) {
        for (size_t i = 0; i < t->n; i++)
            v[i] = strstr(t->name, ".bias") ? 0 : 1;
        return;
    }
    bool out = strstr(t->name, "o_proj") || strstr(t->name, "down_proj") ||
               strstr(t->name, "c_proj");
    double std = m->config.init_std > 0 ? m->config.init_std : 0.02;
    if (out)
        std /= sqrt(2.0 * m->config.layers);
    struct rng rng = rng_from(rng_hash(seed, t->name, strlen(t->name)));
    for (size_t i = 0; i < t->n; i++)
        v[i] = (float)(std * rng_normal(&rng));
}

void model_init(struct model *m, uint64_t seed)
{
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < m->n_tensors; i++)
        init_tensor(m, &m->tensors[i], seed);
}

void model_free(struct model *m)
{
    mem_huge_free(m->params, m->n_params * sizeof *m->params);
    mem_free(m->tensors);
    *m = (struct model){0};
}

const struct model_tensor *model_tensor(const struct model *m, const char *name)
{
    for (size_t i = 0; i < m->n_tensors; i++)
        if (strcmp(m->tensors[i].name, name) == 0)
            return &m->tensors[i];
    return NULL;
}

double model_flops(const struct model *m, double tokens, double squares)
{
    const struct dims d = dims_of(&m->config);
    double layer = (double)(d.qkv + d.q + d.up + d.inner) * (double)d.dim;
    double weights = (double)d.layers * layer + (double)(d.vocab * d.dim);
    return 6 * tokens * weights + 12.0 * (double)(d.layers * d.q) * squares;
}
