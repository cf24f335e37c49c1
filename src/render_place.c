/* Where errors are written out and how far: places, attempts and their cut. */
#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include "render_impl.h"

/* ---- where an attempt is cut */

static uint32_t step(struct str s, size_t *at)
{
    uint32_t cp = 0;
    size_t n = utf8_step(s.p + *at, s.p + s.n, &cp);
    *at += n ? n : 1;
    return cp;
}

/* The start of the code point that ends at `at` > 0. */
static size_t step_back(struct str s, size_t at)
{
    do
        at--;
    while (at > 0 && ((unsigned char)s.p[at] & 0xC0) == 0x80);
    return at;
}

static bool is_space(struct str s, size_t at)
{
    return u_isUWhiteSpace((UChar32)step(s, &at));
}

/* Letters, digits and marks of scripts that put spaces between words. */
static bool in_word(struct str s, size_t at)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar32 c = (UChar32)step(s, &at);
    if (!u_isalnum(c) && !(U_GET_GC_MASK(c) & U_GC_M_MASK))
        return false;
    return !uscript_breaksBetweenLetters(uscript_getScript(c, &status));
}

/* To the end of the word that `at` is inside of. */
static size_t word_end(struct str s, size_t at)
{
    if (at == 0 || !in_word(s, step_back(s, at)))
        return at;
    while (at < s.n && in_word(s, at))
        (void)step(s, &at);
    return at;
}

/* Past white space, one character, and the rest of its word. */
static size_t next_word(struct str s, size_t at)
{
    while (at < s.n && is_space(s, at))
        (void)step(s, &at);
    if (at < s.n)
        (void)step(s, &at);
    return word_end(s, at);
}

/* Behind the first word of wrong that is not right's. */
static size_t place_word(struct str wrong, struct str right)
{
    size_t same = 0;
    while (same < wrong.n && same < right.n && wrong.p[same] == right.p[same])
        same++;
    if (same == wrong.n)
        return wrong.n;
    while (same > 0 && ((unsigned char)wrong.p[same] & 0xC0) == 0x80)
        same--;
    return next_word(wrong, same);
}

size_t place_cut(int cut, struct str wrong, struct str right, size_t at)
{
    size_t word = place_word(wrong, right);
    at = segment_trailing(str_sub(wrong, 0, at));
    return cut == RENDER_WORD ? word : size_max(word, word_end(wrong, at));
}

/* ---- attempts */

/* Whole units put in front of a unit are the attempt by themselves. */
static bool stands_alone(const struct place *g, const struct edit *d)
{
    if (d->from != d->to || d->from != g->from || d->wrong.n == 0)
        return false;
    if (d->from > 0)
        return segment_leading(d->wrong) > 0;
    return segment_trailing(d->wrong) < d->wrong.n;
}

struct str place_attempt(const struct render_opts *o,
                         const struct render_text *t, const struct place *g,
                         const struct edit *d, struct arena *a)
{
    struct str text = t->text;
    if (stands_alone(g, d)) {
        struct str alone = str_sub(d->wrong, 0, segment_trailing(d->wrong));
        if (o->cut == RENDER_WORD)
            alone.n = place_word(alone, str_sub(text, g->from, text.n));
        return alone;
    }
    size_t head = d->from - g->from, tail = g->to - d->to;
    size_t error_end = head + d->wrong.n;
    struct str whole = {NULL, error_end + tail};
    char *p = arena_alloc(a, whole.n);
    memcpy(p, text.p + g->from, head);
    memcpy(p + head, d->wrong.p, d->wrong.n);
    memcpy(p + error_end, text.p + d->to, tail);
    whole.p = p;
    struct str right = str_sub(text, g->from, g->to);
    if (o->cut == RENDER_SPAN || o->cut == RENDER_WORD)
        whole.n = place_cut(o->cut, whole, right, error_end);
    return whole;
}

/* ---- places */

/* The first unit that ends behind `at`; units.n where there is none. */
static size_t unit_behind(const struct span_vec *units, size_t at)
{
    size_t low = 0, high = units->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (units->v[mid].to > at)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

/* The units that error i touches, as a place for it alone.  What is put
 * between two units belongs to the second if it begins with white space, as
 * units do, and else to the first.  White space at the text's end, which is
 * in no unit, counts as one. */
struct place place_of(const struct render_text *t, size_t i)
{
    const struct edit *d = &t->edits[i];
    const struct span_vec *units = &t->units;
    size_t end = units->n ? units->v[units->n - 1].to : 0;
    size_t first = unit_behind(units, d->from);
    size_t from = first < units->n ? units->v[first].from : end;
    if (first > 0 && d->to == from && segment_leading(d->wrong) == 0)
        from = units->v[--first].from;
    size_t last = d->to > d->from ? unit_behind(units, d->to - 1) : first;
    size_t to = last < units->n ? units->v[last].to : t->text.n;
    return (struct place){from, to, i, i + 1};
}

struct place place_next(const struct render_text *t, size_t i)
{
    struct place g = place_of(t, i);
    while (g.last < t->n) {
        struct place more = place_of(t, g.last);
        if (more.from >= g.to && more.from != g.from)
            break;
        g.to = size_max(g.to, more.to);
        g.last++;
    }
    return g;
}
