/* Lines of metrics as JSON and as a table. */
#include <math.h>

#include "evaluate.h"

static void put_number(struct buf *out, const char *name, double x)
{
    if (isnan(x))
        json_put_field(out, name, STR("n/a"));
    else
        json_put_f64(out, name, x);
}

void evaluate_put_json(const struct evaluate_lines *l, struct buf *out)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct evaluate_line *x = &l->v[i];
        buf_char(out, '{');
        json_put_field(out, "metric", str_of(x->id));
        json_put_field(out, "name", str_of(x->name));
        json_put_field(out, "group", str_of(x->group));
        json_put_field(out, "of", x->of);
        put_number(out, "value", x->value.value);
        put_number(out, "low", x->value.low);
        put_number(out, "high", x->value.high);
        put_number(out, "count", x->count);
        put_number(out, "total", x->total);
        buf_cstr(out, "}\n");
    }
}

/* The text padded to so many columns, at least one blank behind it; what
 * could steer a terminal is shown as "?". */
static void put_text(struct buf *out, struct str s, size_t width)
{
    size_t n = utf8_count(s);
    for (size_t i = 0; i < s.n; i++)
        buf_char(out,
                 (unsigned char)s.p[i] < 32 || s.p[i] == 127 ? '?' : s.p[i]);
    do
        buf_char(out, ' ');
    while (++n < width);
}

static void put_cell(struct buf *out, double x, const char *format)
{
    if (isnan(x))
        buf_printf(out, "%9s", "n/a");
    else
        buf_printf(out, format, x);
}

void evaluate_put_table(const struct evaluate_lines *l, struct buf *out)
{
    buf_cstr(out, "metric name                     of               "
                  "    value       low      high     count     total\n");
    for (size_t i = 0; i < l->n; i++) {
        const struct evaluate_line *x = &l->v[i];
        bool all = strcmp(x->group, "all") == 0;
        struct buf of = {0};
        if (!all)
            buf_printf(&of, "%s ", x->group);
        buf_str(&of, x->of);
        put_text(out, str_of(x->id), 7);
        put_text(out, str_of(x->name), 25);
        put_text(out, buf_view(&of), 17);
        buf_free(&of);
        put_cell(out, x->value.value, "%9.4f");
        put_cell(out, x->value.low, " %9.4f");
        put_cell(out, x->value.high, " %9.4f");
        put_cell(out, x->count, " %9.4g");
        put_cell(out, x->total, " %9.7g");
        buf_char(out, '\n');
    }
}
