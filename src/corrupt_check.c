/* Checks that need nothing but the text. */
#include <math.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "corrupt_check.h"
#include "generate.h"

#define REACH 512

static bool is_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

/* Returns owned UTF-16; *n its length. */
static UChar *utf16_of(struct str s, int32_t *n)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar *p = mem_alloc((s.n + 1) * sizeof *p);
    u_strFromUTF8(p, (int32_t)s.n + 1, n, s.p, (int32_t)s.n, &status);
    return p;
}

/* Is where a and b differ ASCII?  Then they do so normalised too, as ASCII
 * characters stay what they are, whatever stands about them. */
static bool differ_in_ascii(struct str a, struct str b)
{
    while (a.n > 0 && b.n > 0 && a.p[0] == b.p[0]) {
        a = str_sub(a, 1, a.n);
        b = str_sub(b, 1, b.n);
    }
    while (a.n > 0 && b.n > 0 && a.p[a.n - 1] == b.p[b.n - 1])
        a.n--, b.n--;
    return is_ascii(a) && is_ascii(b);
}

bool check_same(struct str a, struct str b)
{
    if (str_eq(a, b))
        return true;
    if (differ_in_ascii(a, b) || a.n > INT32_MAX / 4 || b.n > INT32_MAX / 4)
        return false;
    UErrorCode status = U_ZERO_ERROR;
    int32_t n, m;
    UChar *x = utf16_of(a, &n), *y = utf16_of(b, &m);
    int32_t order = unorm_compare(x, n, y, m, 0, &status);
    mem_free(x);
    mem_free(y);
    return U_SUCCESS(status) && order == 0;
}

/* Can the byte be part of a calculation?  m, o and d spell mod. */
static bool is_term(char c)
{
    return (c >= '0' && c <= '9') || (c && strchr(" .,+-*/^()$xmod", c)) ||
           (c && strchr("\xC3\x97\xB7\xC2\xE2\x88\x92", c));
}

static struct str trimmed(struct str s)
{
    while (s.n > 0 && strchr(" .,xmod", s.p[0]))
        s = str_sub(s, 1, s.n);
    while (s.n > 0 && strchr(" .,xmod", s.p[s.n - 1]))
        s.n--;
    return s;
}

/* Does the equation at the `=` at i of line hold?  *span is its stretch. */
static bool holds(struct str line, size_t i, size_t span[2])
{
    double left, right;
    int64_t modulus;
    span[0] = i;
    span[1] = i + 1;
    while (span[0] > 0 && is_term(line.p[span[0] - 1]))
        span[0]--;
    while (span[1] < line.n && is_term(line.p[span[1]]))
        span[1]++;
    struct str a = trimmed(str_sub(line, span[0], i));
    struct str b = trimmed(str_sub(line, i + 1, span[1]));
    return a.n > 0 && b.n > 0 && number_eval(a, &left, &modulus) &&
           number_eval(b, &right, &modulus) &&
           fabs(left - right) <= 1e-9 * fmax(1, fabs(left));
}

bool check_equation(const struct candidate *c)
{
    struct str t = c->text;
    size_t from = c->from, to = c->to, span[2];
    while (from > 0 && c->from - from < REACH && t.p[from - 1] != '\n')
        from--;
    while (to < t.n && to - c->to < REACH && t.p[to] != '\n')
        to++;
    struct buf b = {0};
    buf_str(&b, str_sub(t, from, c->from));
    buf_str(&b, c->wrong);
    buf_str(&b, str_sub(t, c->to, to));
    size_t at = c->from - from, end = at + c->wrong.n;
    bool found = false;
    for (size_t i = 0; i < b.n && !found; i++)
        if (b.p[i] == '=' && holds(buf_view(&b), i, span))
            found = span[0] <= end && at <= span[1];
    buf_free(&b);
    return found;
}

static bool is_word(struct str s, size_t i)
{
    unsigned char c = (unsigned char)s.p[i];
    return c >= 0x80 || (c >= '0' && c <= '9') ||
           ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static bool holds_word(struct str s, struct str word)
{
    for (size_t i = str_find(s, word, 0); i + word.n <= s.n;
         i = str_find(s, word, i + 1)) {
        size_t end = i + word.n;
        if ((i == 0 || !is_word(s, i - 1)) && (end == s.n || !is_word(s, end)))
            return true;
    }
    return false;
}

bool check_answer(const struct candidate *c, struct str answer)
{
    return answer.n > 0 && holds_word(c->wrong, answer) &&
           !holds_word(str_sub(c->text, c->from, c->to), answer);
}
