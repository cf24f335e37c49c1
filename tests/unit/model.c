/*
 * The network as programs use it: tuned kernels, the library's products.
 * Packing and thread counts change nothing; decoding agrees with the forward
 * pass; what cannot be a network is refused.
 */
#include <math.h>
#include <string.h>

#include "batch.h"
#include "decode.h"
#include "kern.h"
#include "optim.h"
#include "threads.h"

enum { N = 700, DOCS = 7, V = 261 };

static const int32_t bounds[DOCS + 1] = {0, 1, 200, 200, 333, 340, 597, N};

static const struct model_config shape = {
    .vocab = V,
    .dim = 64,
    .inner = 176,
    .layers = 2,
    .heads = 4,
    .kv_heads = 2,
    .head_dim = 16,
    .context = N,
    .rope_theta = 10000,
    .norm_eps = 1e-5f,
    .tied = true,
};

static const struct data *data_get(void)
{
    static struct data d;
    data_fill(&d, N, V, 11);
    return &d;
}

static struct model_batch batch_get(void)
{
    const struct data *d = data_get();
    return (struct model_batch){.n = N,
                                .ids = d->ids,
                                .targets = d->targets,
                                .weights = d->weights,
                                .cu = bounds,
                                .docs = DOCS};
}

/* What three steps on so many threads leave behind. */
struct outcome {
    float losses[N];
    float *grad;
    double norm;
    struct model m;
};

static struct outcome train(int threads, struct model_how how)
{
    struct outcome o = {.m = model_get(&shape)};
    struct model_batch b = batch_get();
    struct optim opt;
    threads_set(threads);
    struct model_run *r = model_run_new(&o.m, N, how);
    o.grad = mem_zero(o.m.n_params, sizeof *o.grad);
    optim_create(&opt, &o.m, &(struct optim_config){0.9, 0.95, 1e-8, 0.1, 1});
    for (int i = 0; i < 3; i++) {
        memset(o.grad, 0, o.m.n_params * sizeof *o.grad);
        model_forward(r, &o.m, &b, o.losses);
        model_backward(r, &o.m, &b, 1e-3f, o.grad);
        o.norm = optim_norm(o.grad, o.m.n_params);
        optim_step(&opt, &o.m, o.grad, o.norm, 1e-2);
    }
    optim_free(&opt);
    model_run_free(r);
    return o;
}

static void outcome_free(struct outcome *o)
{
    mem_free(o->grad);
    model_free(&o->m);
}

static void test_threads(struct model_how how)
{
    struct outcome one = train(1, how);
    size_t bytes = one.m.n_params * sizeof(float);
    for (int threads = 2; threads <= 5; threads += 3) {
        struct outcome o = train(threads, how);
        ok(memcmp(one.losses, o.losses, sizeof o.losses) == 0,
           "%d threads: the same bytes of losses", threads);
        ok(memcmp(one.grad, o.grad, bytes) == 0 && one.norm == o.norm,
           "%d threads: of gradients", threads);
        ok(memcmp(one.m.params, o.m.params, bytes) == 0,
           "%d threads: of weights", threads);
        outcome_free(&o);
    }
    threads_set(2);
    outcome_free(&one);
}

/* Each document alone gives the losses it has in the row. */
static void test_packing(void)
{
    struct model m = model_get(&shape);
    struct model_batch b = batch_get();
    struct model_run *r =
        model_run_new(&m, N, (struct model_how){.f32 = kern_f32("auto")});
    static float packed[N], alone[N];
    float *gp = mem_zero(m.n_params, sizeof *gp);
    float *ga = mem_zero(m.n_params, sizeof *ga);
    double worst = 0, worst_grad = 0, size = 0;
    model_forward(r, &m, &b, packed);
    model_backward(r, &m, &b, 1e-3f, gp);
    for (size_t i = 0; i < DOCS; i++) {
        int32_t at = bounds[i], cu[2] = {0, bounds[i + 1] - at};
        struct model_batch doc = {.n = (size_t)cu[1],
                                  .ids = b.ids + at,
                                  .targets = b.targets + at,
                                  .weights = b.weights + at,
                                  .cu = cu,
                                  .docs = 1};
        model_forward(r, &m, &doc, alone + at);
        model_backward(r, &m, &doc, 1e-3f, ga);
    }
    for (int i = 0; i < N; i++)
        worst = fmax(worst, fabs((double)packed[i] - (double)alone[i]));
    for (size_t i = 0; i < m.n_params; i++) {
        worst_grad = fmax(worst_grad, fabs((double)gp[i] - (double)ga[i]));
        size = fmax(size, fabs((double)gp[i]));
    }
    ok(worst < 2e-5, "packed and alone: losses differ by %.1e", worst);
    ok(worst_grad < 1e-5 * size, "gradients by %.1e of their largest",
       worst_grad / size);
    mem_free(gp);
    mem_free(ga);
    model_run_free(r);
    model_free(&m);
}

static double cross_entropy(const float *x, int32_t y)
{
    double max = 0, sum = 0;
    for (int i = 0; i < V; i++)
        max = fmax(max, (double)x[i]);
    for (int i = 0; i < V; i++)
        sum += exp((double)x[i] - max);
    return max + log(sum) - (double)x[y];
}

