/* What asker.c and complete*.c share; for these only. */
#ifndef INSEC_COMPLETE_IMPL_H
#define INSEC_COMPLETE_IMPL_H

#include "complete.h"
#include "decode.h"
#include "model.h"

struct bias {
    int32_t id;
    float by;
};

struct stop {
    struct str text; /* borrows from the options */
    int32_t id;      /* of the token of this text; -1: there is none */
};

struct complete {
    const struct complete_opts *o; /* borrows */
    struct model model;            /* this and all that follows: owns */
    struct tokenizer *tokenizer;
    struct chat *chat;  /* NULL: there is none, */
    struct err no_chat; /* and that is why */
    struct resolve_marks marks;
    struct decoder *decoder; /* rows: o->batch, of model.config.context */
    struct sampler *sampler;
    struct segmenter *segmenter;
    struct slot *slots; /* [o->batch] */
    float *scratch;     /* [vocab] */
    VEC(struct bias) biases;
    VEC(struct stop) stops;
    struct arena arena; /* of one answer */
    struct piece_vec pieces;
    struct resolved resolved;
    struct buf raw, clean, draft;
    struct complete_counts counts;
    int32_t end;      /* the id that ends a document, -1: none */
    int32_t turn_end; /* the id that ends an answer in a conversation, or -1 */
};

/* A request as bytes: this, ids[n], the row without its closing brace.  It
 * never leaves the process. */
struct request {
    uint64_t key; /* of the random numbers */
    int64_t sample;
    size_t n;      /* ids */
    size_t prompt; /* of which the prompt */
    size_t row;    /* bytes */
    /* of --score: */
    size_t from; /* the first id whose probability is asked for */
    enum { PART_WHOLE, PART_WRONG, PART_RIGHT } part;
    size_t start, end; /* code points of the error that this is a part for */
};

struct slot { /* one sequence */
    struct request q;
    struct str row;     /* borrows from the requests */
    struct i32_vec ids; /* prompt and answer */
    struct rng rng;
    size_t limit;        /* ids, at most */
    bool ended;          /* the model said so */
    bool stopped;        /* a stop was written */
    bool busy;           /* at work */
    size_t number;       /* of its request */
    int64_t flags;       /* written by the model */
    VEC(float) logprobs; /* of its tokens */
    struct buf tail;     /* its bytes since the last special token */
};

/* Takes one request off the front. */
void complete_take(struct complete *c, struct str *requests, struct slot *s);
/* complete_answer with o->score. */
int complete_score(struct complete *c, struct str requests, struct writer *out,
                   struct err *e) MUST_USE;
/* Appends the finished row of a slot to out. */
int complete_put(struct complete *c, const struct slot *s, struct buf *out,
                 struct err *e) MUST_USE;

#endif
