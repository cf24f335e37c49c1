/* Documents in, whatever form they come in. */
#include "ingest.h"

#include <csv.h>
#include <sys/stat.h>

#include "json.h"

#define TEXT_LIMIT ((size_t)1 << 30) /* a longer paragraph or file is refused  \
                                      */

struct ingest {
    const struct filter_opts *o; /* borrows */
    char *const *inputs;         /* borrows; the next one to open */
    bool use_stdin;
    struct reader *r; /* owns; NULL between inputs */
    uint64_t done, total;

    /* csv and tsv: the header and the row under construction */
    struct csv_parser csv;
    VEC(struct buf) names, cells; /* own */
    size_t n_cells;
    uint64_t row_line;
    struct ingest_batch *batch; /* where a finished row goes */
    bool complete;              /* a csv row has just ended */
    bool inside;                /* a csv row goes on over a newline */
};

static uint64_t size_of_all(char *const *inputs)
{
    uint64_t total = 0;
    for (; *inputs; inputs++) {
        struct stat st;
        if (stat(*inputs, &st) != 0 || !S_ISREG(st.st_mode))
            return 0;
        total += (uint64_t)st.st_size;
    }
    return total;
}

struct ingest *ingest_open(const struct filter_opts *o, char *const *inputs)
{
    struct ingest *g = mem_zero(1, sizeof *g);
    g->o = o;
    g->inputs = inputs;
    g->use_stdin = !*inputs;
    g->total = size_of_all(inputs);
    return g;
}

static void free_cells(struct ingest *g)
{
    for (size_t i = 0; i < g->names.n; i++)
        buf_free(&g->names.v[i]);
    for (size_t i = 0; i < g->cells.n; i++)
        buf_free(&g->cells.v[i]);
    vec_free(&g->names);
    vec_free(&g->cells);
    g->n_cells = 0;
}

void ingest_close(struct ingest *g)
{
    if (!g)
        return;
    free_cells(g);
    csv_free(&g->csv);
    reader_close(g->r);
    mem_free(g);
}

uint64_t ingest_done(const struct ingest *g)
{
    return g->done + (g->r ? reader_done(g->r) : 0);
}

uint64_t ingest_total(const struct ingest *g)
{
    return g->r && !g->total ? reader_size(g->r) : g->total;
}

static struct str without_cr(struct str s)
{
    return s.n && s.p[s.n - 1] == '\r' ? str_sub(s, 0, s.n - 1) : s;
}

static bool blank(struct str s)
{
    size_t n = 0;
    while (n < s.n && (s.p[n] == ' ' || s.p[n] == '\t' || s.p[n] == '\r'))
        n++;
    return n == s.n;
}

/* {"text":"…"}; text that is not UTF-8 goes in raw, with its place noted. */
static void add_text(struct ingest_batch *b, struct str text, uint64_t line)
{
    struct ingest_row row = {.from = b->text.n, .line = line};
    size_t bad = utf8_check(text);
    if (bad < text.n) {
        const char *nl = memrchr(text.p, '\n', bad);
        for (size_t i = 0; i < bad; i++)
            row.line += text.p[i] == '\n';
        row.bad_col = bad - (nl ? (size_t)(nl + 1 - text.p) : 0) + 1;
        buf_str(&b->text, text);
    } else {
        buf_char(&b->text, '{');
        json_put_field(&b->text, "text", text);
        buf_char(&b->text, '}');
    }
    row.n = b->text.n - row.from;
    vec_push(&b->rows, row);
}

/* ---- one step per format: a batch (or one row) of it; 1, 0, -1 */

