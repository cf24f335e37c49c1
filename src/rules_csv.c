/* Feeds libcsv byte by byte, so that a callback knows where its field began;
 * tables are small.  What a field means is rules.c's. */
#include <csv.h>

#include "rules_csv.h"

static const char *const column_names[COLUMNS] = {"class", "rule",   "pattern",
                                                  "wrong", "reason", "weight"};

struct table {
    struct arena *arena;
    struct rule_row_vec *rows;
    struct where at, field; /* of the next byte; of the field's first */
    bool header_done, row_begun;
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
        t->n = 0;
        return;
    }
    t->header_done = true;
    for (int i = 0; i < COLUMNS; i++) {
        bool there = false;
        for (size_t k = 0; k < t->header.n; k++)
            there |= t->header.v[k] == i;
        if (!there)
            refuse(t, t->at, "missing column", str_of(column_names[i]));
    }
}

static void feed(struct table *t, struct csv_parser *p, struct str csv)
{
    bool quoted = false, line_start = true;
    for (size_t i = 0; i < csv.n && !t->failed; i++) {
        char c = csv.p[i];
        if (line_start && !quoted && !t->row_begun && c == '#') {
            i = str_find(csv, STR("\n"), i);
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

int rule_rows(const char *name, struct str csv, struct arena *a,
              struct rule_row_vec *out, struct err *e)
{
    struct csv_parser p;
    struct table t = {.arena = a,
                      .rows = out,
                      .at = {name, 1, 1},
                      .field = {name, 1, 1},
                      .e = e};
    size_t bad = utf8_check(csv);
    if (str_starts(csv, STR("\xEF\xBB\xBF")))
        csv = str_sub(csv, 3, csv.n);
    if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        return err_set(e, STATUS_SYSTEM, "the CSV parser does not start");
    if (bad < csv.n) {
        for (size_t i = 0; i < bad; i++)
            t.at.line += csv.p[i] == '\n';
        t.at.col = 0;
        refuse(&t, t.at, "malformed UTF-8 in", str_of(name));
    } else {
        feed(&t, &p, csv);
    }
    if (!t.failed && !t.header_done)
        refuse(&t, t.at, "no header in", str_of(name));
    csv_free(&p);
    vec_free(&t.header);
    return t.failed ? -1 : 0;
}
