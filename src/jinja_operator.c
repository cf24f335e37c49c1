/* Operators between two values, as Python has them. */
#include "jinja_impl.h"

static int contains(struct jinja_state *s, const struct jinja_value *what,
                    const struct jinja_value *in, bool *yes)
{
    *yes = false;
    if (in->type == JINJA_STRING && what->type == JINJA_STRING) {
        struct str text = jinja_bytes(in->as.s), part = jinja_bytes(what->as.s);
        *yes = part.n == 0 || str_find(text, part, 0) < text.n;
        return jinja_spend(s, text.n);
    }
    if (in->type == JINJA_MAP && what->type == JINJA_STRING) {
        for (size_t i = 0; i < in->as.map->n && !*yes; i++)
            *yes = str_eq(in->as.map->v[i].key, jinja_bytes(what->as.s));
        return jinja_spend(s, in->as.map->n);
    }
    if (in->type != JINJA_LIST)
        return jinja_refuse(s->e, s->line, "%s in %s", jinja_type_name(what),
                            jinja_type_name(in));
    size_t cost = 0;
    for (size_t i = 0; i < in->as.list->n && !*yes; i++)
        *yes = jinja_equal(what, &in->as.list->v[i], &cost);
    return jinja_spend(s, cost);
}

static double real_of(const struct jinja_value *v)
{
    return v->type == JINJA_REAL ? v->as.r : (double)v->as.i;
}

/* Division and remainder are Python's: to the lower whole number. */
static int whole(struct jinja_state *s, char op, int64_t x, int64_t y,
                 int64_t *out)
{
    bool bad = false;
    if ((op == '%' || op == '/') && (y == 0 || y == -1)) {
        bad = y == 0 || x == INT64_MIN;
        *out = op == '%' ? 0 : bad ? 0 : -x;
    } else if (op == '%') {
        *out = x % y + ((x % y != 0 && (x < 0) != (y < 0)) ? y : 0);
    } else if (op == '/') {
        *out = x / y - (x % y != 0 && (x < 0) != (y < 0));
    } else {
        bad = op == '+'   ? __builtin_add_overflow(x, y, out)
              : op == '-' ? __builtin_sub_overflow(x, y, out)
                          : __builtin_mul_overflow(x, y, out);
    }
    if (bad)
        return jinja_refuse(s->e, s->line, "a number out of range");
    return 0;
}

static int arithmetic(struct jinja_state *s, struct str op,
                      const struct jinja_value *x, const struct jinja_value *y,
                      struct jinja_value *v)
{
    if (x->type == JINJA_INT && y->type == JINJA_INT &&
        !(op.n == 1 && *op.p == '/')) {
        *v = jinja_int(0);
        return whole(s, *op.p, x->as.i, y->as.i, &v->as.i);
    }
    bool numbers = (x->type == JINJA_INT || x->type == JINJA_REAL) &&
                   (y->type == JINJA_INT || y->type == JINJA_REAL);
    double b = numbers ? real_of(y) : 0;
    if (!numbers || op.n != 1 || *op.p == '%' || (*op.p == '/' && b == 0))
        return jinja_refuse(s->e, s->line, "%s %.*s %s is not known here",
                            jinja_type_name(x), STR_ARG(op),
                            jinja_type_name(y));
    double a = real_of(x);
    v->type = JINJA_REAL;
    v->as.r = *op.p == '+'   ? a + b
              : *op.p == '-' ? a - b
              : *op.p == '*' ? a * b
                             : a / b;
    return 0;
}

static int add(struct jinja_state *s, const struct jinja_value *x,
               const struct jinja_value *y, struct jinja_value *v)
{
    if (x->type == JINJA_STRING && y->type == JINJA_STRING) {
        struct jinja_text text;
        if (jinja_join(s, x->as.s, y->as.s, &text))
            return -1;
        *v = jinja_string(text);
        return 0;
    }
    if (x->type != JINJA_LIST || y->type != JINJA_LIST)
        return arithmetic(s, STR("+"), x, y, v);
    size_t n = x->as.list->n, m = y->as.list->n;
    if (jinja_spend(s, n + m))
        return -1;
    *v = jinja_list(s->a, n + m);
    for (size_t i = 0; i < n + m; i++)
        v->as.list->v[i] = i < n ? x->as.list->v[i] : y->as.list->v[i - n];
    return 0;
}

static int order(struct jinja_state *s, struct str op,
                 const struct jinja_value *x, const struct jinja_value *y,
                 struct jinja_value *v)
{
    double d;
    if (x->type == JINJA_STRING && y->type == JINJA_STRING) {
        size_t n = size_min(x->as.s.n, y->as.s.n);
        int c = n ? memcmp(x->as.s.p, y->as.s.p, n) : 0;
        d = c ? c : (double)x->as.s.n - (double)y->as.s.n;
    } else if ((x->type == JINJA_INT || x->type == JINJA_REAL) &&
               (y->type == JINJA_INT || y->type == JINJA_REAL)) {
        d = real_of(x) - real_of(y);
    } else {
        return jinja_refuse(s->e, s->line, "%s %.*s %s is not known here",
                            jinja_type_name(x), STR_ARG(op),
                            jinja_type_name(y));
    }
    *v = jinja_bool(*op.p == '<' ? d < 0 || (op.n == 2 && d == 0)
                                 : d > 0 || (op.n == 2 && d == 0));
    return 0;
}

static int concatenate(struct jinja_state *s, const struct jinja_value *x,
                       const struct jinja_value *y, struct jinja_value *v)
{
    struct jinja_text a, b, text;
    if (jinja_print(s, x, &a) || jinja_print(s, y, &b) ||
        jinja_join(s, a, b, &text))
        return -1;
    *v = jinja_string(text);
    return 0;
}

int jinja_binary(struct jinja_state *s, struct str op,
                 const struct jinja_value *x, const struct jinja_value *y,
                 struct jinja_value *v)
{
    size_t cost = 0;
    bool yes;
    switch (*op.p) {
    case '=':
    case '!':
        yes = jinja_equal(x, y, &cost);
        *v = jinja_bool(yes == (*op.p == '='));
        return jinja_spend(s, cost);
    case 'i':
        if (contains(s, x, y, &yes))
            return -1;
        *v = jinja_bool(yes);
        return 0;
    case '<':
    case '>':
        return order(s, op, x, y, v);
    case '~':
        return concatenate(s, x, y, v);
    case '+':
        return add(s, x, y, v);
    default:
        return arithmetic(s, op, x, y, v);
    }
}
