/*
 * A curve over the steps of a run, as a picture and as text for a terminal.
 * Long runs are thinned to what can be seen, so the size of either does not
 * grow with the run.
 */
#ifndef INSEC_PLOT_H
#define INSEC_PLOT_H

#include "mem.h"
#include "str.h"

struct plot_point {
    double step, value;
};
VEC_NAMED(plot_line, struct plot_point);

/* Zero-initialise to start; plot_free at the end. */
struct plot {
    struct plot_line train, eval; /* steps rising */
};

void plot_free(struct plot *p);

/* Appends an SVG file; the same points, the same bytes. */
void plot_svg(const struct plot *p, struct buf *out);
/* Appends the curve of train in Braille dots, columns (8 at least) by rows of
 * characters, with its highest and lowest value. */
void plot_text(const struct plot *p, size_t columns, size_t rows,
               struct buf *out);

#endif
