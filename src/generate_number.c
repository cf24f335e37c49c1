/*
 * Calls that draw numbers.  A number is changed as text, so its sign, commas
 * and decimals stay as the text has them; nothing here looks at words.
 */
#include "generate.h"

#define NUMBER_DIGITS 17

struct number {
    struct str sign; /* "", "-", "+" or U+2212 */
    bool negative;
    uint8_t digit[NUMBER_DIGITS]; /* most significant first, [n] */
    size_t n;
    size_t decimals; /* digits behind the point */
    bool commas;
};

static bool number_read(struct str s, struct number *v)
{
    size_t i = 0;
    *v = (struct number){.sign = {s.p, 0}};
    if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
        i = 1;
    else if (str_starts(s, STR("\xE2\x88\x92")))
        i = 3;
    v->sign.n = i;
    v->negative = i > 0 && s.p[0] != '+';
    bool point = false;
    for (; i < s.n; i++) {
        if (s.p[i] >= '0' && s.p[i] <= '9') {
            if (v->n == NUMBER_DIGITS)
                return false;
            v->digit[v->n++] = (uint8_t)(s.p[i] - '0');
            v->decimals += point;
        } else if (s.p[i] == ',' && v->n > 0 && !point) {
            v->commas = true;
        } else if (s.p[i] == '.' && v->n > 0 && !point) {
            point = true;
        } else {
            return false;
        }
    }
    return v->n > 0 && !(point && v->decimals == 0);
}

static void number_write(const struct number *v, struct buf *out)
{
    buf_str(out, v->sign);
    size_t whole = v->n - v->decimals;
    for (size_t i = 0; i < v->n; i++) {
        if (i == whole)
            buf_char(out, '.');
        else if (v->commas && i > 0 && i < whole && (whole - i) % 3 == 0)
            buf_char(out, ',');
        buf_char(out, (char)('0' + v->digit[i]));
    }
}

static int64_t number_int(const struct number *v)
{
    int64_t n = 0;
    for (size_t i = 0; i < v->n; i++)
        n = n * 10 + v->digit[i];
    return v->negative ? -n : n;
}

/* Gives v the value n, in units of its last decimal, keeping its width where
 * it had leading zeros or decimals. */
static void number_set(struct number *v, int64_t n)
{
    static const char minus[] = "-";
    uint8_t digit[20];
    size_t k = 0, width = v->decimals + 1;
    if (v->n > 1 && v->digit[0] == 0)
        width = v->n;
    if ((n < 0) != v->negative)
        v->sign = n < 0 ? (struct str){minus, 1} : (struct str){minus, 0};
    v->negative = n < 0;
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    while (rest > 0 || k < width) {
        digit[k++] = (uint8_t)(rest % 10);
        rest /= 10;
    }
    v->n = size_min(k, NUMBER_DIGITS);
    for (size_t i = 0; i < v->n; i++)
        v->digit[i] = digit[k - 1 - i];
}

bool number_put(int64_t value, struct str like, struct buf *out)
{
    struct number v;
    if (!number_read(like, &v) || v.decimals > 0)
        return false;
    if (v.n > 1 && v.digit[0] == 0)
        return false;
    number_set(&v, value);
    number_write(&v, out);
    return true;
}

/* %{scaled N}: ten, a hundred or a thousand times too much or too little. */
bool draw_scaled(const struct call *c, struct buf *out)
{
    struct number v;
    if (!number_read(c->arg[0], &v) || v.digit[0] == 0)
        return false;
    size_t by = 1 + rng_below(&c->x->rng, 3);
    bool up = rng_below(&c->x->rng, 2);
    for (size_t i = 0; i < by; i++) {
        if (!up && v.decimals == 0 && v.n > 1 && v.digit[v.n - 1] == 0) {
            v.n--;
        } else if (!up) {
            v.decimals++;
            if (v.decimals < v.n)
                continue;
            if (v.n == NUMBER_DIGITS)
                return false;
            memmove(v.digit + 1, v.digit, v.n++);
            v.digit[0] = 0;
        } else if (v.decimals > 0) {
            v.decimals--;
        } else if (v.n < NUMBER_DIGITS) {
            v.digit[v.n++] = 0;
        } else {
            return false;
        }
    }
    number_write(&v, out);
    return true;
}

