/*
 * Completions: prompts in, what a checkpoint makes of them out.  A row's
 * completion depends only on the checkpoint, the options, the seed, the row
 * and its id: not on the batch it is decoded in.
 */
#ifndef INSEC_COMPLETE_H
#define INSEC_COMPLETE_H

#include "chat.h"
#include "filter.h"
#include "model.h"
#include "record.h"
#include "resolve.h"
#include "sample.h"

struct complete_opts {
    const char *model; /* checkpoint folder */
    int dtype;         /* enum model_dtype */
    struct sample_opts sample;
    int64_t samples;    /* per row */
    int64_t max_tokens; /* new ones */
    int64_t batch;      /* sequences decoded at a time */
    int64_t seed;
    bool resolve;        /* completion without what the model took back */
    int unit;            /* enum unit: how far that goes back */
    bool go_on;          /* a row's completion is the beginning of the answer */
    bool score;          /* no new tokens: how likely are those given */
    bool logprobs;       /* of each token, in the row */
    int64_t max_retries; /* flags in an answer; -1: any number */
    struct opt_list stops;            /* texts that end an answer */
    struct opt_list biases;           /* "MARK=x": added to the token's logit */
    const char *wrong, *right, *back; /* the marks */
    const char *chat;     /* a folder or file with a chat template; NULL: the
                             checkpoint's, where it has one */
    struct opt_list sets; /* its variables */
};
#define COMPLETE_DEFAULTS                                                      \
    {                                                                          \
        .sample = {.top_p = 1}, .samples = 1, .max_tokens = 256, .batch = 32,  \
        .seed = 1, .max_retries = -1, .wrong = "<|wrong|>",                    \
        .right = "<|right|>", .back = "[BACK]"                                 \
    }

struct complete_counts {
    uint64_t completions, tokens;            /* tokens: new ones */
    uint64_t ended;                          /* came to their end */
    uint64_t retractions, unfinished, stray; /* see resolve.h */
};

struct complete;
/* Loads the checkpoint.  o must outlive it.  Returns owned, or NULL. */
struct complete *complete_open(const struct complete_opts *o,
                               struct err *e) MUST_USE;
void complete_close(struct complete *c); /* NULL is fine */
const struct complete_counts *complete_counts(const struct complete *c);

/* One thread's part: rows to requests. */
struct asker *asker_new(const struct complete *c);
void asker_free(struct asker *a);
/* Appends the requests of one row to out, for complete_answer.  Refuses a row
 * without a prompt, or whose prompt leaves no room for an answer. */
int asker_ask(struct asker *a, const struct row *row, struct buf *out,
              struct err *e) MUST_USE;

/* Decodes whole requests and writes the finished rows in their order, each
 * when its turn has come; with o->score, how likely what they hold is. */
int complete_answer(struct complete *c, struct str requests, struct writer *out,
                    struct err *e) MUST_USE;

#endif
