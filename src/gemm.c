/*
 * Matrix products by oneDNN (dnnl_sgemm: row-major, and single-threaded when
 * called inside a parallel region).  See gemm.h for why the blocks are fixed.
 */
#include <oneapi/dnnl/dnnl.h>

#include "diag.h"
#include "gemm.h"

/* The product over no terms, which the library leaves undone. */
static void nothing(const struct gemm *g)
{
    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++) {
            float *y = &g->y[i * g->ldy + j];
            *y = g->beta != 0 ? g->beta * *y : 0;
        }
}

void gemm_one(const struct gemm *g)
{
    if (g->m == 0 || g->n == 0)
        return;
    if (g->k == 0) {
        nothing(g);
        return;
    }
    dnnl_status_t bad = dnnl_sgemm(
        g->form == GEMM_XTW ? 'T' : 'N', g->form == GEMM_XWT ? 'T' : 'N',
        (dnnl_dim_t)g->m, (dnnl_dim_t)g->n, (dnnl_dim_t)g->k, g->alpha, g->x,
        (dnnl_dim_t)g->ldx, g->w, (dnnl_dim_t)g->ldw, g->beta, g->y,
        (dnnl_dim_t)g->ldy);
    if (bad)
        die(STATUS_SYSTEM, "matrix product of %zu x %zu x %zu: oneDNN says %d",
            g->m, g->n, g->k, (int)bad);
}

/* A block of a result is so many rows by up to so many columns. */
enum { BLOCK_M = 128, BLOCK_N = 512 };

/* The library is slow (by half) at x^T w with a wide x, so then w^T x is
 * made, block by block, and turned. */
static bool turned(const struct gemm *g)
{
    return g->form == GEMM_XTW && g->n < g->m;
}

/* The product that is made; its y is still g's, to be filled turned. */
static struct gemm made(const struct gemm *g)
{
    if (!turned(g))
        return *g;
    return (struct gemm){g->form, g->n,   g->m,   g->k,   g->w,     g->x,
                         g->y,    g->ldw, g->ldx, g->ldy, g->alpha, g->beta};
}

/* Columns of a block: narrow results get narrow ones, so that there are some
 * to share out. */
static size_t width(const struct gemm *made)
{
    return made->n > 1024 ? BLOCK_N : BLOCK_N / 2;
}

static size_t blocks(const struct gemm *g)
{
    const struct gemm a = made(g);
    size_t down = (a.m + BLOCK_M - 1) / BLOCK_M;
    return down * ((a.n + width(&a) - 1) / width(&a));
}

/* y[n,m] = beta y + alpha (x^T w)^T for at most one block. */
static void turned_one(const struct gemm *g)
{
    float t[BLOCK_M * BLOCK_N]; /* [m,n] */
    struct gemm one = *g;
    one.y = t;
    one.ldy = g->n;
    one.beta = 0;
    gemm_one(&one);
    for (size_t j = 0; j < g->n; j++)
        for (size_t i = 0; i < g->m; i++) {
            float *y = &g->y[j * g->ldy + i];
            *y = t[i * g->n + j] + (g->beta != 0 ? g->beta * *y : 0);
        }
}

/* Block number b of the product. */
static void block(const struct gemm *g, size_t b)
{
    struct gemm one = made(g);
    size_t w = width(&one), across = (one.n + w - 1) / w;
    size_t i = b / across * BLOCK_M, j = b % across * w;
    one.m = size_min(BLOCK_M, one.m - i);
    one.n = size_min(w, one.n - j);
    one.x += one.form == GEMM_XTW ? i : i * one.ldx;
    one.w += one.form == GEMM_XWT ? j * one.ldw : j;
    if (turned(g)) {
        one.y += j * one.ldy + i;
        turned_one(&one);
    } else {
        one.y += i * one.ldy + j;
        gemm_one(&one);
    }
}

void gemm_many(const struct gemm *g, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += blocks(&g[i]);
#pragma omp parallel for schedule(dynamic)
    for (size_t b = 0; b < total; b++) {
        size_t at = b, i = 0;
        while (at >= blocks(&g[i]))
            at -= blocks(&g[i++]);
        block(&g[i], at);
    }
}
