/*
 * The backward pass.
 *
 * Gradients of activations go block of tokens by block of tokens, like the
 * forward pass; what only serves weight gradients (the normed inputs, the
 * activated values) is made again on the way.  Weight gradients sum over all
 * tokens, so they are whole products afterwards.  Every sum has a fixed
 * order.
 */
#include <string.h>

#include "run.h"

/* dx[n,D] += back through a norm of x for r->dn, whose weight gets this
 * block's share of the gradient; r->norm gets the normed x again. */
static void norm_block(struct model_run *r, const float *w, const float *x,
                       float *dx, size_t t0, size_t n)
{
    const struct kern *kern = kern_get();
    const struct dims *d = &r->d;
    const size_t row = d->dim;
    float *dw = r->dnorm + t0 / TOKEN_BLOCK * d->norm;
    memset(dw, 0, d->norm * sizeof *dw);
    for (size_t t = t0; t < t0 + n; t++) {
        float *norm = r->norm + t * row;
        if (d->arch == ARCH_GPT2) {
            kern->layernorm(norm, x + t * row, w, w + row, row, d->eps);
            kern->layernorm_back(dx + t * row, dw, r->dn + t * row, x + t * row,
                                 w, row, d->eps);
            continue;
        }
        float rms = kern->norm(norm, x + t * row, w, row, d->eps);
        kern->norm_back(dx + t * row, dw, r->dn + t * row, x + t * row, w, rms,
                        row);
    }
}

/* dw[width] += the blocks' shares, in their order. */
static void share_sum(const float *shares, size_t width, size_t n, float *dw)
{
    for (size_t b = 0; b * TOKEN_BLOCK < n; b++)
        kern_get()->axpy(dw, 1, shares + b * width, width);
}

static void activate_back(const struct model_run *r, const float *gu,
                          float *dgu, size_t token)
{
    const struct dims *d = &r->d;
    const size_t f = d->inner;
    const float *dact = r->dact + token * f;
    float *act = r->act + token * f;
    if (d->arch == ARCH_GPT2) {
        kern_get()->gelu_back(dgu, act, dact, gu, f);
        return;
    }
    activate_row(d, act, gu);
    kern_get()->swiglu_back(dgu, dgu + f, dact, gu, gu + f, f);
}

/* From the gradient of the layer's result, r->da, to that of attention's:
 * r->datt, and of the stream between, r->db. */
static void leave_block(struct model_run *r, const struct layer *w,
                        const struct readied *by, const struct trace *t,
                        size_t t0, size_t n)
{
    const struct dims *d = &r->d;
    const size_t row = d->dim, up = d->up;
    gemm_rows(&by->down, n, r->da + t0 * row, r->dact + t0 * d->inner, false);
    for (size_t i = t0; i < t0 + n; i++)
        activate_back(r, t->gu + i * up, r->dgu + i * up, i);
    gemm_rows(&by->gu, n, r->dgu + t0 * up, r->dn + t0 * row, false);
    memcpy(r->db + t0 * row, r->da + t0 * row, n * row * sizeof *r->db);
    norm_block(r, w->norm2, t->mid, r->db, t0, n);
    gemm_rows(&by->o, n, r->db + t0 * row, r->datt + t0 * d->q, false);
}

/* dqkv[Q] back through the norms of the heads; raw[(H+K)E] went in. */
static void heads_back(const struct model_run *r, const struct layer *w,
                       const float *raw, float *dqkv, float *dw)
{
    const struct kern *kern = kern_get();
    const size_t e = r->d.head_dim;
    float out[MODEL_HEAD_MAX];
    for (size_t h = 0; h < r->d.heads + r->d.kv_heads; h++) {
        size_t which = h < r->d.heads ? 0 : e;
        float *dh = dqkv + h * e;
        float rms = kern->norm(out, raw + h * e, w->qk + which, e, r->d.eps);
        memset(out, 0, e * sizeof *out);
        kern->norm_back(out, dw + which, dh, raw + h * e, w->qk + which, rms,
                        e);
        memcpy(dh, out, e * sizeof *out);
    }
}

/* From the gradient of turned queries and keys to that of the projections. */
static void turn_block(struct model_run *r, const struct layer *w,
                       const struct trace *t, size_t t0, size_t n)
{
    const struct dims *d = &r->d;
    const size_t half = d->head_dim / 2;
    float *dqk = w->qk ? r->dqk + t0 / TOKEN_BLOCK * 2 * d->head_dim : NULL;
    if (dqk)
        memset(dqk, 0, 2 * d->head_dim * sizeof *dqk);
    for (size_t i = t0; i < t0 + n && !d->places; i++) {
        size_t at = (size_t)r->pos[i] * half;
        kern_get()->rotate(r->dqkv + i * d->qkv, r->cs + at, r->sn + at, half,
                           d->heads + d->kv_heads, -1);
        if (dqk)
            heads_back(r, w, t->raw + i * (d->q + d->kv), r->dqkv + i * d->qkv,
                       dqk);
    }
}

