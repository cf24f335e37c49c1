/*
 * Checkpoints: Hugging Face folders.  config.json, model.safetensors,
 * tokenizer.json, generation_config.json; trainer_state.json and
 * optimizer.safetensors for an exact resume.  A folder appears whole or not
 * at all.
 */
#ifndef INSEC_CHECKPOINT_H
#define INSEC_CHECKPOINT_H

#include "model.h"
#include "tokenizer.h"

/* Where a run stands; what --resume needs beyond the weights. */
struct trainer_state {
    int64_t step;   /* optimizer steps done */
    int64_t tokens; /* trained tokens seen */
    uint64_t seed;
    uint64_t data_hash; /* of the training shards */
    const float *m, *v; /* [n_params] moments: borrowed when saving, owned
                           (mem_huge) after loading */
};

/* Writes dir (replacing an older one); state NULL: weights only. */
int checkpoint_save(const char *dir, const struct model *m,
                    const struct tokenizer *t,
                    const struct trainer_state *state, struct err *e) MUST_USE;
/* Reads the weights (F32, F16, BF16) and config of dir. */
int checkpoint_load(const char *dir, struct model *m, struct err *e) MUST_USE;
/* Reads the trainer's state into *s; m is the loaded model. */
int checkpoint_state(const char *dir, const struct model *m,
                     struct trainer_state *s, struct err *e) MUST_USE;
/* A config.json as Hugging Face writes it. */
int checkpoint_config(const char *path, struct model_config *c,
                      struct err *e) MUST_USE;

#endif
