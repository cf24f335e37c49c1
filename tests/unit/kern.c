/*
 * Each tuned table of kernels against the reference, at lengths of 0 to 3
 * vectors and at each alignment; the alignment must not change a bit.
 */
#include <math.h>
#include <string.h>

#include "kern.h"
#include "mem.h"
#include "rng.h"
#include "tap.h"

enum {
    VECTOR = 16,
    LENGTHS = 3 * VECTOR + 2,
    ROOM = 2 * LENGTHS + VECTOR, /* rotate takes two of them */
    ARRAYS = 6,
};

/* What a kernel works on: arrays at some alignment, and what it returned. */
struct field {
    float *v[ARRAYS];
    double got;
};

typedef void kernel_call(const struct kern *k, struct field *f, size_t n);

static void call_dot(const struct kern *k, struct field *f, size_t n)
{
    f->got = (double)k->dot(f->v[0], f->v[1], n);
}

static void call_axpy(const struct kern *k, struct field *f, size_t n)
{
    k->axpy(f->v[0], 0.7f, f->v[1], n);
}

static void call_norm(const struct kern *k, struct field *f, size_t n)
{
    f->got = n ? (double)k->norm(f->v[0], f->v[1], f->v[2], n, 1e-5f) : 0;
}

static void call_norm_back(const struct kern *k, struct field *f, size_t n)
{
    if (n)
        k->norm_back(f->v[0], f->v[1], f->v[2], f->v[3], f->v[4], 0.8f, n);
}

static void call_layernorm(const struct kern *k, struct field *f, size_t n)
{
    if (!n)
        return;
    k->layernorm(f->v[0], f->v[1], f->v[2], f->v[3], n, 0.5f);
    k->layernorm_back(f->v[4], f->v[5], f->v[1], f->v[2], f->v[3], n, 0.5f);
}

static void call_gelu(const struct kern *k, struct field *f, size_t n)
{
    k->gelu(f->v[0], f->v[1], n);
    k->gelu_back(f->v[2], f->v[1], f->v[3], f->v[4], n);
}

static void call_swiglu(const struct kern *k, struct field *f, size_t n)
{
    k->swiglu(f->v[0], f->v[1], f->v[2], n);
    k->swiglu(f->v[3], f->v[3], f->v[4], n); /* overlaid */
}

static void call_swiglu_back(const struct kern *k, struct field *f, size_t n)
{
    k->swiglu_back(f->v[0], f->v[1], f->v[2], f->v[3], f->v[4], n);
    k->swiglu_back(f->v[3], f->v[4], f->v[2], f->v[3], f->v[4], n);
}

static void call_softmax(const struct kern *k, struct field *f, size_t n)
{
    f->got = n ? (double)k->softmax(f->v[0], n, 0.4f) : 0;
}

static void call_logsumexp(const struct kern *k, struct field *f, size_t n)
{
    f->got = n ? (double)k->logsumexp(f->v[0], n) : 0;
}

static void call_soften(const struct kern *k, struct field *f, size_t n)
{
    k->soften(f->v[0], n, 0.5f, 1.5f, -2);
    k->soften_back(f->v[1], f->v[2], n, 0.3f, 0.25f);
}

static void call_rotate(const struct kern *k, struct field *f, size_t n)
{
    k->rotate(f->v[0], f->v[1], f->v[2], n / 2, 2, 1);
    k->rotate(f->v[3], f->v[1], f->v[2], n, 1, -1);
}

static void call_adamw(const struct kern *k, struct field *f, size_t n)
{
    const struct kern_adamw a = {0.5f, 0.9f, 0.95f, 0.99f, 1e-2f, 2, 1e-8f};
    for (size_t i = 0; i < n; i++)
        f->v[3][i] *= f->v[3][i]; /* a second moment */
    k->adamw(f->v[0], f->v[1], f->v[2], f->v[3], n, &a);
}

static const struct {
    const char *name;
    kernel_call *call;
} kernels[] = {
    {"dot", call_dot},
    {"axpy", call_axpy},
    {"layernorm", call_layernorm},
    {"gelu", call_gelu},
    {"norm", call_norm},
    {"norm_back", call_norm_back},
    {"swiglu", call_swiglu},
    {"swiglu_back", call_swiglu_back},
    {"softmax", call_softmax},
    {"logsumexp", call_logsumexp},
    {"soften", call_soften},
    {"rotate", call_rotate},
    {"adamw", call_adamw},
};

