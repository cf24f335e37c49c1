/* A progress line on stderr, only where that is a terminal. */
#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "diag.h"

double progress_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void progress_start(struct progress *p, bool quiet, const char *unit,
                    double scale)
{
    *p = (struct progress){.on = !quiet && diag_terminal(),
                           .unit = unit,
                           .scale = scale,
                           .start = progress_clock()};
}

void progress_show(struct progress *p, double done, double total,
                   const char *note)
{
    if (!p->on)
        return;
    double now = progress_clock();
    if (now - p->last < 0.1)
        return;
    p->last = now;
    char line[200], left[64] = "";
    double rate = now > p->start ? done / (now - p->start) : 0;
    if (total > 0 && rate > 0) {
        double eta = fmax(0, (total - done) / rate);
        snprintf(left, sizeof left, " %3.0f%% eta %d:%02d",
                 100 * fmin(1, done / total), (int)eta / 60, (int)eta % 60);
    }
    int n = snprintf(line, sizeof line, "\r%s: %.1f %s, %.1f/s%s %s\033[K",
                     diag_name(), done / p->scale, p->unit, rate / p->scale,
                     left, note);
    diag_text(line, size_min((size_t)n, sizeof line - 1));
}

void progress_end(struct progress *p)
{
    if (p->on && p->last > 0)
        diag_text("\r\033[K", 4);
    p->on = false;
}
