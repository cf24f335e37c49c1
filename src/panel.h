/*
 * Weights laid out for products with few rows.  The row of a result is the
 * same bytes whatever other rows are made with it, which a matrix library
 * does not promise (gemm.h): decoding one sequence gives what decoding many
 * gives.
 */
#ifndef INSEC_PANEL_H
#define INSEC_PANEL_H

#include "base.h"

struct panel {
    size_t n, k;
    float *w;    /* panels of [k,KERN_PANEL]; owns (mem_huge) */
    size_t size; /* floats of it */
};

/* Copies w[n,k], rows one after another. */
void panel_pack(struct panel *p, const float *w, size_t n, size_t k);
void panel_free(struct panel *p);

/* y[m,n] = beta y + x[m,k] w^T; rows lie close.  To be called outside
 * parallel regions. */
void panel_apply(const struct panel *p, float *y, const float *x, size_t m,
                 float beta);

#endif
