/*
 * The task of tests/oracle/llama_torch.py, and its stored figures, for the
 * tests that compare with them.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "optim.h"

enum { V = 37, N = 96, DOCS = 5, STEPS = 20 };

static const int32_t bounds[DOCS + 1] = {0, 5, 45, 46, 76, N};

/* The same lines as in the script. */
static uint32_t draw(uint32_t stream, uint32_t i)
{
    uint32_t x = i * 2654435761u + stream * 40503u + 1;
    x ^= x >> 16;
    x *= 2246822519u;
    x ^= x >> 13;
    return x >> 16;
}

static void init(struct model *m)
{
    for (uint32_t t = 0; t < m->n_tensors; t++) {
        const struct model_tensor *p = &m->tensors[t];
        for (uint32_t i = 0; i < p->n; i++) {
            /* the place in the file, where a matrix may be turned */
            size_t out = p->shape[0], in = p->rank == 2 ? p->shape[1] : 1;
            size_t at = p->turned ? i / in + i % in * out : i;
            float v = ((float)draw(t, (uint32_t)at) / 65536 - 0.5f) / 2;
            m->params[p->at + i] = p->rank == 2 ? v : 1 + v;
        }
    }
}

struct data {
    int32_t ids[N], targets[N];
    float weights[N];
};

static void data_fill(struct data *d, uint32_t step, bool negative)
{
    static const float choice[2][4] = {{1, 0, 0.5f, 1.5f},
                                       {1, -0.25f, 0.5f, -1.5f}};
    const float *weights = choice[negative];
    for (uint32_t i = 0; i < N; i++) {
        d->ids[i] = (int32_t)(draw(100 + step, i) % V);
        d->targets[i] = (int32_t)(i % 7 ? ((uint32_t)d->ids[i] * 5 + 3) % V
                                        : draw(200 + step, i) % V);
        if (i % 13 == 6)
            d->targets[i] = -1;
        d->weights[i] = weights[draw(300 + step, i) % 4];
    }
}

/* What of the task the passes see; the gradient of the loss goes to
 * grad[n_params].  Returns the loss. */
static double oracle_step(struct model_run *run, const struct model *m,
                          uint32_t s, bool negative, float *grad)
{
    struct data d;
    float losses[N];
    double sum = 0, weight = 0;
    data_fill(&d, s, negative);
    struct model_batch b = {.n = N,
                            .ids = d.ids,
                            .targets = d.targets,
                            .weights = d.weights,
                            .cu = bounds,
                            .docs = DOCS};
    model_forward(run, m, &b, losses);
    for (int i = 0; i < N; i++)
        if (d.targets[i] >= 0) {
            sum += model_objective((double)losses[i], (double)d.weights[i]);
            weight += fabs((double)d.weights[i]);
        }
    memset(grad, 0, m->n_params * sizeof *grad);
    model_backward(run, m, &b, (float)(1 / weight), grad);
    return sum / weight;
}

/* The stored figure; NAN if there is none. */
static double stored(const char *which, const char *name, int step)
{
    char c[16], n[80];
    int s;
    double v;
    FILE *f = fopen("tests/oracle/llama.txt", "r");
    if (!f)
        return NAN;
    while (fscanf(f, "%15s %79s %d %lf", c, n, &s, &v) == 4)
        if (strcmp(c, which) == 0 && strcmp(n, name) == 0 && s == step) {
            fclose(f);
            return v;
        }
    fclose(f);
    return NAN;
}

/* The shape that all cases share. */
static struct model_config oracle_config(enum model_arch arch, bool tied)
{
    bool gpt2 = arch == ARCH_GPT2;
    return (struct model_config){
        .arch = arch,
        .vocab = V,
        .dim = 24,
        .inner = 40,
        .layers = 2,
        .heads = 4,
        .kv_heads = gpt2 ? 4 : 2,
        .head_dim = 6,
        .context = N,
        .rope_theta = 10000,
        .norm_eps = 1e-5f,
        .tied = tied,
    };
}

static const struct oracle_case {
    const char *name;
    enum model_arch arch;
    bool tied, negative;
    struct rope rope;
} oracle_cases[] = {
    {"tied", ARCH_LLAMA, true, false, {0}},
    {"untied", ARCH_LLAMA, false, false, {0}},
    {"linear", ARCH_LLAMA, true, false, {ROPE_LINEAR, 2, 0, 0, 0}},
    {"llama3", ARCH_LLAMA, true, false, {ROPE_LLAMA3, 8, 1, 4, 40}},
    {"negative", ARCH_LLAMA, true, true, {0}},
    {"qwen2", ARCH_QWEN2, true, false, {0}},
    {"qwen3", ARCH_QWEN3, false, false, {0}},
    {"gpt2", ARCH_GPT2, true, false, {0}},
};

#endif
