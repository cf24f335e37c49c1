/*
 * Gradients against central differences, in double precision.
 *
 * The network's own source is built here a second time with `float` meaning
 * double, over the reference kernels and a naive matrix product, so that the
 * differences are sharp enough to check every tensor.
 */
#include <math.h>
#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "rng.h"
#include "tap.h"

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

size_t gemm_room(const struct kern_bf16 *half, size_t n, size_t k)
{
    (void)half;
    return n * k;
}

struct gemm_plans *gemm_plans_new(void)
{
    return NULL;
}

void gemm_plans_free(struct gemm_plans *p)
{
    (void)p;
}

size_t gemm_plans_bytes(void)
{
    return 0;
}

void gemm_ready(struct gemm_weight *w, size_t count)
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
    for (size_t i = 0; i < count; i++)
        gemm_one(&(struct gemm){GEMM_XTW, g[i].n, g[i].k, g[i].m, g[i].dy,
                                g[i].x, g[i].dw, g[i].n, g[i].k, g[i].k, 1, 1});
}

enum { N = 150, DOCS = 5, V = 23, TRIES = 8 };

/* A packed row: documents of 1, 70 (more than one block of queries), 0, 66
 * and 13 tokens; weights of 0, below 0 (unlikelihood) and above 1; targets
 * missing. */
struct data {
    int32_t ids[N], targets[N], cu[DOCS + 1];
    double weights[N];
};

static void data_fill(struct data *d)
{
    static const int32_t cu[DOCS + 1] = {0, 1, 71, 71, 137, N};
    static const double weights[] = {1, 0, -0.5, 2, 0.25};
    memcpy(d->cu, cu, sizeof cu);
    struct rng r = rng_from(7);
    for (int i = 0; i < N; i++) {
        d->ids[i] = (int32_t)rng_below(&r, V);
        d->targets[i] = i % 11 == 3 ? -1 : (int32_t)rng_below(&r, V);
        d->weights[i] = weights[rng_below(&r, COUNTOF(weights))];
    }
}

static struct model_batch batch_of(const struct data *d)
{
    return (struct model_batch){.n = N,
                                .ids = d->ids,
                                .targets = d->targets,
                                .weights = d->weights,
                                .cu = d->cu,
                                .docs = DOCS};
}

static double objective(struct model_run *r, const struct model *m,
                        const struct model_batch *b, double scale)
{
    double losses[N], sum = 0;
    model_forward(r, m, b, losses);
    for (size_t i = 0; i < b->n; i++)
        sum += model_objective(losses[i], b->weights[i]);
    return scale * sum;
}

/* d(objective)/d(*w) by a difference of fourth order. */
static double difference(struct model_run *r, const struct model *m,
                         const struct model_batch *b, double *w)
{
    const double eps = 1e-3, was = *w, at[] = {1, -1, 2, -2};
    double f[4];
    for (int i = 0; i < 4; i++) {
        *w = was + at[i] * eps;
        f[i] = objective(r, m, b, 0.3);
    }
    *w = was;
    return (8 * (f[0] - f[1]) - (f[2] - f[3])) / (12 * eps);
}

/* The largest error at some parameters of one tensor, relative to the
 * largest gradient in it. */
static double tensor_error(struct model_run *r, struct model *m,
                           const struct model_batch *b,
                           const struct model_tensor *t, const double *grad)
{
    struct rng rng = rng_from(t->at + 1);
    double worst = 0, largest = 0;
    for (size_t i = 0; i < t->n; i++)
        largest = fmax(largest, fabs(grad[t->at + i]));
    for (int i = 0; i < TRIES; i++) {
        size_t at = t->at + rng_below(&rng, t->n);
        double diff = difference(r, m, b, &m->params[at]) - grad[at];
        worst = fmax(worst, fabs(diff) / largest);
    }
    return worst;
}

/* Weights far enough from the initial ones that nothing is nearly linear;
 * embeddings near 1, for a norm of tiny rows bends too much to measure. */
static void spread(struct model *m)
{
    for (size_t i = 0; i < m->n_tensors; i++) {
        const struct model_tensor *t = &m->tensors[i];
        double by = t->rank == 1 ? 1 : strstr(t->name, "w") && i < 2 ? 40 : 12;
        for (size_t j = t->at; j < t->at + t->n; j++)
            m->params[j] = by * m->params[j] + 0.1 * sin((double)j);
    }
}

