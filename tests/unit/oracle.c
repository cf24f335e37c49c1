/*
 * Twenty training steps against figures of an independent implementation,
 * tests/oracle/llama_torch.py, which defines the task.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kern.h"
#include "optim.h"
#include "tap.h"
#include "threads.h"

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

struct oracle {
    struct model m;
    struct model_run *run;
    struct optim opt;
    float *grad;
    bool negative; /* weights below 0 too */
};

/* Returns the loss; *norm gets the gradient's. */
static double step(struct oracle *o, uint32_t s, double *norm)
{
    struct data d;
    float losses[N];
    double sum = 0, weight = 0;
    data_fill(&d, s, o->negative);
    struct model_batch b = {.n = N,
                            .ids = d.ids,
                            .targets = d.targets,
                            .weights = d.weights,
                            .cu = bounds,
                            .docs = DOCS};
    model_forward(o->run, &o->m, &b, losses);
    for (int i = 0; i < N; i++)
        if (d.targets[i] >= 0) {
            sum += model_objective((double)losses[i], (double)d.weights[i]);
            weight += fabs((double)d.weights[i]);
        }
    memset(o->grad, 0, o->m.n_params * sizeof *o->grad);
    model_backward(o->run, &o->m, &b, (float)(1 / weight), o->grad);
    *norm = optim_norm(o->grad, o->m.n_params);
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

static void check_gradients(struct oracle *o, const char *which)
{
    double worst = 0;
    for (size_t i = 0; i < o->m.n_tensors; i++) {
        const struct model_tensor *t = &o->m.tensors[i];
        double want = stored(which, t->name, 0);
        double off = fabs(optim_norm(o->grad + t->at, t->n) / want - 1);
        worst = off <= worst ? worst : off; /* NaN is worst */
    }
    ok(worst < 1e-5, "%s: norms of each tensor's gradient within %.1e", which,
       worst);
}

static const struct oracle_case {
    const char *name;
    enum model_arch arch;
    bool tied, negative;
    struct rope rope;
} cases[] = {
    {"tied", ARCH_LLAMA, true, false, {0}},
    {"untied", ARCH_LLAMA, false, false, {0}},
    {"linear", ARCH_LLAMA, true, false, {ROPE_LINEAR, 2, 0, 0, 0}},
    {"llama3", ARCH_LLAMA, true, false, {ROPE_LLAMA3, 8, 1, 4, 40}},
    {"negative", ARCH_LLAMA, true, true, {0}},
    {"qwen2", ARCH_QWEN2, true, false, {0}},
    {"qwen3", ARCH_QWEN3, false, false, {0}},
    {"gpt2", ARCH_GPT2, true, false, {0}},
};

static struct model_config config_of(const struct oracle_case *k)
{
    bool gpt2 = k->arch == ARCH_GPT2;
    return (struct model_config){
        .arch = k->arch,
        .vocab = V,
        .dim = 24,
        .inner = 40,
        .layers = 2,
        .heads = 4,
        .kv_heads = gpt2 ? 4 : 2,
        .head_dim = 6,
        .context = N,
        .rope_theta = 10000,
        .rope = k->rope,
        .norm_eps = 1e-5f,
        .tied = k->tied,
    };
}

static void check_run(const struct oracle_case *k, const char *kernels)
{
    struct model_config c = config_of(k);
    const char *which = k->name;
    struct oracle o = {.negative = k->negative};
    struct err e;
    double worst = 0, norm, worst_norm = 0;
    if (kern_select(kernels))
        return;
    if (model_create(&o.m, &c, &e))
        die_err(&e);
    init(&o.m);
    o.run = model_run_new(&o.m, N, (struct model_how){0});
    o.grad = mem_zero(o.m.n_params, sizeof *o.grad);
    optim_create(&o.opt, &o.m,
                 &(struct optim_config){0.9, 0.95, 1e-8, 0.1, 1.0});
    for (int s = 0; s < STEPS; s++) {
        double off =
            fabs(step(&o, (uint32_t)s, &norm) - stored(which, "loss", s));
        double off_norm = fabs(norm / stored(which, "norm", s) - 1);
        if (s == 0)
            check_gradients(&o, which);
        optim_step(&o.opt, &o.m, o.grad, norm, 1e-2);
        worst = off <= worst ? worst : off;
        worst_norm = off_norm <= worst_norm ? worst_norm : off_norm;
    }
    /* AdamW enlarges the rounding of small gradients; scaled queries and keys
     * leave small ones. */
    ok(worst < (k->arch == ARCH_QWEN3 ? 5e-5 : 1e-5),
       "%s, %s: %d losses within %.1e", which, kernels, STEPS, worst);
    ok(worst_norm < 1e-4, "gradient norms within %.1e", worst_norm);
    optim_free(&o.opt);
    mem_free(o.grad);
    model_run_free(o.run);
    model_free(&o.m);
}

int main(void)
{
    static const char *const kernels[] = {"ref", "base", "avx2", "avx512"};
    threads_set(2);
    for (size_t i = 0; i < COUNTOF(kernels); i++)
        for (size_t k = 0; k < COUNTOF(cases); k++)
            check_run(&cases[k], kernels[i]);
    return tap_end();
}
