/* A run that is one process: nothing to sum, nobody to wait for. */
#include "ranks.h"

struct ranks *ranks_start(void)
{
    return NULL;
}

void ranks_stop(struct ranks *r)
{
    (void)r;
}

size_t ranks_count(const struct ranks *r)
{
    (void)r;
    return 1;
}

size_t ranks_number(const struct ranks *r)
{
    (void)r;
    return 0;
}

void ranks_sum(struct ranks *r, double *v, size_t n)
{
    (void)r, (void)v, (void)n;
}

void ranks_begin(struct ranks *r, float *v, size_t n)
{
    (void)r, (void)v, (void)n;
}

void ranks_wait(struct ranks *r)
{
    (void)r;
}

bool ranks_agree(struct ranks *r, double v)
{
    (void)r, (void)v;
    return true;
}

void ranks_check(struct ranks *r, int rc, const struct err *e)
{
    if (rc)
        ranks_fail(r, e);
}

void ranks_fail(struct ranks *r, const struct err *e)
{
    (void)r;
    die_err(e);
}
