/*
 * Task sums: additions written out column by column, from the right, with
 * carries.
 *
 *     47 + 85 =
 *     7 + 5 = 12, write 2 carry 1.
 *     4 + 8 + 1 = 13, write 3 carry 1.
 *     Answer: 132.
 *
 * Meant for models of a few 100,000 parameters; a wrong carry or digit goes on
 * into the next line or the answer.
 */
#ifndef INSEC_SUMS_H
#define INSEC_SUMS_H

#include "problem.h"

#define SUM_DIGITS 18
#define SUM_TERMS  9

/* Draws the problem of this key: 1, or 0 where it is not in o->split.  The
 * split goes by the operands, in any order.  Level is the digits of the
 * longest operand, uniform in o->digits: it depends on level_key alone. */
int sums_make(const struct problem_opts *o, uint64_t level_key, uint64_t key,
              struct problem *p);

/* Does the prompt look like one of this task? */
bool sums_knows(struct str prompt);

/* Hash of what must not be shared between train and test, the operands; false
 * where the prompt is not a sum. */
bool sums_structure(struct str prompt, uint64_t *out);

/* Judges a completion by what the prompt says; -1 where the prompt is not
 * a sum.  *v must be zero. */
int sums_check(struct str prompt, struct str completion, struct verdict *v,
               struct err *e) MUST_USE;

#endif