static void check_shape(const char *what, struct model_config c, size_t chunk)
{
    static struct data data;
    struct model m;
    struct err e;
    data_fill(&data);
    struct model_batch b = batch_of(&data);
    ok(model_create(&m, &c, &e) == 0, "%s: created", what);
    model_init(&m, 3);
    spread(&m);
    struct model_run *r = model_run_new(&m, N, (struct model_how){0});
    r->chunk = size_min(r->chunk, chunk);
    double *grad = mem_zero(m.n_params, sizeof *grad);
    objective(r, &m, &b, 1);
    model_backward(r, &m, &b, 0.3, grad);
    for (size_t i = 0; i < m.n_tensors; i++) {
        double worst = tensor_error(r, &m, &b, &m.tensors[i], grad);
        ok(worst < 1e-9, "%s: %s, error %.1e", what, m.tensors[i].name, worst);
    }
    mem_free(grad);
    model_run_free(r);
    model_free(&m);
}

/* The adapter's own gradient, through the weights that it makes. */
static double adapter_error(struct lora *l, struct model_run *r,
                            struct model *m, const struct model_batch *b,
                            const double *part)
{
    struct rng rng = rng_from(5);
    double worst = 0, largest = 0;
    for (size_t i = 0; i < l->part.n_params; i++)
        largest = fmax(largest, fabs(part[i]));
    for (int i = 0; i < 16; i++) {
        const double eps = 1e-3, step[] = {1, -1, 2, -2};
        double *w = &l->part.params[rng_below(&rng, l->part.n_params)];
        double was = *w, f[4];
        for (int k = 0; k < 4; k++) {
            *w = was + step[k] * eps;
            lora_apply(l, m);
            f[k] = objective(r, m, b, 0.3);
        }
        *w = was;
        double diff = (8 * (f[0] - f[1]) - (f[2] - f[3])) / (12 * eps);
        diff -= part[w - l->part.params];
        worst = fmax(worst, fabs(diff) / largest);
    }
    return worst;
}

static void check_adapter(const char *what, struct model_config c,
                          const char *targets)
{
    static struct data data;
    struct model m;
    struct lora l;
    struct lora_config lc = {.rank = 2, .alpha = 3};
    struct err e;
    data_fill(&data);
    struct model_batch b = batch_of(&data);
    ok(model_create(&m, &c, &e) == 0, "%s: created", what);
    model_init(&m, 3);
    spread(&m);
    buf_cstr(&lc.in, targets);
    vec_push(&lc.ids, 2);
    vec_push(&lc.ids, V - 1);
    ok(lora_create(&l, &m, &lc, 1, &e) == 0, "with an adapter");
    for (size_t i = 0; i < l.part.n_params; i++)
        l.part.params[i] += 0.1 * sin((double)i);
    struct model_run *r = model_run_new(&m, N, (struct model_how){0});
    double *grad = mem_zero(m.n_params, sizeof *grad);
    double *part = mem_zero(l.part.n_params, sizeof *part);
    lora_apply(&l, &m);
    objective(r, &m, &b, 1);
    model_backward(r, &m, &b, 0.3, grad);
    lora_gradient(&l, grad, part);
    double worst = adapter_error(&l, r, &m, &b, part);
    ok(worst < 1e-9, "%s: error %.1e", what, worst);
    mem_free(grad);
    mem_free(part);
    model_run_free(r);
    lora_free(&l);
    model_free(&m);
}

int main(void)
{
    struct model_config c = {
        .vocab = V,
        .dim = 12,
        .inner = 20,
        .layers = 2,
        .heads = 4,
        .kv_heads = 2,
        .head_dim = 6,
        .context = N,
        .rope_theta = 10000,
        .norm_eps = 1e-5,
        .tied = true,
    };
    check_shape("tied, grouped", c, N);
    check_adapter("an adapter", c, lora_all(&c));
    c.tied = false;
    c.kv_heads = 1;
    c.rope = (struct rope){ROPE_LLAMA3, 8, 1, 4, 40};
    check_shape("untied, one key head, scaled", c, TOKEN_BLOCK);
    check_adapter("an adapter of some matrices", c, "v_proj,mlp.down_proj");
    c.arch = ARCH_QWEN2;
    c.rope = (struct rope){.kind = ROPE_LINEAR, .factor = 2};
    check_shape("Qwen2", c, N);
    c.arch = ARCH_QWEN3;
    c.kv_heads = 2;
    check_shape("Qwen3", c, N);
    c.arch = ARCH_GPT2;
    c.kv_heads = 4;
    c.head_dim = 3;
    c.tied = true;
    check_shape("GPT-2", c, N);
    check_adapter("an adapter of GPT-2", c, lora_all(&c));
    return tap_end();
}
