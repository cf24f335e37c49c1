/*
 * The forward pass, and the memory of a run.
 *
 * Everything but attention treats tokens one by one, so a thread takes a
 * block of tokens through all of a layer's steps; two parallel regions a
 * layer.
 */
#include <math.h>
#include <string.h>

#include "run.h"

/* Logits held at a time, in floats.  Where a batch has more, the backward pass
 * makes them again: a tenth of the work for GPT-2. */
enum { LOGITS_MAX = 1 << 26 };

/* What a scaled network turns by where a plain one turns by f. */
static double rope_scaled(const struct rope *r, double f)
{
    const double turns = (double)r->original * f / (2 * acos(-1));
    const double low = (double)r->low, high = (double)r->high;
    const double slow = f / (double)r->factor;
    if (r->kind == ROPE_PLAIN || (r->kind == ROPE_LLAMA3 && turns > high))
        return f;
    if (r->kind == ROPE_LINEAR || turns < low)
        return slow;
    double share = (turns - low) / (high - low);
    return (1 - share) * slow + share * f;
}

double model_turn(const struct model_config *c, size_t i)
{
    double pairs = (double)(c->head_dim / 2);
    return rope_scaled(&c->rope, pow(c->rope_theta, -(double)i / pairs));
}

void rope_angles(const struct model_config *c, size_t n, float *cs, float *sn)
{
    size_t half = (size_t)c->head_dim / 2;
    for (size_t i = 0; i < half; i++) {
        double f = model_turn(c, i);
        for (size_t p = 0; p < n; p++) {
            cs[p * half + i] = (float)cos((double)p * f);
            sn[p * half + i] = (float)sin((double)p * f);
        }
    }
}

/* Gives every array its place in base (NULL: only counts); returns floats.
 * Arrays start on cache lines. */
static float *take(float *base, size_t *used, size_t n)
{
    float *p = base ? base + *used : NULL;
    *used += (n + 15) / 16 * 16;
    return p;
}

static void *take_bytes(float *base, size_t *used, size_t n)
{
    return take(base, used, (n + sizeof *base - 1) / sizeof *base);
}

/* Layers that are made again share all but their inputs. */
static void place_traces(struct model_run *r, float *base, size_t *used)
{
    const struct dims *d = &r->d;
    const size_t n = r->max_tokens;
    for (size_t l = 0; l < d->layers; l++) {
        struct trace *t = &r->trace[l];
        if (l > 0 && r->recompute) {
            *t = r->trace[0];
            t->in = take(base, used, n * d->dim);
            continue;
        }
        *t = (struct trace){
            .in = take(base, used, n * d->dim),
            .qkv = take(base, used, n * d->qkv),
            .raw = d->arch == ARCH_QWEN3 ? take(base, used, n * (d->q + d->kv))
                                         : NULL,
            .att = take(base, used, n * d->q),
            .lse = take(base, used, n * d->heads),
            .mid = take(base, used, n * d->dim),
            .gu = take(base, used, n * d->up),
        };
    }
}

static size_t place(struct model_run *r, float *base)
{
    const struct dims *d = &r->d;
    size_t n = r->max_tokens, u = 0;
    place_traces(r, base, &u);
    r->out = take(base, &u, n * d->dim);
    r->fin = take(base, &u, n * d->dim);
    r->lse = take(base, &u, n);
    r->logits = take(base, &u, r->chunk * d->vocab);
    r->cs = take(base, &u, n * d->head_dim / 2);
    r->sn = take(base, &u, n * d->head_dim / 2);
    r->norm = take(base, &u, n * d->dim);
    r->act = take(base, &u, n * d->inner);
    r->da = take(base, &u, n * d->dim);
    r->db = take(base, &u, n * d->dim);
    r->dn = take(base, &u, n * d->dim);
    r->dqkv = take(base, &u, n * d->qkv);
    r->datt = take(base, &u, n * d->q);
    r->dact = take(base, &u, n * d->inner);
    r->dgu = take(base, &u, n * d->up);
    r->dnorm = take(base, &u, (n / TOKEN_BLOCK + 1) * d->norm);
    if (d->arch == ARCH_QWEN3)
        r->dqk = take(base, &u, (n / TOKEN_BLOCK + 1) * 2 * d->head_dim);
    if (r->pack) {
        size_t widest = size_max(d->dim, size_max(d->inner, d->q));
        r->ready = take_bytes(base, &u, ready_room(r->pack, d));
        r->lain = take_bytes(base, &u, gemm_room(r->pack, n, widest));
    }
    return u;
}

