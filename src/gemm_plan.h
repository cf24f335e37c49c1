/*
 * Products whose shape is known beforehand, prepared by the matrix library:
 * for gemm_linear.c alone, as gemm.h is for the others.
 */
#ifndef INSEC_GEMM_PLAN_H
#define INSEC_GEMM_PLAN_H

#include "gemm.h"

/* y[m,n] = or += x w.  ld* count floats between rows.  laid: w is what
 * gemm_plan_lay makes of it; ldw is its distance before. */
struct gemm_shape {
    enum gemm_form form;
    size_t m, n, k, ldx, ldw, ldy;
    bool add, laid;
};

struct gemm_plan;

/* Prepares it at the first call.  NULL: the library has nothing better for it
 * on this processor than gemm_one.  Outside parallel regions; the plan lives
 * as long as p. */
const struct gemm_plan *gemm_plan(struct gemm_plans *p,
                                  const struct gemm_shape *s);
/* Lays w out in room [gemm_laid(n, k)]; outside parallel regions. */
void gemm_plan_lay(const struct gemm_plans *p, const struct gemm_plan *plan,
                   const float *w, float *room);
/* The most floats that a laid out w[n,k] of a plan takes. */
size_t gemm_laid(size_t n, size_t k);
/* On the calling thread alone. */
void gemm_plan_run(const struct gemm_plans *p, const struct gemm_plan *plan,
                   const float *x, const float *w, float *y);

#endif
