/* Statistics by their textbook formulas. */
#include <math.h>

#include "metrics.h"

#define Z 1.959963984540054 /* two-sided 95 % of the normal distribution */

static struct estimate unknown(void)
{
    return (struct estimate){NAN, NAN, NAN};
}

static struct estimate around(double value, double variance)
{
    double half = Z * sqrt(variance);
    return (struct estimate){value, value - half, value + half};
}

struct estimate metrics_rate(double k, double n)
{
    if (!(n > 0))
        return unknown();
    double p = k / n, z2 = Z * Z, scale = 1 / (1 + z2 / n);
    double middle = (p + z2 / (2 * n)) * scale;
    double half = Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) * scale;
    struct estimate e = {p, middle - half, middle + half};
    if (k <= 0)
        e.low = 0;
    if (k >= n)
        e.high = 1;
    return e;
}

struct estimate metrics_mean(double sum, double n)
{
    if (!(n > 0))
        return unknown();
    return (struct estimate){sum / n, NAN, NAN};
}

static double variance(double k, double n)
{
    double p = k / n;
    return p * (1 - p) / n;
}

/* A difference of shares is nowhere beyond -1 and 1. */
static struct estimate of_shares(struct estimate x)
{
    x.low = fmax(-1, x.low);
    x.high = fmin(1, x.high);
    return x;
}

struct estimate metrics_difference(double k1, double n1, double k2, double n2)
{
    if (!(n1 > 0 && n2 > 0))
        return unknown();
    return of_shares(
        around(k1 / n1 - k2 / n2, variance(k1, n1) + variance(k2, n2)));
}

struct estimate metrics_change(double gained, double lost, double n)
{
    if (!(n > 0))
        return unknown();
    double d = (gained - lost) / n;
    return of_shares(around(d, ((gained + lost) / n - d * d) / n));
}

struct estimate metrics_blind_spot(double ki, double ni, double ke, double ne)
{
    if (!(ni > 0 && ke > 0 && ne > 0))
        return unknown();
    double pi = ki / ni, pe = ke / ne;
    double by_e = pi / (pe * pe), by_i = 1 / pe;
    return around(1 - pi / pe, by_e * by_e * variance(ke, ne) +
                                   by_i * by_i * variance(ki, ni));
}

static double log_choose(double n, double k)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

double metrics_mcnemar(double b, double c)
{
    double n = b + c, less = fmin(b, c), p = 0;
    if (n == 0)
        return 1;
    if (n > 10000) {
        double chi = fabs(b - c) - 1;
        return erfc(sqrt(chi * chi / n / 2));
    }
    for (double k = 0; k <= less; k++)
        p += exp(log_choose(n, k) - n * log(2));
    return fmin(1, 2 * p);
}

/* ---- edit distance */

struct points {
    uint32_t *v;
    size_t n;
};

static struct points points_of(struct str s, struct arena *a)
{
    struct points p = {arena_alloc(a, s.n * sizeof *p.v), 0};
    const char *at = s.p, *end = s.p + s.n;
    while (at < end) {
        size_t n = utf8_step(at, end, &p.v[p.n++]);
        at += n ? n : 1;
    }
    return p;
}

/* Takes off what both begin and end with. */
static void trim(struct points *x, struct points *y)
{
    while (x->n && y->n && x->v[0] == y->v[0]) {
        x->v++;
        y->v++;
        x->n--;
        y->n--;
    }
    while (x->n && y->n && x->v[x->n - 1] == y->v[y->n - 1]) {
        x->n--;
        y->n--;
    }
}

/* Levenshtein's distance, one row of the table at a time. */
static size_t distance(struct points x, struct points y, struct arena *a)
{
    size_t *row = arena_alloc(a, (y.n + 1) * sizeof *row);
    for (size_t j = 0; j <= y.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= x.n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= y.n; j++) {
            size_t swap = corner + (x.v[i - 1] != y.v[j - 1]);
            corner = row[j];
            row[j] = size_min(swap, size_min(row[j], row[j - 1]) + 1);
        }
    }
    return row[y.n];
}

double metrics_edit_ratio(struct str x, struct str y, struct arena *work)
{
    if (str_eq(x, y))
        return 0;
    struct points a = points_of(x, work), b = points_of(y, work);
    size_t all = a.n + b.n;
    trim(&a, &b);
    if (a.n > METRICS_EDIT || b.n > METRICS_EDIT)
        return NAN;
    return (double)distance(a, b, work) / (double)all;
}
