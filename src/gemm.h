/*
 * Matrix products, row-major, of single precision or of bfloat16 numbers
 * summed in single precision.
 *
 * gemm.c is the one file that knows the matrix library.  The work is split
 * over rows and columns of the result in blocks whose size depends on the
 * shape alone, never over the summed dimension: so every thread count gives
 * the same bytes.
 */
#ifndef INSEC_GEMM_H
#define INSEC_GEMM_H

#include "kern_bf16.h"

enum gemm_form {
    GEMM_XWT, /* y[m,n] = x[m,k] w[n,k]^T: a linear layer */
    GEMM_XW,  /* y[m,n] = x[m,k] w[k,n]:   back to its input */
    GEMM_XTW, /* y[m,n] = x[k,m]^T w[k,n]: its weight's gradient */
};

/* One product: y = alpha * product + beta * y.  Rows are ld* floats apart.
 * beta 0 overwrites y whatever was there. */
struct gemm {
    enum gemm_form form;
    size_t m, n, k;
    const float *x, *w;
    float *y;
    size_t ldx, ldw, ldy;
    float alpha, beta;
};

/* On the calling thread alone; the only one allowed in a parallel region. */
void gemm_one(const struct gemm *g);

/* All of them, in parallel; no result may overlap another's.  To be called
 * outside parallel regions. */
void gemm_many(const struct gemm *g, size_t count);

/*
 * The products of a linear layer with the weight w[n,k]: forward,
 * y[m,n] = x[m,k] w^T (GEMM_XWT); back, dx[m,k] = dy[m,n] w (GEMM_XW); and
 * the gradient, dw[n,k] += dy[m,n]^T x[m,k].  All arrays lie close.
 */
struct gemm_weight {
    enum gemm_form form; /* what it is for: GEMM_XWT or GEMM_XW */
    size_t n, k;
    const float *w; /* borrows */
    /* bf16: how; NULL: single precision, and no room is needed */
    const struct kern_bf16 *half;
    uint16_t *room; /* [gemm_room(n, k)]; borrows */
};

/* The room a weight takes, or m rows of x[k] for gemm_gradient. */
size_t gemm_room(size_t n, size_t k);
/* Lays the weights out; outside parallel regions. */
void gemm_ready(const struct gemm_weight *w, size_t count);
/* y = x w^T or x w for m rows on the calling thread; with add, y += that. */
void gemm_rows(const struct gemm_weight *w, size_t m, const float *x, float *y,
               bool add);

/* dw += dy^T x, in parallel; room [gemm_room(m, k)] where half. */
struct gemm_gradient {
    size_t n, k, m;
    const float *dy, *x;
    float *dw;
    const struct kern_bf16 *half;
    uint16_t *room;
};
void gemm_gradients(const struct gemm_gradient *g, size_t count);

#endif
