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

#include "kern_pack.h"

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

/* The right factor of products, laid out for the calling thread. */
struct gemm_laid {
    const struct kern_pack *pack; /* NULL: not at all, the library multiplies */
    size_t fill;                  /* its summed dimension, filled up */
    void *room;                   /* gemm_room(pack, n, k) bytes; borrows */
};
/* w[n,k] (GEMM_XWT) or w[k,n] (the other forms), rows ld apart. */
void gemm_lay(struct gemm_laid *l, enum gemm_form form, size_t n, size_t k,
              const float *w, size_t ld);
/* As gemm_one, alpha being 1 and beta 0 or 1; the laid out factor begins as
 * g's w does and may be longer in both dimensions. */
void gemm_with(const struct gemm *g, const struct gemm_laid *l);

/*
 * The products of a linear layer with the weight w[n,k]: forward,
 * y[m,n] = x[m,k] w^T (GEMM_XWT); back, dx[m,k] = dy[m,n] w (GEMM_XW); and
 * the gradient, dw[n,k] += dy[m,n]^T x[m,k].  All arrays lie close.
 */
struct gemm_weight {
    enum gemm_form form; /* what it is for: GEMM_XWT or GEMM_XW */
    size_t n, k;
    const float *w; /* borrows */
    /* laid out how; NULL: the library multiplies, and no room is needed */
    const struct kern_pack *pack;
    void *room; /* gemm_room(pack, n, k) bytes; borrows */
};

/* The room a weight takes, or m rows of x[k] for gemm_gradient; bytes. */
size_t gemm_room(const struct kern_pack *pack, size_t n, size_t k);
/* Lays the weights out; outside parallel regions. */
void gemm_ready(const struct gemm_weight *w, size_t count);
/* y = x w^T or x w for m rows on the calling thread; with add, y += that. */
void gemm_rows(const struct gemm_weight *w, size_t m, const float *x, float *y,
               bool add);

/* dw += dy^T x and db += the sum of dy's rows, in parallel; by.room has
 * gemm_room(pack, m, k) bytes for x where by.pack. */
struct gemm_gradient {
    size_t n, k, m;
    const float *dy, *x;
    float *dw;
    float *db; /* [n]; NULL: none */
    struct gemm_laid by;
};
void gemm_gradients(const struct gemm_gradient *g, size_t count);

#endif
