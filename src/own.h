/*
 * Errors with a checkpoint: what it would write itself at the places that
 * are drawn, where that is wrong, or which of the rules' candidates it finds
 * the most plausible.  What comes of a record depends only on the checkpoint,
 * the options, the seed, the record and its id: not on the batch.
 *
 * The room sits on struct filter: own_work checks rows on the filter's
 * threads, own_sink takes them in order, decodes and writes.
 */
#ifndef INSEC_OWN_H
#define INSEC_OWN_H

#include "corrupt_rows.h"
#include "model.h"
#include "sample.h"

struct own_opts {
    const char *model; /* checkpoint folder: it writes itself */
    const char *rank;  /* or: it chooses among candidates */
    struct sample_opts sample;
    int64_t samples;    /* draws for one error, at most */
    int64_t max_tokens; /* of one unit */
    int64_t batch;      /* sequences decoded at a time */
    int dtype;          /* enum model_dtype */
    bool first_word;    /* an error is the first word that differs */
    int unit;           /* enum unit: what the places are */
};
#define OWN_DEFAULTS                                                           \
    {                                                                          \
        .sample = {.temperature = 1, .top_p = 1}, .samples = 4,                \
        .max_tokens = 256, .batch = 32                                         \
    }

struct own;
/* Loads the checkpoint.  Both must outlive it; rows->model becomes its own.
 * Returns owned, or NULL. */
struct own *own_open(const struct own_opts *o, struct corrupt_rows *rows,
                     struct err *e) MUST_USE;
/* Writes what is left and frees it; NULL is fine. */
int own_close(struct own *o, struct err *e) MUST_USE;

/* Rows for the option table of a program. */
/* clang-format off */
#define OWN_OPTIONS(o)                                                         \
    {0, "model", "DIR", OPT_STRING, &(o).model, 0, 0,                          \
     "take the errors that this checkpoint makes"},                            \
    {0, "rank", "DIR", OPT_STRING, &(o).rank, 0, 0,                            \
     "of errors take the one that it finds likeliest"},                        \
    {0, "temperature", "X", OPT_REAL, &(o).sample.temperature, 0, 100,         \
     "0: always the likeliest token"},                                         \
    {0, "top-k", "N", OPT_INT, &(o).sample.top_k, 0, 1e9,                      \
     "draw from the N likeliest tokens; 0: from all"},                         \
    {0, "top-p", "X", OPT_REAL, &(o).sample.top_p, 1e-9, 1,                    \
     "draw from the likeliest with X of the mass"},                            \
    {0, "min-p", "X", OPT_REAL, &(o).sample.min_p, 0, 1,                       \
     "draw from those with X of the best one's share"},                        \
    {'n', "samples", "N", OPT_INT, &(o).samples, 1, 1 << 20,                   \
     "draws of the model for an error, at most"},                              \
    {0, "max-tokens", "N", OPT_INT, &(o).max_tokens, 1, 1 << 30,               \
     "tokens of such a unit, at most"},                                        \
    {0, "first-word", NULL, OPT_FLAG, &(o).first_word, 0, 0,                   \
     "take its first wrong word only"},                                        \
    {0, "batch", "N", OPT_INT, &(o).batch, 1, 4096,                            \
     "sequences decoded at a time"},                                           \
    {0, "dtype", DTYPES, OPT_CHOICE, &(o).dtype, 0, 0,                         \
     "factors of the products with weights"}
/* clang-format on */

/* The functions of struct filter; ctx is a struct own. */
void *own_worker(void *ctx);
void own_worker_free(void *ctx, void *worker);
int own_work(void *worker, const struct row *row, struct buf *out,
             struct err *e);
int own_sink(void *ctx, struct str bytes, struct err *e);
void own_stats(void *ctx, struct buf *json);

#endif
