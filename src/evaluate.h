/*
 * Evaluation: rows with completions in, metrics M1 to M16 out (M13, a probe
 * of hidden states, is not among them).  What each metric reads and means is
 * in insec-eval(1).
 *
 * A row is judged by itself, on any thread, and becomes an outcome; outcomes
 * are added up in the order of the input, so that sums are the same bytes for
 * any number of threads.
 */
#ifndef INSEC_EVALUATE_H
#define INSEC_EVALUATE_H

#include "bytemap.h"
#include "filter.h"
#include "metrics.h"
#include "record.h"

/* Whether a text is right: what the row's check says, what its problem says,
 * or whether it ends in the row's answer. */
enum evaluate_judging { JUDGE_CHECK, JUDGE_PROBLEM, JUDGE_ANSWER };
#define EVALUATE_JUDGES "check|problem|answer"

struct evaluator; /* one thread's part */
struct evaluator *evaluator_new(enum evaluate_judging judge);
void evaluator_free(struct evaluator *v);
/* Appends the outcome of a row to out, for evaluate_add.  Refuses a row that
 * is none of those in insec-eval(1). */
int evaluate_row(struct evaluator *v, const struct row *row, struct buf *out,
                 struct err *e) MUST_USE;

/* What is counted: n items, and the sum of what they are worth (for a rate
 * 0 or 1). */
struct cell {
    double n, sum;
};

enum evaluate_cell {
    CELL_DETECTED,       /* M1 */
    CELL_DETECTED_LATER, /* taken back at all */
    CELL_ALARM,          /* M2 */
    CELL_ALARM_LATER,
    CELL_CORRECT, /* M3 */
    CELL_CORRECT_DETECTED,
    CELL_EXACT,
    CELL_REASON,   /* M4 */
    CELL_EXTERNAL, /* M5 */
    CELL_WAIT,
    CELL_BEFORE, /* M6 */
    CELL_AFTER,
    CELL_GAINED, /* M7 */
    CELL_LOST,
    CELL_FIXED,
    CELL_BROKEN,
    CELL_BOTH_RIGHT,
    CELL_BOTH_WRONG,
    CELL_INJECTED, /* M8 */
    CELL_OWN,
    CELL_VERDICT, /* M9 */
    CELL_VERDICT_WRONG,
    CELL_VERDICT_RIGHT,
    CELL_FLAGS_RIGHT, /* M10 */
    CELL_FLAGS_WRONG,
    CELL_FLAGS_FALSE,
    CELL_UNNEEDED,
    CELL_ACCURATE, /* M11 */
    CELL_ODDS,     /* M12 */
    CELL_ERROR,
    CELL_EDITS, /* M14 */
    CELL_UNEDITED,
    CELL_TOO_LONG,
    CELL_EDIT_BINS,                     /* ten of them */
    CELL_RECORDS = CELL_EDIT_BINS + 10, /* M15 */
    CELL_ERRORS,
    CELL_WITH_ERRORS,
    CELL_NO_OP,
    CELL_FALSE_ERROR,
    CELL_DROPPED,
    CELL_OVERLAP,
    CELL_MARKS,
    CELL_TOKENS,
    CELL_LEARNT,
    CELL_KINDS,                          /* KIND_COUNT of them */
    CELL_LOSS = CELL_KINDS + KIND_COUNT, /* M16 */
    CELL_COUNT
};

/* What two models are compared on, row by row. */
enum evaluate_pair {
    PAIR_AFTER,
    PAIR_BEFORE,
    PAIR_DETECTED,
    PAIR_ALARM,
    PAIR_CORRECT,
    PAIR_COUNT
};

struct evaluate_paired {
    uint64_t key;       /* of id, sample and probe */
    uint8_t known, yes; /* a bit for each enum evaluate_pair */
};

struct evaluate_group {
    enum evaluate_of { OF_ALL, OF_CLASS, OF_LEVEL } of;
    struct str name; /* of a class; borrows from the tally's arena */
    int64_t level;
    struct cell cells[CELL_COUNT];
};

/* All that is counted.  Zero-initialise; evaluate_free. */
struct evaluate_tally {
    VEC(struct evaluate_group) groups; /* owns; the first one is OF_ALL */
    struct bytemap names;              /* of classes and levels */
    struct arena arena;
    VEC(struct evaluate_paired) pairs; /* owns; filled if paired is set */
    bool paired;
    VEC(uint64_t) templates; /* owns; filled if templated is set */
    bool templated;
    uint64_t undrafted; /* completions of which M6 and others know too little */
};
void evaluate_free(struct evaluate_tally *t);
/* Adds whole outcomes. */
void evaluate_add(struct evaluate_tally *t, struct str outcomes);
/* Readies t for the two functions below: puts groups and pairs in order.
 * Refuses ids that stand twice, where pairs are kept; name is the input. */
int evaluate_settle(struct evaluate_tally *t, const char *name,
                    struct err *e) MUST_USE;

/* Counts how many of t's rows have a template that train has too. */
void evaluate_overlap(struct evaluate_tally *t, struct evaluate_tally *train);

/* A metric as it is shown. */
struct evaluate_line {
    const char *id, *name; /* "M1", "detection" */
    const char *group;     /* "all", "class", "level", "bin", "kind", ... */
    struct str of;         /* which one; borrows from the tally */
    struct estimate value;
    double count, total; /* NaN: says nothing */
};
VEC_NAMED(evaluate_lines, struct evaluate_line);

/* Appends all metrics of t.  Strings made on the way live in a. */
void evaluate_lines_of(const struct evaluate_tally *t, struct arena *a,
                       struct evaluate_lines *out);
/* Appends the comparison of t with another model on the rows of both. */
void evaluate_compare(const struct evaluate_tally *t,
                      const struct evaluate_tally *other,
                      struct evaluate_lines *out);

/* The lines as JSON rows, as a table for people, as a picture. */
void evaluate_put_json(const struct evaluate_lines *l, struct buf *out);
void evaluate_put_table(const struct evaluate_lines *l, struct buf *out);
void evaluate_put_svg(const struct evaluate_lines *l, struct buf *out);

#endif
