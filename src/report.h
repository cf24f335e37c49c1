/* What a run leaves for people besides its log: a picture of the losses, the
 * log as CSV and for TensorBoard, and a curve on the terminal. */
#ifndef INSEC_REPORT_H
#define INSEC_REPORT_H

#include "diag.h"
#include "events.h"
#include "plot.h"
#include "trainopts.h"

struct report {
    const struct trainer_opts *o; /* borrows */
    struct plot plot;
    struct buf csv;
    struct events events;
};

/* step: how many were done before. */
void report_start(struct report *r, const struct trainer_opts *o, int64_t step);
/* A row of the log, as JSON. */
void report_row(struct report *r, struct str row);
/* Writes the files that were asked for. */
int report_write(const struct report *r, struct err *e) MUST_USE;
/* The curve, where stderr is a terminal and nobody wants quiet. */
void report_show(const struct report *r);
void report_free(struct report *r);

#endif
