/* Reads the start of a PCRE2 pattern: \b, then letters, groups of letter
 * alternatives and [Xx], up to something that is no word character.  An
 * alternative such as `New York` ends at its space. */
#include "trigger.h"

struct scan {
    const char *p, *end;
};

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool take(struct scan *s, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
        return false;
    s->p += n;
    return true;
}

/* Is there a `|` outside all groups?  Then the start is not every match's. */
static bool alternates(struct str s)
{
    int depth = 0;
    bool in_class = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\\')
            i++;
        else if (in_class)
            in_class = c != ']';
        else if (c == '[')
            in_class = true;
        else if (c == '(')
            depth++;
        else if (c == ')')
            depth--;
        else if (c == '|' && depth == 0)
            return true;
    }
    return false;
}

#define ALTERNATIVES 512

struct part {        /* of an item */
    struct str text; /* letters */
    bool closed;
};

/* Every word so far followed by every alternative; `out` must not be `a`. */
static bool cross(const struct trigger_words *a, const struct part *with,
                  size_t n, struct trigger_words *out)
{
    out->n = 0;
    for (size_t i = 0; i < a->n; i++)
        for (size_t k = 0; k < (a->word[i].closed ? 1 : n); k++) {
            struct trigger_word w = a->word[i];
            size_t more = w.closed ? 0 : with[k].text.n;
            if (w.n + more > TRIGGER_WORD || out->n == TRIGGER_WORDS)
                return false;
            for (size_t j = 0; j < more; j++)
                w.p[w.n++] = lower(with[k].text.p[j]);
            w.closed |= with[k].closed;
            out->word[out->n++] = w;
        }
    return true;
}

static bool quantified(const struct scan *s)
{
    return s->p < s->end && strchr("?*{", *s->p);
}

/* A character that cannot be part of a word and must be there: itself, behind
 * a backslash, or a class of such. */
static bool take_other(struct scan *s)
{
    struct scan was = *s;
    bool taken = take(s, "\\s") || take(s, "\\h");
    if (!taken && take(s, "[")) {
        const char *from = s->p;
        taken = true;
        for (; s->p < s->end && *s->p != ']'; s->p++)
            if (letter(*s->p) || strchr("\\^_[", *s->p) ||
                (*s->p >= '0' && *s->p <= '9') ||
                ((unsigned char)*s->p >= 0x80 &&
                 memcmp(s->p, "\xE2\x80\x99", 3) != 0 &&
                 (*s->p & 0xC0) != 0x80))
                taken = false;
        taken = s->p > from && take(s, "]") && taken;
    } else if (!taken) {
        bool escaped = take(s, "\\");
        taken = s->p < s->end && *s->p &&
                strchr(escaped ? "!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~ "
                               : "!\"#%&',-/:;<=>@`~ ",
                       *s->p);
        s->p += taken;
    }
    if (taken && !quantified(s))
        return true;
    *s = was;
    return false;
}

/* One alternative of a group, up to its `|` or `)`; false: not plain. */
static bool take_alternative(struct scan *s, struct part *out)
{
    *out = (struct part){{s->p, 0}, false};
    for (; s->p < s->end && *s->p != '|' && *s->p != ')'; s->p++) {
        struct scan other = *s;
        if (*s->p == '[' && take_other(&other)) {
            out->closed = true;
            s->p = other.p - 1;
        } else if (letter(*s->p) && !out->closed) {
            out->text.n++;
        } else if (strchr(" '-,", *s->p) || letter(*s->p)) {
            out->closed = true;
        } else if (*s->p == '\\' && s->p + 1 < s->end &&
                   strchr(".-", s->p[1])) {
            out->closed = true;
            s->p++;
        } else {
            return false;
        }
    }
    return s->p < s->end;
}

/* One item: a letter, [Xx], ([Xx]) or (a|b), each perhaps with `?`.  How many
 * alternatives it has, 0 where it is none of these. */
static size_t take_item(struct scan *s, struct part *with)
{
    size_t n = 0;
    struct scan was = *s;
    if (s->p < s->end && letter(*s->p)) {
        with[n++] = (struct part){{s->p++, 1}, false};
    } else if (take(s, "[") || take(s, "([")) {
        bool group = s->p[-2] == '(';
        while (s->p < s->end && letter(*s->p) && n < 60)
            with[n++] = (struct part){{s->p++, 1}, false};
        if (!take(s, group ? "])" : "]"))
            n = 0;
    } else if (take(s, "(")) {
        take(s, "?:");
        while (n < ALTERNATIVES - 1 && take_alternative(s, &with[n])) {
            n++;
            if (*s->p == ')')
                break;
            s->p++;
        }
        if (n == 0 || s->p >= s->end || !take(s, ")"))
            n = 0;
    }
    if (n > 0 && take(s, "?"))
        with[n++] = (struct part){{s->p, 0}, false};
    else if (n > 0 && s->p < s->end && strchr("*+{", *s->p))
        n = 0;
    if (n == 0)
        *s = was;
    return n;
}

