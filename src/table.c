/* CSV and TSV rows to JSON objects. */
#include "table.h"

#include <csv.h>

#include "json.h"
#include "mem.h"

#define FIELD_BLOCK ((size_t)64 << 10) /* a long cell grows by so much */

struct table {
    bool tabs;
    const char *field; /* borrows */
    struct csv_parser csv;
    VEC(struct buf) names, cells; /* own; cells are reused */
    size_t n_cells;               /* of the row under construction */
    size_t ended;                 /* rows that ended in this line */
    bool complete;                /* the next line begins a row */
    struct buf raw, why;
    uint64_t lines;
};

static int is_space(unsigned char c)
{
    (void)c;
    return 0; /* white space in a cell is the cell's */
}

static void csv_start(struct table *t)
{
    csv_init(&t->csv, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_space_func(&t->csv, is_space);
    csv_set_blk_size(&t->csv, FIELD_BLOCK);
}

struct table *table_new(bool tabs, const char *field)
{
    struct table *t = mem_zero(1, sizeof *t);
    t->tabs = tabs;
    t->field = field;
    t->complete = true;
    csv_start(t);
    return t;
}

void table_free(struct table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->names.n; i++)
        buf_free(&t->names.v[i]);
    for (size_t i = 0; i < t->cells.n; i++)
        buf_free(&t->cells.v[i]);
    vec_free(&t->names);
    vec_free(&t->cells);
    buf_free(&t->raw);
    buf_free(&t->why);
    csv_free(&t->csv);
    mem_free(t);
}

uint64_t table_lines(const struct table *t)
{
    return t->lines;
}

struct str table_raw(const struct table *t)
{
    return buf_view(&t->raw);
}

struct str table_why(const struct table *t)
{
    return buf_view(&t->why);
}

bool table_has_header(const struct table *t)
{
    return t->names.n > 0;
}

/* ---- a line into cells */

static void cell(void *p, size_t n, void *ctx)
{
    struct table *t = ctx;
    if (t->n_cells == t->cells.n)
        vec_push(&t->cells, (struct buf){0});
    struct buf *b = &t->cells.v[t->n_cells++];
    b->n = 0;
    buf_add(b, p, n);
}

static void row_end(int c, void *ctx)
{
    struct table *t = ctx;
    (void)c;
    t->ended++;
}

static void split_tabs(struct table *t, struct str line)
{
    for (size_t from = 0; from <= line.n;) {
        size_t tab = str_find(line, STR("\t"), from);
        struct str s = str_sub(line, from, tab);
        cell((void *)(uintptr_t)s.p, s.n, t);
        from = tab + 1;
    }
    t->ended++;
}

static enum table_step bad(struct table *t, const char *why)
{
    t->why.n = 0;
    buf_cstr(&t->why, why);
    return TABLE_BAD;
}

/* ---- cells into an object */

static enum table_step header(struct table *t)
{
    size_t found = 0;
    for (size_t i = 0; i < t->n_cells; i++) {
        struct str s = buf_view(&t->cells.v[i]);
        if (utf8_check(s) < s.n)
            return bad(t, "malformed UTF-8 in the header");
        bool field = str_eq(s, str_of(t->field));
        bool taken = str_eq(s, STR("text")) && !field;
        for (size_t k = 0; k < i; k++)
            taken |= str_eq(s, buf_view(&t->cells.v[k]));
        if (taken) {
            bad(t, "two columns would be called ");
            buf_str(&t->why, str_sub(s, 0, size_min(s.n, 60)));
            return TABLE_BAD;
        }
        found += field;
    }
    if (!found) {
        bad(t, "the header has no column ");
        buf_cstr(&t->why, t->field);
        return TABLE_BAD;
    }
    for (size_t i = 0; i < t->n_cells; i++) {
        struct buf name = {0};
        buf_str(&name, buf_view(&t->cells.v[i]));
        vec_push(&t->names, name);
    }
    return TABLE_MORE;
}

static enum table_step object(struct table *t, struct buf *out)
{
    if (t->n_cells != t->names.n) {
        t->why.n = 0;
        buf_printf(&t->why, "the row has %zu cells, the header %zu", t->n_cells,
                   t->names.n);
        return TABLE_BAD;
    }
    if (utf8_check(buf_view(&t->raw)) < t->raw.n)
        return bad(t, "malformed UTF-8 in the row");
    buf_char(out, '{');
    for (size_t i = 0; i < t->n_cells; i++) {
        struct str name = buf_view(&t->names.v[i]);
        if (i)
            buf_char(out, ',');
        json_put_string(out,
                        str_eq(name, str_of(t->field)) ? STR("text") : name);
        buf_char(out, ':');
        json_put_string(out, buf_view(&t->cells.v[i]));
    }
    buf_char(out, '}');
    return TABLE_ROW;
}

/* After a line, or the end.  libcsv goes on from a fresh start behind what it
 * refused. */
static enum table_step settle(struct table *t, bool parsed, struct buf *out)
{
    if (parsed && t->ended == 0)
        return TABLE_MORE;
    t->complete = true;
    enum table_step step;
    if (!parsed)
        step = bad(t, "bad CSV: a quote stands out of place or has no end");
    else if (t->ended > 1)
        step = bad(t, "bad CSV: a carriage return that ends no line");
    else
        step = table_has_header(t) ? object(t, out) : header(t);
    if (!parsed) {
        csv_free(&t->csv);
        csv_start(t);
    }
    return step;
}

enum table_step table_line(struct table *t, struct str line, struct buf *out)
{
    struct str bare = line;
    if (line.n && line.p[line.n - 1] == '\r')
        bare = str_sub(line, 0, line.n - 1);
    if (t->complete) {
        t->raw.n = t->lines = t->n_cells = 0;
        if (bare.n == 0)
            return TABLE_MORE;
    }
    if (t->lines++)
        buf_char(&t->raw, '\n');
    buf_str(&t->raw, line);
    t->complete = false;
    t->ended = 0;
    bool parsed = true;
    if (t->tabs)
        split_tabs(t, bare);
    else
        parsed =
            csv_parse(&t->csv, line.p, line.n, cell, row_end, t) == line.n &&
            csv_parse(&t->csv, "\n", 1, cell, row_end, t) == 1;
    return settle(t, parsed, out);
}

enum table_step table_end(struct table *t, struct buf *out)
{
    if (t->complete)
        return TABLE_MORE;
    t->ended = 0;
    return settle(t, csv_fini(&t->csv, cell, row_end, t) == 0, out);
}
