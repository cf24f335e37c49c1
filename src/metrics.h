/*
 * The statistics of an evaluation: rates with intervals, differences, paired
 * tests, edit distance.  Pure functions of counts and texts.
 *
 * What is not defined, such as a rate out of nothing, is NaN and never 0.
 * Intervals are of 95 %.
 */
#ifndef INSEC_METRICS_H
#define INSEC_METRICS_H

#include "mem.h"
#include "str.h"

struct estimate {
    double value, low, high; /* NaN: not defined */
};

/* k of n, with Wilson's interval
 * (https://doi.org/10.1080/01621459.1927.10502953). */
struct estimate metrics_rate(double k, double n);
/* sum over n, without an interval. */
struct estimate metrics_mean(double sum, double n);
/* k1/n1 - k2/n2 of independent samples; normal approximation. */
struct estimate metrics_difference(double k1, double n1, double k2, double n2);
/* (gained - lost) / n, of the same n items seen twice. */
struct estimate metrics_change(double gained, double lost, double n);
/* The blind spot 1 - (ki/ni) / (ke/ne), with the error of the delta method
 * (Self-Correction Bench, https://arxiv.org/abs/2507.02778); not defined
 * where the second rate is 0. */
struct estimate metrics_blind_spot(double ki, double ni, double ke, double ne);
/* McNemar's test: how likely a split of b + c differing pairs is at least as
 * uneven as this; exact up to 10,000 pairs, above them by the corrected
 * chi-squared.  1 where no pair differs. */
double metrics_mcnemar(double b, double c);

/* Edits between two texts over the code points of both, 0 for two empty
 * ones.  Well-formed UTF-8.  NaN where more than METRICS_EDIT code points
 * are left of either once the common ends are gone: the work grows with the
 * product.  work is scratch of the caller. */
#define METRICS_EDIT 4096
double metrics_edit_ratio(struct str x, struct str y, struct arena *work);

#endif
