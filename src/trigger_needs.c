/*
 * What a match must hold: the plain characters of a pattern that no
 * alternative and no quantifier lets out.  Anything that is not understood
 * ends the reading; what was found by then still holds, as a pattern with
 * alternatives of its own is not read at all.
 */
#include "trigger.h"

struct reader {
    const char *p, *end;
    bool caseless; /* (?i): letters may stand for others */
    int depth;
    struct trigger_needs *out;
};

static bool read_sequence(struct reader *r);

static bool take(struct reader *r, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
        return false;
    r->p += n;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Takes the quantifier; may what it is of be missing? */
static bool take_quantifier(struct reader *r)
{
    bool missing = false;
    if (r->p < r->end && strchr("?*+", *r->p)) {
        missing = *r->p++ != '+';
    } else if (r->p + 1 < r->end && *r->p == '{' && is_digit(r->p[1])) {
        missing = r->p[1] == '0';
        while (r->p < r->end && *r->p++ != '}')
            ;
    } else {
        return false;
    }
    if (r->p < r->end && (*r->p == '?' || *r->p == '+'))
        r->p++;
    return missing;
}

/* A class; true: it is [0-9].  *good: it was understood. */
static bool take_class(struct reader *r, bool *good)
{
    if (take(r, "[0-9]"))
        return true;
    r->p++;
    take(r, "^");
    take(r, "]");
    while (r->p < r->end && *r->p != ']') {
        if (*r->p == '[') { /* [:alpha:] */
            *good = false;
            return false;
        }
        r->p += *r->p == '\\' ? 2 : 1;
    }
    *good = r->p < r->end;
    r->p += *good;
    return false;
}

/* Does the group at hand hold alternatives?  r->p becomes its end. */
static bool skip_group(struct reader *r)
{
    int depth = 0;
    bool alternates = false, good = true;
    while (r->p < r->end && good) {
        char c = *r->p;
        if (c == '[') {
            (void)take_class(r, &good);
            continue;
        }
        if (c == ')' && depth-- == 0)
            return alternates;
        depth += c == '(';
        alternates |= c == '|' && depth == 0;
        r->p += c == '\\' ? 2 : 1;
    }
    r->p = r->end;
    return true;
}

/* Behind the `(` of a group.  false: it is not understood. */
static bool read_group(struct reader *r)
{
    struct trigger_needs was = *r->out;
    bool reads = true;
    if (take(r, "?i)")) {
        r->caseless = true;
        return true;
    }
    if (take(r, "?!") || take(r, "?<!"))
        reads = false;
    else if (r->p < r->end && *r->p == '*')
        return false;
    else if (!take(r, "?:") && !take(r, "?=") && !take(r, "?>") &&
             r->p < r->end && *r->p == '?') {
        if (!take(r, "?<="))
            return false;
        /* Only one byte is seen in front of the text. */
        reads = r->p + 5 < r->end && memcmp(r->p, "[0-9])", 6) == 0;
    }
    struct reader inner = *r;
    reads = !skip_group(r) && reads;
    if (r->p == r->end || ++r->depth > 20)
        return false;
    inner.end = r->p++;
    inner.depth = r->depth;
    bool good = !reads || read_sequence(&inner);
    r->caseless |= inner.caseless;
    if (take_quantifier(r))
        *r->out = was;
    return good;
}

/* Behind a backslash: the plain character that stands there, 0: none; *good:
 * it was understood. */
static char take_escape(struct reader *r, bool *digit, bool *good)
{
    char c = r->p < r->end ? *r->p++ : 0;
    *digit = c == 'd';
    if (is_letter(c))
        *good = strchr("bBAzZKGdDwWsShHvVRXntr", c) != NULL;
    else
        *good = c > 0;
    while (is_digit(c) && r->p < r->end && is_digit(*r->p))
        r->p++; /* a reference to a group */
    return is_letter(c) || is_digit(c) ? 0 : c;
}

static bool read_sequence(struct reader *r)
{
    while (r->p < r->end) {
        char c = *r->p, plain = 0;
        bool digit = false, good = true;
        if (c == '(') {
            r->p++;
            if (!read_group(r))
                return false;
            continue;
        }
        if (c == '[') {
            digit = take_class(r, &good);
        } else if (c == '\\') {
            r->p++;
            plain = take_escape(r, &digit, &good);
        } else if ((unsigned char)c >= 0x80) {
            do
                r->p++;
            while (r->p < r->end && (*r->p & 0xC0) == 0x80);
        } else {
            r->p++;
            plain = strchr(".^$", c) ? 0 : c;
        }
        if (!good)
            return false;
        if (take_quantifier(r))
            continue;
        r->out->digit |= digit;
        if (plain > 0 && !(r->caseless && is_letter(plain)))
            r->out->byte[plain / 64] |= UINT64_C(1) << (plain % 64);
    }
    return true;
}

void trigger_needs(struct str pattern, struct trigger_needs *out)
{
    struct reader r = {pattern.p, pattern.p + pattern.n, false, 0, out};
    struct buf b = {0};
    *out = (struct trigger_needs){{0, 0}, false};
    buf_str(&b, pattern);
    buf_char(&b, ')');
    struct reader whole = {b.p, b.p + b.n, false, 0, out};
    if (str_find(pattern, STR("\\Q"), 0) == pattern.n && !skip_group(&whole) &&
        whole.p + 1 == whole.end)
        (void)read_sequence(&r);
    buf_free(&b);
}
