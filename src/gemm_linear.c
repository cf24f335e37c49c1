/*
 * The products of linear layers: by the library in single precision, with
 * plans where it has them; by kern_bf16 otherwise.  Weights are laid out once
 * for all rows; rows are as they come.  Measured beside oneDNN 2.6's bfloat16
 * products on AMX kern_bf16 is as fast forward and twice as fast for
 * gradients.
 */
#include <string.h>

#include "gemm_plan.h"

/* Rows of x, or of a gradient, that a thread takes at a time; the distance of
 * laid out rows, so chosen that they do not share cache sets; and columns of
 * a gradient. */
enum { ROWS = 128, SLAB = 64, APART = BF16_DEPTH + BF16_STEP, COLUMNS = 512 };

size_t gemm_room(const struct kern_bf16 *half, size_t n, size_t k)
{
    return half ? bf16_fill(n) * bf16_fill(k)
                : gemm_laid(n, k) * sizeof(float) / sizeof(uint16_t);
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

static void ready_half(const struct gemm_weight *w, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += panels_of(columns_of(&w[i]));
#pragma omp parallel for schedule(static)
    for (size_t p = 0; p < total; p++) {
        size_t at = p, i = 0;
        while (at >= panels_of(columns_of(&w[i])))
            at -= panels_of(columns_of(&w[i++]));
        ready_panel(&w[i], at);
    }
}

/* Plans for ROWS rows; fewer are left to gemm_one. */
static void ready_single(struct gemm_weight *w)
{
    const size_t n = columns_of(w), k = depth_of(w);
    for (int add = 0; add < 2; add++)
        w->plan[add] =
            gemm_plan(w->plans, &(struct gemm_shape){w->form, ROWS, n, k, k,
                                                     w->k, n, add > 0, true});
    if (w->plan[0] && w->plan[1])
        gemm_plan_lay(w->plans, w->plan[0], w->w, (void *)w->room);
    else
        w->plan[0] = w->plan[1] = NULL;
}

void gemm_ready(struct gemm_weight *w, size_t count)
{
    if (count > 0 && w->half)
        ready_half(w, count);
    for (size_t i = 0; i < count; i++)
        if (!w[i].half)
            ready_single(&w[i]);
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

/* The same in single precision. */
static void rows_single(const struct gemm_weight *w, size_t m, const float *x,
                        float *y, bool add)
{
    const size_t depth = depth_of(w), n = columns_of(w);
    if (m == ROWS && w->plan[add])
        gemm_plan_run(w->plans, w->plan[add], x, (const void *)w->room, y);
    else
        gemm_one(&(struct gemm){w->form, m, n, depth, x, w->w, y, depth, w->k,
                                n, 1, add});
}

void gemm_rows(const struct gemm_weight *w, size_t m, const float *x, float *y,
               bool add)
{
    const size_t depth = depth_of(w), n = columns_of(w);
    for (size_t i = 0; i < m; i += ROWS)
        (w->half ? rows_half : rows_single)(w, size_min(ROWS, m - i),
                                            x + i * depth, y + i * n, add);
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

/* The plan for m rows and n columns of dw, summed over so many tokens. */
static const struct gemm_plan *gradient_plan(const struct gemm_gradient *g,
                                             size_t m, size_t n, size_t tokens)
{
    return gemm_plan(g->plans, &(struct gemm_shape){GEMM_XTW, m, n, tokens, m,
                                                    g->k, g->k, true, false});
}

/* Plans of a gradient, for whole blocks and those at the ends: of rows, of
 * columns, of tokens. */
struct gradient_plans {
    const struct gemm_plan *of[2][2][2];
};

/* The size of whole blocks in n, or 0 where there is none; and of the end. */
static void ends(size_t sizes[2], size_t n, size_t block)
{
    sizes[0] = n < block ? 0 : block;
    sizes[1] = n % block;
}

static struct gradient_plans gradient_plans(const struct gemm_gradient *g)
{
    size_t m[2], n[2], k[2];
    struct gradient_plans p;
    ends(m, g->n, ROWS);
    ends(n, g->k, COLUMNS);
    ends(k, g->m, BF16_DEPTH);
    for (int i = 0; i < 8; i++)
        p.of[i >> 2][i >> 1 & 1][i & 1] =
            gradient_plan(g, m[i >> 2], n[i >> 1 & 1], k[i & 1]);
    return p;
}

/* ROWS rows of dw from i on, COLUMNS columns from j on.  The library is slow
 * (by half) at x^T w with a wide x, so its columns are copied out first. */
static void gradient_single(const struct gemm_gradient *g,
                            const struct gradient_plans *plans, size_t i,
                            size_t j)
{
    _Alignas(64) float a[BF16_DEPTH * ROWS];
    const size_t m = size_min(ROWS, g->n - i), n = size_min(COLUMNS, g->k - j);
    float *dw = g->dw + i * g->k + j;
    for (size_t t = 0; t < g->m; t += BF16_DEPTH) {
        size_t k = size_min(BF16_DEPTH, g->m - t);
        const float *x = g->x + t * g->k + j;
        const struct gemm_plan *plan =
            plans->of[m < ROWS][n < COLUMNS][k < BF16_DEPTH];
        for (size_t r = 0; r < k; r++)
            memcpy(a + r * m, g->dy + (t + r) * g->n + i, m * sizeof *a);
        if (plan)
            gemm_plan_run(g->plans, plan, a, x, dw);
        else
            gemm_one(&(struct gemm){GEMM_XTW, m, n, k, a, x, dw, m, g->k, g->k,
                                    1, 1});
    }
}

static void gradient_one_half(const struct gemm_gradient *g)
{
    gradient_ready(g);
#pragma omp parallel for collapse(2) schedule(dynamic)
    for (size_t i = 0; i < g->n; i += SLAB)
        for (size_t j = 0; j < g->k; j += COLUMNS)
            gradient_half(g, i, j);
}

static void gradient_one_single(const struct gemm_gradient *g)
{
    const struct gradient_plans plans = gradient_plans(g);
#pragma omp parallel for collapse(2) schedule(dynamic)
    for (size_t i = 0; i < g->n; i += ROWS)
        for (size_t j = 0; j < g->k; j += COLUMNS)
            gradient_single(g, &plans, i, j);
}

void gemm_gradients(const struct gemm_gradient *g, size_t count)
{
    for (; count > 0; g++, count--)
        (g->half ? gradient_one_half : gradient_one_single)(g);
}
