/*
 * How fast decoding is.  Not a test: it prints figures, it asserts nothing;
 * `make bench-generate` runs it.  Random weights, greedy choice, no text.
 *
 *   generate L D H K F V threads batch tokens [f32|bf16 [gpt2]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decode.h"
#include "kern.h"
#include "rng.h"
#include "threads.h"

/* Processor time is what is left of the figures on a busy machine. */
static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int32_t best(const float *x, size_t n)
{
    size_t at = 0;
    for (size_t i = 1; i < n; i++)
        at = x[i] > x[at] ? i : at;
    return (int32_t)at;
}

/* Seconds for so many steps of batch rows, from an empty cache. */
static double run(struct decoder *d, size_t vocab, size_t batch, size_t steps,
                  double *cpu)
{
    int32_t *ids = mem_zero(2 * batch, sizeof *ids), *rows = ids + batch;
    for (size_t i = 0; i < batch; i++) {
        rows[i] = (int32_t)i;
        ids[i] = (int32_t)(i % vocab);
        decoder_cut(d, i, 0);
    }
    double from = now(CLOCK_MONOTONIC);
    double cpu_from = now(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t s = 0; s < steps; s++) {
        const float *logits = decoder_step(d, ids, rows, batch);
        for (size_t i = 0; i < batch; i++)
            ids[i] = best(logits + i * vocab, vocab);
    }
    double took = now(CLOCK_MONOTONIC) - from;
    *cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu_from;
    mem_free(ids);
    return took;
}

int main(int argc, char **argv)
{
    struct err e = {0};
    struct model m;
    if (argc < 10)
        return 2;
    int n[9];
    for (int i = 0; i < 9; i++)
        n[i] = (int)strtol(argv[i + 1], NULL, 10);
    struct model_how how;
    bool half = argc > 10 && strcmp(argv[10], "bf16") == 0;
    if (model_how(&how, half ? DTYPE_BF16 : DTYPE_F32, &e))
        die_err(&e);
    size_t batch = (size_t)n[7], steps = (size_t)n[8] / batch;
    struct model_config c = {.arch = argc > 11 ? ARCH_GPT2 : ARCH_LLAMA,
                             .vocab = n[5],
                             .dim = n[1],
                             .inner = n[4],
                             .layers = n[0],
                             .heads = n[2],
                             .kv_heads = n[3],
                             .head_dim = n[1] / n[2],
                             .context = 512,
                             .rope_theta = 10000,
                             .norm_eps = 1e-5f,
                             .tied = true,
                             .bos = -1,
                             .eos = -1,
                             .pad = -1};
    threads_patient(argv);
    threads_set(n[6]);
    if (model_create(&m, &c, &e))
        die_err(&e);
    model_init(&m, 1);
    steps = size_min(size_max(steps, 1), 256);
    struct decoder *d = decoder_new(&m, batch, 512, how);
    double least = 1e9, least_cpu = 1e9, cpu;
    (void)run(d, (size_t)c.vocab, batch, size_min(steps, 8), &cpu);
    for (int i = 0; i < 3; i++) {
        double took = run(d, (size_t)c.vocab, batch, steps, &cpu);
        least = took < least ? took : least;
        least_cpu = cpu < least_cpu ? cpu : least_cpu;
    }
    printf("L%d D%d F%d V%d, %zu parameters, %d threads, %s: batch %zu: "
           "%.0f tokens/s, %.0f a second of CPU\n",
           c.layers, c.dim, c.inner, c.vocab, m.n_params, n[6],
           how.bf16 ? how.bf16->name : kern_get()->name, batch,
           (double)(batch * steps) / least,
           (double)(batch * steps) / least_cpu);
    decoder_free(d);
    model_free(&m);
    return 0;
}
