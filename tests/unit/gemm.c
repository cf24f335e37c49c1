/*
 * Products against the definition, in all forms, at sizes around the blocks;
 * and the same bytes for every thread count.
 */
#include <math.h>
#include <string.h>

#include "gemm.h"
#include "kern.h"
#include "mem.h"
#include "rng.h"
#include "tap.h"
#include "threads.h"

enum { PAD = 3 };

static float *noise(struct rng *r, size_t n)
{
    float *v = mem_zero(n + 1, sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = (float)rng_normal(r);
    return v;
}

/* The largest error in units of one rounding of a sum of k terms. */
static double error_of(const struct gemm *g, const float *before)
{
    double worst = 0;
    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++) {
            double sum = 0, size = 1e-3;
            for (size_t k = 0; k < g->k; k++) {
                size_t x =
                    g->form == GEMM_XTW ? k * g->ldx + i : i * g->ldx + k;
                size_t w =
                    g->form == GEMM_XWT ? j * g->ldw + k : k * g->ldw + j;
                double term = (double)g->x[x] * (double)g->w[w];
                sum += term;
                size += fabs(term);
            }
            size_t y = i * g->ldy + j;
            double want = (double)g->alpha * sum;
            if (g->beta != 0) {
                want += (double)g->beta * (double)before[y];
                size += fabs((double)g->beta * (double)before[y]);
            }
            double off = fabs((double)g->y[y] - want) / (size * 6e-8);
            worst = off <= worst ? worst : off;
        }
    return worst;
}

struct size {
    size_t m, n, k;
};

static void check_product(enum gemm_form form, struct size s, float beta)
{
    struct rng r = rng_from(s.m * 31 + s.n * 7 + s.k);
    size_t ldx = PAD + (form == GEMM_XTW ? s.m : s.k);
    size_t ldw = PAD + (form == GEMM_XWT ? s.k : s.n), ldy = s.n + PAD;
    float *x = noise(&r, ldx * (form == GEMM_XTW ? s.k : s.m));
    float *w = noise(&r, ldw * (form == GEMM_XWT ? s.n : s.k));
    float *before = noise(&r, ldy * s.m), *y = noise(&r, ldy * s.m);
    float *one = noise(&r, ldy * s.m);
    size_t bytes = ldy * s.m * sizeof *y;
    struct gemm g = {form, s.m, s.n, s.k, x, w, y, ldx, ldw, ldy, 0.5f, beta};
    memcpy(y, before, bytes);
    threads_set(2);
    gemm_many(&g, 1);
    double worst = error_of(&g, before);
    ok(worst < 8, "form %d, %zu x %zu x %zu: %.1f roundings", (int)form, s.m,
       s.n, s.k, worst);
    memcpy(one, before, bytes);
    g.y = one;
    threads_set(1);
    gemm_many(&g, 1);
    ok(memcmp(one, y, bytes) == 0, "one thread: the same bytes");
    mem_free(x);
    mem_free(w);
    mem_free(y);
    mem_free(one);
    mem_free(before);
}

/* The same with the right factor laid out, a larger one than is needed. */
static void check_laid(const struct kern_pack *pack, enum gemm_form form,
                       struct size s, float beta)
{
    struct rng r = rng_from(s.m * 31 + s.n * 7 + s.k);
    const size_t n = s.n + 5, k = s.k + (form == GEMM_XW ? 9 : 0);
    size_t ldx = PAD + (form == GEMM_XTW ? s.m : s.k);
    size_t ldw = PAD + (form == GEMM_XWT ? k : n), ldy = s.n + PAD;
    float *x = noise(&r, ldx * (form == GEMM_XTW ? s.k : s.m));
    float *w = noise(&r, ldw * (form == GEMM_XWT ? n : k));
    float *before = noise(&r, ldy * s.m), *y = noise(&r, ldy * s.m);
    struct gemm_laid l = {pack, 0, mem_huge(gemm_room(pack, n, k))};
    struct gemm g = {form, s.m, s.n, s.k, x, w, y, ldx, ldw, ldy, 1, beta};
    memcpy(y, before, ldy * s.m * sizeof *y);
    gemm_lay(&l, form, n, k, w, ldw);
    gemm_with(&g, &l);
    double worst = error_of(&g, before);
    bool kept = true;
    for (size_t i = 0; i < ldy * s.m; i++)
        kept &= i % ldy < s.n || memcmp(&y[i], &before[i], sizeof *y) == 0;
    ok(worst < 8 && kept, "%s, form %d, %zu x %zu x %zu laid out: %.1f",
       pack->name, (int)form, s.m, s.n, s.k, worst);
    mem_huge_free(l.room, gemm_room(pack, n, k));
    mem_free(x);
    mem_free(w);
    mem_free(y);
    mem_free(before);
}

static void check_laid_all(const struct kern_pack *pack)
{
    static const struct size sizes[] = {
        {1, 1, 1},      {64, 70, 12}, {13, 64, 64},
        {97, 33, 1030}, {4, 40, 513}, {200, 65, 31},
    };
    for (int form = GEMM_XWT; form <= GEMM_XTW; form++)
        for (size_t i = 0; i < COUNTOF(sizes); i++)
            check_laid(pack, (enum gemm_form)form, sizes[i], (float)(i % 2));
}

/* Beta 0 must not read what was there. */
static void check_overwrite(void)
{
    float x[4] = {1, 2, 3, 4}, y[4] = {NAN, NAN, NAN, NAN};
    gemm_one(&(struct gemm){GEMM_XW, 2, 2, 2, x, x, y, 2, 2, 2, 1, 0});
    ok(y[0] == 7 && y[1] == 10 && y[2] == 15 && y[3] == 22,
       "beta 0 overwrites NaN");
    gemm_one(&(struct gemm){GEMM_XW, 0, 2, 2, x, x, y, 2, 2, 2, 1, 0});
    gemm_many(&(struct gemm){GEMM_XW, 0, 2, 2, x, x, y, 2, 2, 2, 1, 0}, 1);
    ok(y[0] == 7, "no rows, no work");
}

int main(void)
{
    static const struct size sizes[] = {
        {1, 1, 1},       {1, 300, 64},   {7, 5, 3},      {64, 32, 64},
        {127, 96, 1},    {129, 257, 40}, {300, 520, 33}, {40, 40, 3000},
        {1100, 130, 20}, {140, 30, 0},   {30, 140, 0},   {130, 1100, 20},
    };
    for (int form = GEMM_XWT; form <= GEMM_XTW; form++)
        for (size_t i = 0; i < COUNTOF(sizes); i++)
            check_product((enum gemm_form)form, sizes[i], (float)(i % 3));
    check_overwrite();
    check_laid_all(kern_f32_ref());
    if (kern_f32("auto"))
        check_laid_all(kern_f32("auto"));
    return tap_end();
}
