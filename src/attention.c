/*
 * Causal attention with grouped queries, confined to each document
 * (https://arxiv.org/abs/2305.13245).
 *
 * The cost follows the documents: for every (document, head) the scores of
 * SCORE_ROWS queries at a time are made, used and forgotten; only the log of
 * the sum of their exponentials stays, from which the backward pass makes
 * the probabilities again.  It refuses to hold a row-by-row matrix.
 */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "run.h"

/* One (document, head): its first token and length, and its arrays. */
struct view {
    size_t t0, len; /* tokens */
    size_t head;    /* query head */
    size_t group;   /* the key/value head it reads */
};

/* What the calling thread works in. */
struct desk {
    float *p, *ds; /* [SCORE_ROWS,keys] probabilities, gradients of scores */
    /* keys and values, as in scores = q k^T; keys or values as in p v */
    struct gemm_laid keys, values, sums;
    struct gemm_laid rows; /* a block of queries, or of their results */
};

/* Of the factors: whole documents, and a block of queries. */
static size_t long_room(const struct model_run *r)
{
    return r->f32
               ? gemm_room(r->f32, r->max_tokens, r->d.head_dim) / sizeof(float)
               : 0;
}

static size_t block_room(const struct model_run *r)
{
    return r->f32 ? gemm_room(r->f32, SCORE_ROWS, r->d.head_dim) / sizeof(float)
                  : 0;
}

size_t scores_room(const struct model_run *r)
{
    return 2 * SCORE_ROWS * r->max_tokens + 3 * long_room(r) + block_room(r);
}

static struct desk desk_of(const struct model_run *r)
{
    float *p = r->scores + (size_t)omp_get_thread_num() * scores_room(r);
    float *ds = p + SCORE_ROWS * r->max_tokens;
    float *room = ds + SCORE_ROWS * r->max_tokens;
    const size_t n = long_room(r);
    return (struct desk){p,
                         ds,
                         {r->f32, 0, room},
                         {r->f32, 0, room + n},
                         {r->f32, 0, room + 2 * n},
                         {r->f32, 0, room + 3 * n}};
}

/* Every thread needs its own; they are made when first asked for. */
static void scores_ready(struct model_run *r)
{
    size_t n = (size_t)omp_get_max_threads() * scores_room(r);
    if (n <= r->scores_n)
        return;
    mem_huge_free(r->scores, r->scores_n * sizeof *r->scores);
    r->scores = mem_huge(n * sizeof *r->scores);
    r->scores_n = n;
}

static struct view view_of(const struct model_run *r,
                           const struct model_batch *b, size_t doc, size_t head)
{
    size_t t0 = (size_t)b->cu[doc];
    return (struct view){
        .t0 = t0,
        .len = (size_t)b->cu[doc + 1] - t0,
        .head = head,
        .group = head / (r->d.heads / r->d.kv_heads),
    };
}

/* s[n,kl] = queries q0 .. q0+n times the first kl keys. */
static void score(const struct dims *d, const float *q, const float *k,
                  const struct gemm_laid *keys, size_t n, size_t kl, float *s)
{
    gemm_with(&(struct gemm){GEMM_XWT, n, kl, d->head_dim, q, k, s, d->qkv,
                             d->qkv, kl, 1, 0},
              keys);
}

static void forward_head(struct model_run *r, struct trace *t, struct view v)
{
    const struct kern *kern = kern_get();
    const struct dims *d = &r->d;
    const float scale = 1 / sqrtf((float)d->head_dim);
    const float *q = t->qkv + v.t0 * d->qkv + v.head * d->head_dim;
    const float *k = t->qkv + v.t0 * d->qkv + d->q + v.group * d->head_dim;
    float *out = t->att + v.t0 * d->q + v.head * d->head_dim;
    struct desk desk = desk_of(r);
    float *s = desk.p;
    gemm_lay(&desk.keys, GEMM_XWT, v.len, d->head_dim, k, d->qkv);
    gemm_lay(&desk.sums, GEMM_XW, d->head_dim, v.len, k + d->kv, d->qkv);
    for (size_t q0 = 0; q0 < v.len; q0 += SCORE_ROWS) {
        size_t n = size_min(SCORE_ROWS, v.len - q0), kl = q0 + n;
        score(d, q + q0 * d->qkv, k, &desk.keys, n, kl, s);
        for (size_t i = 0; i < n; i++) {
            float *row = s + i * kl;
            size_t seen = q0 + i + 1;
            t->lse[(v.t0 + q0 + i) * d->heads + v.head] =
                kern->softmax(row, seen, scale);
            memset(row + seen, 0, (kl - seen) * sizeof *row);
        }
        gemm_with(&(struct gemm){GEMM_XW, n, d->head_dim, kl, s, k + d->kv,
                                 out + q0 * d->q, kl, d->qkv, d->q, 1, 0},
                  &desk.sums);
    }
}

