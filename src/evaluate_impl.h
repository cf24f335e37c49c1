/* Between the files of evaluate: a row being judged, and the outcome on its
 * way to the tally. */
#ifndef INSEC_EVALUATE_IMPL_H
#define INSEC_EVALUATE_IMPL_H

#include "evaluate.h"
#include "normalize.h"

/* What a row adds to a cell. */
struct outcome_item {
    int32_t cell;
    double n, sum;
};

/* Followed by that many items and the bytes of the class. */
struct outcome {
    struct evaluate_paired pair;
    int64_t level; /* -1: none */
    bool undrafted;
    bool part;         /* counts in the group of its class alone */
    bool templated;    /* has a template, */
    uint64_t template; /* of this hash */
    uint32_t items, class_n;
};

struct evaluator {
    enum evaluate_judging judge;
    struct json_parser *parser; /* owns */
    struct arena arena;         /* of the row */
    struct outcome outcome;
    VEC(struct outcome_item) items;
    struct str class; /* of the planted error; empty: none */
    struct buf parts; /* outcomes of classes alone, behind the row's own */
    struct target_vec targets;
    struct edit_vec edits;
    struct normal normal[2]; /* scratch */
    struct buf text;         /* likewise */
};

/* Members of a row or of an object in it: p NULL, none, NaN or NULL where
 * there is none of that type. */
struct str row_text(struct evaluator *v, const struct json *in,
                    const char *name);
int64_t row_whole(const struct json *in, const char *name, int64_t none);
double row_number(const struct json *in, const char *name);
const struct json *row_list(const struct json *in, const char *name);

/* Adds to a cell of the outcome; the second, one item that is true or not. */
void outcome_add(struct evaluator *v, int cell, double n, double sum);
void outcome_yes(struct evaluator *v, int cell, bool true_);

/* Adds to a cell of the row and of a class. */
void outcome_of(struct evaluator *v, struct str class, int cell,
                struct outcome_item x);

struct judged {
    bool known, right;
    int64_t level;    /* -1: none */
    int64_t unneeded; /* -1: not known */
};

/* Judges a text of row r; name is the member that holds a check of it. */
int evaluate_judge(struct evaluator *v, const struct record *r, struct str text,
                   const char *name, struct judged *j, struct err *e) MUST_USE;

/* Rows of other kinds than completions. */
void evaluate_scores(struct evaluator *v, const struct record *r);
int evaluate_document(struct evaluator *v, const struct record *r,
                      const struct json *list, struct err *e) MUST_USE;
/* What insec-pack counts: errors by class, and those dropped. */
void evaluate_packing(struct evaluator *v, const struct json *classes);
/* Hash of the row's template, of which --train asks; false: it has none. */
bool evaluate_template(struct evaluator *v, const struct record *r,
                       uint64_t *out);
void evaluate_example(struct evaluator *v, const struct json *list);
int evaluate_tokens(struct evaluator *v, const struct record *r,
                    struct err *e) MUST_USE;

#endif
