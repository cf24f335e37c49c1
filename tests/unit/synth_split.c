/* The splits of the synthetic tasks share no structure; ranges. */
#include <stdlib.h>

#include "chain.h"
#include "mem.h"
#include "sums.h"
#include "synth.h"
#include "tap.h"

static const struct problem_opts usual = {
    .seed = 7,
    .draws = 1000,
    .ops = {2, 6},
    .modulus = 7,
    .digits = {2, 4},
    .terms = 2,
};

static void make(const char *task, const struct problem_opts *o, uint64_t i,
                 struct problem *p)
{
    struct err e = {0};
    if (synth_make(synth_task(task), o, i, p, &e)) {
        printf("Bail out! %s\n", e.text);
        exit(1);
    }
}

/* The question's expression without names, constants and order of the sides
 * of + and *, written out: what must differ between the splits. */
static void write_shape(struct buf *b, const struct chain *c, int var)
{
    const struct chain_var *v = &c->var[var];
    struct buf side[2] = {{0}, {0}};
    if (v->op == CHAIN_GIVEN) {
        buf_char(b, 'x');
        return;
    }
    for (int i = 0; i < 2; i++) {
        if (v->term[i].var < 0)
            buf_char(&side[i], 'k');
        else
            write_shape(&side[i], c, v->term[i].var);
        buf_char(&side[i], 0);
    }
    bool swap = v->op != CHAIN_SUB && strcmp(side[0].p, side[1].p) > 0;
    buf_printf(b, "(%s%c%s)", side[swap].p, "=+-*"[v->op], side[!swap].p);
    buf_free(&side[0]);
    buf_free(&side[1]);
}

static char *shape(const struct problem *p)
{
    struct chain c;
    struct err e;
    struct buf b = {0};
    if (chain_parse(buf_view(&p->prompt), &c, &e))
        exit(1);
    if (c.n_steps <= 2) /* there the numbers count too: take all of it */
        buf_str(&b, buf_view(&p->prompt));
    write_shape(&b, &c, c.asked);
    buf_char(&b, 0);
    return b.p;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

#define MANY 3000

static int shapes(struct problem_opts o, enum split split, char **s)
{
    struct problem p = {0};
    int different = 1;
    o.split = split;
    for (int i = 0; i < MANY; i++) {
        make("chain", &o, (uint64_t)i, &p);
        s[i] = shape(&p);
    }
    qsort(s, MANY, sizeof *s, compare);
    for (int i = 1; i < MANY; i++)
        different += strcmp(s[i - 1], s[i]) != 0;
    problem_free(&p);
    return different;
}

static void test_split(int lo, int hi, int modulus)
{
    static char *train[MANY], *test[MANY];
    struct problem_opts o = usual;
    o.ops = (struct range){lo, hi};
    o.modulus = modulus;
    int a = shapes(o, SPLIT_TRAIN, train);
    o.seed = 8; /* other problems, other distractors and names */
    o.distractors = 3;
    int b = shapes(o, SPLIT_TEST, test);
    int shared = 0;
    for (int i = 0; i < MANY; i++)
        shared += bsearch(&test[i], train, MANY, sizeof *train, compare) != 0;
    ok(shared == 0 && a > 10 && b > 10,
       "ops %d-%d: %d train and %d test shapes, %d shared", lo, hi, a, b,
       shared);
    for (int i = 0; i < MANY; i++) {
        mem_free(train[i]);
        mem_free(test[i]);
    }
}

static void test_split_sums(void)
{
    bool side[100][100] = {{0}}, seen[100][100] = {{0}};
    struct problem_opts o = usual;
    struct problem p = {0};
    int shared = 0, count[2] = {0};
    o.digits = (struct range){1, 2};
    for (int i = 0; i < 20000; i++) {
        int a, b, test = i & 1;
        o.split = test ? SPLIT_TEST : SPLIT_TRAIN;
        make("sums", &o, (uint64_t)i, &p);
        buf_char(&p.prompt, 0);
        if (sscanf(p.prompt.p, "%d + %d =", &a, &b) != 2)
            exit(1);
        shared += seen[a][b] && side[a][b] != test;
        count[test] += !seen[a][b];
        seen[a][b] = seen[b][a] = true;
        side[a][b] = side[b][a] = test;
    }
    ok(shared == 0 && count[0] > 1000 && count[1] > 500,
       "sums: %d train and %d test pairs, %d shared", count[0], count[1],
       shared);
    problem_free(&p);
}

static void test_draws(void)
{
    struct problem_opts o = usual;
    struct problem p = {0};
    struct err e = {0};
    int failed = 0, status = 0;
    o.split = SPLIT_TEST;
    o.draws = 1;
    for (uint64_t i = 0; i < 100; i++) {
        if (synth_make(synth_task("chain"), &o, i, &p, &e)) {
            failed++;
            status = e.status;
        }
    }
    ok(failed > 40 && failed < 90 && status == STATUS_USAGE,
       "one draw: %d of 100 miss the test split: %s", failed, e.text);
    o = usual;
    make("chain", &o, 3, &p);
    struct buf first = p.completion;
    p.completion = (struct buf){0};
    make("chain", &o, 4, &p);
    make("chain", &o, 3, &p);
    ok(str_eq(buf_view(&first), buf_view(&p.completion)),
       "a record depends on its number only");
    buf_free(&first);
    problem_free(&p);
}

static void test_ranges(void)
{
    static const char *const bad[] = {"",    "-",    "2-", "-3", "3-2", "2-6x",
                                      "0-3", "2-99", " 2", "02", "2--6"};
    struct range r = {0, 0}, bounds = {1, 32};
    struct err e = {0};
    for (size_t i = 0; i < COUNTOF(bad); i++)
        ok(range_parse("--ops", bad[i], bounds, &r, &e) == -1 &&
               e.status == STATUS_USAGE,
           "range \"%s\": %s", bad[i], e.text);
    ok(range_parse("--ops", "5", bounds, &r, &e) == 0 && r.lo == 5 &&
           r.hi == 5 && range_parse("--ops", "1-32", bounds, &r, &e) == 0 &&
           r.lo == 1 && r.hi == 32,
       "ranges");
}

int main(void)
{
    test_split(1, 1, 2);
    test_split(1, 3, 7);
    test_split(2, 6, 7);
    test_split(5, 12, 23);
    test_split_sums();
    test_draws();
    test_ranges();
    return tap_end();
}
