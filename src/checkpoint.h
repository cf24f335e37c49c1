/*
 * Checkpoints: Hugging Face folders.  config.json, model.safetensors,
 * tokenizer.json, generation_config.json; trainer_state.json and
 * optimizer.safetensors for an exact resume.  A folder appears whole or not
 * at all.
 */
#ifndef INSEC_CHECKPOINT_H
#define INSEC_CHECKPOINT_H

#include "lora.h"
#include "str.h"
#include "tokenizer.h"

/* Where a run stands; what --resume needs beyond the weights. */
struct trainer_state {
    int64_t step;       /* optimizer steps done */
    int64_t epoch, row; /* the next row: passes done, rows done of this one */
    int64_t tokens;     /* seen, padding not counted */
    uint64_t seed;
    uint64_t data_hash;  /* of the training shards */
    struct str settings; /* a JSON object of all that must be the same when
                            the run goes on */
    struct str eval;     /* a JSON object: the last evaluation, {} for none */
    float *m, *v;        /* [n_params] moments of what is trained: borrowed when
                            saving, owned        (mem_huge) after loading */
    struct buf text;     /* after loading: owns what settings and eval borrow */
};

/* May dir be saved to, and does what stands there allow it? */
int checkpoint_check(const char *dir, struct err *e) MUST_USE;
/* Is there a checkpoint to go on from?  Mends a save that was cut short. */
bool checkpoint_resumable(const char *dir);

/* Writes dir (replacing an older one); state NULL: weights only. */
int checkpoint_save(const char *dir, const struct model *m,
                    const struct tokenizer *t,
                    const struct trainer_state *state, struct err *e) MUST_USE;
/* The same for an adapter of the checkpoint base: beside the tokenizer and
 * the state lie PEFT's files instead of the network's. */
int checkpoint_save_adapter(const char *dir, const struct lora *l,
                            const char *base, const struct tokenizer *t,
                            const struct trainer_state *state,
                            struct err *e) MUST_USE;
/* Reads the weights (F32, F16, BF16) and config of dir. */
int checkpoint_load(const char *dir, struct model *m, struct err *e) MUST_USE;
/* Reads the trainer's state into *s; m has what was trained: the loaded
 * model, or the adapter's part. */
int checkpoint_state(const char *dir, const struct model *m,
                     struct trainer_state *s, struct err *e) MUST_USE;
void checkpoint_state_free(struct trainer_state *s, const struct model *m);
/* The tokenizer of dir.  Returns owned, or NULL. */
struct tokenizer *checkpoint_tokenizer(const char *dir, struct err *e) MUST_USE;
/* The config of dir alone. */
int checkpoint_shape(const char *dir, struct model_config *c,
                     struct err *e) MUST_USE;
/* A config.json as Hugging Face writes it. */
int checkpoint_config(const char *path, struct model_config *c,
                      struct err *e) MUST_USE;

#endif
