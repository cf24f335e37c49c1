/*
 * What it costs to find a row for each document, and what the rows waste: the
 * packer's best fit of the longest first, beside exact first fit over all rows
 * and next fit.  Nothing is copied or compressed.  Figures only.
 * usage: fit ROW < lengths, a line each
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "packer_impl.h"

struct lengths {
    uint32_t *v;
    size_t n, cap;
};

static double seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void show(const char *name, size_t rows, size_t row, double tokens,
                 double s)
{
    double places = (double)rows * (double)row;
    printf("%-34s %8.4f%% %9s %6.3f\n", name, 100 * (1 - tokens / places), "",
           s);
}

static size_t next_fit(const struct lengths *d, size_t row)
{
    size_t rows = 0, room = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (d->v[i] > room) {
            rows++;
            room = row;
        }
        room -= d->v[i];
    }
    return rows;
}

/* A tree over all rows that may be needed: a node holds the most room below
 * it, so the first row with enough is found from the root. */
static size_t first_fit(const struct lengths *d, size_t row)
{
    size_t leaves = 1, rows = 0;
    while (leaves < d->n)
        leaves *= 2;
    uint32_t *room = mem_alloc(2 * leaves * sizeof *room);
    for (size_t i = 1; i < 2 * leaves; i++)
        room[i] = (uint32_t)row;
    for (size_t i = 0; i < d->n; i++) {
        size_t at = 1;
        while (at < leaves)
            at = 2 * at + (room[2 * at] < d->v[i]);
        rows = size_max(rows, at - leaves + 1);
        for (room[at] -= d->v[i]; at > 1; at /= 2)
            room[at / 2] = room[at] > room[at ^ 1] ? room[at] : room[at ^ 1];
    }
    mem_free(room);
    return rows;
}

static size_t best_fit(const struct lengths *d, size_t row, size_t window)
{
    uint32_t *to = mem_alloc(window * sizeof *to);
    size_t rows = 0;
    for (size_t i = 0; i < d->n; i += window)
        rows += pack_best_fit(d->v + i, size_min(window, d->n - i), row, to);
    mem_free(to);
    return rows;
}

int main(int argc, char **argv)
{
    size_t row = argc > 1 ? (size_t)atol(argv[1]) : 2048;
    struct lengths d = {0};
    double tokens = 0, start;
    for (unsigned n; scanf("%u", &n) == 1 && n <= row; tokens += n)
        vec_push(&d, n);
    size_t rows = (start = seconds(), next_fit(&d, row));
    show("next fit", rows, row, tokens, seconds() - start);
    rows = (start = seconds(), first_fit(&d, row));
    show("first fit, over all rows", rows, row, tokens, seconds() - start);
    rows = (start = seconds(), best_fit(&d, row, 10000));
    show("best of the longest, 10000 at once", rows, row, tokens,
         seconds() - start);
    rows = (start = seconds(), best_fit(&d, row, d.n));
    show("best of the longest, all at once", rows, row, tokens,
         seconds() - start);
    vec_free(&d);
    return 0;
}
