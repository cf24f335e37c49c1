/*
 * The kernels with factors laid out, of floats and of bfloat16 numbers: what
 * they lay out equals the reference to the bit, their products the definition
 * to rounding, and a row of a product is the same bytes whatever other rows are
 * made with it.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kern_pack.h"
#include "mem.h"
#include "rng.h"
#include "tap.h"

enum { MOST_M = 70, MOST_N = 75, MOST_K = 512, LD = 520, PANELS = 3 };

struct space {
    float x[MOST_K * LD], w[MOST_K * LD];
    /* floats or bfloat16 numbers */
    float a[MOST_M * MOST_K], b[PANELS * MOST_K * PACK_PANEL];
    float a2[MOST_M * MOST_K], b2[PANELS * MOST_K * PACK_PANEL];
    float y[MOST_M * MOST_N], want[MOST_M * MOST_N];
};

static void fill(float *x, size_t n, uint64_t key)
{
    struct rng r = rng_from(key);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)rng_normal(&r);
}

static void lay_out(const struct kern_pack *kern, struct space *s, size_t k,
                    bool turned, float *a, float *b)
{
    kern->rows(a, MOST_K, &(struct pack_source){s->x, LD, MOST_M, k, turned});
    for (size_t j = 0; j < MOST_N; j += PACK_PANEL)
        kern->panel((char *)b + j * MOST_K * kern->size,
                    &(struct pack_source){s->w + (turned ? j : j * LD), LD,
                                          size_min(PACK_PANEL, MOST_N - j), k,
                                          turned});
}

static struct pack_product product_of(struct space *s, size_t m, size_t n,
                                      size_t k)
{
    return (struct pack_product){
        m, n, k, s->a, s->b, s->y, MOST_K, MOST_K * PACK_PANEL, MOST_N, false};
}

static void layouts(const struct kern_pack *kern, const struct kern_pack *ref,
                    struct space *s, size_t k)
{
    for (int turned = 0; turned < 2; turned++) {
        memset(s->a, 0xff, sizeof s->a);
        memset(s->b, 0xff, sizeof s->b);
        memset(s->a2, 0xff, sizeof s->a2);
        memset(s->b2, 0xff, sizeof s->b2);
        lay_out(ref, s, k, turned, s->a, s->b);
        lay_out(kern, s, k, turned, s->a2, s->b2);
        ok(!memcmp(s->a, s->a2, sizeof s->a) &&
               !memcmp(s->b, s->b2, sizeof s->b),
           "%s: depth %zu%s: laid out as the reference does", kern->name, k,
           turned ? ", turned" : "");
    }
}

/* The largest difference from want in units of a product's rounding. */
static double apart(const struct space *s, size_t m, size_t n, size_t k)
{
    double most = 0;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            most = fmax(most, fabs((double)s->y[i * MOST_N + j] -
                                   (double)s->want[i * MOST_N + j]));
    return most / (6e-8 * sqrt((double)k) * 10);
}

static void products(const struct kern_pack *kern, const struct kern_pack *ref,
                     struct space *s, size_t k)
{
    lay_out(kern, s, k, false, s->a, s->b);
    struct pack_product p = product_of(s, MOST_M, MOST_N, k);
    ref->product(&p);
    memcpy(s->want, s->y, sizeof s->y);
    kern->product(&p);
    double off = apart(s, MOST_M, MOST_N, k);
    ok(off < 4, "%s: depth %zu: %.2f roundings from the reference", kern->name,
       k, off);
    memcpy(s->want, s->y, sizeof s->y);
    bool same = true;
    for (size_t m = 0; m <= MOST_M; m++) {
        memset(s->y, 0x7f, sizeof s->y);
        p.m = m;
        kern->product(&p);
        same &= !memcmp(s->y, s->want, m * MOST_N * sizeof *s->y);
        same &= m == MOST_M || *(unsigned char *)(s->y + m * MOST_N) == 0x7f;
    }
    ok(same, "%s: depth %zu: 0 to %d rows, the same bytes", kern->name, k,
       MOST_M);
    memcpy(s->y, s->want, sizeof s->y);
    p.m = 37;
    p.n = 33;
    p.add = true;
    kern->product(&p);
    for (size_t i = 0; i < 37 * MOST_N; i++) {
        bool in = i % MOST_N < 33;
        same &= fabsf(s->y[i] - (in ? 2 : 1) * s->want[i]) <= (in ? 1e-3f : 0);
    }
    ok(same, "%s: depth %zu: added to what was there", kern->name, k);
}

/* Rounded to nearest, even; infinities and NaN stay. */
static void rounding(const struct kern_pack *kern)
{
    const float x[8] = {1,        1.00390625f, 1.01171875f, -3.1415927f,
                        INFINITY, -INFINITY,   NAN,         0};
    const uint16_t want[7] = {0x3f80, 0x3f80, 0x3f82, 0xc049,
                              0x7f80, 0xff80, 0x7fc0};
    uint16_t to[PACK_STEP];
    kern->rows(to, PACK_STEP, &(struct pack_source){x, 8, 1, 8, false});
    ok(!memcmp(to, want, sizeof want), "%s: rounding", kern->name);
}

static void check(const struct kern_pack *kern, const struct kern_pack *ref,
                  struct space *s)
{
    static const size_t depths[] = {1, 2, 31, 32, 33, 97, 512};
    for (size_t d = 0; d < COUNTOF(depths); d++) {
        layouts(kern, ref, s, depths[d]);
        products(kern, ref, s, depths[d]);
    }
}

int main(void)
{
    static const char *const names[] = {"ref", "avx512", "amx"};
    struct space *s = mem_zero(1, sizeof *s);
    fill(s->x, COUNTOF(s->x), 1);
    fill(s->w, COUNTOF(s->w), 2);
    for (size_t i = 0; i < COUNTOF(names); i++) {
        const struct kern_pack *kern = kern_bf16(names[i]);
        ok(true, "bf16, %s%s", names[i],
           kern ? "" : " # SKIP not on this processor");
        if (!kern)
            continue;
        rounding(kern);
        check(kern, kern_bf16_ref(), s);
    }
    for (size_t i = 0; i < 2; i++) {
        const struct kern_pack *kern = kern_f32(names[i]);
        ok(true, "f32, %s%s", names[i],
           kern ? "" : " # SKIP not on this processor");
        if (kern)
            check(kern, kern_f32_ref(), s);
    }
    mem_free(s);
    return tap_end();
}
