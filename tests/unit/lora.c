/*
 * Adapters: twenty steps against figures of an independent implementation
 * (tests/oracle/llama_torch.py), the files, and what is refused.
 */
#include <stdlib.h>
#include <unistd.h>

#include "adapter.h"
#include "checkpoint.h"
#include "oracle.h"
#include "tap.h"
#include "threads.h"

static const struct lora_case {
    const char *name, *targets; /* NULL: all */
    enum model_arch arch;
    bool tied;
} cases[] = {
    {"lora", NULL, ARCH_LLAMA, true},
    {"lora-qwen2", "q_proj,v_proj", ARCH_QWEN2, false},
    {"lora-gpt2", "c_attn,c_proj", ARCH_GPT2, true},
};

static struct lora_config config_of(const struct lora_case *k,
                                    const struct model_config *c)
{
    struct lora_config l = {.rank = 3, .alpha = 6};
    buf_cstr(&l.in, k->targets ? k->targets : lora_all(c));
    vec_push(&l.ids, 3);
    vec_push(&l.ids, 17);
    return l;
}

static void fill(float *v, const struct model_tensor *t, uint32_t stream)
{
    for (uint32_t i = 0; i < t->n; i++)
        v[t->at + i] = ((float)draw(stream, i) / 65536 - 0.5f) / 2;
}

/* The network and its adapter as the script begins. */
static void begin(const struct lora_case *k, struct model *m, struct lora *l)
{
    struct model_config c = oracle_config(k->arch, k->tied);
    struct lora_config lc = config_of(k, &c);
    struct err e;
    if (model_create(m, &c, &e))
        die_err(&e);
    init(m);
    if (lora_create(l, m, &lc, 1, &e))
        die_err(&e);
    for (uint32_t i = 0; i < l->n; i++) {
        fill(l->part.params, l->targets[i].a, 500 + 2 * i);
        fill(l->part.params, l->targets[i].b, 501 + 2 * i);
    }
}

static double worst_gradient(const struct lora *l, const char *which,
                             const float *grad)
{
    double worst = 0;
    for (size_t i = 0; i < l->part.n_tensors; i++) {
        const struct model_tensor *t = &l->part.tensors[i];
        double want = stored(which, t->name, 0);
        double off = fabs(optim_norm(grad + t->at, t->n) / want - 1);
        worst = off <= worst ? worst : off; /* NaN is worst */
    }
    return worst;
}

static void check_run(const struct lora_case *k)
{
    struct model m;
    struct lora l;
    struct optim opt;
    double worst = 0, worst_grad = 0, worst_norm = 0;
    begin(k, &m, &l);
    struct model_run *run =
        model_run_new(&m, N, (struct model_how){.f32 = kern_f32("auto")});
    float *grad = mem_zero(m.n_params, sizeof *grad);
    float *part = mem_zero(l.part.n_params, sizeof *part);
    optim_create(&opt, &l.part,
                 &(struct optim_config){0.9, 0.95, 1e-8, 0.1, 1.0});
    for (int s = 0; s < STEPS; s++) {
        lora_apply(&l, &m);
        double loss = oracle_step(run, &m, (uint32_t)s, false, grad);
        double off = fabs(loss - stored(k->name, "loss", s));
        lora_gradient(&l, grad, part);
        double norm = optim_norm(part, l.part.n_params);
        double off_norm = fabs(norm / stored(k->name, "norm", s) - 1);
        if (s == 0)
            worst_grad = worst_gradient(&l, k->name, part);
        optim_step(&opt, &l.part, part, norm, 1e-2);
        worst = off <= worst ? worst : off;
        worst_norm = off_norm <= worst_norm ? worst_norm : off_norm;
    }
    ok(worst_grad < 1e-5, "%s: norms of each tensor's gradient within %.1e",
       k->name, worst_grad);
    ok(worst < 1e-5, "%s: %d losses within %.1e", k->name, STEPS, worst);
    ok(worst_norm < 1e-4, "gradient norms within %.1e", worst_norm);
    optim_free(&opt);
    mem_free(grad);
    mem_free(part);
    model_run_free(run);
    lora_free(&l);
    model_free(&m);
}

/* A new adapter adds nothing; one written and read is the same. */
static void check_files(const struct lora_case *k, const char *dir)
{
    struct model m, was;
    struct lora l, back;
    struct lora_config c;
    struct tokenizer *t = tokenizer_builtin();
    struct err e = {0};
    begin(k, &m, &l);
    begin(k, &was, &back);
    lora_free(&back);
    c = config_of(k, &m.config);
    ok(!lora_create(&back, &m, &c, 7, &e), "%s: created", k->name);
    lora_apply(&back, &m);
    ok(!memcmp(m.params, was.params, m.n_params * sizeof *m.params),
       "a new adapter changes nothing");
    ok(!checkpoint_save_adapter(dir, &l, "the/base", t, NULL, &e),
       "is saved: %s", e.text);
    c = (struct lora_config){0};
    ok(!adapter_config(dir, &m.config, &c, &e), "its settings: %s", e.text);
    ok(c.rank == 3 && c.alpha == 6 && c.ids.n == 2 && c.ids.v[1] == 17 &&
           str_eq(buf_view(&c.in), buf_view(&l.config.in)),
       "come back");
    lora_config_free(&c);
    ok(!adapter_load(dir, &back, &e) &&
           !memcmp(back.part.params, l.part.params,
                   l.part.n_params * sizeof *l.part.params),
       "so do its numbers: %s", e.text);
    tokenizer_free(t);
    lora_free(&l);
    lora_free(&back);
    model_free(&m);
    model_free(&was);
}

int main(void)
{
    char dir[] = "/tmp/insec-lora-XXXXXX", text[64];
    threads_set(2);
    if (!mkdtemp(dir))
        return 3;
    for (size_t k = 0; k < COUNTOF(cases); k++) {
        check_run(&cases[k]);
        check_files(&cases[k], dir);
    }
    snprintf(text, sizeof text, "rm -r %s", dir);
    return system(text) | tap_end();
}
