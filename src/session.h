/*
 * What a training run has open: data, network, optimizer, and where it
 * stands.  Opening refuses what cannot be trained, before step 1.
 */
#ifndef INSEC_SESSION_H
#define INSEC_SESSION_H

#include "checkpoint.h"
#include "dataset.h"
#include "optim.h"
#include "ranks.h"
#include "trainopts.h"

struct session {
    const struct trainer_opts *o; /* borrows */
    struct ranks *ranks;          /* borrows */
    struct tokenizer *tokenizer;  /* this and all that follows: owns */
    struct dataset train, eval; /* eval has no rows where there is no --eval */
    struct i32_vec new_ids;     /* that the checkpoint begun with lacks */
    struct model model;
    struct model_how how;
    struct lora *lora;  /* the adapter that is trained; NULL: the model is */
    uint64_t base_hash; /* of the weights below it, else 0 */
    struct model_run *run;
    struct optim optim;
    struct dataset_batch batch; /* one forward pass */
    float *losses;              /* [batch.max] */
    float *grad;                /* [n_params] */
    float *dpart;               /* [lora's n_params] the adapter's gradient */
    size_t *order;              /* [rows] of the epoch */
    int64_t steps;              /* where the run ends */
    double best;                /* lowest loss of --eval; INFINITY: none yet */
    int64_t best_step;          /* after which it was found */
    struct trainer_state at;    /* borrows from optim and the two below */
    struct buf settings, evaluation;
};

/* Bytes. */
struct budget {
    size_t weights; /* with those below an adapter */
    size_t gradient, optimizer, activations, data;
    size_t saving; /* copies of matrices that files hold turned */
    size_t all;
};
/* What a run with passes of up to max tokens takes; s has data and model. */
struct budget session_budget(const struct session *s, size_t max);
/* Is there memory for so many bytes more? */
int session_affords(const struct session *s, uint64_t need,
                    struct err *e) MUST_USE;
/* Tokens of its largest pass. */
size_t session_pass(const struct session *s);
/* Appends what a run would take, one JSON object.  The time is that of a pass
 * made now, the model staying as it is. */
void session_estimate(struct session *s, struct buf *out);

/* shards: NULL-terminated operands, none: stdin.  o and r must outlive the
 * session.  0, or -1 with nothing left open. */
int session_open(struct session *s, const struct trainer_opts *o,
                 char *const *shards, struct ranks *r, struct err *e) MUST_USE;
void session_close(struct session *s);
/* What is trained: the model, or the adapter's part. */
struct model *session_trained(struct session *s);
/* Saves the checkpoint, or the adapter, as it stands now; only rank 0 does. */
int session_save(struct session *s, struct err *e) MUST_USE;
/* Saves it to --best, without what a resume needs. */
int session_save_best(struct session *s, struct err *e) MUST_USE;

/* --merge: writes the checkpoint of --init with the adapter of --adapter in
 * it. */
int session_merge(const struct trainer_opts *o, struct err *e) MUST_USE;

#endif
