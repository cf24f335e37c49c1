/*
 * Matrix products by oneDNN (dnnl_sgemm: row-major, and single-threaded when
 * called inside a parallel region).  See gemm.h for why the blocks are fixed.
 */
#include <oneapi/dnnl/dnnl.h>

#include "diag.h"
#include "gemm.h"

/* Rows and columns of a block of the result. */
enum { BLOCK_M = 128, BLOCK_N = 256 };

void gemm_one(const struct gemm *g)
{
    if (g->m == 0 || g->n == 0)
        return;
    dnnl_status_t bad = dnnl_sgemm(
        g->form == GEMM_XTW ? 'T' : 'N', g->form == GEMM_XWT ? 'T' : 'N',
        (dnnl_dim_t)g->m, (dnnl_dim_t)g->n, (dnnl_dim_t)g->k, g->alpha, g->x,
        (dnnl_dim_t)g->ldx, g->w, (dnnl_dim_t)g->ldw, g->beta, g->y,
        (dnnl_dim_t)g->ldy);
    if (bad)
        die(STATUS_SYSTEM, "matrix product of %zu x %zu x %zu: oneDNN says %d",
            g->m, g->n, g->k, (int)bad);
}

static size_t blocks_n(const struct gemm *g)
{
    return (g->n + BLOCK_N - 1) / BLOCK_N;
}

static size_t blocks(const struct gemm *g)
{
    return (g->m + BLOCK_M - 1) / BLOCK_M * blocks_n(g);
}

/* Block number b of the product. */
static struct gemm block(const struct gemm *g, size_t b)
{
    struct gemm one = *g;
    size_t i = b / blocks_n(g) * BLOCK_M, j = b % blocks_n(g) * BLOCK_N;
    one.m = size_min(BLOCK_M, g->m - i);
    one.n = size_min(BLOCK_N, g->n - j);
    one.x += g->form == GEMM_XTW ? i : i * g->ldx;
    one.w += g->form == GEMM_XWT ? j * g->ldw : j;
    one.y += i * g->ldy + j;
    return one;
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
        struct gemm one = block(&g[i], at);
        gemm_one(&one);
    }
}
