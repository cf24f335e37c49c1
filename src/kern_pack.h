/*
 * Products of factors that are laid out first, summed in single precision:
 * one table of functions for each kind of number and of processor.
 *
 * The numbers are floats, or bfloat16 numbers: a bfloat16 is the upper half
 * of a float, rounded to nearest, even (https://arxiv.org/abs/1905.12322).
 * Factors are laid out either as rows or as panels.  Within a table a row of
 * a result is the same bytes whatever other rows are made with it; tables
 * differ in the last bits.
 */
#ifndef INSEC_KERN_PACK_H
#define INSEC_KERN_PACK_H

#include "base.h"

enum {
    PACK_PANEL = 32, /* columns of a panel */
    PACK_STEP = 32,  /* the summed dimension is filled up to multiples */
    PACK_DEPTH = 512 /* and this is the most of it in one product */
};

/* y[m,n] = a b, or y += a b; k <= PACK_DEPTH is filled up.  Rows of a are
 * lda numbers apart, panels of b so many as panel says; rows of y ldy. */
struct pack_product {
    size_t m, n, k;
    const void *a; /* [m,k] */
    const void *b; /* [n / PACK_PANEL] panels */
    float *y;
    size_t lda, panel, ldy;
    bool add;
};

/* A matrix to lay out: x[m,k], or x[k,m] where it is turned. */
struct pack_source {
    const float *x;
    size_t ld; /* floats between its rows */
    size_t m, k;
    bool turned;
};

struct kern_pack {
    const char *name;
    size_t size; /* bytes of a number */
    /* to[m,k] with rows ld apart, k filled up with zeros */
    void (*rows)(void *to, size_t ld, const struct pack_source *s);
    /* One panel, m <= PACK_PANEL, both filled up: to[k,PACK_PANEL] of floats,
     * to[k/2,PACK_PANEL,2] of bfloat16 numbers. */
    void (*panel)(void *to, const struct pack_source *s);
    void (*product)(const struct pack_product *p);
};

/* bfloat16 numbers: "ref" (slow, any processor), "avx512", "amx", or "auto":
 * the best that is not "ref".  NULL where this processor cannot. */
const struct kern_pack *kern_bf16(const char *name);
/* Floats: "ref", "avx512" or "auto", likewise; NULL for other names too. */
const struct kern_pack *kern_f32(const char *name);

/* k filled up. */
static inline size_t pack_fill(size_t k)
{
    return (k + PACK_STEP - 1) / PACK_STEP * PACK_STEP;
}

/* The tables themselves, NULL where this processor cannot run them. */
const struct kern_pack *kern_bf16_ref(void);
const struct kern_pack *kern_bf16_avx512(void);
const struct kern_pack *kern_bf16_amx(void);
const struct kern_pack *kern_f32_ref(void);
const struct kern_pack *kern_f32_avx512(void);

#endif
