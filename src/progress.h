/* A progress line on stderr, only where that is a terminal; at most ten
 * times a second: share, rate, time left. */
#ifndef INSEC_PROGRESS_H
#define INSEC_PROGRESS_H

#include "base.h"

struct progress {
    bool on;
    const char *unit; /* "MB", "steps", "docs": what done and total count */
    double scale;     /* done / scale is shown */
    double start, last;
};

/* quiet, or no terminal: nothing is ever shown. */
void progress_start(struct progress *p, bool quiet, const char *unit,
                    double scale);
/* total 0: not known.  note is shown behind the figures; may be "". */
void progress_show(struct progress *p, double done, double total,
                   const char *note);
void progress_end(struct progress *p); /* wipes the line */
/* Seconds on a clock that never goes back. */
double progress_clock(void);

#endif
