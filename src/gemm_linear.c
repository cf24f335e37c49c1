/*
 * The products of linear layers, by the kernels of kern_pack.h where the
 * processor has them, by the library elsewhere.  Weights are laid out once for
 * all rows; rows are as they come.
 */
#include <string.h>

#include "gemm.h"
#include "kern.h"

/* Rows of x, or of a gradient, that a thread takes at a time; the distance of
 * laid out rows, so chosen that they do not share cache sets; and columns of
 * a gradient. */
enum { ROWS = 96, SLAB = 96, APART = PACK_DEPTH + PACK_STEP, COLUMNS = 512 };

size_t gemm_room(const struct kern_pack *pack, size_t n, size_t k)
{
    return pack_fill(n) * pack_fill(k) * pack->size;
}

/* So many numbers into the room. */
static void *room_at(const struct kern_pack *pack, void *room, size_t numbers)
{
    return (char *)room + numbers * pack->size;
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
    size_t j = p * PACK_PANEL, depth = depth_of(w);
    const struct pack_source s = {
        .x = w->w + (turned ? j : j * w->k),
        .ld = w->k,
        .m = size_min(PACK_PANEL, columns_of(w) - j),
        .k = depth,
        .turned = turned,
    };
    w->pack->panel(room_at(w->pack, w->room, j * pack_fill(depth)), &s);
}

static size_t panels_of(size_t n)
{
    return (n + PACK_PANEL - 1) / PACK_PANEL;
}

void gemm_ready(const struct gemm_weight *w, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += w[i].pack ? panels_of(columns_of(&w[i])) : 0;
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

void gemm_lay(struct gemm_laid *l, enum gemm_form form, size_t n, size_t k,
              const float *w, size_t ld)
{
    const bool turned = form != GEMM_XWT;
    l->fill = pack_fill(k);
    for (size_t j = 0; l->pack && j < n; j += PACK_PANEL) {
        const struct pack_source s = {w + (turned ? j : j * ld), ld,
                                      size_min(PACK_PANEL, n - j), k, turned};
        l->pack->panel(room_at(l->pack, l->room, j * l->fill), &s);
    }
}

/* Rows i .. i+m, m <= ROWS. */
static void rows_with(const struct gemm *g, const struct gemm_laid *l, size_t i,
                      size_t m)
{
    float a[ROWS * APART]; /* or bfloat16 numbers */
    const bool turned = g->form == GEMM_XTW;
    for (size_t t = 0; t < g->k; t += PACK_DEPTH) {
        size_t k = size_min(PACK_DEPTH, g->k - t);
        const float *x = g->x + (turned ? t * g->ldx + i : i * g->ldx + t);
        l->pack->rows(a, APART, &(struct pack_source){x, g->ldx, m, k, turned});
        l->pack->product(&(struct pack_product){
            m, g->n, k, a, room_at(l->pack, l->room, t * PACK_PANEL),
            g->y + i * g->ldy, APART, l->fill * PACK_PANEL, g->ldy,
            g->beta != 0 || t > 0});
    }
}

void gemm_with(const struct gemm *g, const struct gemm_laid *l)
{
    if (!l->pack)
        gemm_one(g);
    for (size_t i = 0; l->pack && i < g->m; i += ROWS)
        rows_with(g, l, i, size_min(ROWS, g->m - i));
}

void gemm_rows(const struct gemm_weight *w, size_t m, const float *x, float *y,
               bool add)
{
    const size_t depth = depth_of(w), n = columns_of(w);
    gemm_with(&(struct gemm){w->form, m, n, depth, x, w->w, y, depth, w->k, n,
                             1, add},
              &(struct gemm_laid){w->pack, pack_fill(depth), w->room});
}

/* x[m,k] in panels of its columns, the rows being what is summed. */
static void gradient_ready(const struct gemm_gradient *g)
{
    const size_t fill = pack_fill(g->m), panels = panels_of(g->k);
#pragma omp parallel for collapse(2) schedule(static)
    for (size_t t = 0; t < g->m; t += PACK_DEPTH)
        for (size_t p = 0; p < panels; p++) {
            size_t j = p * PACK_PANEL;
            const struct pack_source s = {g->x + t * g->k + j, g->k,
                                          size_min(PACK_PANEL, g->k - j),
                                          size_min(PACK_DEPTH, g->m - t), true};
            g->by.pack->panel(
                room_at(g->by.pack, g->by.room, j * fill + t * PACK_PANEL), &s);
        }
}

/* db[i .. i+m] += k rows of dy from t on, in their order. */
static void add_rows(const struct gemm_gradient *g, size_t i, size_t t,
                     size_t m, size_t k)
{
    for (size_t r = t; g->db && r < t + k; r++)
        kern_get()->axpy(g->db + i, 1, g->dy + r * g->n + i, m);
}

/* SLAB rows of dw from i on, COLUMNS columns from j on. */
static void gradient_packed(const struct gemm_gradient *g, size_t i, size_t j)
{
    float a[SLAB * APART]; /* or bfloat16 numbers */
    const size_t fill = pack_fill(g->m), m = size_min(SLAB, g->n - i);
    for (size_t t = 0; t < g->m; t += PACK_DEPTH) {
        size_t k = size_min(PACK_DEPTH, g->m - t);
        const struct pack_source s = {g->dy + t * g->n + i, g->n, m, k, true};
        g->by.pack->rows(a, APART, &s);
        if (j == 0)
            add_rows(g, i, t, m, k);
        g->by.pack->product(&(struct pack_product){
            m, size_min(COLUMNS, g->k - j), k, a,
            room_at(g->by.pack, g->by.room, j * fill + t * PACK_PANEL),
            g->dw + i * g->k + j, APART, fill * PACK_PANEL, g->k, true});
    }
}

/* The same by the library.  It is slow (by half) at x^T w with a wide x, so
 * its columns are copied out first. */
static void gradient_single(const struct gemm_gradient *g, size_t i, size_t j)
{
    float a[PACK_DEPTH * SLAB];
    const size_t m = size_min(SLAB, g->n - i), n = size_min(COLUMNS, g->k - j);
    for (size_t t = 0; t < g->m; t += PACK_DEPTH) {
        size_t k = size_min(PACK_DEPTH, g->m - t);
        for (size_t r = 0; r < k; r++)
            memcpy(a + r * m, g->dy + (t + r) * g->n + i, m * sizeof *a);
        if (j == 0)
            add_rows(g, i, t, m, k);
        gemm_one(&(struct gemm){GEMM_XTW, m, n, k, a, g->x + t * g->k + j,
                                g->dw + i * g->k + j, m, g->k, g->k, 1, 1});
    }
}

void gemm_gradients(const struct gemm_gradient *g, size_t count)
{
    for (; count > 0; g++, count--) {
        if (g->by.pack)
            gradient_ready(g);
#pragma omp parallel for collapse(2) schedule(dynamic)
        for (size_t i = 0; i < g->n; i += SLAB)
            for (size_t j = 0; j < g->k; j += COLUMNS)
                (g->by.pack ? gradient_packed : gradient_single)(g, i, j);
    }
}
