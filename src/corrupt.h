/*
 * Choice: which places of a record become wrong, and how.
 *
 * One is drawn of all sites of all rules in a unit, as if they were found
 * first; so a class takes no unit that it has nothing for.  What is drawn
 * depends only on a hash of (seed, record id, copy, rule, place): an
 * exponential race between the classes of a unit, by weight, then between the
 * sites of the class.
 */
#ifndef INSEC_CORRUPT_H
#define INSEC_CORRUPT_H

#include "corrupt_answers.h"
#include "corrupt_candidates.h"
#include "record.h"
#include "rules.h"
#include "structure.h"

enum corrupt_reason { REASON_TEXT, REASON_CLASS, REASON_NONE };
#define CORRUPT_REASONS "text|class|none"

#define CORRUPT_ANY  0
#define CORRUPT_LAST (-1)

struct corrupt_opts {
    double rate;  /* chance that a unit gets an error */
    double retry; /* chance of one more error at the same place, and again */
    double clean; /* share of the records that are left alone */
    int64_t max;  /* places in a record; 0: no limit */
    int64_t at;   /* the unit that may be wrong, from 1; CORRUPT_ANY, _LAST */
    int64_t seed;
    int unit;                            /* enum unit */
    int reason;                          /* enum corrupt_reason */
    bool check_arithmetic, check_answer; /* refuse what is not wrong */
    const char *check_command;           /* likewise, or NULL */
    bool in_code, in_url;                /* rules may touch these too */
};
#define CORRUPT_DEFAULTS                                                       \
    {                                                                          \
        .rate = 0.2, .retry = 0.2, .clean = 0.3, .seed = 1                     \
    }

struct corruptor; /* immutable while workers run; shared by them */

/* Borrows all three for its lifetime.  The classes are those of the rules and
 * structure_names, all of weight 0.  Settles the rules. */
struct corruptor *corruptor_new(const struct corrupt_opts *o, struct rules *r,
                                const struct pool *pool); /* returns owned */
/* From now on the errors are the answers (borrowed), of class "model". */
void corruptor_merge(struct corruptor *c, const struct answers *a);
/* From now on candidates (borrowed) are added to the records first. */
void corruptor_candidates(struct corruptor *c, const struct candidates *x);
void corruptor_free(struct corruptor *c);
/* Gives a class its weight, "all": every class; false: there is no such
 * class. */
bool corruptor_weight(struct corruptor *c, struct str class, double weight);

struct corrupt_worker; /* one per thread */

/* Starts a co-process of its own for check_command.  Returns owned, or NULL. */
struct corrupt_worker *corrupt_worker_new(const struct corruptor *c,
                                          struct err *e);
/* Adds its counts to c and frees it; not while another worker does.  With
 * count false they are lost. */
void corrupt_worker_free(struct corruptor *c, struct corrupt_worker *w,
                         bool count);

struct corrupt_row;

/* A place that a model has a say in; borrows, and only for the call. */
struct corrupt_ask {
    const struct corrupt_row *row;
    size_t target;
    struct span unit; /* bytes of the target, with the white space before it */
    size_t body;      /* where that ends */
    uint64_t key;     /* of (seed, id, copy, field, place) */
    size_t wanted;    /* errors there, at most CORRUPT_ALTERNATIVES */
    const struct edit *candidates; /* [n], to choose from; 0: what the model
                                      would write there itself is wanted */
    size_t n;
};
#define CORRUPT_ALTERNATIVES 16 /* errors at one place */
#define CORRUPT_RANKED       16 /* candidates to choose from */

struct corrupt_said {
    struct str unit; /* the model's own, judged CORRUPT_WRONG */
    size_t pick;     /* or a candidate */
};

struct corrupt_model {
    void *ctx;
    bool ranks;      /* it chooses among candidates */
    bool first_word; /* of its own units only the first word that differs */
    /* Fills out, returns how many there are: of its own, at most wanted;
     * candidates, all of them, the best first, or none yet. */
    size_t (*say)(void *ctx, const struct corrupt_ask *a,
                  struct corrupt_said *out);
};

/* One copy of a record. */
struct corrupt_row {
    struct arena *arena; /* borrows; what is made lives there */
    struct str id;
    uint64_t copy; /* from 1 */
    const struct target_vec *targets;
    const struct record *record; /* that they are of */
    struct str answer;           /* the record's, or empty */
    struct buf *requests; /* NULL, or: a request is appended for each place
                             that is drawn, and no error is made */
    const struct corrupt_model *model; /* NULL, or: it is asked at each place */
    struct edit_vec *edits; /* those it has already; then all of them */
};

/* Adds errors to the row; units with an error that it has already are left as
 * they are.  The result is sorted and fits record_edits.  Its strings live in
 * the arena, or as long as c or the targets. */
int corrupt_record(struct corrupt_worker *w, const struct corrupt_row *row,
                   struct err *e) MUST_USE;

enum corrupt_verdict {
    CORRUPT_SAME,    /* the words that stand there */
    CORRUPT_REFUTED, /* right after all, as a check says */
    CORRUPT_WRONG
};
/* What is a text instead of the unit that was asked for?  a->row needs its
 * targets and answer only. */
enum corrupt_verdict corrupt_judge(struct corrupt_worker *w,
                                   const struct corrupt_ask *a,
                                   struct str unit);
/* 0, or -1 where a check has failed in any call so far. */
int corrupt_trouble(const struct corrupt_worker *w, struct err *e) MUST_USE;

/* The text that the target at field answers, or an empty one; it borrows
 * from r or lives in the arena. */
struct str corrupt_prompt(const struct record *r, struct arena *a,
                          struct str field);

/* The record's "answer" as text, or an empty one; a number keeps its digits. */
struct str corrupt_answer(const struct record *r, struct arena *a);

/* Appends the counts of all freed workers as fields. */
void corruptor_stats(const struct corruptor *c, struct buf *json);

#endif