/* The same numbers wherever the arrays start. */
static void fill(struct field *f, float *room, size_t align, size_t n)
{
    struct rng r = rng_from(n + 1);
    for (size_t a = 0; a < ARRAYS; a++) {
        f->v[a] = room + a * ROOM + (align + a * align) % VECTOR;
        for (size_t i = 0; i < 2 * LENGTHS; i++)
            f->v[a][i] = (float)(3 * rng_normal(&r));
    }
    f->got = 0;
}

/* The whole fields, so that a write past the end is seen too. */
static double difference(const struct field *a, const struct field *b)
{
    double worst = fabs(a->got - b->got) / (1 + fabs(a->got));
    for (size_t i = 0; i < ARRAYS; i++)
        for (size_t j = 0; j < 2 * LENGTHS; j++) {
            double x = (double)a->v[i][j], y = (double)b->v[i][j];
            double off = fabs(x - y) / (1 + fabs(x));
            worst = off <= worst ? worst : off;
        }
    return worst;
}

static void check_kernel(const struct kern *k, size_t which, float *room)
{
    struct field want, first, got;
    double worst = 0, moved = 0;
    for (size_t n = 0; n < LENGTHS; n++) {
        fill(&want, room, 0, n);
        kernels[which].call(kern_ref(), &want, n);
        fill(&first, room + ARRAYS * ROOM, 0, n);
        kernels[which].call(k, &first, n);
        worst = fmax(worst, difference(&want, &first));
        for (size_t align = 1; align < VECTOR; align++) {
            fill(&got, room + 2 * ARRAYS * ROOM, align, n);
            kernels[which].call(k, &got, n);
            moved = fmax(moved, difference(&first, &got));
        }
    }
    ok(worst < 3e-6, "%s %s: as the reference within %.1e", k->name,
       kernels[which].name, worst);
    ok(moved == 0, "%s %s: whatever the alignment", k->name,
       kernels[which].name);
}

/* exp through soften: its range, and what is outside of it. */
static void check_exp(const struct kern *k)
{
    double worst = 0;
    float x[5] = {-1e9f, -INFINITY, -200, 1000, NAN};
    for (int i = -860; i <= 860; i++) {
        float at = (float)i / 10 + 1e-3f, y = at;
        k->soften(&y, 1, 1, 0, 1);
        worst = fmax(worst, fabs((double)y / exp((double)at) - 1));
    }
    ok(worst < 1e-6, "%s exp: relative error %.1e", k->name, worst);
    k->soften(x, 5, 1, 0, 1);
    ok(x[0] >= 0 && x[0] < 1e-37f && x[1] >= 0 && x[1] < 1e-37f &&
           x[2] < 1e-37f,
       "%s exp: nothing far below", k->name);
    ok(x[3] > 1e37f, "%s exp: large far above", k->name);
    ok(isnan(x[4]), "%s exp: NaN stays", k->name);
    float y[3] = {1, NAN, 2};
    ok(isnan(k->logsumexp(y, 3)), "%s logsumexp: NaN stays", k->name);
}

int main(void)
{
    const struct kern *tables[] = {kern_base(), kern_avx2(), kern_avx512()};
    float *room = mem_huge(3 * ARRAYS * ROOM * sizeof *room);
    for (size_t t = 0; t < COUNTOF(tables); t++) {
        if (!tables[t])
            continue;
        for (size_t k = 0; k < COUNTOF(kernels); k++)
            check_kernel(tables[t], k, room);
        check_exp(tables[t]);
        ok(kern_select(tables[t]->name) == 0 && kern_get() == tables[t],
           "%s can be forced", tables[t]->name);
    }
    ok(kern_select("sse9") == -1, "an unknown table is refused");
    ok(kern_select("ref") == 0 && kern_get() == kern_ref(), "ref");
    ok(kern_select("auto") == 0, "auto");
    mem_huge_free(room, 3 * ARRAYS * ROOM * sizeof *room);
    return tap_end();
}
