/*
 * How fast a training step is.  Not a test: it prints figures, it asserts
 * nothing; `make bench` runs it.
 *
 *   step L D H K F V tokens length threads steps [llama|gpt2
 * [fp32|bf16|library]]
 *
 * The share of the peak counts the operations of model_flops; the peak is
 * measured before every step.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kern.h"
#include "kern_peak.h"
#include "optim.h"
#include "rng.h"
#include "threads.h"

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* tokens random ids in documents of so many tokens. */
static struct model_batch batch_new(int vocab, int tokens, int length)
{
    size_t n = (size_t)tokens, docs = (n + (size_t)length - 1) / (size_t)length;
    int32_t *ids = mem_zero(n + 1, sizeof *ids), *cu;
    float *weights = mem_zero(n, sizeof *weights);
    struct rng r = rng_from(1);
    cu = mem_zero(docs + 1, sizeof *cu);
    for (size_t i = 0; i <= n; i++)
        ids[i] = (int32_t)rng_below(&r, (uint64_t)vocab);
    for (size_t i = 0; i < n; i++)
        weights[i] = 1;
    for (size_t i = 0; i <= docs; i++)
        cu[i] = (int32_t)size_min(i * (size_t)length, n);
    return (struct model_batch){.n = n,
                                .ids = ids,
                                .targets = ids + 1,
                                .weights = weights,
                                .cu = cu,
                                .docs = docs};
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, by_value);
    return x[n / 2];
}

struct bench {
    struct model m;
    struct model_run *run;
    struct model_batch b;
    struct optim o;
    float *grad, *losses;
};

/* One step; sec gets the seconds of its three parts, and of all
 * threads together. */
static double step(struct bench *t, double *sec)
{
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    double a = now(CLOCK_MONOTONIC), loss = 0;
    model_forward(t->run, &t->m, &t->b, t->losses);
    double b = now(CLOCK_MONOTONIC);
    for (size_t i = 0; i < t->m.n_params; i++)
        t->grad[i] = 0;
    model_backward(t->run, &t->m, &t->b, 1 / (float)t->b.n, t->grad);
    double c = now(CLOCK_MONOTONIC), norm = optim_norm(t->grad, t->m.n_params);
    optim_step(&t->o, &t->m, t->grad, norm, 1e-3);
    sec[0] = b - a;
    sec[1] = c - b;
    sec[2] = now(CLOCK_MONOTONIC) - c;
    sec[3] = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    for (size_t i = 0; i < t->b.n; i++)
        loss += (double)t->losses[i];
    return loss / (double)t->b.n;
}

int main(int argc, char **argv)
{
    int a[10] = {4, 128, 4, 4, 352, 261, 8192, 256, 2, 10};
    for (int i = 0; i < 10 && i + 1 < argc; i++)
        a[i] = atoi(argv[i + 1]);
    struct model_how how = {.f32 = kern_f32("auto")};
    if (argc > 12 && !strcmp(argv[12], "library"))
        how.f32 = NULL;
    if (argc > 12 && !strcmp(argv[12], "bf16"))
        how.bf16 = kern_bf16("auto");
    bool gpt2 = argc > 11 && !strcmp(argv[11], "gpt2");
    struct model_config c = {.arch = gpt2 ? ARCH_GPT2 : ARCH_LLAMA,
                             .vocab = a[5],
                             .dim = a[1],
                             .inner = a[4],
                             .layers = a[0],
                             .heads = a[2],
                             .kv_heads = a[3],
                             .head_dim = a[1] / a[2],
                             .context = a[7],
                             .rope_theta = 10000,
                             .norm_eps = 1e-5f,
                             .tied = true};
    struct bench t;
    struct err e;
    threads_patient(argv);
    threads_set(a[8]);
    if (model_create(&t.m, &c, &e))
        die_err(&e);
    model_init(&t.m, 1);
    t.b = batch_new(a[5], a[6], a[7]);
    t.run = model_run_new(&t.m, t.b.n, how);
    optim_create(&t.o, &t.m, &(struct optim_config){0.9, 0.95, 1e-8, 0.1, 1.0});
    t.grad = mem_huge(t.m.n_params * sizeof *t.grad);
    t.losses = mem_zero(t.b.n, sizeof *t.losses);
    double part[4][1000], whole[1000], share[1000], sec[4],
        loss = step(&t, sec);
    int n = a[9] < 1000 ? a[9] : 1000;
    for (int i = 0; i < n; i++) {
        double peak = kern_peak(1);
        loss = step(&t, sec);
        whole[i] = sec[0] + sec[1] + sec[2];
        share[i] = peak > 0 ? model_flops(&t.m, a[6], (double)a[6] * a[7]) /
                                  whole[i] / peak
                            : 0;
        for (int j = 0; j < 4; j++)
            part[j][i] = sec[j];
    }
    double s = median(whole, n);
    printf("%s %d threads %zu params: %.0f tok/s, %.0f%% of the peak, "
           "%.1f ms = forward %.1f + backward %.1f + update %.1f; "
           "%.0f tok for a second of processor time; loss %.5f\n",
           how.bf16  ? how.bf16->name
           : how.f32 ? how.f32->name
                     : "library",
           a[8], t.m.n_params, (double)t.b.n / s, 100 * median(share, n),
           1e3 * s, 1e3 * median(part[0], n), 1e3 * median(part[1], n),
           1e3 * median(part[2], n), (double)t.b.n / median(part[3], n), loss);
    return 0;
}
