/*
 * The network in double precision: its own source, built a second time with
 * `float` meaning double, over the reference kernels and a naive matrix
 * product.  For tests that need sharp differences; to be included once, first.
 */
#ifndef DOUBLE_H
#define DOUBLE_H

#include <math.h>
#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "rng.h"

#define float double
#define sqrtf sqrt
#define expf  exp
#define logf  log
#include "../../src/model.c"
#include "../../src/run_ready.c"
#include "../../src/forward.c"
#include "../../src/backward.c"
#include "../../src/attention.c"
#include "../../src/head.c"
#include "../../src/kern_ref.c"
#include "../../src/lora.c"
#include "../../src/optim.c"

const struct kern *kern_get(void)
{
    return kern_ref();
}

void gemm_one(const struct gemm *g)
{
    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++) {
            double sum = 0, *y = &g->y[i * g->ldy + j];
            for (size_t k = 0; k < g->k; k++)
                sum +=
                    g->x[g->form == GEMM_XTW ? k * g->ldx + i
                                             : i * g->ldx + k] *
                    g->w[g->form == GEMM_XWT ? j * g->ldw + k : k * g->ldw + j];
            *y = g->alpha * sum + (g->beta != 0 ? g->beta * *y : 0);
        }
}

void gemm_many(const struct gemm *g, size_t count)
{
    for (size_t i = 0; i < count; i++)
        gemm_one(&g[i]);
}

void gemm_lay(struct gemm_laid *l, enum gemm_form form, size_t n, size_t k,
              const float *w, size_t ld)
{
    (void)l, (void)form, (void)n, (void)k, (void)w, (void)ld;
}

void gemm_with(const struct gemm *g, const struct gemm_laid *l)
{
    (void)l;
    gemm_one(g);
}

size_t gemm_room(const struct kern_pack *pack, size_t n, size_t k)
{
    (void)pack;
    return n * k;
}

void gemm_ready(const struct gemm_weight *w, size_t count)
{
    (void)w;
    (void)count;
}

void gemm_rows(const struct gemm_weight *w, size_t m, const float *x, float *y,
               bool add)
{
    size_t n = w->form == GEMM_XWT ? w->n : w->k, k = w->n + w->k - n;
    gemm_one(&(struct gemm){w->form, m, n, k, x, w->w, y, k, w->k, n, 1, add});
}

void gemm_gradients(const struct gemm_gradient *g, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t t = 0; g[i].db && t < g[i].m; t++)
            for (size_t j = 0; j < g[i].n; j++)
                g[i].db[j] += g[i].dy[t * g[i].n + j];
        gemm_one(&(struct gemm){GEMM_XTW, g[i].n, g[i].k, g[i].m, g[i].dy,
                                g[i].x, g[i].dw, g[i].n, g[i].k, g[i].k, 1, 1});
    }
}

#endif
