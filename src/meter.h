/* How fast the steps of a run are: tokens a second, and the share of what the
 * processor could do at best. */
#ifndef INSEC_METER_H
#define INSEC_METER_H

#include "session.h"

struct meter_span {
    double seconds, tokens, flops;
};

struct meter {
    double peak; /* operations a second, of all processes; 0: not known */
    struct meter_span all, row; /* since the start; since the last row */
    double from;                /* when the step began */
};

/* wanted, of the first process: someone will look, so the peak is measured,
 * which takes some hundredths of a second. */
void meter_start(struct meter *m, struct ranks *r, bool wanted);
/* Around a step of n rows; evaluating and saving lie outside. */
void meter_begin(struct meter *m);
void meter_end(struct meter *m, const struct session *s, const size_t *rows,
               size_t n);
/* The text behind the progress, of all steps so far. */
void meter_show(const struct meter *m, double loss, char *out, size_t size);
/* Appends tokens_per_second and mfu of the steps since the last row, two
 * fields of an object. */
void meter_put(struct meter *m, struct buf *row);

#endif
