/*
 * The processes of one run, "ranks", perhaps on several machines.  ranks.c is
 * for one alone; ranks_mpi.c takes its place where the program is built with
 * MPI=1, and is the one file that knows MPI.
 *
 * What says "all" must be called by every rank, in the same order.
 */
#ifndef INSEC_RANKS_H
#define INSEC_RANKS_H

#include "diag.h"

struct ranks;

struct ranks *ranks_start(void);  /* returns owned; all */
void ranks_stop(struct ranks *r); /* all; frees */

size_t ranks_count(const struct ranks *r);  /* how many */
size_t ranks_number(const struct ranks *r); /* which this is, from 0 */
/* Is this the one that writes? */
static inline bool ranks_lead(const struct ranks *r)
{
    return ranks_number(r) == 0;
}

/* v[n] becomes the sum over all, added in the order of ranks: the same bytes
 * everywhere. */
void ranks_sum(struct ranks *r, double *v, size_t n);

/* Begins to sum v[n] over all; v must be left alone until ranks_wait.  Goes
 * on with what was begun before, so the work is done while the caller works
 * on something else. */
void ranks_begin(struct ranks *r, float *v, size_t n);
void ranks_wait(struct ranks *r);

/* Have all the same v? */
bool ranks_agree(struct ranks *r, double v);

/* All: where *e has failed (rc is not 0) on any rank, the lowest of these says
 * so and ends the run; returns only if none has. */
void ranks_check(struct ranks *r, int rc, const struct err *e);
/* Ends the run where rank 0 says why: others wait for that. */
NORETURN void ranks_fail(struct ranks *r, const struct err *e);

#endif