static int next_lines(struct ingest *g, struct ingest_batch *b, struct err *e)
{
    uint64_t line = reader_where(g->r).line;
    size_t from = b->text.n;
    int got = reader_lines(g->r, &b->text, (size_t)g->o->block, e);
    if (got < 0)
        return -1;
    const char *p = b->text.p + from, *end = b->text.p + b->text.n;
    while (p < end) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        struct str s = {p, (size_t)((nl ? nl : end) - p)};
        line++;
        if (s.n > 1 || (s.n == 1 && *s.p != '\r')) {
            struct ingest_row row = {(size_t)(p - b->text.p), s.n, line, 0};
            vec_push(&b->rows, row);
        }
        p = nl ? nl + 1 : end;
    }
    return got;
}

static int next_text(struct ingest *g, struct ingest_batch *b, struct err *e)
{
    struct str line;
    int got = reader_line(g->r, &line, e);
    if (got > 0 && !blank(line))
        add_text(b, without_cr(line), reader_where(g->r).line);
    return got;
}

static int next_para(struct ingest *g, struct ingest_batch *b, struct err *e)
{
    struct buf para = {0};
    struct str line;
    uint64_t first = 0;
    int got;
    while ((got = reader_line(g->r, &line, e)) > 0) {
        if (blank(line)) {
            if (first)
                break;
            continue;
        }
        if (first)
            buf_char(&para, '\n');
        else
            first = reader_where(g->r).line;
        buf_str(&para, without_cr(line));
        if (para.n > TEXT_LIMIT) {
            got = err_at(e, reader_where(g->r),
                         "the paragraph is longer than %zu bytes", TEXT_LIMIT);
            break;
        }
    }
    if (got >= 0 && first) {
        add_text(b, buf_view(&para), first);
        got = 1;
    }
    buf_free(&para);
    return got;
}

static int next_file(struct ingest *g, struct ingest_batch *b, struct err *e)
{
    struct buf all = {0};
    int got = reader_rest(g->r, &all, e);
    if (got == 0 && all.n > TEXT_LIMIT)
        got = err_at(e, (struct where){reader_where(g->r).name, 0, 0},
                     "the file is longer than %zu bytes", TEXT_LIMIT);
    if (got == 0 && all.n > 0) {
        add_text(b, buf_view(&all), 1);
        got = 1;
    }
    buf_free(&all);
    return got;
}

/* ---- csv and tsv */

static int keep_spaces(unsigned char c)
{
    (void)c;
    return 0;
}

static void cell(void *p, size_t n, void *ctx)
{
    struct ingest *g = ctx;
    if (g->n_cells == g->cells.n)
        vec_push(&g->cells, (struct buf){0});
    struct buf *b = &g->cells.v[g->n_cells++];
    b->n = 0;
    buf_add(b, p, n);
}

static void row_end(int c, void *ctx)
{
    (void)c;
    struct ingest *g = ctx;
    g->complete = true;
}

static void split_tabs(struct ingest *g, struct str line)
{
    size_t from = 0;
    for (;;) {
        size_t tab = str_find(line, STR("\t"), from);
        cell((void *)(uintptr_t)(line.p + from), tab - from, g);
        if (tab == line.n)
            break;
        from = tab + 1;
    }
    g->complete = true;
}

static int header(struct ingest *g, struct err *e)
{
    bool found = false;
    for (size_t i = 0; i < g->n_cells; i++) {
        struct buf name = {0};
        buf_str(&name, buf_view(&g->cells.v[i]));
        vec_push(&g->names, name);
        found |= str_eq(buf_view(&name), str_of(g->o->field));
    }
    if (!found)
        return err_at(e, reader_where(g->r), "the header has no column %s",
                      g->o->field);
    return 0;
}

