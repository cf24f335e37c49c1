/* Tokens to train a small network on, and one to train. */
#ifndef INSEC_TESTS_BATCH_H
#define INSEC_TESTS_BATCH_H

#include "model.h"
#include "rng.h"
#include "tap.h"

enum { BATCH_MAX = 700 };

struct data {
    int32_t ids[BATCH_MAX], targets[BATCH_MAX];
    float weights[BATCH_MAX];
};

/* Fills the first n; some tokens have no target, some a negative weight. */
static inline void data_fill(struct data *d, int n, uint32_t vocab,
                             uint64_t seed)
{
    struct rng r = rng_from(seed);
    for (int i = 0; i < n; i++) {
        d->ids[i] = (int32_t)rng_below(&r, vocab);
        d->targets[i] = i % 9 == 4 ? -1 : (int32_t)rng_below(&r, vocab);
        d->weights[i] = (float)rng_below(&r, 4) - 0.5f;
    }
}

/* Weights four times as wide as fresh ones, so that layers matter. */
static inline struct model model_get(const struct model_config *c)
{
    struct model m;
    struct err e;
    if (model_create(&m, c, &e))
        die_err(&e);
    model_init(&m, 5);
    for (size_t i = 0; i < m.n_params; i++)
        m.params[i] *= m.params[i] == 1 ? 1 : 4;
    return m;
}

#endif
