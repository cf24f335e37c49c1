/* What a run says of itself: the rows of its log, and the settings that must
 * be the same when it is resumed. */
#ifndef INSEC_TRAINLOG_H
#define INSEC_TRAINLOG_H

#include "dataset.h"
#include "lora.h"
#include "ranks.h"
#include "str.h"
#include "trainopts.h"

/* Losses of a step or an evaluation, summed in token order. */
struct losses {
    double sum[KIND_COUNT];   /* cross entropy of the targets of a kind */
    double count[KIND_COUNT]; /* targets */
    double weighted, weight;  /* over all: sum of model_objective, |weight| */
    double margin, places;    /* sum of margins, how many */
};

void losses_add(struct losses *l, const struct dataset_batch *b,
                const float *losses);
/* Over all ranks. */
void losses_sum(struct losses *l, struct ranks *r);
/* Weighted mean; 0 where there is no weight. */
double losses_mean(const struct losses *l);
/* Appends PREFIXloss, then PREFIXloss_KIND for every kind but padding: the
 * mean over its targets, trained or not; 0 where there are none.  Last
 * PREFIXuptake: the mean margin. */
void losses_put(struct buf *out, const char *prefix, const struct losses *l);

/* Takes the next field off what is left of a row of the log, JSON text; false
 * at its end. */
bool losses_next(struct str *row, struct str *key, struct str *value);

/* Everything that decides a run's bytes, but the data and the seed. */
struct settings {
    const struct trainer_opts *o;
    const struct model_config *model;
    const struct lora_config *lora; /* or NULL */
    uint64_t base_hash;             /* of the weights below it */
    int64_t steps;
    uint64_t eval_hash;
    size_t ranks;
};
/* Appends them as one JSON object. */
void settings_put(struct buf *out, const struct settings *s);
/* Refuses a run whose settings differ from the saved ones, naming the first
 * difference. */
int settings_same(struct str saved, struct str now, const char *dir,
                  struct err *e) MUST_USE;

#endif
