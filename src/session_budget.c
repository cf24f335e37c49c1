/* What a run takes: memory before it is asked for, time by trying a pass. */
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "progress.h"
#include "session.h"

struct budget session_budget(const struct session *s, size_t max)
{
    const struct dataset *d[] = {&s->train, &s->eval};
    size_t base = s->lora ? s->lora->n_base : 0;
    size_t part = s->lora ? s->lora->part.n_params : 0;
    size_t trained = s->lora ? part : s->model.n_params;
    struct budget b = {
        .weights = (s->model.n_params + base + part) * sizeof(float),
        .gradient = (s->model.n_params + part) * sizeof(float),
        .optimizer = 2 * trained * sizeof(float),
        .activations = model_run_bytes(&s->model, max, s->how,
                                       (size_t)omp_get_max_threads()),
    };
    for (size_t i = 0; i < COUNTOF(d); i++)
        b.data += d[i]->ids.cap * sizeof *d[i]->ids.v + d[i]->kinds.cap +
                  d[i]->weights.cap * sizeof *d[i]->weights.v +
                  (d[i]->docs.cap + 2 * d[i]->rows.cap) * sizeof(size_t);
    /* those of both moments, for one file */
    for (size_t i = 0; !s->lora && i < s->model.n_tensors; i++)
        if (s->model.tensors[i].turned)
            b.saving += 2 * s->model.tensors[i].n * sizeof(float);
    b.all = b.weights + b.gradient + b.optimizer + b.activations + b.data +
            b.saving;
    return b;
}

/* Bytes that the system can give; 0 where it does not say. */
static uint64_t available(void)
{
    char line[128];
    unsigned long long kb = 0;
    FILE *f = fopen("/proc/meminfo", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %llu kB", &kb) == 1)
            break;
    if (f)
        fclose(f);
    return (uint64_t)kb << 10;
}

int session_affords(const struct session *s, uint64_t need, struct err *e)
{
    uint64_t have = available();
    if (have == 0 || need <= have)
        return 0;
    return err_set(e, STATUS_SYSTEM,
                   "%s: the run needs %.1f GiB more, and %.1f GiB are free "
                   "(a smaller --micro-tokens or --recompute takes less)",
                   s->o->out, (double)need / 0x1p30, (double)have / 0x1p30);
}

/* Seconds of one pass forward and backward over the first rows; *tokens gets
 * how many they have.  The first try only warms up. */
static double try_pass(struct session *s, double *tokens)
{
    double best = 0;
    dataset_order(&s->train, s->at.seed, 0, s->order);
    size_t k = dataset_take(&s->train, s->order, dataset_rows(&s->train),
                            s->batch.max);
    for (int i = 0; i < 3; i++) {
        double from = progress_clock();
        dataset_fill(&s->train, s->order, k, s->o->weights, &s->batch);
        model_forward(s->run, &s->model, &s->batch.b, s->losses);
        model_backward(s->run, &s->model, &s->batch.b, 0, s->grad);
        double sec = progress_clock() - from;
        best = i < 2 || sec < best ? sec : best;
    }
    *tokens = (double)s->batch.b.n;
    return best;
}

void session_estimate(struct session *s, struct buf *out)
{
    struct budget b = session_budget(s, s->batch.max);
    double rows = 0, tokens, sec = try_pass(s, &tokens);
    for (size_t i = 0; i < dataset_rows(&s->train); i++)
        rows += (double)dataset_row_tokens(&s->train, i);
    double passes =
        (double)s->steps / (double)dataset_steps(&s->train, s->at.seed, 0,
                                                 (size_t)s->o->batch_tokens);
    buf_char(out, '{');
    json_put_i64(out, "parameters", (int64_t)s->model.n_params);
    json_put_i64(out, "parameters_trained",
                 (int64_t)session_trained(s)->n_params);
    json_put_i64(out, "rows", (int64_t)dataset_rows(&s->train));
    json_put_f64(out, "tokens", rows);
    json_put_i64(out, "steps", s->steps);
    json_put_f64(out, "epochs", passes);
    json_put_i64(out, "bytes_weights", (int64_t)b.weights);
    json_put_i64(out, "bytes_gradient", (int64_t)b.gradient);
    json_put_i64(out, "bytes_optimizer", (int64_t)b.optimizer);
    json_put_i64(out, "bytes_activations", (int64_t)b.activations);
    json_put_i64(out, "bytes_data", (int64_t)b.data);
    json_put_i64(out, "bytes_saving", (int64_t)b.saving);
    json_put_i64(out, "bytes", (int64_t)b.all);
    json_put_f64(out, "tokens_per_second", tokens / sec);
    json_put_f64(out, "seconds",
                 passes * rows / tokens * sec / (double)ranks_count(s->ranks));
    buf_cstr(out, "}\n");
}
