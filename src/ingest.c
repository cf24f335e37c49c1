/* Documents in, whatever form they come in. */
#include "ingest.h"

#include <sys/stat.h>

#include "json.h"
#include "table.h"

#define TEXT_LIMIT                                                             \
    ((size_t)1 << 30) /* a longer paragraph or file is refused                 \
                       */

struct ingest {
    const struct filter_opts *o; /* borrows */
    char *const *inputs;         /* borrows; the next one to open */
    bool use_stdin;
    struct reader *r; /* owns; NULL between inputs */
    uint64_t done, total;
    struct table *table; /* owns; csv and tsv */
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

void ingest_close(struct ingest *g)
{
    if (!g)
        return;
    table_free(g->table);
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

/* A row that is refused before a program sees it. */
static void add_bad(struct ingest_batch *b, struct str raw, struct str why,
                    struct ingest_row row)
{
    row.from = b->text.n;
    row.n = raw.n;
    row.n_why = why.n;
    buf_str(&b->text, raw);
    buf_str(&b->text, why);
    vec_push(&b->rows, row);
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
        add_bad(b, text, STR("malformed UTF-8"), row);
        return;
    }
    buf_char(&b->text, '{');
    json_put_field(&b->text, "text", text);
    buf_char(&b->text, '}');
    row.n = b->text.n - row.from;
    vec_push(&b->rows, row);
}

/* ---- one step per format: a batch (or one row) of it; 1, 0, -1 */

static int next_lines(struct ingest *g, struct ingest_batch *b, struct err *e)
{
    uint64_t line = reader_where(g->r).line;
    size_t from = b->text.n;
    int got = reader_lines(g->r, &b->text, (size_t)g->o->block, e);
    if (got < 0 &&
        b->text.n > from) { /* the whole lines before the failure count */
        const char *last = memrchr(b->text.p + from, '\n', b->text.n - from);
        b->text.n = last ? (size_t)(last + 1 - b->text.p) : from;
    }
    const char *p = b->text.p + from, *end = b->text.p + b->text.n;
    while (p < end) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        struct str s = {p, (size_t)((nl ? nl : end) - p)};
        line++;
        if (s.n > 1 || (s.n == 1 && *s.p != '\r')) {
            struct ingest_row row = {
                .from = (size_t)(p - b->text.p), .n = s.n, .line = line};
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

static int next_table(struct ingest *g, struct ingest_batch *b, struct err *e)
{
    struct table *t = g->table;
    struct str line;
    size_t from = b->text.n;
    int got = reader_line(g->r, &line, e);
    if (got < 0)
        return -1;
    enum table_step step =
        got ? table_line(t, line, &b->text) : table_end(t, &b->text);
    struct where at = reader_where(g->r);
    at.line -= table_lines(t) - (table_lines(t) > 0);
    struct ingest_row row = {.from = from, .line = at.line};
    if (step == TABLE_BAD && !table_has_header(t))
        return err_at(e, at, "%.*s", STR_ARG(table_why(t)));
    if (table_raw(t).n > TEXT_LIMIT)
        return err_at(e, at, "the row is longer than %zu bytes", TEXT_LIMIT);
    if (step == TABLE_BAD) {
        add_bad(b, table_raw(t), table_why(t), row);
    } else if (step == TABLE_ROW) {
        row.n = b->text.n - from;
        vec_push(&b->rows, row);
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
    table_free(g->table);
    g->table = table_new(g->o->format == INPUT_TSV, g->o->field);
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
        return next_table(g, b, e);
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
