/*
 * What every synthetic task shares: its options, the split into train and
 * test, a scanner for prompts, and the reading of a completion line by line.
 * Knows no task.
 */
#ifndef INSEC_PROBLEM_H
#define INSEC_PROBLEM_H

#include "diag.h"
#include "rng.h"
#include "str.h"

enum split { SPLIT_ALL, SPLIT_TRAIN, SPLIT_TEST };
#define SPLITS "all|train|test"

struct range {
    int lo, hi; /* both included */
};

struct problem_opts {
    uint64_t seed;
    enum split split;
    int draws; /* attempts to hit the split before giving up */
    /* chain */
    struct range ops;
    int modulus;
    int distractors;
    int style; /* enum chain_style */
    bool sorted;
    /* sums */
    struct range digits;
    int terms;
};

/* A problem with its solution; cleared and filled by a task. */
struct problem {
    struct buf prompt, completion, answer; /* owns */
    int level;                             /* operations, or digits */
};

void problem_clear(struct problem *p);
void problem_free(struct problem *p);

/* "2-6" or "3" within [min,max]; a usage error names what. */
int range_parse(const char *what, const char *s, struct range bounds,
                struct range *out, struct err *e) MUST_USE;
int range_draw(struct range r, struct rng *rng);
bool is_prime(int n);

/* Is a problem of this structure in the split?  16 of 23 hash classes train
 * and 7 test, as in Physics of LMs 2.2 (arXiv 2408.16293). */
bool split_has(enum split split, uint64_t structure);

/* A place in a text.  Each scan_* moves on only when it matches. */
struct scan {
    const char *p, *end;
};

bool scan_lit(struct scan *s, const char *lit);
/* 1 to 16 ASCII letters; *w borrows from the text. */
bool scan_word(struct scan *s, struct str *w);
/* Up to 18 decimal digits without leading zeros. */
bool scan_number(struct scan *s, int64_t *v);

/* What a check found.  Lines count from 1; the answer's line comes behind
 * the steps, so first_wrong is steps + 1 where only the answer is wrong. */
struct verdict {
    bool right;
    int64_t steps, right_steps;
    int64_t unneeded;    /* right steps that the answer does not need */
    int64_t first_wrong; /* 0: none */
    int level;           /* of the problem: operations, or digits */
    char reason[240];    /* of first_wrong; "" where there is none */
};

/* Notes the reason of the line being read, if it is the first wrong one. */
void verdict_wrong(struct verdict *v, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The part of line that first differs from text, whose n parts end at ends;
 * n where line is text. */
size_t part_differing(struct str line, struct str text, const size_t *ends,
                      size_t n);

/* How a task judges: step says whether a line is right (else it has called
 * verdict_wrong), ready whether the answer may be given by now. */
struct judge {
    void *ctx;
    bool (*step)(void *ctx, struct str line, struct verdict *v);
    bool (*ready)(void *ctx, struct verdict *v);
    struct str answer;
};

/* Reads a completion: steps, one a line, then "Answer: X." as the last.
 * White space at both ends does not count. */
void judge_completion(const struct judge *j, struct str completion,
                      struct verdict *v);

/* Appends the last line of a completion. */
void put_answer(struct buf *b, struct str answer);

#endif
