/*
 * Weights laid out for products with few rows.  The row of a result is the
 * same bytes whatever other rows are made with it, which a matrix library
 * does not promise (gemm.h): decoding one sequence gives what decoding many
 * gives.
 */
#ifndef INSEC_PANEL_H
#define INSEC_PANEL_H

#include "kern_pack.h"

struct panel {
    size_t n, k;
    const struct kern_pack *pack; /* NULL: single precision */
    /* panels of [k,KERN_PANEL], or of bfloat16 numbers as pack has them;
     * owns (mem_huge) */
    void *w;
    size_t bytes; /* of it */
};

/* Copies w[n,k], rows one after another; half may be NULL. */
void panel_pack(struct panel *p, const float *w, size_t n, size_t k,
                const struct kern_pack *half);
void panel_free(struct panel *p);

/* What panel_apply needs for m rows, in numbers; 0 in single precision. */
size_t panel_room(const struct panel *p, size_t m);
/* y[m,n] = x[m,k] w^T, or y += that; rows lie close.  To be called outside
 * parallel regions. */
void panel_apply(const struct panel *p, float *y, const float *x, size_t m,
                 bool add, uint16_t *room);

#endif
