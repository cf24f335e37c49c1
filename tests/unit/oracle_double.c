/*
 * The twenty steps of oracle.c in double precision, as the script that made
 * the figures has them: what differs in single precision is rounding.
 */
#include "double.h"
#include "oracle.h"
#include "tap.h"

static void check_run(const struct oracle_case *k)
{
    struct model_config c = oracle_config(k->arch, k->tied);
    struct model m;
    struct optim opt;
    struct err e;
    double worst = 0;
    c.rope = k->rope;
    c.norm_eps = 1e-5;
    if (model_create(&m, &c, &e))
        die_err(&e);
    init(&m);
    struct model_run *r = model_run_new(&m, N, (struct model_how){0});
    double *grad = mem_zero(m.n_params, sizeof *grad);
    optim_create(&opt, &m, &(struct optim_config){0.9, 0.95, 1e-8, 0.1, 1.0});
    for (int s = 0; s < STEPS; s++) {
        double loss = oracle_step(r, &m, (uint32_t)s, k->negative, grad);
        double norm = optim_norm(grad, m.n_params);
        double off = fmax(fabs(loss - stored(k->name, "loss", s)),
                          fabs(norm - stored(k->name, "norm", s)));
        worst = off <= worst ? worst : off; /* NaN is worst */
        optim_step(&opt, &m, grad, norm, 1e-2);
    }
    ok(worst < 1e-10, "%s: %d losses and norms within %.1e", k->name, STEPS,
       worst);
    optim_free(&opt);
    mem_free(grad);
    model_run_free(r);
    model_free(&m);
}

int main(void)
{
    for (size_t k = 0; k < COUNTOF(oracle_cases); k++)
        check_run(&oracle_cases[k]);
    return tap_end();
}