/* From r->dqkv to the gradient of the layer's entry, r->da. */
static void enter_block(struct model_run *r, const struct layer *w,
                        const struct gemm_weight *into, const struct trace *t,
                        size_t t0, size_t n)
{
    const struct dims *d = &r->d;
    const size_t row = d->dim;
    turn_block(r, w, t, t0, n);
    gemm_rows(into, n, r->dqkv + t0 * d->qkv, r->dn + t0 * row, false);
    memcpy(r->da + t0 * row, r->db + t0 * row, n * row * sizeof *r->da);
    norm_block(r, w->norm1, t->in, r->da, t0, n);
}

/* The weights used after attention. */
static void leave_weights(struct model_run *r, const struct trace *t,
                          const struct layer *g, size_t n)
{
    const struct dims *d = &r->d;
    const size_t row = d->dim;
    const struct gemm_laid by = {r->pack, 0, r->lain};
    gemm_gradients(
        (struct gemm_gradient[]){
            {d->up, row, n, r->dgu, r->norm, g->gu, g->gu_b, by},
            {row, d->inner, n, r->da, r->act, g->down, g->down_b, by},
            {row, d->q, n, r->db, t->att, g->o, g->o_b, by},
        },
        3);
    share_sum(r->dnorm, d->norm, n, g->norm2);
}

static void layer_backward(struct model_run *r, const struct model *m,
                           const struct model_batch *b, size_t l, float *grad)
{
    const struct dims *d = &r->d;
    const struct trace *t = &r->trace[l];
    const struct layer w = param_layer(d, m->params, l);
    const struct layer g = param_layer(d, grad, l);
    struct readied by = layer_ready(r, GEMM_XW, NULL, &w);
#pragma omp parallel for schedule(dynamic)
    for (size_t t0 = 0; t0 < b->n; t0 += TOKEN_BLOCK)
        leave_block(r, &w, &by, t, t0, size_min(TOKEN_BLOCK, b->n - t0));
    leave_weights(r, t, &g, b->n);
    attention_backward(r, b, t);
    by = layer_ready(r, GEMM_XW, &w, NULL);
#pragma omp parallel for schedule(dynamic)
    for (size_t t0 = 0; t0 < b->n; t0 += TOKEN_BLOCK)
        enter_block(r, &w, &by.qkv, t, t0, size_min(TOKEN_BLOCK, b->n - t0));
    gemm_gradients(&(struct gemm_gradient){d->qkv,
                                           d->dim,
                                           b->n,
                                           r->dqkv,
                                           r->norm,
                                           g.qkv,
                                           g.qkv_b,
                                           {r->pack, 0, r->lain}},
                   1);
    share_sum(r->dnorm, d->norm, b->n, g.norm1);
    if (g.qk)
        share_sum(r->dqk, 2 * d->head_dim, b->n, g.qk);
}

/* Threads share out the columns, and each adds all tokens in order. */
static void embed_backward(struct model_run *r, const int32_t *rows, size_t n,
                           float *table)
{
    enum { COLUMNS = 64 };
    const size_t row = r->d.dim;
#pragma omp parallel for schedule(dynamic)
    for (size_t c = 0; c < row; c += COLUMNS)
        for (size_t t = 0; t < n; t++)
            kern_get()->axpy(table + (size_t)rows[t] * row + c, 1,
                             r->da + t * row + c, size_min(COLUMNS, row - c));
}

void model_run_watch(struct model_run *r,
                     void (*ready)(void *ctx, size_t from, size_t to),
                     void *ctx)
{
    r->watch = ready;
    r->watcher = ctx;
}

/* The gradient is whole from this place on, up to `to`; returns the place. */
static size_t whole(const struct model_run *r, size_t from, size_t to)
{
    if (r->watch)
        r->watch(r->watcher, from, to);
    return from;
}

void model_backward(struct model_run *r, const struct model *m,
                    const struct model_batch *b, float scale, float *grad)
{
    const struct dims *d = &r->d;
    const float *norm = param_norm(d, m->params);
    head_backward(r, m, b, scale, grad);
    memset(r->da, 0, b->n * d->dim * sizeof *r->da);
#pragma omp parallel for schedule(dynamic)
    for (size_t t0 = 0; t0 < b->n; t0 += TOKEN_BLOCK)
        norm_block(r, norm, r->out, r->da, t0,
                   size_min(TOKEN_BLOCK, b->n - t0));
    share_sum(r->dnorm, d->norm, b->n, param_norm(d, grad));
    size_t at = (size_t)(param_norm(d, grad) - grad);
    whole(r, at, m->n_params);
    for (size_t l = d->layers; l-- > 0;) {
        if (r->recompute && l + 1 < d->layers)
            layer_again(r, m, b, l);
        layer_backward(r, m, b, l, grad);
        at = whole(r, at - d->layer, at);
    }
    embed_backward(r, b->ids, b->n, param_embed(grad));
    if (d->places)
        embed_backward(r, r->pos, b->n, param_places(d, grad));
    whole(r, 0, at);
}
