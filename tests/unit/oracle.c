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
