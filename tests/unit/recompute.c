/*
 * Layers made again in the backward pass: the same bytes of losses and
 * gradients as with all of them kept, and less memory.
 */
#include <string.h>

#include "batch.h"
#include "kern.h"
#include "threads.h"

/* More than one block of tokens, the last one short; a document of more than
 * one block of attention's queries; an empty one. */
enum { V = 83, N = 300, DOCS = 6, HALF = 3, LAYERS = 4 };
static const int32_t bounds[DOCS + 1] = {0, 1, 100, 140, 140, 230, N};

static const struct model_config llama = {
    .vocab = V,
    .dim = 48,
    .inner = 112,
    .layers = LAYERS,
    .heads = 4,
    .kv_heads = 2,
    .head_dim = 12,
    .context = N,
    .rope_theta = 10000,
    .norm_eps = 1e-5f,
    .tied = true,
};

static const struct data *data_get(void)
{
    static struct data d;
    data_fill(&d, N, V, 19);
    return &d;
}

/* The documents from `from` to `to` as one pass. */
static struct model_batch batch_of(size_t from, size_t to, int32_t *cu)
{
    const struct data *d = data_get();
    const size_t at = (size_t)bounds[from];
    for (size_t i = from; i <= to; i++)
        cu[i - from] = bounds[i] - bounds[from];
    return (struct model_batch){.n = (size_t)bounds[to] - at,
                                .ids = d->ids + at,
                                .targets = d->targets + at,
                                .weights = d->weights + at,
                                .cu = cu,
                                .docs = to - from};
}

/* The gradient of all documents, in two passes, and the losses; the run has
 * worked on something else before. */
static void pass(struct model_run *r, const struct model *m, float *losses,
                 float *grad)
{
    int32_t cu[DOCS + 1];
    struct model_batch b = batch_of(0, DOCS, cu);
    model_forward(r, m, &b, losses);
    b = batch_of(0, HALF, cu);
    model_forward(r, m, &b, losses);
    model_backward(r, m, &b, 0.3f, grad);
    b = batch_of(HALF, DOCS, cu);
    model_forward(r, m, &b, losses + bounds[HALF]);
    model_backward(r, m, &b, 0.3f, grad);
    b = batch_of(0, DOCS, cu);
    model_forward(r, m, &b, losses);
    model_backward(r, m, &b, -0.7f, grad);
}

static void check(const char *what, const struct model_config *c,
                  const struct kern_pack *half)
{
    const char *dtype = half ? half->name : kern_get()->name;
    struct model m = model_get(c);
    static float kept[N], again[N];
    float *want = mem_zero(m.n_params, sizeof *want);
    struct model_how how = {.f32 = kern_f32("auto"), .bf16 = half};
    struct model_run *r = model_run_new(&m, N, how);
    size_t all = model_run_bytes(&m, N, how, 1);
    threads_set(1);
    pass(r, &m, kept, want);
    model_run_free(r);
    how.recompute = true;
    size_t few = model_run_bytes(&m, N, how, 1);
    r = model_run_new(&m, N, how);
    for (int threads = 1; threads <= 3; threads += 2) {
        float *got = mem_zero(m.n_params, sizeof *got);
        threads_set(threads);
        pass(r, &m, again, got);
        ok(!memcmp(kept, again, sizeof kept) &&
               !memcmp(want, got, m.n_params * sizeof *got),
           "%s, %s, %d threads: the same losses and gradients", what, dtype,
           threads);
        mem_free(got);
    }
    /* per token and layer: the queries, keys, values and gate and up, at
     * least */
    size_t floats = (size_t)(c->heads + 2 * c->kv_heads) * (size_t)c->head_dim;
    floats += (size_t)c->inner * (c->arch == ARCH_GPT2 ? 1 : 2);
    ok(all - few > (LAYERS - 1) * N * floats * sizeof(float),
       "%s, %s: %zu bytes instead of %zu", what, dtype, few, all);
    mem_free(want);
    model_run_free(r);
    model_free(&m);
}

static void check_all(const struct kern_pack *half)
{
    struct model_config c = llama;
    check("Llama", &c, half);
    c.arch = ARCH_QWEN2;
    c.tied = false;
    check("Qwen2", &c, half);
    c.arch = ARCH_QWEN3;
    check("Qwen3", &c, half);
    c.arch = ARCH_GPT2;
    c.kv_heads = c.heads;
    c.tied = true;
    check("GPT-2", &c, half);
}

int main(void)
{
    static const char *const names[] = {"ref", "avx512", "amx"};
    check_all(NULL);
    for (size_t i = 0; i < COUNTOF(names); i++)
        if (kern_bf16(names[i]))
            check_all(kern_bf16(names[i]));
        else
            ok(true, "%s # SKIP not on this processor", names[i]);
    return tap_end();
}
