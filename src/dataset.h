/*
 * Training data: the rows of shards, their order, and the batches they make.
 */
#ifndef INSEC_DATASET_H
#define INSEC_DATASET_H

#include "mem.h"
#include "model.h"
#include "record.h"
#include "tokenizer.h"

/* Everything in memory: 5 bytes a token and 20 a document.  Padding is dropped
 * when reading, so that a row is its documents one after another. */
struct dataset {
    struct i32_vec ids;   /* [tokens] */
    VEC(uint8_t) kinds;   /* [tokens]; enum kind of each token */
    struct size_vec docs; /* [documents+1] bounds, in tokens */
    struct size_vec rows; /* [rows+1] bounds, in documents */
    VEC(float) weights;   /* [documents] in the loss */
    size_t longest_doc;   /* tokens */
    size_t longest_row;   /* tokens */
    uint64_t hash;        /* of ids, kinds, all bounds and weights */
};

/* Adds every row of the shards of paths (NULL-terminated; empty: stdin).
 * Refuses shards of another tokenizer and ids that it does not have. */
int dataset_read(struct dataset *d, char *const *paths,
                 const struct tokenizer_info *t, struct err *e) MUST_USE;
void dataset_free(struct dataset *d);

static inline size_t dataset_rows(const struct dataset *d)
{
    return d->rows.n ? d->rows.n - 1 : 0;
}
size_t dataset_row_tokens(const struct dataset *d, size_t row);
/* The sum of the squares of its documents' lengths. */
double dataset_row_squares(const struct dataset *d, size_t row);

/* The sum of the weights of all targets of n rows, signs aside: that of a
 * target is its kind's times its document's; the first token of a document is
 * none. */
double dataset_weight(const struct dataset *d, const size_t *rows, size_t n,
                      const float weights[KIND_COUNT]);

/* The order of the rows in one pass: Fisher-Yates, from (seed, epoch).
 * order has room for all rows. */
void dataset_order(const struct dataset *d, uint64_t seed, int64_t epoch,
                   size_t *order);

/* How many of these n rows, from the first, make one batch: as many as have
 * no more than max tokens together, and at least one. */
size_t dataset_take(const struct dataset *d, const size_t *rows, size_t n,
                    size_t max);
/* Optimizer steps in one pass. */
int64_t dataset_steps(const struct dataset *d, uint64_t seed, int64_t epoch,
                      size_t max);

/* A batch for the model; room for up to `max` tokens, reused. */
struct dataset_batch {
    struct model_batch b; /* borrows from what follows */
    size_t max;
    int32_t *ids, *targets, *cu; /* [max], [max], [max+1]; owns */
    float *weights;              /* [max]; owns */
    uint8_t *kinds; /* [max] of the targets; KIND_PAD: none; owns */
    /* [max] Where an error departs from its correction: the target is the
     * error's token, the rival the correction's.  Elsewhere -1.  Owns. */
    int32_t *rivals;
    float *margins; /* [max] for the model to fill; owns */
};

void dataset_batch_new(struct dataset_batch *b, size_t max);
void dataset_batch_free(struct dataset_batch *b);
/* Fills *b with the n rows listed; weights by the target's kind, times the
 * document's. */
void dataset_fill(const struct dataset *d, const size_t *rows, size_t n,
                  const float weights[KIND_COUNT], struct dataset_batch *b);

#endif