/* All but the block. */
static struct model_run *outline(const struct model *m, size_t max_tokens,
                                 struct model_how how)
{
    struct model_run *r = mem_zero(1, sizeof *r);
    r->d = dims_of(&m->config);
    r->max_tokens = max_tokens;
    r->f32 = how.f32;
    r->pack = how.bf16 ? how.bf16 : how.f32;
    r->recompute = how.recompute;
    r->trace = mem_zero(r->d.layers, sizeof *r->trace);
    r->pos = mem_zero(max_tokens, sizeof *r->pos);
    /* whole token blocks, so that chunks do not shift their bounds */
    size_t blocks = LOGITS_MAX / r->d.vocab / TOKEN_BLOCK;
    r->chunk = size_min(max_tokens, size_max(blocks, 1) * TOKEN_BLOCK);
    r->block_n = place(r, NULL);
    return r;
}

struct model_run *model_run_new(const struct model *m, size_t max_tokens,
                                struct model_how how)
{
    struct model_run *r = outline(m, max_tokens, how);
    r->block = mem_huge(r->block_n * sizeof *r->block);
    place(r, r->block);
    rope_angles(&m->config, max_tokens, r->cs, r->sn);
    return r;
}

size_t model_run_bytes(const struct model *m, size_t max_tokens,
                       struct model_how how, size_t threads)
{
    struct model_run *r = outline(m, max_tokens, how);
    size_t floats = r->block_n + threads * scores_room(r);
    model_run_free(r);
    return floats * sizeof(float);
}

void model_run_free(struct model_run *r)
{
    if (!r)
        return;
    mem_huge_free(r->block, r->block_n * sizeof *r->block);
    mem_huge_free(r->scores, r->scores_n * sizeof *r->scores);
    mem_free(r->pos);
    mem_free(r->trace);
    mem_free(r);
}

/* ---- a token at a time */

void norm_row(const struct dims *d, float *y, const float *x, const float *w,
              float eps)
{
    if (d->arch == ARCH_GPT2)
        kern_get()->layernorm(y, x, w, w + d->dim, d->dim, eps);
    else
        kern_get()->norm(y, x, w, d->dim, eps);
}

void embed_rows(const struct model *m, float *y, const int32_t *ids,
                const int32_t *pos, size_t n)
{
    const struct dims d = dims_of(&m->config);
    const float *table = param_embed(m->params);
    const float *places = param_places(&d, m->params);
    for (size_t i = 0; i < n; i++, y += d.dim) {
        memcpy(y, table + (size_t)ids[i] * d.dim, d.dim * sizeof *y);
        if (d.places)
            kern_get()->axpy(y, 1, places + (size_t)pos[i] * d.dim, d.dim);
    }
}

void turn_row(const struct dims *d, const struct layer *w, float *qkv,
              float *raw, const float *cs, const float *sn, float eps)
{
    const struct kern *kern = kern_get();
    const size_t e = d->head_dim, heads = d->heads + d->kv_heads;
    if (raw)
        memcpy(raw, qkv, heads * e * sizeof *raw);
    for (size_t h = 0; w->qk && h < heads; h++)
        kern->norm(qkv + h * e, qkv + h * e, w->qk + (h < d->heads ? 0 : e), e,
                   eps);
    if (!d->places)
        kern->rotate(qkv, cs, sn, e / 2, heads, 1);
}

void activate_row(const struct dims *d, float *act, const float *gu)
{
    if (d->arch == ARCH_GPT2)
        kern_get()->gelu(act, gu, d->inner);
    else
        kern_get()->swiglu(act, gu, gu + d->inner, d->inner);
}

void bias_rows(float *y, const float *b, size_t n, size_t width)
{
    for (size_t i = 0; b && i < n; i++)
        kern_get()->axpy(y + i * width, 1, b, width);
}

/* ---- a block of tokens at a time */

/* What a product is added to: y[n,width] = in (NULL: 0) + b (NULL: none) in
 * each row.  False: nothing, y stays as it is. */
static bool begin_rows(float *y, const float *in, const float *b, size_t n,
                       size_t width)
{
    for (size_t i = 0; (in || b) && i < n; i++, y += width) {
        memcpy(y, in ? in + i * width : b, width * sizeof *y);
        if (in && b)
            kern_get()->axpy(y, 1, b, width);
    }
    return in || b;
}

/* Tokens t0 .. t0+n: the layer's norm, the projections, the rotation. */
static void layer_enter(struct model_run *r, const struct layer *w,
                        const struct gemm_weight *into, struct trace *t,
                        size_t t0, size_t n)
{
    const struct dims *d = &r->d;
    const size_t half = d->head_dim / 2;
    float *norm = r->norm + t0 * d->dim, *qkv = t->qkv + t0 * d->qkv;
    for (size_t i = 0; i < n; i++)
        norm_row(d, norm + i * d->dim, t->in + (t0 + i) * d->dim, w->norm1,
                 d->eps);
    gemm_rows(into, n, norm, qkv, begin_rows(qkv, NULL, w->qkv_b, n, d->qkv));
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)r->pos[t0 + i] * half;
        turn_row(d, w, qkv + i * d->qkv,
                 t->raw ? t->raw + (t0 + i) * (d->q + d->kv) : NULL, r->cs + at,
                 r->sn + at, d->eps);
    }
}

