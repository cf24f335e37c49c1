/* Threads of the matrix work (OpenMP). */
#ifndef INSEC_THREADS_H
#define INSEC_THREADS_H

#include "base.h"

/* To be called first thing in main.  Threads that wait for each other spin
 * for a third of a second by default; with one busy neighbour on the machine
 * that makes a step four times slower (measured).  The library reads this
 * setting before main, so the program starts itself again with a short spin,
 * unless the user has set OMP_WAIT_POLICY or GOMP_SPINCOUNT. */
void threads_patient(char **argv);

/* So many threads; 0: one per core. */
void threads_set(int64_t jobs);

#endif
