/* Curves drawn by hand: two axes, lines, labels; no more. */
#include "plot.h"

#include <math.h>
#include <stdint.h>

enum { WIDTH = 720, HEIGHT = 400, LEFT = 56, TOP = 24, RIGHT = 16, FOOT = 40 };
enum { POINTS = 800 }; /* of a line, at most */

struct frame { /* what the axes span */
    double from, to, low, high;
};

void plot_free(struct plot *p)
{
    vec_free(&p->train);
    vec_free(&p->eval);
}

/* At most n points: means of equal stretches.  Free the result. */
static struct plot_line thinned(const struct plot_line *line, size_t n)
{
    struct plot_line out = {0};
    size_t every = (line->n + n - 1) / n;
    for (size_t i = 0; i < line->n; i += every) {
        struct plot_point mean = {0, 0};
        size_t k = size_min(every, line->n - i);
        for (size_t j = i; j < i + k; j++) {
            mean.step += line->v[j].step / (double)k;
            mean.value += line->v[j].value / (double)k;
        }
        vec_push(&out, mean);
    }
    return out;
}

static void widen(struct frame *f, const struct plot_line *line)
{
    for (size_t i = 0; i < line->n; i++) {
        f->from = fmin(f->from, line->v[i].step);
        f->to = fmax(f->to, line->v[i].step);
        f->low = fmin(f->low, line->v[i].value);
        f->high = fmax(f->high, line->v[i].value);
    }
}

/* Never of no extent. */
static struct frame frame_of(const struct plot_line *a,
                             const struct plot_line *b)
{
    struct frame f = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    widen(&f, a);
    if (b)
        widen(&f, b);
    if (!(f.from <= f.to))
        f = (struct frame){0, 1, 0, 1};
    if (f.to - f.from < 1)
        f.to = f.from + 1;
    if (f.high - f.low < 1e-9)
        f.high = f.low + 1;
    return f;
}

/* 1, 2 or 5 times a power of ten, for four to nine ticks. */
static double tick(double span)
{
    double unit = pow(10, floor(log10(span / 4)));
    double n = span / 4 / unit;
    return unit * (n >= 5 ? 5 : n >= 2 ? 2 : 1);
}

static double at_x(const struct frame *f, double step)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * (step - f->from) / (f->to - f->from);
}

static double at_y(const struct frame *f, double v)
{
    return HEIGHT - FOOT -
           (HEIGHT - TOP - FOOT) * (v - f->low) / (f->high - f->low);
}

static void put_grid(struct buf *out, const struct frame *f)
{
    double dx = tick(f->to - f->from), dy = tick(f->high - f->low);
    buf_cstr(out, "<g stroke=\"#ddd\" fill=\"#555\" font-size=\"11\">\n");
    for (double v = ceil(f->low / dy) * dy; v <= f->high; v += dy)
        buf_printf(out,
                   "<path d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" "
                   "stroke=\"none\" text-anchor=\"end\">%.4g</text>\n",
                   LEFT, at_y(f, v), WIDTH - RIGHT, LEFT - 6, at_y(f, v) + 4,
                   fabs(v) < dy / 2 ? 0 : v);
    for (double s = ceil(f->from / dx) * dx; s <= f->to; s += dx)
        buf_printf(out,
                   "<path d=\"M%.1f %dV%d\"/><text x=\"%.1f\" y=\"%d\" "
                   "stroke=\"none\" text-anchor=\"middle\">%.10g</text>\n",
                   at_x(f, s), TOP, HEIGHT - FOOT, at_x(f, s),
                   HEIGHT - FOOT + 16, s);
    buf_printf(out,
               "<text x=\"%d\" y=\"%d\" stroke=\"none\" "
               "text-anchor=\"middle\">step</text>\n</g>\n",
               (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6);
}

static void put_line(struct buf *out, const struct frame *f,
                     const struct plot_line *line, const char *color)
{
    buf_printf(out,
               "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" "
               "points=\"",
               color);
    for (size_t i = 0; i < line->n; i++)
        buf_printf(out, "%s%.1f,%.1f", i ? " " : "", at_x(f, line->v[i].step),
                   at_y(f, line->v[i].value));
    buf_cstr(out, "\"/>\n");
}

void plot_svg(const struct plot *p, struct buf *out)
{
    struct plot_line train = thinned(&p->train, POINTS);
    struct plot_line eval = thinned(&p->eval, POINTS);
    struct frame f = frame_of(&train, &eval);
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d "
               "%d\" font-family=\"sans-serif\">\n"
               "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
               WIDTH, HEIGHT, WIDTH, HEIGHT);
    put_grid(out, &f);
    put_line(out, &f, &train, "#2563eb");
    buf_printf(out,
               "<text x=\"%d\" y=\"16\" font-size=\"12\" "
               "fill=\"#2563eb\">loss</text>\n",
               LEFT);
    if (eval.n > 0) {
        put_line(out, &f, &eval, "#dc2626");
        buf_printf(out,
                   "<text x=\"%d\" y=\"16\" font-size=\"12\" "
                   "fill=\"#dc2626\">eval_loss</text>\n",
                   LEFT + 48);
    }
    buf_cstr(out, "</svg>\n");
    vec_free(&train);
    vec_free(&eval);
}

/* Sets the dot (x, y), y from above, in cells of 2 by 4 dots. */
static void set_dot(uint8_t *cells, size_t columns, size_t x, size_t y)
{
    static const uint8_t bits[4][2] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};
    cells[y / 4 * columns + x / 2] |= bits[y % 4][x % 2];
}

/* The dots of a line: between its points too, up and down. */
static void draw(uint8_t *cells, size_t columns, size_t rows,
                 const struct plot_line *line)
{
    struct frame f = frame_of(line, NULL);
    size_t last = 0;
    for (size_t i = 0; i < line->n; i++) {
        double x = (line->v[i].step - f.from) / (f.to - f.from);
        double y = (f.high - line->v[i].value) / (f.high - f.low);
        size_t dx = (size_t)lround(x * (double)(columns * 2 - 1));
        size_t dy = (size_t)lround(y * (double)(rows * 4 - 1));
        size_t from = i ? size_min(last, dy) : dy;
        size_t to = i ? size_max(last, dy) : dy;
        for (size_t k = from; k <= to; k++)
            set_dot(cells, columns, dx, k);
        last = dy;
    }
}

void plot_text(const struct plot *p, size_t columns, size_t rows,
               struct buf *out)
{
    columns = size_max(columns, 8);
    struct plot_line line = thinned(&p->train, columns * 2);
    struct frame f = frame_of(&line, NULL);
    uint8_t *cells = mem_zero(columns * rows, 1);
    draw(cells, columns, rows, &line);
    for (size_t r = 0; r < rows; r++) {
        if (r == 0 || r + 1 == rows)
            buf_printf(out, "%9.4g ", r ? f.low : f.high);
        else
            buf_cstr(out, "          ");
        for (size_t c = 0; c < columns; c++) {
            unsigned dots = cells[r * columns + c]; /* U+2800 + dots */
            const char utf8[] = {'\xe2', (char)(0xa0 + (dots >> 6)),
                                 (char)(0x80 + (dots & 63))};
            buf_add(out, utf8, 3);
        }
        buf_char(out, '\n');
    }
    mem_free(cells);
    vec_free(&line);
}
