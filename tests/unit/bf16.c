/*
 * Training and decoding with bfloat16 factors beside single precision: the
 * loss and each tensor's gradient within stated bounds, the same bytes for
 * any number of threads, a training curve that stays near.
 */
#include <math.h>
#include <string.h>

#include "model.h"
#include "optim.h"
#include "rng.h"
#include "tap.h"
#include "threads.h"

enum { V = 70, N = 120, DOCS = 4, STEPS = 8 };

static const int32_t bounds[DOCS + 1] = {0, 1, 60, 91, N};

static const struct model_config llama = {
    .vocab = V,
    .dim = 40,
    .inner = 80,
    .layers = 2,
    .heads = 4,
    .kv_heads = 2,
    .head_dim = 10,
    .context = N,
    .rope_theta = 10000,
    .norm_eps = 1e-5f,
    .bos = -1,
    .eos = -1,
    .pad = -1,
};

struct data {
    int32_t ids[N], targets[N];
    float weights[N];
};

static struct model_batch data_batch(struct data *d)
{
    struct rng r = rng_from(3);
    for (int i = 0; i < N; i++) {
        d->ids[i] = (int32_t)rng_below(&r, V);
        d->targets[i] = i % 9 == 4 ? -1 : (d->ids[i] * 5 + 1) % V;
        d->weights[i] = i % 3 ? 1 : 0.5f;
    }
    return (struct model_batch){.n = N,
                                .ids = d->ids,
                                .targets = d->targets,
                                .weights = d->weights,
                                .cu = bounds,
                                .docs = DOCS};
}

/* What STEPS steps give. */
struct outcome {
    float losses[N]; /* of the first step */
    float *grad;     /* of the first step */
    double curve[STEPS];
    struct model m;
};

static double weighted(const struct model_batch *b, const float *losses)
{
    double sum = 0;
    for (size_t i = 0; i < b->n; i++)
        sum += b->targets[i] < 0
                   ? 0
                   : (double)b->weights[i] * (double)losses[i] / N;
    return sum;
}

static void train(struct outcome *o, const struct model_config *c,
                  const struct kern_pack *half, int threads)
{
    static struct data d;
    struct model_batch b = data_batch(&d);
    struct optim opt;
    struct err e;
    float losses[N];
    threads_set(threads);
    if (model_create(&o->m, c, &e))
        die_err(&e);
    model_init(&o->m, 5);
    struct model_run *r = model_run_new(
        &o->m, N, (struct model_how){.f32 = kern_f32("auto"), .bf16 = half});
    float *grad = mem_zero(o->m.n_params, sizeof *grad);
    o->grad = mem_zero(o->m.n_params, sizeof *grad);
    optim_create(&opt, &o->m, &(struct optim_config){0.9, 0.95, 1e-8, 0.1, 1});
    for (int i = 0; i < STEPS; i++) {
        memset(grad, 0, o->m.n_params * sizeof *grad);
        model_forward(r, &o->m, &b, losses);
        model_backward(r, &o->m, &b, 1.0f / N, grad);
        o->curve[i] = weighted(&b, losses);
        if (i == 0) {
            memcpy(o->losses, losses, sizeof losses);
            memcpy(o->grad, grad, o->m.n_params * sizeof *grad);
        }
        double norm = optim_norm(grad, o->m.n_params);
        optim_step(&opt, &o->m, grad, norm, 3e-3);
    }
    optim_free(&opt);
    mem_free(grad);
    model_run_free(r);
}

static void outcome_free(struct outcome *o)
{
    mem_free(o->grad);
    model_free(&o->m);
}

/* The largest difference of a tensor's gradients by their size. */
static double worst_tensor(const struct outcome *a, const struct outcome *b)
{
    double worst = 0;
    for (size_t i = 0; i < a->m.n_tensors; i++) {
        const struct model_tensor *t = &a->m.tensors[i];
        double off = 0, size = 0;
        for (size_t j = t->at; j < t->at + t->n; j++) {
            double x = (double)a->grad[j], y = (double)b->grad[j];
            off += (x - y) * (x - y);
            size += x * x;
        }
        worst = fmax(worst, sqrt(off / fmax(size, 1e-12)));
    }
    return worst;
}

static void check(const char *what, const struct model_config *c,
                  const struct kern_pack *half)
{
    static struct outcome exact, one, two;
    train(&exact, c, NULL, 1);
    train(&one, c, half, 1);
    train(&two, c, half, 2);
    double off = 0, far = 0;
    for (int i = 0; i < N; i++)
        off = fmax(off, fabs((double)exact.losses[i] - (double)one.losses[i]));
    for (int i = 0; i < STEPS; i++)
        far = fmax(far, fabs(exact.curve[i] - one.curve[i]));
    ok(off > 0 && off < 0.01, "%s, %s: losses within %.1e", what, half->name,
       off);
    double grad = worst_tensor(&exact, &one);
    ok(grad < 0.02, "%s, %s: each tensor's gradient within %.1e of its norm",
       what, half->name, grad);
    ok(far < 0.01 && one.curve[STEPS - 1] < one.curve[0] - 0.1,
       "%s, %s: %d steps within %.1e", what, half->name, STEPS, far);
    ok(!memcmp(one.curve, two.curve, sizeof one.curve) &&
           !memcmp(one.m.params, two.m.params,
                   one.m.n_params * sizeof *one.m.params),
       "%s, %s: two threads, the same bytes", what, half->name);
    outcome_free(&exact);
    outcome_free(&one);
    outcome_free(&two);
}

int main(void)
{
    static const char *const names[] = {"ref", "avx512", "amx"};
    struct model_config qwen = llama, gpt2 = llama;
    qwen.arch = ARCH_QWEN3;
    qwen.tied = true;
    gpt2.arch = ARCH_GPT2;
    gpt2.kv_heads = 4;
    gpt2.tied = true;
    for (size_t i = 0; i < COUNTOF(names); i++) {
        const struct kern_pack *half = kern_bf16(names[i]);
        if (!half) {
            ok(true, "%s # SKIP not on this processor", names[i]);
            continue;
        }
        check("Llama", &llama, half);
        check("Qwen3", &qwen, half);
        check("GPT-2", &gpt2, half);
    }
    return tap_end();
}
