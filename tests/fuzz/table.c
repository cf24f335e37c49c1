/* CSV and TSV: every row that comes out is an object with a text. */
#include "table.h"
#include "fuzz.h"
#include "io.h"
#include "json.h"

static void settle(struct table *t, enum table_step step, struct buf *out)
{
    const struct json *root;
    struct err e;
    must((step == TABLE_ROW) == (out->n > 0));
    if (step == TABLE_BAD)
        must(table_why(t).n > 0 && table_lines(t) > 0);
    if (step == TABLE_ROW) {
        struct json_parser *p = json_parser_new();
        must(table_has_header(t) && table_lines(t) > 0);
        buf_reserve(out, IO_PADDING);
        must(json_parse(p, buf_view(out), &root, &e) == 0);
        must(json_get(root, "text"));
        json_parser_free(p);
    }
    out->n = 0;
}

static void read_all(struct str s, bool tabs)
{
    struct table *t = table_new(tabs, "body");
    struct buf out = {0};
    for (size_t from = 0; from < s.n;) {
        size_t nl = str_find(s, STR("\n"), from);
        settle(t, table_line(t, str_sub(s, from, nl), &out), &out);
        from = nl + 1;
    }
    settle(t, table_end(t, &out), &out);
    table_free(t);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct str s = {(const char *)data, n};
    read_all(s, false);
    read_all(s, true);
    return 0;
}
