/*
 * The training loop: rows in, log rows out, a checkpoint at the end and on
 * the way.  The same seed, data and settings give the same bytes for any
 * number of threads, in one go or resumed.
 */
#ifndef INSEC_TRAINER_H
#define INSEC_TRAINER_H

#include "session.h"

/* Trains to the end and saves; the log goes to stdout.  A loss or gradient
 * that is not finite, or a step with nothing to learn, stops before its
 * update: what was saved stays. */
int trainer_run(struct session *s, struct err *e) MUST_USE;

#endif
