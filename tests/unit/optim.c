/*
 * The optimiser against its formula in double precision, and the schedules.
 */
#include <math.h>
#include <string.h>

#include "kern.h"
#include "optim.h"
#include "rng.h"
#include "tap.h"

static const struct model_config shape = {
    .vocab = 50,
    .dim = 20,
    .inner = 30,
    .layers = 1,
    .heads = 2,
    .kv_heads = 2,
    .head_dim = 10,
    .context = 8,
    .rope_theta = 10000,
    .norm_eps = 1e-5f,
};

/* AdamW as the paper writes it, on one weight. */
struct weight {
    double w, m, v;
};

static void plain_step(struct weight *p, double g, int t, double lr,
                       double decay)
{
    p->m = 0.9 * p->m + 0.1 * g;
    p->v = 0.95 * p->v + 0.05 * g * g;
    double m = p->m / (1 - pow(0.9, t)), v = p->v / (1 - pow(0.95, t));
    p->w = p->w - lr * decay * p->w - lr * m / (sqrt(v) + 1e-8);
}

static void test_step(double clip)
{
    struct model m;
    struct optim o;
    struct err e;
    if (model_create(&m, &shape, &e))
        die_err(&e);
    model_init(&m, 1);
    optim_create(&o, &m, &(struct optim_config){0.9, 0.95, 1e-8, 0.1, clip});
    float *grad = mem_zero(m.n_params, sizeof *grad);
    struct weight *want = mem_zero(m.n_params, sizeof *want);
    for (size_t i = 0; i < m.n_params; i++)
        want[i].w = (double)m.params[i];
    for (int t = 1; t <= 5; t++) {
        struct rng r = rng_from((uint64_t)t);
        for (size_t i = 0; i < m.n_params; i++)
            grad[i] = (float)rng_normal(&r);
        double norm = optim_norm(grad, m.n_params), sum = 0;
        for (size_t i = 0; i < m.n_params; i++)
            sum += (double)grad[i] * (double)grad[i];
        ok(fabs(norm / sqrt(sum) - 1) < 1e-6, "norm %.3f", norm);
        double by = clip > 0 && norm > clip ? clip / norm : 1;
        for (size_t j = 0; j < m.n_tensors; j++) {
            const struct model_tensor *p = &m.tensors[j];
            for (size_t i = p->at; i < p->at + p->n; i++)
                plain_step(&want[i], by * (double)grad[i], t, 1e-2,
                           p->decay ? 0.1 : 0);
        }
        optim_step(&o, &m, grad, norm, 1e-2);
    }
    double worst = 0;
    for (size_t i = 0; i < m.n_params; i++)
        worst = fmax(worst, fabs((double)m.params[i] - want[i].w));
    ok(worst < 1e-6, "clip %g: weights within %.1e", clip, worst);
    ok(o.step == 5, "steps are counted");
    mem_free(grad);
    mem_free(want);
    optim_free(&o);
    model_free(&m);
}

static void test_norm(void)
{
    float g[3] = {1, NAN, 2};
    ok(isnan(optim_norm(g, 3)), "NaN shows in the norm");
    g[1] = INFINITY;
    ok(isinf(optim_norm(g, 3)), "infinity too");
    ok(optim_norm(g, 0) == 0, "the norm of nothing is 0");
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

static void test_schedules(void)
{
    struct schedule s = {SCHEDULE_COSINE, 1e-3, 0.1, 10, 110, 0};
    ok(near(schedule_rate(&s, 0), 1e-4), "the first step warms up");
    ok(near(schedule_rate(&s, 9), 1e-3) && near(schedule_rate(&s, 10), 1e-3),
       "then the peak");
    ok(near(schedule_rate(&s, 60), 5.5e-4), "half way is the middle");
    ok(near(schedule_rate(&s, 110), 1e-4) && near(schedule_rate(&s, 999), 1e-4),
       "the end and after");
    s.kind = SCHEDULE_LINEAR;
    ok(near(schedule_rate(&s, 35), 7.75e-4), "linear");
    s.kind = SCHEDULE_CONSTANT;
    ok(near(schedule_rate(&s, 4), 5e-4) && near(schedule_rate(&s, 100), 1e-3),
       "constant, after warming up");
    s = (struct schedule){SCHEDULE_WSD, 1, 0.1, 10, 100, 0.2};
    ok(near(schedule_rate(&s, 10), 1) && near(schedule_rate(&s, 80), 1) &&
           near(schedule_rate(&s, 90), 0.55) &&
           near(schedule_rate(&s, 100), 0.1),
       "wsd stays, then goes down over a fifth");
    s = (struct schedule){SCHEDULE_COSINE, 1, 0, 0, 0, 0};
    ok(isfinite(schedule_rate(&s, 0)), "no steps at all");
    s = (struct schedule){SCHEDULE_COSINE, 1, 0, 10, 5, 0};
    ok(near(schedule_rate(&s, 4), 0.5), "warm-up longer than the run");
}

int main(void)
{
    test_step(0);
    test_step(1);
    test_norm();
    test_schedules();
    return tap_end();
}
