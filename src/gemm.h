/*
 * Matrix products, single precision, row-major.
 *
 * gemm.c is the one file that knows the matrix library.  The work is split
 * over rows and columns of the result in blocks whose size depends on the
 * shape alone, never over the summed dimension: so every thread count gives
 * the same bytes.
 */
#ifndef INSEC_GEMM_H
#define INSEC_GEMM_H

#include "base.h"

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

#endif