/* A whole number other than 0 in [-range,range]. */
static int64_t draw_offset(struct rng *r, int64_t range)
{
    int64_t d = 1 + (int64_t)rng_below(r, (uint64_t)range);
    return rng_below(r, 2) ? d : -d;
}

/* Moves v by up to range: never through zero, keeping the length of years
 * and the like where it can. */
static bool move_by(struct rng *r, struct number *v, int64_t range)
{
    int64_t n = number_int(v), to = n;
    for (int i = 0; i < 16; i++) {
        struct number w = *v;
        to = n + draw_offset(r, range);
        if (to == 0 || (to < 0) != (n < 0))
            continue;
        number_set(&w, to);
        if (w.n == v->n || i > 8) {
            *v = w;
            return true;
        }
    }
    return false;
}

/* %{int N ±9}: also +-9, or 9 alone. */
bool draw_int(const struct call *c, struct buf *out)
{
    struct number v, range;
    struct str by = c->arg[1];
    if (str_starts(by, STR("\xC2\xB1")) || str_starts(by, STR("+-")))
        by = str_sub(by, 2, by.n);
    if (!number_read(c->arg[0], &v) || !number_read(by, &range) ||
        number_int(&range) <= 0)
        return false;
    if (!move_by(&c->x->rng, &v, number_int(&range)))
        return false;
    number_write(&v, out);
    return true;
}

/* %{near N}: a number of about that size; small ones stay small. */
bool draw_near(const struct call *c, struct buf *out)
{
    struct number v;
    if (!number_read(c->arg[0], &v))
        return false;
    int64_t n = number_int(&v), size = n < 0 ? -n : n;
    int64_t range = size < 10 ? 3 : size < 100 ? 9 : size / 5;
    if (size >= 100 && size % 10 == 0 && v.decimals == 0) {
        int64_t round = size % 100 == 0 && size >= 1000 ? 100 : 10;
        int64_t to =
            n + round * draw_offset(&c->x->rng, size_max(range / round, 1));
        if (to == 0 || (to < 0) != (n < 0))
            return false;
        number_set(&v, to);
    } else if (n == 0) {
        number_set(&v, 1 + (int64_t)rng_below(&c->x->rng, 3));
    } else if (!move_by(&c->x->rng, &v, range)) {
        return false;
    }
    number_write(&v, out);
    return true;
}

/* Swaps two neighbouring digits that differ, or changes one. */
static bool slip_digit(struct rng *r, struct number *v)
{
    size_t i = rng_below(r, v->n);
    if (i + 1 < v->n && v->digit[i] != v->digit[i + 1] &&
        (i > 0 || v->digit[1] != 0) && rng_below(r, 2)) {
        uint8_t d = v->digit[i];
        v->digit[i] = v->digit[i + 1];
        v->digit[i + 1] = d;
        return true;
    }
    uint8_t d = (uint8_t)rng_below(r, 10);
    if (d == v->digit[i] || (i == 0 && d == 0 && v->n > 1))
        return false;
    v->digit[i] = d;
    return true;
}

/* %{digits N}: a slip of the pen in any number. */
bool draw_digits(const struct call *c, struct buf *out)
{
    struct number v;
    if (!number_read(c->arg[0], &v))
        return false;
    for (int i = 0; i < 16; i++)
        if (slip_digit(&c->x->rng, &v)) {
            number_write(&v, out);
            return true;
        }
    return false;
}