/* From attention's result to the projections of the feed-forward part. */
static void layer_middle(struct model_run *r, const struct layer *w,
                         const struct readied *by, struct trace *t, size_t t0,
                         size_t n)
{
    const struct dims *d = &r->d;
    const size_t row = d->dim;
    float *mid = t->mid + t0 * row, *norm = r->norm + t0 * row;
    float *gu = t->gu + t0 * d->up;
    gemm_rows(&by->o, n, t->att + t0 * d->q, mid,
              begin_rows(mid, t->in + t0 * row, w->o_b, n, row));
    for (size_t i = 0; i < n; i++)
        norm_row(d, norm + i * row, mid + i * row, w->norm2, d->eps);
    gemm_rows(&by->gu, n, norm, gu, begin_rows(gu, NULL, w->gu_b, n, d->up));
}

/* The rest of the layer after attention; next[N,D] gets the stream. */
static void layer_leave(struct model_run *r, const struct layer *w,
                        const struct readied *by, struct trace *t, float *next,
                        size_t t0, size_t n)
{
    const struct dims *d = &r->d;
    const size_t row = d->dim, f = d->inner;
    float *act = r->act + t0 * f, *out = next + t0 * row;
    layer_middle(r, w, by, t, t0, n);
    for (size_t i = 0; i < n; i++)
        activate_row(d, act + i * f, t->gu + (t0 + i) * d->up);
    gemm_rows(&by->down, n, act, out,
              begin_rows(out, t->mid + t0 * row, w->down_b, n, row));
}

void layer_again(struct model_run *r, const struct model *m,
                 const struct model_batch *b, size_t l)
{
    struct trace *t = &r->trace[l];
    const struct layer w = param_layer(&r->d, m->params, l);
    const struct readied by = layer_ready(r, GEMM_XWT, &w, &w);
#pragma omp parallel for schedule(dynamic)
    for (size_t t0 = 0; t0 < b->n; t0 += TOKEN_BLOCK)
        layer_enter(r, &w, &by.qkv, t, t0, size_min(TOKEN_BLOCK, b->n - t0));
    attention_forward(r, b, t);
#pragma omp parallel for schedule(dynamic)
    for (size_t t0 = 0; t0 < b->n; t0 += TOKEN_BLOCK)
        layer_middle(r, &w, &by, t, t0, size_min(TOKEN_BLOCK, b->n - t0));
}

static void positions(struct model_run *r, const struct model_batch *b)
{
    for (size_t doc = 0; doc < b->docs; doc++)
        for (int32_t t = b->cu[doc]; t < b->cu[doc + 1]; t++)
            r->pos[t] = t - b->cu[doc];
}

/* Layer l - 1 is left and layer l entered by the tokens of one block; what is
 * NULL there is not. */
struct crossing {
    const struct layer *from, *to;
    struct readied by;
    float *in; /* [N,D] the stream between the two */
};

static void cross(struct model_run *r, const struct crossing *c, size_t l,
                  size_t t0, size_t n)
{
    if (c->from)
        layer_leave(r, c->from, &c->by, &r->trace[l - 1], c->in, t0, n);
    if (c->to)
        layer_enter(r, c->to, &c->by.qkv, &r->trace[l], t0, n);
}

void model_forward(struct model_run *r, const struct model *m,
                   const struct model_batch *b, float *losses)
{
    const struct dims *d = &r->d;
    const float *norm = param_norm(d, m->params);
    positions(r, b);
    for (size_t l = 0; l <= d->layers; l++) {
        struct layer from = {0}, to = {0};
        struct crossing c = {.in = l < d->layers ? r->trace[l].in : r->out};
        if (l > 0)
            from = param_layer(d, m->params, l - 1), c.from = &from;
        if (l < d->layers)
            to = param_layer(d, m->params, l), c.to = &to;
        c.by = layer_ready(r, GEMM_XWT, c.to, c.from);
#pragma omp parallel for schedule(dynamic)
        for (size_t t0 = 0; t0 < b->n; t0 += TOKEN_BLOCK) {
            size_t n = size_min(TOKEN_BLOCK, b->n - t0);
            if (l == 0)
                embed_rows(m, c.in + t0 * d->dim, b->ids + t0, r->pos + t0, n);
            cross(r, &c, l, t0, n);
            for (size_t i = t0; i < t0 + n && !c.to; i++)
                norm_row(d, r->fin + i * d->dim, c.in + i * d->dim, norm,
                         d->eps);
        }
        if (c.to)
            attention_forward(r, b, &r->trace[l]);
    }
    head_forward(r, m, b, losses);
}
