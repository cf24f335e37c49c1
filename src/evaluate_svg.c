/*
 * The rates as a picture: a dot and its interval for each, by itself in one
 * SVG file.  Nothing in it comes from the input but numbers and levels.
 */
#include <math.h>

#include "evaluate.h"

enum { LEFT = 230, WIDE = 420, RIGHT = 150, STEP = 20, TOP = 34 };

/* Rates of all, and accuracies by level: what lies between 0 and 1. */
static bool drawn(const struct evaluate_line *l)
{
    bool all = strcmp(l->group, "all") == 0;
    bool level =
        strcmp(l->group, "level") == 0 && strcmp(l->name, "accuracy") == 0;
    return (all || level) && !isnan(l->value.low) && l->value.value >= 0 &&
           l->value.value <= 1;
}

static double across(double share)
{
    return LEFT + WIDE * fmin(1, fmax(0, share));
}

static void put_axis(struct buf *out, int bottom)
{
    for (int i = 0; i <= 4; i++) {
        double x = across(i / 4.0);
        buf_printf(out,
                   "<line class=\"g\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" "
                   "y2=\"%d\"/><text x=\"%.1f\" y=\"%d\" "
                   "text-anchor=\"middle\">%d %%</text>\n",
                   x, TOP - 8, x, bottom, x, TOP - 14, 25 * i);
    }
}

static void put_line(struct buf *out, const struct evaluate_line *l, int y)
{
    const struct estimate *v = &l->value;
    bool all = strcmp(l->group, "all") == 0;
    buf_printf(out, "<text x=\"8\" y=\"%d\">%s %s", y + 4, l->id, l->name);
    if (!all)
        buf_printf(out, ", level %.*s", STR_ARG(l->of));
    buf_printf(out,
               "</text><line class=\"i\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" "
               "y2=\"%d\"/><circle cx=\"%.1f\" cy=\"%d\" r=\"4\"/>",
               across(v->low), y, across(v->high), y, across(v->value), y);
    buf_printf(out, "<text x=\"%d\" y=\"%d\">%.1f %%", LEFT + WIDE + 14, y + 4,
               100 * v->value);
    if (!isnan(l->total))
        buf_printf(out, " of %.0f", l->total);
    buf_cstr(out, "</text>\n");
}

void evaluate_put_svg(const struct evaluate_lines *l, struct buf *out)
{
    int n = 0, y = TOP;
    for (size_t i = 0; i < l->n; i++)
        n += drawn(&l->v[i]);
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d "
               "%d\" font-family=\"sans-serif\" font-size=\"12\" "
               "role=\"img\">\n<title>insec-eval: rates and their 95 %% "
               "intervals</title>\n",
               LEFT + WIDE + RIGHT, TOP + n * STEP + 10);
    buf_cstr(out, "<style>.g{stroke:#ccc}.i{stroke:#26c;stroke-width:3}"
                  "circle{fill:#26c}text{fill:#222}svg{background:#fff}"
                  "</style>\n");
    put_axis(out, TOP + n * STEP);
    for (size_t i = 0; i < l->n; i++) {
        if (!drawn(&l->v[i]))
            continue;
        put_line(out, &l->v[i], y + STEP / 2 - 4);
        y += STEP;
    }
    buf_cstr(out, "</svg>\n");
}