/* %{ordinal 21st}: another one nearby, with its own ending. */
bool draw_ordinal(const struct call *c, struct buf *out)
{
    struct number v;
    struct str s = c->arg[0];
    if (s.n < 3 || !number_read(str_sub(s, 0, s.n - 2), &v) ||
        !move_by(&c->x->rng, &v, 3))
        return false;
    int64_t n = number_int(&v);
    number_write(&v, out);
    static const char ending[4][3] = {"th", "st", "nd", "rd"};
    bool teen = n % 100 >= 11 && n % 100 <= 13;
    buf_cstr(out, ending[teen || n % 10 > 3 ? 0 : n % 10]);
    return true;
}

/* The highest digit around the match where all numbers there have one digit,
 * as in arithmetic modulo a small prime; else 9. */
static int64_t ceiling_near(const struct expansion *x)
{
    const size_t reach = 1024;
    struct str text = x->subject;
    if (x->n_groups == 0)
        return 9;
    size_t from = x->groups[0] > reach ? x->groups[0] - reach : 0;
    size_t to = size_min(text.n, x->groups[1] + reach);
    int64_t top = 0;
    size_t numbers = 0, run = 0;
    for (size_t i = from; i < to; i++) {
        char c = text.p[i];
        run = c >= '0' && c <= '9' ? run + 1 : 0;
        if (run > 1)
            return 9;
        if (run == 1) {
            numbers++;
            top = c - '0' > top ? c - '0' : top;
        }
    }
    return numbers >= 6 ? top : 9;
}

/* The highest one-digit result that fits the text: below the modulus where
 * one shows, in the expression or as what was taken off the plain value. */
static int64_t slip_ceiling(const struct expansion *x, int64_t n, double value,
                            int64_t modulus)
{
    double off = value > (double)n ? value - (double)n : (double)n - value;
    int64_t ceiling = modulus > 1 ? modulus - 1 : ceiling_near(x);
    if (modulus <= 1 && off > 1.5 && off - 1 < (double)ceiling)
        return (int64_t)off - 1;
    return ceiling;
}

static int64_t slip_int(struct rng *r, struct number *v)
{
    int64_t n = number_int(v);
    struct number w = *v;
    switch (rng_below(r, 8)) {
    case 0:
    case 1:
    case 2:
    case 3:
        return n + draw_offset(r, 1);
    case 4:
        return n + draw_offset(r, 3);
    case 5:
        return v->n > 1 ? n + 10 * draw_offset(r, 1) : n + draw_offset(r, 2);
    case 6:
        return n < 0 ? -n : n + draw_offset(r, 2);
    default:
        return slip_digit(r, &w) ? number_int(&w) : n;
    }
}

/* %{slip R EXPRESSION}: a plausible wrong result where R stands: off by a
 * little or by ten, a digit swapped, the sign lost; never the expression's
 * plain value. */
bool draw_slip(const struct call *c, struct buf *out)
{
    struct number v;
    struct buf b = {0};
    double value = 0;
    int64_t modulus = 0;
    if (!number_read(c->arg[0], &v))
        return false;
    for (size_t i = 1; i < c->n; i++) {
        buf_str(&b, c->arg[i]);
        buf_char(&b, ' ');
    }
    bool known = b.n > 0 && number_eval(buf_view(&b), &value, &modulus);
    buf_free(&b);
    if (v.decimals > 0)
        return draw_digits(c, out);
    int64_t n = number_int(&v);
    bool one_digit = v.n == 1 && n >= 0;
    int64_t top =
        one_digit ? slip_ceiling(c->x, n, known ? value : (double)n, modulus)
                  : INT64_MAX;
    top = one_digit && top > 9 ? 9 : top;
    for (int i = 0; i < 64; i++) {
        int64_t to = slip_int(&c->x->rng, &v);
        bool sign_ok = n < 0 || to >= 0;
        if (to == n || !sign_ok || (one_digit && n <= top && to > top) ||
            (known && (double)to == value))
            continue;
        number_set(&v, to);
        number_write(&v, out);
        return true;
    }
    return false;
}
