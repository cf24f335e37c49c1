/* Tokens from logits.  Sums are taken in double, in the order of
 * likelihood. */
#include "sample.h"

#include <math.h>
#include <stdlib.h>

#include "mem.h"

struct choice {
    float logit;
    int32_t id;
};

struct sampler {
    struct sample_opts o;
    size_t vocab;
    struct choice *choices; /* [vocab]; owns */
    double *weights;        /* [vocab]; owns */
};

struct sampler *sampler_new(const struct sample_opts *o, size_t vocab)
{
    struct sampler *s = mem_zero(1, sizeof *s);
    s->o = *o;
    s->vocab = vocab;
    s->choices = mem_zero(vocab, sizeof *s->choices);
    s->weights = mem_zero(vocab, sizeof *s->weights);
    return s;
}

void sampler_free(struct sampler *s)
{
    if (!s)
        return;
    mem_free(s->choices);
    mem_free(s->weights);
    mem_free(s);
}

static int32_t best(const float *logits, size_t n)
{
    size_t at = 0;
    for (size_t i = 1; i < n; i++)
        if (logits[i] > logits[at] || isnan(logits[at]))
            at = i;
    return (int32_t)at;
}

static int likelier(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;
    if (x->logit != y->logit)
        return x->logit > y->logit ? -1 : 1;
    return x->id < y->id ? -1 : 1;
}

/* How many of the sorted choices stay, given their weights. */
static size_t keep(const struct sampler *s, size_t n)
{
    if (s->o.top_k > 0)
        n = size_min(n, (size_t)s->o.top_k);
    double all = 0, sum = 0;
    while (n > 1 && s->weights[n - 1] < s->o.min_p * s->weights[0])
        n--;
    for (size_t i = 0; i < n; i++)
        all += s->weights[i];
    for (size_t i = 0; i < n && s->o.top_p < 1; i++) {
        sum += s->weights[i];
        if (sum >= s->o.top_p * all)
            return i + 1;
    }
    return n;
}

int32_t sampler_choose(struct sampler *s, const float *logits, struct rng *r)
{
    if (s->o.temperature <= 0)
        return best(logits, s->vocab);
    size_t n = 0;
    for (size_t i = 0; i < s->vocab; i++)
        if (!isnan(logits[i]))
            s->choices[n++] = (struct choice){logits[i], (int32_t)i};
    double unit = rng_unit(r);
    if (n == 0)
        return 0;
    qsort(s->choices, n, sizeof *s->choices, likelier);
    for (size_t i = 0; i < n; i++) {
        double below =
            (double)s->choices[i].logit - (double)s->choices[0].logit;
        s->weights[i] = exp(below / s->o.temperature);
    }
    n = keep(s, n);
    double all = 0;
    for (size_t i = 0; i < n; i++)
        all += s->weights[i];
    double left = unit * all;
    size_t at = 0;
    while (at + 1 < n && left >= s->weights[at])
        left -= s->weights[at++];
    return s->choices[at].id;
}
