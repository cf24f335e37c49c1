/*
 * The output layer and the cross entropy, a chunk of tokens at a time, so
 * that the logits of a large vocabulary are never all held.  Where one chunk
 * is the whole batch the backward pass uses the forward pass's logits;
 * otherwise it makes them again.
 */
#include <math.h>
#include <omp.h>

#include "run.h"

/* 1-p of a target, not less than where rounding has the say. */
static double unlikely(double cross_entropy)
{
    return fmax(-expm1(-cross_entropy), 0x1p-20);
}

double model_objective(double cross_entropy, double weight)
{
    if (weight >= 0)
        return weight * cross_entropy;
    return weight * log(unlikely(cross_entropy));
}

void head_forward(struct model_run *r, const struct model *m,
                  const struct model_batch *b, float *losses)
{
    const struct kern *kern = kern_get();
    const struct gemm_weight head =
        head_ready(r, GEMM_XWT, param_head(&m->config, m->params));
    for (size_t c0 = 0; c0 < b->n; c0 += r->chunk) {
        size_t end = size_min(b->n, c0 + r->chunk);
#pragma omp parallel for schedule(dynamic)
        for (size_t t0 = c0; t0 < end; t0 += TOKEN_BLOCK) {
            size_t n = size_min(TOKEN_BLOCK, end - t0);
            float *x = r->logits + (t0 - c0) * r->d.vocab;
            gemm_rows(&head, n, r->fin + t0 * r->d.dim, x, false);
            for (size_t t = t0; t < t0 + n; t++, x += r->d.vocab) {
                int32_t y = b->targets[t];
                r->lse[t] = y < 0 ? 0 : kern->logsumexp(x, r->d.vocab);
                losses[t] = y < 0 ? 0 : r->lse[t] - x[y];
                if (y >= 0 && b->rivals && b->rivals[t] >= 0)
                    b->margins[t] = x[y] - x[b->rivals[t]];
            }
        }
    }
}

/* x[V]: logits in, the gradient of scale * model_objective out.  That of
 * -log(1-p) is the one of -log(p) times -p/(1-p). */
static void dlogits_row(const struct model_run *r, const struct model_batch *b,
                        size_t t, float scale, float *x)
{
    int32_t y = b->targets[t];
    float w = y < 0 ? 0 : scale * b->weights[t];
    if (w == 0) {
        for (size_t i = 0; i < r->d.vocab; i++)
            x[i] = 0;
        return;
    }
    if (w < 0) {
        double ce = (double)r->lse[t] - (double)x[y];
        w *= (float)(exp(-ce) / unlikely(ce));
    }
    kern_get()->soften(x, r->d.vocab, 1, r->lse[t], w);
    x[y] -= w;
}

/* The logits of a chunk again, where they were not kept. */
static void logits_again(struct model_run *r, const float *w, size_t c0,
                         size_t end)
{
    const struct gemm_weight head = head_ready(r, GEMM_XWT, w);
#pragma omp parallel for schedule(dynamic)
    for (size_t t0 = c0; t0 < end; t0 += TOKEN_BLOCK)
        gemm_rows(&head, size_min(TOKEN_BLOCK, end - t0),
                  r->fin + t0 * r->d.dim, r->logits + (t0 - c0) * r->d.vocab,
                  false);
}

void head_backward(struct model_run *r, const struct model *m,
                   const struct model_batch *b, float scale, float *grad)
{
    const struct dims *d = &r->d;
    const float *w = param_head(&m->config, m->params);
    float *dw = param_head(&m->config, grad);
    for (size_t c0 = 0; c0 < b->n; c0 += r->chunk) {
        size_t end = size_min(b->n, c0 + r->chunk);
        if (b->n > r->chunk)
            logits_again(r, w, c0, end);
        const struct gemm_weight head = head_ready(r, GEMM_XW, w);
#pragma omp parallel for schedule(dynamic)
        for (size_t t0 = c0; t0 < end; t0 += TOKEN_BLOCK) {
            size_t n = size_min(TOKEN_BLOCK, end - t0);
            float *x = r->logits + (t0 - c0) * d->vocab;
            for (size_t i = 0; i < n; i++)
                dlogits_row(r, b, t0 + i, scale, x + i * d->vocab);
            gemm_rows(&head, n, x, r->dn + t0 * d->dim, false);
        }
        gemm_gradients(&(struct gemm_gradient){d->vocab,
                                               d->dim,
                                               end - c0,
                                               r->logits,
                                               r->fin + c0 * d->dim,
                                               dw,
                                               NULL,
                                               {r->pack, 0, r->lain}},
                       1);
    }
}
