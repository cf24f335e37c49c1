/* What every synthetic task shares; see problem.h. */
#include "problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SPLIT_CLASSES 23
#define SPLIT_TRAINS  16

void problem_clear(struct problem *p)
{
    p->prompt.n = p->completion.n = p->answer.n = 0;
    p->level = 0;
}

void problem_free(struct problem *p)
{
    buf_free(&p->prompt);
    buf_free(&p->completion);
    buf_free(&p->answer);
}

int range_parse(const char *what, const char *s, struct range bounds,
                struct range *out, struct err *e)
{
    struct scan at = {s, s + strlen(s)};
    int64_t lo, hi;
    bool good = scan_number(&at, &lo);
    hi = lo;
    if (good && at.p < at.end)
        good = scan_lit(&at, "-") && scan_number(&at, &hi);
    if (!good || at.p < at.end)
        return err_set(e, STATUS_USAGE, "%s: \"%.60s\" is no range like 2-6",
                       what, s);
    if (lo > hi)
        return err_set(e, STATUS_USAGE, "%s: \"%.60s\" ends before it begins",
                       what, s);
    if (lo < bounds.lo || hi > bounds.hi)
        return err_set(e, STATUS_USAGE, "%s: \"%.60s\" is not within %d-%d",
                       what, s, bounds.lo, bounds.hi);
    *out = (struct range){(int)lo, (int)hi};
    return 0;
}

int range_draw(struct range r, struct rng *rng)
{
    return r.lo + (int)rng_below(rng, (uint64_t)(r.hi - r.lo) + 1);
}

bool is_prime(int n)
{
    for (int d = 2; d * d <= n; d++) {
        if (n % d == 0)
            return false;
    }
    return n >= 2;
}

bool split_has(enum split split, uint64_t structure)
{
    bool train = structure % SPLIT_CLASSES < SPLIT_TRAINS;
    return split == SPLIT_ALL || train == (split == SPLIT_TRAIN);
}

bool scan_lit(struct scan *s, const char *lit)
{
    size_t n = strlen(lit);
    if ((size_t)(s->end - s->p) < n || memcmp(s->p, lit, n) != 0)
        return false;
    s->p += n;
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool scan_word(struct scan *s, struct str *w)
{
    size_t n = 0, most = size_min((size_t)(s->end - s->p), 17);
    while (n < most && is_letter(s->p[n]))
        n++;
    if (n == 0 || n > 16)
        return false;
    *w = (struct str){s->p, n};
    s->p += n;
    return true;
}

bool scan_number(struct scan *s, int64_t *v)
{
    size_t n = 0, most = size_min((size_t)(s->end - s->p), 19);
    *v = 0;
    while (n < most && is_digit(s->p[n]) && n < 18)
        *v = *v * 10 + (s->p[n++] - '0');
    if (n == 0 || (n < most && is_digit(s->p[n])) || (n > 1 && *s->p == '0'))
        return false;
    s->p += n;
    return true;
}

void verdict_wrong(struct verdict *v, const char *fmt, ...)
{
    va_list ap;
    if (v->first_wrong)
        return;
    v->first_wrong = v->steps + 1;
    va_start(ap, fmt);
    vsnprintf(v->reason, sizeof v->reason, fmt, ap);
    va_end(ap);
}

size_t part_differing(struct str line, struct str text, const size_t *ends,
                      size_t n)
{
    size_t same = 0, part = 0;
    if (str_eq(line, text))
        return n;
    while (same < line.n && same < text.n && line.p[same] == text.p[same])
        same++;
    while (part < n - 1 && same >= ends[part])
        part++;
    return part;
}

/* Cuts the first line, with its newline, off *rest. */
static struct str cut_line(struct str *rest)
{
    const char *nl = memchr(rest->p, '\n', rest->n);
    size_t n = nl ? (size_t)(nl - rest->p) : rest->n;
    struct str line = str_sub(*rest, 0, n);
    *rest = str_sub(*rest, nl ? n + 1 : n, rest->n);
    return line;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n';
}

static struct str trim(struct str s)
{
    while (s.n && is_space(s.p[0]))
        s = str_sub(s, 1, s.n);
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

static void judge_answer(const struct judge *j, struct str line,
                         struct str rest, struct verdict *v)
{
    struct scan at = {line.p, line.p + line.n};
    scan_lit(&at, "Answer: ");
    struct str said = str_sub(line, (size_t)(at.p - line.p), line.n);
    if (said.n != j->answer.n + 1 || said.p[j->answer.n] != '.' ||
        memcmp(said.p, j->answer.p, j->answer.n) != 0)
        verdict_wrong(v, "the answer is %.*s", STR_ARG(j->answer));
    else if (!j->ready(j->ctx, v))
        verdict_wrong(v, "answers before all is computed");
    else if (rest.n)
        verdict_wrong(v, "text after the answer");
    else
        v->right = v->first_wrong == 0;
}

void judge_completion(const struct judge *j, struct str completion,
                      struct verdict *v)
{
    struct str rest = trim(completion);
    while (rest.n) {
        struct str line = cut_line(&rest);
        if (str_starts(line, STR("Answer: "))) {
            judge_answer(j, line, rest, v);
            return;
        }
        if (j->step(j->ctx, line, v))
            v->right_steps++;
        v->steps++;
    }
    verdict_wrong(v, "no answer");
}

void put_answer(struct buf *b, struct str answer)
{
    buf_cstr(b, "\nAnswer: ");
    buf_str(b, answer);
    buf_char(b, '.');
}
