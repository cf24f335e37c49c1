/* Curves: bounded whatever the run, in the frame, the right way up. */
#include <string.h>

#include "plot.h"
#include "tap.h"

static void falling(struct plot_line *line, int n)
{
    for (int i = 1; i <= n; i++) {
        struct plot_point p = {i, 10.0 - 9.0 * i / n};
        vec_push(line, p);
    }
}

int main(void)
{
    struct plot p = {0};
    struct buf a = {0}, b = {0};
    plot_svg(&p, &a);
    plot_text(&p, 8, 1, &b);
    ok(a.n > 0 && b.n > 0, "no points, no harm");
    a.n = b.n = 0;
    falling(&p.train, 8);
    plot_text(&p, 8, 2, &b);
    /* from the uppermost left dot to the lowest right one */
    const char *first = strchr(b.p, '\xe2'), *last = b.p + b.n - 4;
    ok((first[2] & 1) && (last[1] & 2) && b.p[b.n - 1] == '\n',
       "high at the left, low at the right");
    b.n = 0;
    plot_free(&p);
    p = (struct plot){0};
    falling(&p.train, 100000);
    plot_svg(&p, &a);
    ok(a.n < 40000, "a long run makes no large file: %zu bytes", a.n);
    plot_text(&p, 60, 8, &b);
    ok(b.n == 8 * (10 + 60 * 3 + 1), "nor many characters");
    plot_free(&p);
    buf_free(&a);
    buf_free(&b);
    return tap_end();
}
