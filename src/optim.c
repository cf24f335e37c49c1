/*
 * The optimiser.  One pass over weights, gradient and moments; no result
 * depends on the thread count.
 */
#include <math.h>

#include "kern.h"
#include "optim.h"

/* Floats a thread takes at a time, and the grain of the norm's sum. */
enum { BLOCK = 1 << 14 };

void optim_create(struct optim *o, const struct model *m,
                  const struct optim_config *c)
{
    *o = (struct optim){.config = *c, .n = m->n_params};
    o->m = mem_huge(o->n * sizeof *o->m);
    o->v = mem_huge(o->n * sizeof *o->v);
}

void optim_free(struct optim *o)
{
    mem_huge_free(o->m, o->n * sizeof *o->m);
    mem_huge_free(o->v, o->n * sizeof *o->v);
    *o = (struct optim){0};
}

double optim_norm(const float *g, size_t n)
{
    size_t blocks = (n + BLOCK - 1) / BLOCK;
    float *part = mem_zero(blocks, sizeof *part); /* [blocks] */
#pragma omp parallel for schedule(dynamic)
    for (size_t b = 0; b < blocks; b++) {
        const float *x = g + b * BLOCK;
        part[b] = kern_get()->dot(x, x, size_min(BLOCK, n - b * BLOCK));
    }
    double sum = 0;
    for (size_t b = 0; b < blocks; b++)
        sum += (double)part[b];
    mem_free(part);
    return sqrt(sum);
}

static void step_tensor(struct optim *o, struct model *m, const float *grad,
                        const struct model_tensor *t, struct kern_adamw k)
{
    if (!t->decay)
        k.keep = 1;
#pragma omp for schedule(dynamic) nowait
    for (size_t i = 0; i < t->n; i += BLOCK) {
        size_t at = t->at + i;
        kern_get()->adamw(m->params + at, grad + at, o->m + at, o->v + at,
                          size_min(BLOCK, t->n - i), &k);
    }
}

void optim_step(struct optim *o, struct model *m, const float *grad,
                double norm, double lr)
{
    const struct optim_config *c = &o->config;
    double t = (double)++o->step;
    struct kern_adamw k = {
        .clip = (float)(c->clip > 0 && norm > c->clip ? c->clip / norm : 1),
        .beta1 = (float)c->beta1,
        .beta2 = (float)c->beta2,
        .keep = (float)(1 - lr * c->decay),
        .rate = (float)(lr / (1 - pow(c->beta1, t))),
        .bias2 = (float)(1 / sqrt(1 - pow(c->beta2, t))),
        .eps = (float)c->eps,
    };
#pragma omp parallel
    for (size_t i = 0; i < m->n_tensors; i++)
        step_tensor(o, m, grad, &m->tensors[i], k);
}

double schedule_rate(const struct schedule *s, int64_t step)
{
    if (step < s->warmup)
        return s->peak * (double)(step + 1) / (double)s->warmup;
    double span = (double)(s->steps - s->warmup), x = 1, down = 1;
    if (span > 0)
        x = fmin(1, (double)(step - s->warmup) / span);
    if (s->kind == SCHEDULE_CONSTANT)
        return s->peak;
    double cool = fmin(s->cooldown * (double)s->steps, span);
    if (s->kind == SCHEDULE_LINEAR)
        down = 1 - x;
    else if (s->kind == SCHEDULE_WSD)
        down = cool > 0 ? fmin(1, (double)(s->steps - step) / cool) : 1;
    else
        down = 0.5 * (1 + cos(acos(-1) * x));
    return s->peak * (s->min_ratio + (1 - s->min_ratio) * down);
}
