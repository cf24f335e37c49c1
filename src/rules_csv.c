/* Feeds libcsv byte by byte, so that a callback knows where its field began;
 * tables are small.  What a field means is rules.c's. */
#include <csv.h>
#include <limits.h>
#include <stdlib.h>

#include "io.h"
#include "rules_csv.h"

static const char *const column_names[COLUMNS] = {
    "class", "rule", "pattern", "wrong", "reason", "weight", "unit"};

struct table {
    const struct table *outer; /* that includes this one, or NULL */
    const char *real;          /* its path without links, or NULL */
    struct arena *arena;
    struct rule_row_vec *rows;
    struct where at, field; /* of the next byte; of the field's first */
    bool header_done, row_begun, included;
    VEC(int) header; /* enum rule_column of each */
    struct rule_row row;
    size_t n; /* fields of the row so far */
    struct err *e;
    bool failed;
};

static void refuse(struct table *t, struct where at, const char *what,
                   struct str detail)
{
    if (!t->failed)
        err_at(t->e, at, "%s \"%.*s\"", what, STR_ARG(detail));
    t->failed = true;
}

static void header_field(struct table *t, struct str s)
{
    for (int i = 0; i < COLUMNS; i++)
        if (str_eq(str_of(column_names[i]), s)) {
            for (size_t k = 0; k < t->header.n; k++)
                if (t->header.v[k] == i)
                    refuse(t, t->field, "second column", s);
            vec_push(&t->header, i);
            return;
        }
    refuse(t, t->field, "unknown column", s);
}

static void on_field(void *p, size_t n, void *ctx)
{
    struct table *t = ctx;
    struct str s = {p ? p : "", n};
    t->row_begun = true;
    if (t->failed)
        return;
    if (!t->header_done) {
        header_field(t, s);
    } else if (t->n >= t->header.n) {
        refuse(t, t->field, "more fields than the header:", s);
    } else {
        int column = t->header.v[t->n++];
        t->row.field[column].p = arena_copy(t->arena, s.p, s.n);
        t->row.field[column].n = s.n;
        t->row.at[column] = t->field;
    }
    t->field = t->at; /* behind the comma */
    t->field.col++;
}

static void on_row(int c, void *ctx)
{
    struct table *t = ctx;
    (void)c;
    t->row_begun = false;
    if (t->failed)
        return;
    if (t->header_done) {
        if (t->n < t->header.n)
            refuse(t, t->at, "no field for column",
                   str_of(column_names[t->header.v[t->n]]));
        else
            vec_push(t->rows, t->row);
        t->row = (struct rule_row){0};
        t->n = 0;
        return;
    }
    t->header_done = true;
    for (int i = 0; i < COLUMNS; i++) {
        bool there = false;
        for (size_t k = 0; k < t->header.n; k++)
            there |= t->header.v[k] == i;
        if (!there && i != COLUMN_UNIT)
            refuse(t, t->at, "missing column", str_of(column_names[i]));
    }
}

static int read_rows(struct table *t, struct str csv);

static const char *real_path(const char *path, struct arena *a)
{
    char *real = realpath(path, NULL), *kept = NULL;
    if (real)
        kept = arena_copy(a, real, strlen(real));
    free(real);
    return kept;
}

/* The rows of the file that the line `%include FILE` names. */
static void include(struct table *t, struct str line)
{
    const char *slash = strrchr(t->at.name, '/');
    struct str file = str_sub(line, 9, line.n);
    struct where at = t->at;
    struct buf path = {0}, csv = {0};
    struct err why;
    t->included = true;
    at.col += 9;
    if (file.n > 0 && file.p[file.n - 1] == '\r')
        file.n--;
    if (file.n == 0 || memchr(file.p, 0, file.n)) {
        refuse(t, at, "no file to include in", line);
        return;
    }
    if (slash && file.p[0] != '/')
        buf_add(&path, t->at.name, (size_t)(slash - t->at.name) + 1);
    buf_str(&path, file);
    struct table inner = {
        .outer = t, .arena = t->arena, .rows = t->rows, .e = t->e};
    const char *name = arena_copy(t->arena, path.p, path.n);
    inner.at = inner.field = (struct where){name, 1, 1};
    inner.real = real_path(name, t->arena);
    for (const struct table *o = t; o && inner.real; o = o->outer)
        if (o->real && strcmp(o->real, inner.real) == 0)
            refuse(t, at, "a table that includes itself:", file);
    if (!t->failed && io_slurp(name, &csv, &why)) {
        err_at(t->e, at, "%s", why.text);
        t->failed = true;
    }
    t->failed = t->failed || read_rows(&inner, buf_view(&csv)) != 0;
    buf_free(&path);
    buf_free(&csv);
}

static void feed(struct table *t, struct csv_parser *p, struct str csv)
{
    bool quoted = false, line_start = true;
    for (size_t i = 0; i < csv.n && !t->failed; i++) {
        char c = csv.p[i];
        struct str rest = str_sub(csv, i, csv.n);
        if (line_start && !quoted && !t->row_begun &&
            (c == '#' || str_starts(rest, STR("%include ")))) {
            size_t end = str_find(csv, STR("\n"), i);
            if (c != '#')
                include(t, str_sub(csv, i, end));
            i = end;
            t->at.line++;
            continue;
        }
        if (line_start && !quoted && !t->row_begun)
            t->field = t->at;
        if (c == '"' && !quoted && t->at.line == t->field.line &&
            t->at.col == t->field.col)
            t->field.col++; /* the field's text begins behind its quote */
        quoted ^= c == '"';
        if (csv_parse(p, &c, 1, on_field, on_row, t) != 1)
            refuse(t, t->at, "malformed CSV at", str_sub(csv, i, i + 1));
        t->at.col++;
        line_start = c == '\n';
        if (line_start) {
            t->at.line++;
            t->at.col = 1;
        }
    }
    if (!t->failed && csv_fini(p, on_field, on_row, t) != 0)
        refuse(t, t->field, "an unclosed quote, or malformed CSV in",
               str_of(t->at.name));
}

static int read_rows(struct table *t, struct str csv)
{
    struct csv_parser p;
    size_t bad = utf8_check(csv);
    if (str_starts(csv, STR("\xEF\xBB\xBF")))
        csv = str_sub(csv, 3, csv.n);
    if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        return err_set(t->e, STATUS_SYSTEM, "the CSV parser does not start");
    if (bad < csv.n) {
        for (size_t i = 0; i < bad; i++)
            t->at.line += csv.p[i] == '\n';
        t->at.col = 0;
        refuse(t, t->at, "malformed UTF-8 in", str_of(t->at.name));
    } else {
        feed(t, &p, csv);
    }
    if (!t->failed && !t->header_done && !t->included)
        refuse(t, t->at, "no header in", str_of(t->at.name));
    csv_free(&p);
    vec_free(&t->header);
    return t->failed ? -1 : 0;
}

int rule_rows(const char *name, struct str csv, struct arena *a,
              struct rule_row_vec *out, struct err *e)
{
    struct table t = {.real = real_path(name, a),
                      .arena = a,
                      .rows = out,
                      .at = {name, 1, 1},
                      .field = {name, 1, 1},
                      .e = e};
    return read_rows(&t, csv);
}