/* On to the next `|` of the group that s stands in, or to its `)`. */
static void skip_alternative(struct scan *s)
{
    int depth = 0;
    bool in_class = false;
    for (; s->p < s->end; s->p++) {
        if (*s->p == '\\')
            s->p++;
        else if (in_class)
            in_class = *s->p != ']';
        else if (*s->p == '[')
            in_class = true;
        else if (*s->p == '(')
            depth++;
        else if (depth == 0 && (*s->p == '|' || *s->p == ')'))
            return;
        else if (*s->p == ')')
            depth--;
    }
    s->p = s->end;
}

/* The end of a word: its bound, the end of the text, or something that cannot
 * be part of it, perhaps in a look-ahead. */
static bool at_word_end(struct scan *s)
{
    if (take(s, "\\b") || take(s, "$"))
        return true;
    if (!take(s, "(?="))
        return take_other(s);
    do
        if (!take(s, "\\b") && !take(s, "$") && !take_other(s))
            return false;
    while (skip_alternative(s), take(s, "|"));
    return s->p < s->end;
}

bool trigger_derive(struct str pattern, struct trigger_words *out)
{
    struct scan s = {pattern.p, pattern.p + pattern.n};
    struct trigger_words *next = mem_alloc(sizeof *next);
    struct part *with = mem_alloc(ALTERNATIVES * sizeof *with);
    bool good = false;
    if (alternates(pattern))
        goto out;
    take(&s, "(?i)");
    if (!take(&s, "\\b"))
        goto out;
    take(&s, "(?i)");
    out->n = 1;
    out->word[0] = (struct trigger_word){.n = 0};
    size_t n;
    while ((n = take_item(&s, with)) > 0) {
        if (!cross(out, with, n, next))
            goto out;
        out->n = next->n;
        memcpy(out->word, next->word, next->n * sizeof *next->word);
    }
    bool closed = true;
    for (size_t i = 0; i < out->n; i++)
        closed = closed && out->word[i].closed;
    good = closed || at_word_end(&s);
    for (size_t i = 0; i < out->n; i++)
        good = good && out->word[i].n > 0;
out:
    mem_free(with);
    mem_free(next);
    return good;
}

/* A class of letters and digits, or one of them. */
static bool take_word_char(struct scan *s)
{
    struct scan was = *s;
    if (s->p < s->end && (letter(*s->p) || (*s->p >= '0' && *s->p <= '9'))) {
        s->p++;
        return true;
    }
    if (!take(s, "["))
        return false;
    const char *from = s->p;
    while (s->p < s->end &&
           (letter(*s->p) || *s->p == '-' || (*s->p >= '0' && *s->p <= '9')))
        s->p++;
    if (s->p > from && *from != '-' && s->p[-1] != '-' && take(s, "]"))
        return true;
    *s = was;
    return false;
}

/* Does the group that s stands in have one alternative, and is it not
 * optional?  Up to depth groups are open. */
static bool closes_plainly(struct scan s, int depth)
{
    bool in_class = false;
    for (; s.p < s.end && depth > 0; s.p++) {
        if (*s.p == '\\')
            s.p++;
        else if (in_class)
            in_class = *s.p != ']';
        else if (*s.p == '[')
            in_class = true;
        else if (*s.p == '(')
            depth++;
        else if (*s.p == '|')
            return false;
        else if (*s.p == ')' &&
                 (depth--, s.p + 1 < s.end && strchr("?*{", s.p[1])))
            return false;
    }
    return depth == 0;
}

bool trigger_any_word(struct str pattern)
{
    struct scan s = {pattern.p, pattern.p + pattern.n};
    int depth = 0;
    if (alternates(pattern))
        return false;
    take(&s, "(?i)");
    if (!take(&s, "\\b"))
        return false;
    while (s.p + 1 < s.end && *s.p == '(' && (s.p[1] != '?' || s.p[2] == ':')) {
        s.p++;
        take(&s, "?:");
        depth++;
    }
    if (!closes_plainly(s, depth))
        return false;
    while (take_word_char(&s)) {
        if (!(s.p < s.end && strchr("?*{", *s.p)))
            return true;
        if (*s.p == '{')
            return s.p + 1 < s.end && s.p[1] >= '1' && s.p[1] <= '9';
        s.p++; /* it may be missing: the next one must be like it */
        if (s.p < s.end && *s.p == ')')
            s.p++;
    }
    return false;
}
