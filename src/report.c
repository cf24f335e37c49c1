/* Files for people, written when the run has come to its end. */
#include "report.h"

#include "io.h"
#include "trainlog.h"

void report_start(struct report *r, const struct trainer_opts *o, int64_t step)
{
    *r = (struct report){.o = o};
    if (o->tensorboard)
        events_start(&r->events, step);
}

/* Adds the keys, or the values, of a row of the log. */
static void put_cells(struct buf *out, struct str row, bool keys)
{
    struct str key, value;
    for (bool first = true; losses_next(&row, &key, &value); first = false) {
        if (!first)
            buf_char(out, ',');
        buf_str(out, keys ? key : value);
    }
    buf_char(out, '\n');
}

void report_row(struct report *r, struct str row)
{
    if (r->o->csv && r->csv.n == 0)
        put_cells(&r->csv, row, true);
    if (r->o->csv)
        put_cells(&r->csv, row, false);
    if (r->o->tensorboard)
        events_row(&r->events, row);
}

static int write_file(const char *path, struct str text, struct err *e)
{
    struct writer *w = writer_file(path, e);
    if (!w)
        return -1;
    writer_str(w, text);
    return writer_finish(w, e);
}

int report_write(const struct report *r, struct err *e)
{
    int rc = 0;
    if (r->o->csv)
        rc = write_file(r->o->csv, buf_view(&r->csv), e);
    if (!rc && r->o->tensorboard)
        rc = events_write(&r->events, r->o->tensorboard, e);
    if (!rc && r->o->plot) {
        struct buf svg = {0};
        plot_svg(&r->plot, &svg);
        rc = write_file(r->o->plot, buf_view(&svg), e);
        buf_free(&svg);
    }
    return rc;
}

void report_show(const struct report *r)
{
    struct buf text = {0};
    if (r->o->quiet || !diag_terminal() || r->plot.train.n < 2)
        return;
    plot_text(&r->plot, 60, 8, &text);
    diag_text(text.p, text.n);
    buf_free(&text);
}

void report_free(struct report *r)
{
    plot_free(&r->plot);
    buf_free(&r->csv);
    events_free(&r->events);
}