void attention_forward(struct model_run *r, const struct model_batch *b,
                       struct trace *t)
{
    scores_ready(r);
#pragma omp parallel for collapse(2) schedule(dynamic)
    for (size_t doc = 0; doc < b->docs; doc++)
        for (size_t h = 0; h < r->d.heads; h++)
            forward_head(r, t, view_of(r, b, doc, h));
}

/* Row i of the block at q0: p = its probabilities again, ds = the gradient
 * of its scores (it holds that of p on entry).  Both [kl], 0 where unseen. */
static void backward_row(const struct model_run *r, const struct trace *t,
                         struct view v, size_t i, size_t kl, float *p,
                         float *ds)
{
    const struct kern *kern = kern_get();
    const struct dims *d = &r->d;
    const float scale = 1 / sqrtf((float)d->head_dim);
    size_t at = (v.t0 + i) * d->q + v.head * d->head_dim, seen = i + 1;
    float delta = kern->dot(t->att + at, r->datt + at, d->head_dim);
    kern->soften(p, seen, scale, t->lse[(v.t0 + i) * d->heads + v.head], 1);
    kern->soften_back(ds, p, seen, delta, scale);
    memset(p + seen, 0, (kl - seen) * sizeof *p);
    memset(ds + seen, 0, (kl - seen) * sizeof *ds);
}

static void backward_head(struct model_run *r, const struct trace *t,
                          struct view v)
{
    const struct dims *d = &r->d;
    const size_t e = d->head_dim, at_q = v.t0 * d->qkv + v.head * e,
                 at_k = v.t0 * d->qkv + d->q + v.group * e;
    const float *q = t->qkv + at_q, *k = t->qkv + at_k;
    const float *dout = r->datt + v.t0 * d->q + v.head * e;
    float *dq = r->dqkv + at_q, *dk = r->dqkv + at_k;
    struct desk desk = desk_of(r);
    float *p = desk.p, *ds = desk.ds;
    gemm_lay(&desk.keys, GEMM_XWT, v.len, e, k, d->qkv);
    gemm_lay(&desk.values, GEMM_XWT, v.len, e, k + d->kv, d->qkv);
    gemm_lay(&desk.sums, GEMM_XW, e, v.len, k, d->qkv);
    for (size_t q0 = 0; q0 < v.len; q0 += SCORE_ROWS) {
        size_t n = size_min(SCORE_ROWS, v.len - q0), kl = q0 + n;
        const float *to = dout + q0 * d->q, *from = q + q0 * d->qkv;
        score(d, from, k, &desk.keys, n, kl, p);
        gemm_with(&(struct gemm){GEMM_XWT, n, kl, e, to, k + d->kv, ds, d->q,
                                 d->qkv, kl, 1, 0},
                  &desk.values);
        for (size_t i = 0; i < n; i++)
            backward_row(r, t, v, q0 + i, kl, p + i * kl, ds + i * kl);
        gemm_with(&(struct gemm){GEMM_XW, n, e, kl, ds, k, dq + q0 * d->qkv, kl,
                                 d->qkv, d->qkv, 1, 0},
                  &desk.sums);
        gemm_lay(&desk.rows, GEMM_XTW, e, n, from, d->qkv);
        gemm_with(&(struct gemm){GEMM_XTW, kl, e, n, ds, from, dk, kl, d->qkv,
                                 d->qkv, 1, 1},
                  &desk.rows);
        gemm_lay(&desk.rows, GEMM_XTW, e, n, to, d->q);
        gemm_with(&(struct gemm){GEMM_XTW, kl, e, n, p, to, dk + d->kv, kl,
                                 d->q, d->qkv, 1, 1},
                  &desk.rows);
    }
}

/* The heads that share keys add to the same gradient, so they go in order on
 * one thread. */
static void backward_group(struct model_run *r, const struct model_batch *b,
                           const struct trace *t, size_t doc, size_t group)
{
    const struct dims *d = &r->d;
    size_t share = d->heads / d->kv_heads;
    struct view v = view_of(r, b, doc, group * share);
    for (size_t i = 0; i < v.len; i++) {
        float *dk = r->dqkv + (v.t0 + i) * d->qkv + d->q + group * d->head_dim;
        memset(dk, 0, d->head_dim * sizeof *dk);
        memset(dk + d->kv, 0, d->head_dim * sizeof *dk);
    }
    for (size_t h = 0; h < share; h++)
        backward_head(r, t, view_of(r, b, doc, group * share + h));
}

void attention_backward(struct model_run *r, const struct model_batch *b,
                        const struct trace *t)
{
    scores_ready(r);
#pragma omp parallel for collapse(2) schedule(dynamic)
    for (size_t doc = 0; doc < b->docs; doc++)
        for (size_t g = 0; g < r->d.kv_heads; g++)
            backward_group(r, b, t, doc, g);
}
