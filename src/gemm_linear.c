/*
 * The products of linear layers: by the library in single precision, by
 * kern_bf16 otherwise.  Weights are laid out once for all rows; rows are as
 * they come.  Measured beside oneDNN 2.6's bfloat16 products on AMX this is
 * as fast forward and twice as fast for gradients.
 */
#include <string.h>

#include "gemm.h"

/* Rows of x, or of a gradient, that a thread takes at a time; the distance of
 * laid out rows, so chosen that they do not share cache sets; and columns of
 * a gradient. */
enum { ROWS = 128, SLAB = 64, APART = BF16_DEPTH + BF16_STEP, COLUMNS = 512 };

size_t gemm_room(size_t n, size_t k)
{
    return bf16_fill(n) * bf16_fill(k);
}

/* Columns of the result, and the dimension that is summed. */
static size_t columns_of(const struct gemm_weight *w)
{
    return w->form == GEMM_XWT ? w->n : w->k;
}

static size_t depth_of(const struct gemm_weight *w)
{
    return w->form == GEMM_XWT ? w->k : w->n;
}

/* Panel number p of the weight. */
static void ready_panel(const struct gemm_weight *w, size_t p)
{
    const bool turned = w->form == GEMM_XW;
    size_t j = p * BF16_PANEL, depth = depth_of(w);
    const struct bf16_source s = {
        .x = w->w + (turned ? j : j * w->k),
        .ld = w->k,
        .m = size_min(BF16_PANEL, columns_of(w) - j),
        .k = depth,
        .turned = turned,
    };
    w->half->panel(w->room + j * bf16_fill(depth), &s);
}

static size_t panels_of(size_t n)
{
    return (n + BF16_PANEL - 1) / BF16_PANEL;
}

void gemm_ready(const struct gemm_weight *w, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += w[i].half ? panels_of(columns_of(&w[i])) : 0;
    if (total == 0)
        return;
#pragma omp parallel for schedule(static)
    for (size_t p = 0; p < total; p++) {
        size_t at = p, i = 0;
        while (at >= panels_of(columns_of(&w[i])))
            at -= panels_of(columns_of(&w[i++]));
        ready_panel(&w[i], at);
    }
}

/* Up to ROWS rows. */
static void rows_half(const struct gemm_weight *w, size_t m, const float *x,
                      float *y, bool add)
{
    uint16_t a[ROWS * APART];
    const size_t depth = depth_of(w), n = columns_of(w);
    for (size_t t = 0; t < depth; t += BF16_DEPTH) {
        size_t k = size_min(BF16_DEPTH, depth - t);
        w->half->rows(a, APART,
                      &(struct bf16_source){x + t, depth, m, k, false});
        w->half->product(&(struct bf16_product){
            m, n, k, a, w->room + t * BF16_PANEL, y, APART,
            bf16_fill(depth) * BF16_PANEL, n, add || t > 0});
    }
}

void gemm_rows(const struct gemm_weight *w, size_t m, const float *x, float *y,
               bool add)
{
    const size_t depth = depth_of(w), n = columns_of(w);
    for (size_t i = 0; w->half && i < m; i += ROWS)
        rows_half(w, size_min(ROWS, m - i), x + i * depth, y + i * n, add);
    if (!w->half)
        gemm_one(&(struct gemm){w->form, m, n, depth, x, w->w, y, depth, w->k,
                                n, 1, add});
}

/* x[m,k] in panels of its columns, the rows being what is summed. */
static void gradient_ready(const struct gemm_gradient *g)
{
    const size_t fill = bf16_fill(g->m), panels = panels_of(g->k);
#pragma omp parallel for collapse(2) schedule(static)
    for (size_t t = 0; t < g->m; t += BF16_DEPTH)
        for (size_t p = 0; p < panels; p++) {
            size_t j = p * BF16_PANEL;
            const struct bf16_source s = {g->x + t * g->k + j, g->k,
                                          size_min(BF16_PANEL, g->k - j),
                                          size_min(BF16_DEPTH, g->m - t), true};
            g->half->panel(g->room + j * fill + t * BF16_PANEL, &s);
        }
}

/* SLAB rows of dw from i on, COLUMNS columns from j on. */
static void gradient_half(const struct gemm_gradient *g, size_t i, size_t j)
{
    uint16_t a[SLAB * APART];
    const size_t fill = bf16_fill(g->m), m = size_min(SLAB, g->n - i);
    for (size_t t = 0; t < g->m; t += BF16_DEPTH) {
        size_t k = size_min(BF16_DEPTH, g->m - t);
        const struct bf16_source s = {g->dy + t * g->n + i, g->n, m, k, true};
        g->half->rows(a, APART, &s);
        g->half->product(&(struct bf16_product){
            m, size_min(COLUMNS, g->k - j), k, a,
            g->room + j * fill + t * BF16_PANEL, g->dw + i * g->k + j, APART,
            fill * BF16_PANEL, g->k, true});
    }
}

/* The same in single precision.  The library is slow (by half) at x^T w with
 * a wide x, so its columns are copied out first. */
static void gradient_single(const struct gemm_gradient *g, size_t i, size_t j)
{
    float a[BF16_DEPTH * SLAB];
    const size_t m = size_min(SLAB, g->n - i), n = size_min(COLUMNS, g->k - j);
    for (size_t t = 0; t < g->m; t += BF16_DEPTH) {
        size_t k = size_min(BF16_DEPTH, g->m - t);
        for (size_t r = 0; r < k; r++)
            memcpy(a + r * m, g->dy + (t + r) * g->n + i, m * sizeof *a);
        gemm_one(&(struct gemm){GEMM_XTW, m, n, k, a, g->x + t * g->k + j,
                                g->dw + i * g->k + j, m, g->k, g->k, 1, 1});
    }
}

void gemm_gradients(const struct gemm_gradient *g, size_t count)
{
    for (; count > 0; g++, count--) {
        if (g->half)
            gradient_ready(g);
#pragma omp parallel for collapse(2) schedule(dynamic)
        for (size_t i = 0; i < g->n; i += SLAB)
            for (size_t j = 0; j < g->k; j += COLUMNS)
                (g->half ? gradient_half : gradient_single)(g, i, j);
    }
}
