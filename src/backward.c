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
                       float *dx, size_t t0, size_t n, float eps)
{
    const struct kern *kern = kern_get();
    const size_t row = r->d.dim;
    float *dw = r->dnorm + t0 / TOKEN_BLOCK * row;
    memset(dw, 0, row * sizeof *dw);
    for (size_t t = t0; t < t0 + n; t++) {
        float *norm = r->norm + t * row;
        float rms = kern->norm(norm, x + t * row, w, row, eps);
        kern->norm_back(dx + t * row, dw, r->dn + t * row, x + t * row, w, rms,
                        row);
    }
}

/* Adds up the blocks' shares, in their order. */
static void norm_sum(struct model_run *r, size_t n, float *dw)
{
    const size_t row = r->d.dim;
    for (size_t b = 0; b * TOKEN_BLOCK < n; b++)
        kern_get()->axpy(dw, 1, r->dnorm + b * row, row);
}

/* From the gradient of the layer's result, r->da, to that of attention's:
 * r->datt, and of the stream between, r->db. */
static void leave_block(struct model_run *r, const struct layer *w,
                        const struct trace *t, size_t t0, size_t n, float eps)
{
    const struct kern *kern = kern_get();
    const struct dims *d = &r->d;
    const size_t row = d->dim, f = d->inner;
    gemm_one(&(struct gemm){GEMM_XW, n, f, row, r->da + t0 * row, w->down,
                            r->dact + t0 * f, row, f, f, 1, 0});
    for (size_t i = t0; i < t0 + n; i++) {
        const float *gu = t->gu + i * 2 * f;
        float *dgu = r->dgu + i * 2 * f;
        kern->swiglu(r->act + i * f, gu, gu + f, f);
        kern->swiglu_back(dgu, dgu + f, r->dact + i * f, gu, gu + f, f);
    }
    gemm_one(&(struct gemm){GEMM_XW, n, row, 2 * f, r->dgu + t0 * 2 * f, w->gu,
                            r->dn + t0 * row, 2 * f, row, row, 1, 0});
    memcpy(r->db + t0 * row, r->da + t0 * row, n * row * sizeof *r->db);
    norm_block(r, w->norm2, t->mid, r->db, t0, n, eps);
    gemm_one(&(struct gemm){GEMM_XW, n, d->q, row, r->db + t0 * row, w->o,
                            r->datt + t0 * d->q, row, d->q, d->q, 1, 0});
}

/* From r->dqkv to the gradient of the layer's entry, r->da. */
static void enter_block(struct model_run *r, const struct layer *w,
                        const struct trace *t, size_t t0, size_t n, float eps)
{
    const struct dims *d = &r->d;
    const size_t row = d->dim, half = d->head_dim / 2;
    float *dqkv = r->dqkv + t0 * d->qkv;
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)r->pos[t0 + i] * half;
        kern_get()->rotate(dqkv + i * d->qkv, r->cs + at, r->sn + at, half,
                           d->heads + d->kv_heads, -1);
    }
    gemm_one(&(struct gemm){GEMM_XW, n, row, d->qkv, dqkv, w->qkv,
                            r->dn + t0 * row, d->qkv, row, row, 1, 0});
    memcpy(r->da + t0 * row, r->db + t0 * row, n * row * sizeof *r->da);
    norm_block(r, w->norm1, t->in, r->da, t0, n, eps);
}

/* The weights used after attention. */
static void leave_weights(struct model_run *r, const struct trace *t,
                          const struct layer *g, size_t n)
{
    const struct dims *d = &r->d;
    const size_t row = d->dim, f = d->inner;
    gemm_many(
        (struct gemm[]){
            {GEMM_XTW, 2 * f, row, n, r->dgu, r->norm, g->gu, 2 * f, row, row,
             1, 1},
            {GEMM_XTW, row, f, n, r->da, r->act, g->down, row, f, f, 1, 1},
            {GEMM_XTW, row, d->q, n, r->db, t->att, g->o, row, d->q, d->q, 1,
             1},
        },
        3);
    norm_sum(r, n, g->norm2);
}

static void layer_backward(struct model_run *r, const struct model *m,
                           const struct model_batch *b, size_t l, float *grad)
{
    const struct dims *d = &r->d;
    const float eps = m->config.norm_eps;
    const struct trace *t = &r->trace[l];
    const struct layer w = param_layer(d, m->params, l);
    const struct layer g = param_layer(d, grad, l);
#pragma omp parallel for schedule(dynamic)
    for (size_t t0 = 0; t0 < b->n; t0 += TOKEN_BLOCK)
        leave_block(r, &w, t, t0, size_min(TOKEN_BLOCK, b->n - t0), eps);
    leave_weights(r, t, &g, b->n);
    attention_backward(r, b, t);
#pragma omp parallel for schedule(dynamic)
    for (size_t t0 = 0; t0 < b->n; t0 += TOKEN_BLOCK)
        enter_block(r, &w, t, t0, size_min(TOKEN_BLOCK, b->n - t0), eps);
    gemm_many(&(struct gemm){GEMM_XTW, d->qkv, d->dim, b->n, r->dqkv, r->norm,
                             g.qkv, d->qkv, d->dim, d->dim, 1, 1},
              1);
    norm_sum(r, b->n, g.norm1);
}

/* Threads share out the columns, and each adds all tokens in order. */
static void embed_backward(struct model_run *r, const struct model_batch *b,
                           float *dembed)
{
    enum { COLUMNS = 64 };
    const size_t row = r->d.dim;
#pragma omp parallel for schedule(dynamic)
    for (size_t c = 0; c < row; c += COLUMNS)
        for (size_t t = 0; t < b->n; t++)
            kern_get()->axpy(dembed + (size_t)b->ids[t] * row + c, 1,
                             r->da + t * row + c, size_min(COLUMNS, row - c));
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
        norm_block(r, norm, r->out, r->da, t0, size_min(TOKEN_BLOCK, b->n - t0),
                   m->config.norm_eps);
    norm_sum(r, b->n, param_norm(d, grad));
    for (size_t l = d->layers; l-- > 0;)
        layer_backward(r, m, b, l, grad);
    embed_backward(r, b, param_embed(grad));
}