/* Documents as rows, fed in slices of `slice` tokens, interleaved. */
static double decode_error(const struct model *m, const float *losses,
                           int32_t slice)
{
    struct model_batch b = batch_get();
    struct decoder *d = decoder_new(m, DOCS, N, (struct model_how){0});
    double worst = 0;
    for (int32_t from = 0; from < N; from += slice) {
        int32_t ids[N], rows[N], at[N];
        size_t n = 0;
        for (int32_t doc = 0; doc < DOCS; doc++)
            for (int32_t i = from; i < from + slice; i++)
                if (bounds[doc] + i < bounds[doc + 1]) {
                    at[n] = bounds[doc] + i;
                    ids[n] = b.ids[at[n]];
                    rows[n++] = doc;
                }
        const float *logits = decoder_step(d, ids, rows, n);
        for (size_t i = 0; i < n; i++, logits += V)
            if (b.targets[at[i]] >= 0)
                worst =
                    fmax(worst, fabs(cross_entropy(logits, b.targets[at[i]]) -
                                     (double)losses[at[i]]));
    }
    decoder_free(d);
    return worst;
}

static void test_decode(const char *what, struct model_config c)
{
    struct model m = model_get(&c);
    struct model_batch b = batch_get();
    struct model_run *r = model_run_new(&m, N, (struct model_how){0});
    static float losses[N];
    model_forward(r, &m, &b, losses);
    for (int32_t slice = 1; slice < N; slice *= 29) {
        double worst = decode_error(&m, losses, slice);
        ok(worst < 1e-4, "decoding by %d, %s: differs by %.1e", slice, what,
           worst);
    }
    model_run_free(r);
    model_free(&m);
}

/* A row that was cut goes on as if the rest had never been. */
static void test_cut(void)
{
    struct model m = model_get(&shape);
    struct decoder *d = decoder_new(&m, 2, 40, (struct model_how){0});
    const int32_t ids[] = {5, 6, 7, 8}, other[] = {9, 9}, rows[] = {1, 1, 1, 1};
    static float first[V];
    memcpy(first, decoder_step(d, ids, rows, 4) + 3 * V, sizeof first);
    decoder_cut(d, 1, 2);
    decoder_feed(d, other, rows, 2);
    decoder_cut(d, 1, 2);
    ok(decoder_length(d, 1) == 2 && decoder_length(d, 0) == 0, "cut to 2");
    const float *again = decoder_step(d, ids + 2, rows, 2) + V;
    double worst = 0;
    for (int i = 0; i < V; i++)
        worst = fmax(worst, fabs((double)first[i] - (double)again[i]));
    ok(worst < 1e-5, "the same logits again, to %.1e", worst);
    decoder_free(d);
    model_free(&m);
}

static void test_config(void)
{
    struct model m;
    struct err e;
    struct model_config c = shape;
    c.kv_heads = 3;
    ok(model_create(&m, &c, &e) == -1 && e.status == STATUS_DATA,
       "key heads that do not divide heads are refused");
    c = shape;
    c.head_dim = 7;
    ok(model_create(&m, &c, &e) == -1, "an odd head is refused");
    c = shape;
    c.vocab = -1;
    ok(model_create(&m, &c, &e) == -1, "a negative size is refused");
    c = shape;
    c.rope_theta = NAN;
    ok(model_create(&m, &c, &e) == -1, "NaN is refused");
}

static void test_names(void)
{
    struct model m = model_get(&shape);
    const struct model_tensor *t =
        model_tensor(&m, "model.layers.1.self_attn.k_proj.weight");
    ok(t && t->rank == 2 && t->shape[0] == 32 && t->shape[1] == 64 && t->decay,
       "k_proj is [K*E,D]");
    ok(model_tensor(&m, "lm_head.weight") == NULL, "no lm_head when tied");
    size_t n = 0;
    for (size_t i = 0; i < m.n_tensors; i++)
        n += m.tensors[i].at == n ? m.tensors[i].n : 0;
    ok(n == m.n_params, "tensors fill the block without holes");
    model_free(&m);
}

/* Operations counted by the shapes of the tensors. */
static void test_flops(const char *what, struct model_config c)
{
    struct model m = model_get(&c);
    double weights = 0, tokens = 100, squares = 40 * 40 + 60 * 60;
    for (size_t i = 0; i < m.n_tensors; i++) {
        const char *name = m.tensors[i].name;
        bool table =
            strstr(name, "wpe") || (!c.tied && strstr(name, "embed_tokens"));
        weights +=
            m.tensors[i].rank == 2 && !table ? (double)m.tensors[i].n : 0;
    }
    double want =
        6 * tokens * weights + 12.0 * c.layers * c.heads * c.head_dim * squares;
    ok(model_flops(&m, tokens, squares) == want, "%s: operations of a step",
       what);
    model_free(&m);
}

int main(void)
{
    test_config();
    test_names();
    test_threads((struct model_how){0});
    test_threads((struct model_how){.f32 = kern_f32_ref()});
    test_threads((struct model_how){.f32 = kern_f32("auto")});
    test_packing();
    struct model_config c = shape;
    test_decode("tied", c);
    test_flops("tied", c);
    c.tied = false;
    c.rope = (struct rope){ROPE_LLAMA3, 8, 1, 4, 100};
    test_decode("untied, scaled", c);
    test_flops("untied, scaled", c);
    c.arch = ARCH_QWEN2;
    test_decode("Qwen2", c);
    c.arch = ARCH_QWEN3;
    test_decode("Qwen3", c);
    test_flops("Qwen3", c);
    c.arch = ARCH_GPT2;
    c.kv_heads = c.heads;
    c.tied = true;
    test_decode("GPT-2", c);
    test_flops("GPT-2", c);
    test_cut();
    return tap_end();
}
