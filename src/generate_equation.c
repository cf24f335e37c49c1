/*
 * Calls over equations: what is drawn breaks one that held.  An equation that
 * does not hold as it stands, as in arithmetic modulo a number, gives nothing,
 * so the error is one for sure.
 */
#include <math.h>

#include "generate.h"

#define TRIES 16

/* Arguments [from,n) with `with` in place of each `_`, joined by spaces. */
static void join(const struct call *c, size_t from, struct str with,
                 struct buf *out)
{
    out->n = 0;
    for (size_t i = from; i < c->n; i++) {
        buf_str(out, str_eq(c->arg[i], STR("_")) ? with : c->arg[i]);
        buf_char(out, ' ');
    }
}

/* 1: the equation holds; 0: it does not; -1: it is none. */
static int holds(struct str s)
{
    double left, right;
    int64_t modulus;
    size_t at = str_find(s, STR("="), 0);
    if (at == s.n || !number_eval(str_sub(s, 0, at), &left, &modulus) ||
        !number_eval(str_sub(s, at + 1, s.n), &right, &modulus))
        return -1;
    return fabs(left - right) <= 1e-9 * fmax(1, fabs(left));
}

static int holds_with(const struct call *c, struct str with)
{
    struct buf b = {0};
    join(c, 1, with, &b);
    int is = holds(buf_view(&b));
    buf_free(&b);
    return is;
}

/* %{operand N EQUATION} */
bool draw_operand(const struct call *c, struct buf *out)
{
    struct call slip = {c->x, c->arg, 1, NULL, c->pos};
    size_t start = out->n;
    if (holds_with(c, c->arg[0]) != 1)
        return false;
    for (int i = 0; i < TRIES; i++) {
        out->n = start;
        if (draw_slip(&slip, out) &&
            holds_with(c, str_sub(buf_view(out), start, out->n)) == 0)
            return true;
    }
    return false;
}

static const char *const operators[] = {
    "+", "-", "*", "/", "\xC3\x97", "\xC3\xB7",
};

/* %{operator OP EQUATION}: the signs that go with those of the text */
bool draw_operator(const struct call *c, struct buf *out)
{
    bool ascii = str_eq(c->arg[0], STR("*")) || str_eq(c->arg[0], STR("/"));
    if (holds_with(c, c->arg[0]) != 1)
        return false;
    for (int i = 0; i < TRIES; i++) {
        size_t k = rng_below(&c->x->rng, 4);
        struct str other = str_of(operators[k > 1 && !ascii ? k + 2 : k]);
        if (holds_with(c, other) == 0) {
            buf_str(out, other);
            return true;
        }
    }
    return false;
}

struct sum { /* A OP B = C in whole numbers that holds */
    double a, b, c;
    char op; /* + - * / */
};

static bool read_sum(const struct call *c, struct sum *s)
{
    static const struct {
        const char *text;
        char op;
    } signs[] = {{"+", '+'},
                 {"-", '-'},
                 {"\xE2\x88\x92", '-'},
                 {"\xE2\x80\x93", '-'},
                 {"*", '*'},
                 {"\xC3\x97", '*'},
                 {"\xC2\xB7", '*'},
                 {"/", '/'},
                 {"\xC3\xB7", '/'}};
    struct buf b = {0};
    int64_t modulus;
    join(c, 0, STR(""), &b);
    bool good = c->n == 5 && holds(buf_view(&b)) == 1 &&
                number_eval(c->arg[0], &s->a, &modulus) &&
                number_eval(c->arg[2], &s->b, &modulus) &&
                number_eval(c->arg[4], &s->c, &modulus) &&
                s->a == floor(s->a) && s->b == floor(s->b) &&
                s->c == floor(s->c) && fabs(s->c) < 1e15;
    buf_free(&b);
    s->op = 0;
    for (size_t i = 0; good && i < COUNTOF(signs); i++)
        if (str_eq(c->arg[1], str_of(signs[i].text)))
            s->op = signs[i].op;
    return good && s->op;
}

/* %{otherwise A OP B = C} */
bool draw_otherwise(const struct call *c, struct buf *out)
{
    struct sum s;
    if (!read_sum(c, &s))
        return false;
    for (int i = 0; i < TRIES; i++) {
        char op = "+-*/"[rng_below(&c->x->rng, 4)];
        double v = op == '+'   ? s.a + s.b
                   : op == '-' ? s.a - s.b
                   : op == '*' ? s.a * s.b
                               : s.a / s.b;
        if (op != s.op && v != s.c && v >= 0 && v < 1e15 && v == floor(v))
            return number_put((int64_t)v, c->arg[4], out);
    }
    return false;
}

/* %{uncarried A OP B = C}: one of the carries, or of the borrows, is lost */
bool draw_uncarried(const struct call *c, struct buf *out)
{
    struct sum s;
    int64_t lost = 0;
    uint64_t seen = 0;
    if (!read_sum(c, &s) || s.a < 0 || s.b < 0 || s.a >= 1e15 || s.b >= 1e15 ||
        (s.op != '+' && (s.op != '-' || s.c < 0)))
        return false;
    int64_t a = (int64_t)s.a, b = (int64_t)s.b, unit = 10, carry = 0;
    for (; a > 0 || b > 0; a /= 10, b /= 10, unit *= 10) {
        int64_t digit =
            a % 10 + (s.op == '+' ? b % 10 + carry : -(b % 10) - carry);
        carry = s.op == '+' ? digit > 9 : digit < 0;
        /* The first digit of a sum is written down, not carried. */
        bool last = a < 10 && b < 10;
        if (carry && !last && rng_below(&c->x->rng, ++seen) == 0)
            lost = unit;
    }
    int64_t wrong = (int64_t)s.c + (s.op == '+' ? -lost : lost);
    return lost > 0 && number_put(wrong, c->arg[4], out);
}

/* %{negated A OP B = C} */
bool draw_negated(const struct call *c, struct buf *out)
{
    struct sum s;
    return read_sum(c, &s) && s.c != 0 &&
           number_put(-(int64_t)s.c, c->arg[4], out);
}
