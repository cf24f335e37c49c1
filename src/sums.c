/* Task sums; see sums.h. */
#include "sums.h"

struct sum {
    int terms, columns;
    uint64_t term[SUM_TERMS];
    uint8_t digit[SUM_TERMS][SUM_DIGITS + 1]; /* [term][column], 0: units */
};

/* A column's line in parts, so that a wrong one can be named. */
enum { PART_COLUMN, PART_TOTAL, PART_WRITE, PART_CARRY, PARTS };

struct column {
    struct buf line; /* owns */
    size_t ends[PARTS];
    int total, carry; /* carry: into the next column */
};

static void sum_digits(struct sum *s)
{
    s->columns = 1;
    for (int t = 0; t < s->terms; t++) {
        uint64_t rest = s->term[t];
        for (int c = 0; c <= SUM_DIGITS; c++, rest /= 10) {
            s->digit[t][c] = (uint8_t)(rest % 10);
            if (rest && c + 1 > s->columns)
                s->columns = c + 1;
        }
    }
}

static void put_part(struct buf *b, const char *before, int v)
{
    buf_cstr(b, before);
    buf_i64(b, v);
}

/* Writes column number n (from 0) into *c, which holds the carry into it. */
static void column_write(struct column *c, const struct sum *s, int n)
{
    int total = n ? c->carry : 0;
    c->line.n = 0;
    for (int t = 0; t < s->terms; t++) {
        put_part(&c->line, t ? " + " : "", s->digit[t][n]);
        total += s->digit[t][n];
    }
    if (n)
        put_part(&c->line, " + ", c->carry);
    c->ends[PART_COLUMN] = c->line.n;
    put_part(&c->line, " = ", total);
    c->ends[PART_TOTAL] = c->line.n;
    put_part(&c->line, ", write ", total % 10);
    c->ends[PART_WRITE] = c->line.n;
    put_part(&c->line, " carry ", total / 10);
    buf_char(&c->line, '.');
    c->ends[PART_CARRY] = c->line.n;
    c->total = total;
    c->carry = total / 10;
}

/* The sum itself, and the digit that a carry leaves in front. */
static void put_total(struct buf *b, const struct sum *s)
{
    uint64_t total = 0;
    for (int t = 0; t < s->terms; t++)
        total += s->term[t];
    buf_u64(b, total);
}

/* A number of exactly n digits. */
static uint64_t draw_number(struct rng *r, int n)
{
    uint64_t low = 1;
    for (int i = 1; i < n; i++)
        low *= 10;
    return n == 1 ? rng_below(r, 10) : low + rng_below(r, 9 * low);
}

/* Hash of the terms, the same in whatever order they stand. */
static uint64_t structure(const struct sum *s)
{
    uint64_t sorted[SUM_TERMS];
    for (int t = 0; t < s->terms; t++) {
        int at = t;
        for (; at > 0 && sorted[at - 1] > s->term[t]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = s->term[t];
    }
    return rng_hash(0, sorted, (size_t)s->terms * sizeof sorted[0]);
}

static void put_problem(struct problem *p, const struct sum *s)
{
    struct column c = {0};
    for (int t = 0; t < s->terms; t++) {
        buf_cstr(&p->prompt, t ? " + " : "");
        buf_u64(&p->prompt, s->term[t]);
    }
    buf_cstr(&p->prompt, " =");
    for (int n = 0; n < s->columns; n++) {
        column_write(&c, s, n);
        buf_char(&p->completion, '\n');
        buf_str(&p->completion, buf_view(&c.line));
    }
    put_total(&p->answer, s);
    put_answer(&p->completion, buf_view(&p->answer));
    buf_free(&c.line);
}

int sums_make(const struct problem_opts *o, uint64_t level_key, uint64_t key,
              struct problem *p)
{
    struct rng level = rng_from(level_key), r = rng_from(key);
    struct sum s = {.terms = o->terms};
    struct range digits = {o->digits.lo, range_draw(o->digits, &level)};
    int longest = (int)rng_below(&r, (uint64_t)s.terms);
    for (int t = 0; t < s.terms; t++)
        s.term[t] =
            draw_number(&r, t == longest ? digits.hi : range_draw(digits, &r));
    if (!split_has(o->split, structure(&s)))
        return 0;
    sum_digits(&s);
    p->level = digits.hi;
    put_problem(p, &s);
    return 1;
}

bool sums_knows(struct str prompt)
{
    return prompt.n && prompt.p[0] >= '0' && prompt.p[0] <= '9';
}

static int sum_parse(struct str prompt, struct sum *s, struct err *e)
{
    struct scan at = {prompt.p, prompt.p + prompt.n};
    int64_t v;
    do {
        if (s->terms == SUM_TERMS)
            return err_set(e, STATUS_DATA, "prompt: more than %d terms",
                           SUM_TERMS);
        if (!scan_number(&at, &v))
            return err_set(e, STATUS_DATA,
                           "prompt: byte %zu: a number of up to %d digits "
                           "expected",
                           (size_t)(at.p - prompt.p), SUM_DIGITS);
        s->term[s->terms++] = (uint64_t)v;
    } while (scan_lit(&at, " + "));
    if (!scan_lit(&at, " =") || at.p < at.end || s->terms < 2)
        return err_set(e, STATUS_DATA,
                       "prompt: byte %zu: no sum like \"47 + 85 =\"",
                       (size_t)(at.p - prompt.p));
    sum_digits(s);
    return 0;
}

bool sums_structure(struct str prompt, uint64_t *out)
{
    struct sum s = {0};
    struct err e;
    if (!sums_knows(prompt) || sum_parse(prompt, &s, &e))
        return false;
    *out = structure(&s);
    return true;
}

struct sum_reading {
    struct sum sum;
    struct column column;
    int done; /* columns */
};

static bool sums_step(void *ctx, struct str line, struct verdict *v)
{
    struct sum_reading *s = ctx;
    struct column *c = &s->column;
    if (s->done == s->sum.columns) {
        verdict_wrong(v, "there is no column %d", s->done + 1);
        return false;
    }
    column_write(c, &s->sum, s->done++);
    switch (part_differing(line, buf_view(&c->line), c->ends, PARTS)) {
    case PART_COLUMN:
        verdict_wrong(v, "column %d is %.*s", s->done,
                      (int)c->ends[PART_COLUMN], c->line.p);
        return false;
    case PART_TOTAL:
        verdict_wrong(v, "column %d makes %d", s->done, c->total);
        return false;
    case PART_WRITE:
        verdict_wrong(v, "%d is written", c->total % 10);
        return false;
    case PART_CARRY:
        verdict_wrong(v, "%d is carried", c->carry);
        return false;
    }
    return true;
}

static bool sums_ready(void *ctx, struct verdict *v)
{
    struct sum_reading *s = ctx;
    if (s->done < s->sum.columns)
        verdict_wrong(v, "answers before column %d", s->done + 1);
    return s->done == s->sum.columns;
}

int sums_check(struct str prompt, struct str completion, struct verdict *v,
               struct err *e)
{
    struct sum_reading s = {0};
    struct buf answer = {0};
    if (sum_parse(prompt, &s.sum, e))
        return -1;
    put_total(&answer, &s.sum);
    v->level = s.sum.columns;
    struct judge j = {&s, sums_step, sums_ready, buf_view(&answer)};
    judge_completion(&j, completion, v);
    buf_free(&answer);
    buf_free(&s.column.line);
    return 0;
}
