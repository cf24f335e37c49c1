/*
 * AdamW (https://arxiv.org/abs/1711.05101) with decoupled weight decay on
 * matrices only, clipping by the norm of the whole gradient, and learning
 * rate schedules.
 */
#ifndef INSEC_OPTIM_H
#define INSEC_OPTIM_H

#include "model.h"

struct optim_config {
    double beta1, beta2; /* 0.9, 0.95 are usual */
    double eps;          /* 1e-8 */
    double decay;        /* weight decay; of matrices */
    double clip;         /* largest gradient norm; 0: no clipping */
};

struct optim {
    struct optim_config config;
    int64_t step; /* steps done */
    size_t n;     /* parameters */
    float *m, *v; /* [n] moments; owns (mem_huge) */
};

/* Moments are zero. */
void optim_create(struct optim *o, const struct model *m,
                  const struct optim_config *c);
void optim_free(struct optim *o);

/* Euclidean norm of g[n]; not finite if the run has diverged. */
double optim_norm(const float *g, size_t n);

/* One step with learning rate lr on m->params, grad[n_params] having the norm
 * that optim_norm gave. */
void optim_step(struct optim *o, struct model *m, const float *grad,
                double norm, double lr);

enum schedule_kind {
    SCHEDULE_COSINE,
    SCHEDULE_LINEAR,
    SCHEDULE_CONSTANT,
    SCHEDULE_WSD, /* constant, then linear over the cooldown */
};

/* Linear warm-up from 0, then down to peak * min_ratio at step `steps`. */
struct schedule {
    enum schedule_kind kind;
    double peak;
    double min_ratio;
    int64_t warmup;  /* steps */
    int64_t steps;   /* in all */
    double cooldown; /* share of steps at the end, of SCHEDULE_WSD */
};

/* The rate of a step, counted from 0. */
double schedule_rate(const struct schedule *s, int64_t step);

#endif
