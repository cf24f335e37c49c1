/* How many threads, and how they wait.  No work is done here. */
#include "threads.h"

#include <omp.h>
#include <stdlib.h>
#include <unistd.h>

void threads_patient(char **argv)
{
    if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT"))
        return;
    /* Where starting again is impossible the run is only slower. */
    if (!setenv("GOMP_SPINCOUNT", "1000", 0))
        execv("/proc/self/exe", argv);
}

void threads_set(int64_t jobs)
{
    omp_set_num_threads(jobs > 0 ? (int)jobs : omp_get_num_procs());
}
