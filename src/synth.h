/*
 * The tasks of insec-synth, by name: makes the records that a number and a
 * seed stand for, and checks completions of any task.
 */
#ifndef INSEC_SYNTH_H
#define INSEC_SYNTH_H

#include "problem.h"
#include "record.h"

struct synth_task;

#define SYNTH_TASKS "chain, sums"

/* NULL: no such task. */
const struct synth_task *synth_task(const char *name);

/* Makes problem number of the task into *p (cleared first).  What is drawn
 * depends on nothing but hash(seed, task, number) and the attempt; a draw
 * outside the split is repeated, at most o->draws times (then -1). */
int synth_make(const struct synth_task *t, const struct problem_opts *o,
               uint64_t number, struct problem *p, struct err *e) MUST_USE;

/* Appends {"id","prompt","completion","answer"} and a newline. */
void synth_put(struct buf *out, const struct synth_task *t, uint64_t seed,
               uint64_t number, const struct problem *p);

/* Checks a completion of the prompt, as below. */
int synth_judge(struct str prompt, struct str completion, struct verdict *v,
                struct err *e) MUST_USE;

/* Hash of what --split keeps apart in a problem; false where the prompt is a
 * problem of no task. */
bool synth_structure(struct str prompt, uint64_t *out);

/* Checks a row that has prompt and completion; the task is told from the
 * prompt.  -1 where that is not a problem of any task. */
int synth_check(const struct record *r, struct arena *a, struct verdict *v,
                struct err *e) MUST_USE;

/* Appends the row with "check" set to the verdict, and a newline. */
void synth_put_check(struct buf *out, const struct record *r,
                     const struct verdict *v);

/* Counts by level, for --stats. */
#define SYNTH_LEVELS 64 /* more than any problem has */
struct synth_tally {
    uint64_t records[SYNTH_LEVELS], right[SYNTH_LEVELS];
};
void synth_tally_add(struct synth_tally *to, const struct synth_tally *from);
/* Appends "right","share" and "levels":[{"level","records","right","share"}]
 * for those that occur; only "levels":[{"level","records"}] if not judged. */
void synth_put_tally(struct buf *json, const struct synth_tally *t,
                     bool judged);

#endif
