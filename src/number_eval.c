/* Plain arithmetic by recursive descent, so that a "wrong" result can be
 * known to be wrong.  Numbers only: no names, no functions. */
#include <math.h>

#include "generate.h"

#define EVAL_DEPTH 64

struct eval {
    const char *p, *end;
    int depth;
    bool bad;
    int64_t modulus;
};

static double eval_sum(struct eval *v);

static bool take(struct eval *v, const char *word)
{
    size_t n = strlen(word);
    while (v->p < v->end && *v->p == ' ')
        v->p++;
    if ((size_t)(v->end - v->p) < n || memcmp(v->p, word, n) != 0)
        return false;
    v->p += n;
    return true;
}

static double eval_number(struct eval *v)
{
    double n = 0, unit = 1;
    bool any = false, point = false;
    for (; v->p < v->end; v->p++) {
        if (*v->p >= '0' && *v->p <= '9') {
            n = n * 10 + (*v->p - '0');
            unit *= point ? 10 : 1;
            any = true;
        } else if (*v->p == '.' && any && !point) {
            point = true;
        } else if (*v->p != ',' || !any) {
            break;
        }
    }
    v->bad |= !any;
    return n / unit;
}

static double eval_atom(struct eval *v)
{
    double n;
    if (++v->depth > EVAL_DEPTH) {
        v->bad = true;
        return 0;
    }
    if (take(v, "-") || take(v, "\xE2\x88\x92")) {
        n = -eval_atom(v);
    } else if (take(v, "(")) {
        n = eval_sum(v);
        v->bad |= !take(v, ")");
    } else {
        take(v, "$");
        n = eval_number(v);
    }
    if (take(v, "^"))
        n = pow(n, eval_atom(v));
    v->depth--;
    return n;
}

static double eval_product(struct eval *v)
{
    double n = eval_atom(v);
    while (!v->bad) {
        if (take(v, "*") || take(v, "\xC3\x97") || take(v, "\xC2\xB7") ||
            take(v, "x"))
            n *= eval_atom(v);
        else if (take(v, "/") || take(v, "\xC3\xB7"))
            n /= eval_atom(v);
        else
            break;
    }
    return n;
}

static double eval_sum(struct eval *v)
{
    double n = eval_product(v);
    while (!v->bad) {
        if (take(v, "+")) {
            n += eval_product(v);
        } else if (take(v, "-") || take(v, "\xE2\x88\x92") ||
                   take(v, "\xE2\x80\x93")) {
            n -= eval_product(v);
        } else if (take(v, "mod")) {
            double m = eval_product(v);
            n = m > 0 ? n - m * floor(n / m) : NAN;
            v->modulus = m > 0 && m < 1e9 ? (int64_t)m : 0;
        } else {
            break;
        }
    }
    return n;
}

bool number_eval(struct str expression, double *value, int64_t *modulus)
{
    struct eval v = {expression.p, expression.p + expression.n, 0, false, 0};
    *value = eval_sum(&v);
    *modulus = v.modulus;
    take(&v, "");
    return !v.bad && v.p == v.end && isfinite(*value);
}
