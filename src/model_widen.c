/* Room for new ids in a trained network. */
#include <math.h>
#include <string.h>

#include "model.h"
#include "rng.h"

/* Columns of table[old,dim]: their mean; returns the deviation from it. */
static double mean_row(const float *table, size_t old, size_t dim, double *mean)
{
    double square = 0;
    for (size_t c = 0; c < dim; c++) {
        mean[c] = 0;
        for (size_t r = 0; r < old; r++)
            mean[c] += (double)table[r * dim + c];
        mean[c] /= (double)old;
    }
    for (size_t r = 0; r < old; r++)
        for (size_t c = 0; c < dim; c++) {
            double off = (double)table[r * dim + c] - mean[c];
            square += off * off;
        }
    return sqrt(square / (double)(old * dim));
}

/* Fills what lies behind the old rows of the tensor. */
static void new_rows(struct model *m, const struct model_tensor *t, size_t old,
                     uint64_t seed)
{
    size_t dim = t->shape[1];
    float *table = m->params + t->at;
    double *mean = mem_zero(dim, sizeof *mean);
    double noise = 0.1 * mean_row(table, old, dim, mean);
    struct rng rng = rng_from(rng_hash(seed, t->name, strlen(t->name)));
    for (size_t i = old * dim; i < t->n; i++)
        table[i] = (float)(mean[i % dim] + noise * rng_normal(&rng));
    mem_free(mean);
}

int model_widen(struct model *m, int32_t vocab, uint64_t seed, struct err *e)
{
    struct model wide;
    struct model_config c = m->config;
    size_t old = (size_t)c.vocab;
    c.vocab = vocab;
    if (model_create(&wide, &c, e))
        return -1;
    for (size_t i = 0; i < m->n_tensors; i++) {
        const struct model_tensor *t = &wide.tensors[i];
        size_t n = m->tensors[i].n;
        memcpy(wide.params + t->at, m->params + m->tensors[i].at,
               n * sizeof *wide.params);
        if (t->n > n)
            new_rows(&wide, t, old, seed);
    }
    model_free(m);
    *m = wide;
    return 0;
}
