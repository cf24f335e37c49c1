/* Files for people, written when the run has come to its end. */
#include "report.h"

#include "io.h"
#include "trainlog.h"

void report_start(struct report *r, const struct trainer_opts *o)
{
    *r = (struct report){.o = o};
}

/* Adds the keys, or the values, of a flat object of numbers. */
static void put_cells(struct buf *out, struct str row, bool keys)
{
    size_t i = 1;
    for (bool first = true; i < row.n && row.p[i] == '"'; first = false) {
        size_t key = ++i;
        while (i < row.n && row.p[i] != '"')
            i++;
        size_t key_end = i, value = i += 2;
        while (i < row.n && row.p[i] != ',' && row.p[i] != '}')
            i++;
        if (!first)
            buf_char(out, ',');
        buf_str(out,
                keys ? str_sub(row, key, key_end) : str_sub(row, value, i));
        i++;
    }
    buf_char(out, '\n');
}

void report_row(struct report *r, struct str row)
{
    if (!r->o->csv)
        return;
    if (r->csv.n == 0)
        put_cells(&r->csv, row, true);
    put_cells(&r->csv, row, false);
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
}
