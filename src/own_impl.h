/* What own*.c share; for these only. */
#ifndef INSEC_OWN_IMPL_H
#define INSEC_OWN_IMPL_H

#include "decode.h"
#include "own.h"
#include "tokenizer.h"

struct own_ids { /* a stretch of a job's pool of ids */
    size_t from, n;
};

struct own_doc { /* what stands before a target, and the target, as tokens */
    bool ready;
    struct str text;      /* both, in the job's arena */
    size_t shift;         /* bytes before the target */
    size_t bos;           /* ids before the text: 0 or 1 */
    struct i32_vec ids;   /* owns */
    struct size_vec ends; /* of each token of the text, in bytes; owns */
};

struct own_branch {     /* one way to go on at a place */
    size_t at;          /* ids of its document in front of it */
    struct own_ids ids; /* what follows them: of these */
    size_t given;       /* so many are given, the others are to be scored */
    size_t pick;        /* the candidate */
};

struct own_item { /* a place, in the order of asking */
    struct corrupt_ask ask;
    struct own_branch
        *branches; /* one, or [ask.n] sorted by at; in the arena */
    size_t n_branches;
    size_t need;       /* tokens to come at a branch, about */
    struct str *units; /* [wanted]: taken so far */
    size_t n_units;
    double *scores; /* [ask.n]: mean log-probability of a token */
};
VEC_NAMED(own_item_vec, struct own_item);

struct own_packet { /* a row on its way to own_sink: this, the text, padding */
    size_t n;
    struct where at;
};

struct own_job { /* a row */
    struct arena arena;
    struct row row;         /* borrows from the block */
    struct corrupt_row own; /* its targets and answer; the asks point here */
    struct target_vec targets;
    struct own_doc *docs; /* [targets]; in the arena */
    size_t n_docs;
    struct own_item_vec items;
    struct i32_vec pool;
    struct size_vec sorted; /* items by document and place */
    size_t left;            /* runs that are not done */
    size_t told;            /* items, the second time */
    struct buf out;
    bool done;
};

struct own_run { /* items of one document in one window, decoded by one slot */
    struct own_job *job;
    size_t first, end; /* of job->sorted */
    size_t start;      /* id of the document that the window begins with */
};

struct own_slot { /* one sequence of the decoder */
    bool busy;
    struct own_run run;
    size_t i;      /* the item at hand, in job->sorted */
    size_t branch; /* of it */
    size_t held;   /* ids of the document in the caches, from the window's
                      start */
    int32_t last;  /* id to go through the network next */
    size_t tried;  /* samples here */
    size_t misses; /* of them in vain, since the last that was taken */
    struct rng rng;
    struct buf text; /* of the sample */
    size_t seen;     /* bytes of it that were looked at for an end */
    size_t n, limit; /* its ids */
    bool fed;        /* the caches hold what stands before the branch */
    double sum;      /* of log-probabilities */
};

struct own_counts {
    uint64_t places, unasked; /* unasked: with nothing in front */
    uint64_t samples, tokens; /* tokens: written or scored */
    uint64_t same, refuted, broken, repeated, kept;
    uint64_t fed, prefix; /* ids read, and those in front of the places */
    uint64_t candidates;
    uint64_t rows;
};

struct own {
    const struct own_opts *o; /* borrows */
    struct corrupt_rows *rows;
    struct corrupt_model hook;
    struct model model; /* this and what follows: owns */
    struct tokenizer *tokenizer;
    struct encoder *encoder;
    struct decoder *decoder;
    struct sampler *sampler;
    struct segmenter *segmenter;
    void *asker, *teller; /* of corrupt_rows: for each row one, then the other;
                             the asker's counts are nobody's */
    struct corrupt_worker *judge; /* the teller's */
    struct i32_vec banned;        /* ids that are no text */
    int32_t end;                  /* ends a document; -1: none does */
    struct writer *out;

    struct str in; /* rows of the block that are not taken yet */
    VEC(struct own_job *) jobs;
    size_t written; /* of jobs */
    VEC(struct own_run) runs;
    size_t started;         /* of runs */
    struct own_slot *slots; /* [o->batch] */
    int32_t *ids, *live;    /* [o->batch] */
    struct own_job *job;    /* being asked, or told */
    bool telling;
    struct span_vec units;
    struct own_counts counts;
    struct err err; /* of a hook, which cannot return one */
    bool failed;
};

/* The next row of the block as a job, its runs appended to o->runs. */
struct own_job *own_take(struct own *o, struct err *e);
void own_job_free(struct own_job *job); /* NULL is fine */
/* The hook's first call for a place: makes an item of it. */
void own_ask(struct own *o, const struct corrupt_ask *a);

/* Puts a slot to work on the next run; false: there is none. */
bool own_start(struct own *o, struct own_slot *s);
/* One token for each busy slot. */
int own_step(struct own *o, struct err *e);

#endif
