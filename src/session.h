/*
 * What a training run has open: data, network, optimizer, and where it
 * stands.  Opening refuses what cannot be trained, before step 1.
 */
#ifndef INSEC_SESSION_H
#define INSEC_SESSION_H

#include "checkpoint.h"
#include "dataset.h"
#include "optim.h"
#include "trainopts.h"

struct session {
    const struct trainer_opts *o; /* borrows */
    struct tokenizer *tokenizer;  /* this and all that follows: owns */
    struct dataset train, eval; /* eval has no rows where there is no --eval */
    struct model model;
    struct model_run *run;
    struct optim optim;
    struct dataset_batch batch; /* one forward pass */
    float *losses;              /* [batch.max] */
    float *grad;                /* [n_params] */
    size_t *order;              /* [rows] of the epoch */
    int64_t steps;              /* where the run ends */
    struct trainer_state at;    /* borrows from optim and the two below */
    struct buf settings, evaluation;
};

/* shards: NULL-terminated operands, none: stdin.  o must outlive the session.
 * 0, or -1 with nothing left open. */
int session_open(struct session *s, const struct trainer_opts *o,
                 char *const *shards, struct err *e) MUST_USE;
void session_close(struct session *s);
/* Saves the checkpoint as it stands now. */
int session_save(struct session *s, struct err *e) MUST_USE;

#endif
