/*
 * Products of bfloat16 numbers, summed in single precision: one table of
 * functions for each kind of processor that has them.
 *
 * A bfloat16 is the upper half of a float, rounded to nearest, even
 * (https://arxiv.org/abs/1905.12322).  Factors are laid out first, either as
 * rows or as panels.  Within a table a row of a result is the same bytes
 * whatever other rows are made with it; tables differ in the last bits.
 */
#ifndef INSEC_KERN_BF16_H
#define INSEC_KERN_BF16_H

#include "base.h"

enum {
    BF16_PANEL = 32, /* columns of a panel */
    BF16_STEP = 32,  /* the summed dimension is filled up to multiples */
    BF16_DEPTH = 512 /* and this is the most of it in one product */
};

/* y[m,n] = a b, or y += a b; k <= BF16_DEPTH is filled up.  Rows of a are
 * lda numbers apart, panels of b so many as panel says; rows of y ldy. */
struct bf16_product {
    size_t m, n, k;
    const uint16_t *a; /* [m,k] */
    const uint16_t *b; /* [n / BF16_PANEL, k / 2, BF16_PANEL, 2] */
    float *y;
    size_t lda, panel, ldy;
    bool add;
};

/* A matrix to lay out: x[m,k], or x[k,m] where it is turned. */
struct bf16_source {
    const float *x;
    size_t ld; /* floats between its rows */
    size_t m, k;
    bool turned;
};

struct kern_bf16 {
    const char *name;
    /* to[m,k] with rows ld apart, k filled up with zeros */
    void (*rows)(uint16_t *to, size_t ld, const struct bf16_source *s);
    /* One panel: to[k/2,BF16_PANEL,2], m <= BF16_PANEL; both filled up. */
    void (*panel)(uint16_t *to, const struct bf16_source *s);
    void (*product)(const struct bf16_product *p);
};

/* "ref" (slow, any processor), "avx512", "amx", or "auto": the best that is
 * not "ref".  NULL where this processor cannot. */
const struct kern_bf16 *kern_bf16(const char *name);

/* k filled up. */
static inline size_t bf16_fill(size_t k)
{
    return (k + BF16_STEP - 1) / BF16_STEP * BF16_STEP;
}

/* The tables themselves, NULL where this processor cannot run them. */
const struct kern_bf16 *kern_bf16_ref(void);
const struct kern_bf16 *kern_bf16_avx512(void);
const struct kern_bf16 *kern_bf16_amx(void);

#endif
