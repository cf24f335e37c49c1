/* The clock of the training loop.  Nothing of a run but what is shown, and
 * rows that are asked to have it, depends on what it finds. */
#include "meter.h"

#include <stdio.h>

#include "json.h"
#include "kern_peak.h"
#include "progress.h"

void meter_start(struct meter *m, struct ranks *r, bool wanted)
{
    enum { TRIES = 24 };
    *m = (struct meter){0};
    double any = ranks_lead(r) && wanted ? 1 : 0;
    ranks_sum(r, &any, 1);
    if (any > 0)
        m->peak = kern_peak(TRIES);
    ranks_sum(r, &m->peak, 1);
}

void meter_begin(struct meter *m)
{
    m->from = progress_clock();
}

static void add(struct meter_span *to, const struct meter_span *s)
{
    to->seconds += s->seconds;
    to->tokens += s->tokens;
    to->flops += s->flops;
}

void meter_end(struct meter *m, const struct session *s, const size_t *rows,
               size_t n)
{
    struct meter_span step = {.seconds = progress_clock() - m->from};
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        step.tokens += (double)dataset_row_tokens(&s->train, rows[i]);
        squares += dataset_row_squares(&s->train, rows[i]);
    }
    step.flops = model_flops(&s->model, step.tokens, squares);
    add(&m->all, &step);
    add(&m->row, &step);
}

static double per_second(const struct meter_span *s, double count)
{
    return s->seconds > 0 ? count / s->seconds : 0;
}

static double share(const struct meter *m, const struct meter_span *s)
{
    return m->peak > 0 ? per_second(s, s->flops) / m->peak : 0;
}

void meter_show(const struct meter *m, double loss, char *out, size_t size)
{
    const struct meter_span *s = &m->all;
    int n = snprintf(out, size, "loss %.3f, %.0f tok/s", loss,
                     per_second(s, s->tokens));
    if (m->peak > 0 && n > 0 && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, ", %.0f%% peak",
                 100 * share(m, s));
}

void meter_put(struct meter *m, struct buf *row)
{
    json_put_f64(row, "tokens_per_second", per_second(&m->row, m->row.tokens));
    json_put_f64(row, "mfu", share(m, &m->row));
    m->row = (struct meter_span){0};
}
