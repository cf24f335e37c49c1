/*
 * Choosing the next token from logits: the best one, or by chance among the
 * likely ones (top-k; nucleus, https://arxiv.org/abs/1904.09751; min-p,
 * https://arxiv.org/abs/2407.01082).
 */
#ifndef INSEC_SAMPLE_H
#define INSEC_SAMPLE_H

#include "rng.h"

struct sample_opts {
    double temperature; /* 0: always the best token */
    int64_t top_k;      /* only so many; 0: all */
    double top_p;       /* only the likeliest that together have this; 1: all */
    double min_p;       /* only those with this share of the likeliest's; 0 */
};

struct sampler; /* working memory for one vocabulary */
struct sampler *sampler_new(const struct sample_opts *o, size_t vocab);
void sampler_free(struct sampler *s);

/* The id chosen from logits[vocab].  Of equals the lowest id counts as the
 * likelier, so that the choice is the same everywhere.  One draw from r
 * unless the temperature is 0.  A logit that is no number is never chosen. */
int32_t sampler_choose(struct sampler *s, const float *logits, struct rng *r);

#endif
