/*
 * Twenty training steps against figures of an independent implementation,
 * tests/oracle/llama_torch.py, which defines the task.
 */
#include "kern.h"
#include "oracle.h"
#include "tap.h"
#include "threads.h"

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
    double loss = oracle_step(o->run, &o->m, s, o->negative, o->grad);
    *norm = optim_norm(o->grad, o->m.n_params);
    return loss;
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

static void check_run(const struct oracle_case *k, const char *kernels)
{
    struct model_config c = oracle_config(k->arch, k->tied);
    const char *which = k->name;
    struct oracle o = {.negative = k->negative};
    struct err e;
    double worst = 0, norm, worst_norm = 0;
    c.rope = k->rope;
    if (kern_select(kernels))
        return;
    if (model_create(&o.m, &c, &e))
        die_err(&e);
    init(&o.m);
    o.run =
        model_run_new(&o.m, N, (struct model_how){.f32 = kern_f32(kernels)});
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
    /* In double precision all agree to twelve digits: oracle_double.c.  Here
     * AdamW, whose first step hardly depends on a gradient's size, enlarges
     * the rounding of those that nearly cancel.  Qwen3 has one at step 0: that
     * of q_proj's weight 484 in layer 0 is 1.3e-7 and 8 % off, beside others
     * of 1e-2, and so that weight begins 1.2e-4 off. */
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
        for (size_t k = 0; k < COUNTOF(oracle_cases); k++)
            check_run(&oracle_cases[k], kernels[i]);
    return tap_end();
}
