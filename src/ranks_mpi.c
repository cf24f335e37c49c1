/*
 * Ranks over MPI.  A failed call of MPI ends the run with a message of MPI's
 * own, which is its default; mpirun then ends the other ranks, and does so
 * too where one leaves with a status that is not 0.
 */
#include "ranks.h"

#include <mpi.h>
#include <string.h>

#include "mem.h"

/* Floats summed at a time: one large call is several times slower (measured,
 * Open MPI 4.1, shared memory). */
enum { PIECE = 1 << 22 };

struct ranks {
    int number, count;
    VEC(MPI_Request) open; /* begun and not yet waited for */
    double *all;           /* [count * n_all] scratch; owns */
    size_t n_all;
};

struct ranks *ranks_start(void)
{
    struct ranks *r = mem_zero(1, sizeof *r);
    int level;
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
    MPI_Comm_rank(MPI_COMM_WORLD, &r->number);
    MPI_Comm_size(MPI_COMM_WORLD, &r->count);
    return r;
}

void ranks_stop(struct ranks *r)
{
    MPI_Finalize();
    vec_free(&r->open);
    mem_free(r->all);
    mem_free(r);
}

size_t ranks_count(const struct ranks *r)
{
    return (size_t)r->count;
}

size_t ranks_number(const struct ranks *r)
{
    return (size_t)r->number;
}

/* What every rank has in v[n], one after another. */
static const double *gather(struct ranks *r, const double *v, size_t n)
{
    if (r->n_all < n) {
        r->all = mem_grow(r->all, n * (size_t)r->count, sizeof *r->all);
        r->n_all = n;
    }
    MPI_Allgather(v, (int)n, MPI_DOUBLE, r->all, (int)n, MPI_DOUBLE,
                  MPI_COMM_WORLD);
    return r->all;
}

void ranks_sum(struct ranks *r, double *v, size_t n)
{
    const double *all = gather(r, v, n); /* [count,n] */
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t k = 0; k < (size_t)r->count; k++)
            sum += all[k * n + i];
        v[i] = sum;
    }
}

void ranks_begin(struct ranks *r, float *v, size_t n)
{
    int done;
    for (size_t i = 0; r->count > 1 && i < n; i += PIECE) {
        MPI_Request one;
        MPI_Iallreduce(MPI_IN_PLACE, v + i, (int)size_min(PIECE, n - i),
                       MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD, &one);
        vec_push(&r->open, one);
    }
    /* MPI works on what was begun only while it is called. */
    MPI_Testall((int)r->open.n, r->open.v, &done, MPI_STATUSES_IGNORE);
}

void ranks_wait(struct ranks *r)
{
    MPI_Waitall((int)r->open.n, r->open.v, MPI_STATUSES_IGNORE);
    r->open.n = 0;
}

bool ranks_agree(struct ranks *r, double v)
{
    const double *all = gather(r, &v, 1);
    bool same = true;
    for (int k = 1; k < r->count; k++)
        same = same && memcmp(&all[k], &all[0], sizeof v) == 0;
    return same;
}

/* Until mpirun ends this rank too. */
NORETURN static void hold(void)
{
    for (;;)
        MPI_Barrier(MPI_COMM_WORLD);
}

void ranks_check(struct ranks *r, int rc, const struct err *e)
{
    const double *all = gather(r, &(double){rc != 0}, 1);
    for (int k = 0; k < r->count; k++) {
        if (all[k] == 0)
            continue;
        if (k == r->number)
            die_err(e);
        hold();
    }
}

void ranks_fail(struct ranks *r, const struct err *e)
{
    if (ranks_lead(r))
        die_err(e);
    hold();
}