static int object(struct ingest *g, struct err *e)
{
    struct where at = {reader_where(g->r).name, g->row_line, 0};
    if (g->n_cells != g->names.n)
        return err_at(e, at, "the row has %zu cells, the header %zu",
                      g->n_cells, g->names.n);
    struct buf *out = &g->batch->text;
    struct ingest_row row = {.from = out->n, .line = g->row_line};
    buf_char(out, '{');
    for (size_t i = 0; i < g->n_cells; i++) {
        struct str name = buf_view(&g->names.v[i]);
        struct str value = buf_view(&g->cells.v[i]);
        if (utf8_check(value) < value.n || utf8_check(name) < name.n)
            return err_at(e, at, "malformed UTF-8 in cell %zu", i + 1);
        bool text = str_eq(name, str_of(g->o->field));
        if (i)
            buf_char(out, ',');
        json_put_string(out, text ? STR("text") : name);
        buf_char(out, ':');
        json_put_string(out, value);
    }
    buf_char(out, '}');
    row.n = out->n - row.from;
    vec_push(&g->batch->rows, row);
    return 0;
}

static int csv_trouble(struct ingest *g, struct err *e)
{
    struct where at = {reader_where(g->r).name, g->row_line, 0};
    return err_at(e, at, "bad CSV: %s", csv_strerror(csv_error(&g->csv)));
}

static int next_cells(struct ingest *g, struct ingest_batch *b, struct err *e)
{
    bool tabs = g->o->format == INPUT_TSV;
    struct str line;
    int got = reader_line(g->r, &line, e);
    if (got < 0)
        return -1;
    g->batch = b;
    if (!g->inside)
        g->row_line = reader_where(g->r).line;
    g->inside = got > 0 && !blank(line);
    if (got == 0) {
        if (!tabs && csv_fini(&g->csv, cell, row_end, g) != 0)
            return csv_trouble(g, e);
    } else if (tabs) {
        if (!blank(line))
            split_tabs(g, without_cr(line));
    } else if (csv_parse(&g->csv, line.p, line.n, cell, row_end, g) < line.n ||
               csv_parse(&g->csv, "\n", 1, cell, row_end, g) < 1) {
        return csv_trouble(g, e);
    }
    if (g->complete) {
        int ok = g->names.n ? object(g, e) : header(g, e);
        g->n_cells = 0;
        g->complete = g->inside = false;
        if (ok < 0)
            return -1;
    }
    return got;
}

/* ---- inputs one after another */

static int open_next(struct ingest *g, struct err *e)
{
    const char *path = g->use_stdin ? NULL : *g->inputs;
    if (!g->use_stdin && !path)
        return 0;
    g->inputs += !g->use_stdin;
    g->use_stdin = false;
    g->r = reader_open(path, 0, e);
    if (!g->r)
        return -1;
    free_cells(g);
    csv_free(&g->csv);
    csv_init(&g->csv, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_space_func(&g->csv, keep_spaces);
    /* A byte order mark in front of an input is no part of it. */
    return reader_skip(g->r, STR("\xef\xbb\xbf"), e) < 0 ? -1 : 1;
}

static int step(struct ingest *g, struct ingest_batch *b, struct err *e)
{
    switch ((enum input_format)g->o->format) {
    case INPUT_JSONL:
        return next_lines(g, b, e);
    case INPUT_TEXT:
        return next_text(g, b, e);
    case INPUT_PARA:
        return next_para(g, b, e);
    case INPUT_FILE:
        return next_file(g, b, e);
    case INPUT_CSV:
    case INPUT_TSV:
        return next_cells(g, b, e);
    }
    return 0;
}

int ingest_next(struct ingest *g, struct ingest_batch *b, struct err *e)
{
    b->text.n = b->rows.n = 0;
    int got = 1;
    for (;;) {
        if (!g->r) {
            got = open_next(g, e);
            if (got <= 0)
                return got;
        }
        b->name = reader_where(g->r).name;
        b->text.n = 0; /* blank lines so far, if anything */
        while (b->text.n < (size_t)g->o->block && got > 0)
            got = step(g, b, e);
        if (got == 0) {
            g->done += reader_done(g->r);
            reader_close(g->r);
            g->r = NULL;
        }
        if (got < 0 || b->rows.n) {
            buf_reserve(&b->text, IO_PADDING);
            return got < 0 ? -1 : 1;
        }
    }
}
