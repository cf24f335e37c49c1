/*
 * Three differences matter in practice: \s and \S (PCRE2 counts U+180E),
 * scripts (PCRE2 means script extensions unless told), and what only one of
 * the two knows.  A pattern is walked once, classes and groups apart.
 */
#include "onig.h"

struct walk {
    struct str in;
    size_t i;
    struct buf *out;
    struct err *e;
};

static int refuse(struct walk *w, const char *what)
{
    return err_set(w->e, STATUS_DATA, "pattern: byte %zu: %s is not supported",
                   w->i + 1, what);
}

static int peek(const struct walk *w, size_t ahead)
{
    return w->i + ahead < w->in.n ? (uint8_t)w->in.p[w->i + ahead] : -1;
}

static void copy(struct walk *w, size_t n)
{
    buf_add(w->out, w->in.p + w->i, n);
    w->i += n;
}

static bool is_hex(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

/* General categories have one or two letters and mean the same; longer names
 * are scripts, which PCRE2 must be told to take literally. */
static int property(struct walk *w)
{
    size_t start = w->i + 3, end = start;
    if (peek(w, 2) != '{')
        return refuse(w, "\\p without braces");
    bool negated = start < w->in.n && w->in.p[start] == '^';
    start += negated;
    end = start;
    while (end < w->in.n && w->in.p[end] != '}')
        end++;
    struct str name = str_sub(w->in, start, end);
    if (end == w->in.n || name.n == 0)
        return refuse(w, "this \\p");
    for (size_t k = 0; k < name.n; k++)
        if (!((name.p[k] >= 'A' && name.p[k] <= 'Z') ||
              (name.p[k] >= 'a' && name.p[k] <= 'z') || name.p[k] == '_'))
            return refuse(w, "this \\p");
    static const char *const classes[] = {
        "Alnum", "Alpha", "Any",    "Assigned", "Blank", "Cntrl",
        "Digit", "Graph", "Lower",  "Print",    "Punct", "Space",
        "Upper", "Word",  "XDigit", "ASCII"};
    for (size_t k = 0; k < COUNTOF(classes); k++)
        if (strlen(classes[k]) == name.n &&
            !strncasecmp(classes[k], name.p, name.n))
            return refuse(w, "this \\p");
    buf_printf(w->out, "\\%c{%s%s", peek(w, 1), negated ? "^" : "",
               name.n > 2 ? "sc:" : "");
    buf_str(w->out, name);
    buf_char(w->out, '}');
    w->i = end + 1;
    return 0;
}

/* \xHH, \x{...}; \uHHHH, which PCRE2 writes \x{HHHH}. */
static int code_point(struct walk *w)
{
    bool u = peek(w, 1) == 'u';
    bool braces = peek(w, 2) == '{';
    size_t n = 0, skip = braces ? 3 : 2;
    while (is_hex(peek(w, skip + n)) && n < (braces ? 8u : u ? 4u : 2u))
        n++;
    if ((braces && (u || peek(w, 3 + n) != '}')) || n == 0 || (u && n != 4))
        return refuse(w, "this code point");
    w->i += skip;
    buf_cstr(w->out, "\\x{");
    copy(w, n);
    buf_char(w->out, '}');
    w->i += braces;
    return 0;
}

static int escape(struct walk *w)
{
    int c = peek(w, 1);
    switch (c) {
    case 'p':
    case 'P':
        return property(w);
    case 'x':
    case 'u':
        return code_point(w);
    case 's':
        buf_cstr(w->out, "\\p{wspace}");
        w->i += 2;
        return 0;
    case 'S':
        buf_cstr(w->out, "\\P{wspace}");
        w->i += 2;
        return 0;
    case 'd':
    case 'D':
        buf_cstr(w->out, c == 'd' ? "\\p{Nd}" : "\\P{Nd}");
        w->i += 2;
        return 0;
    default:
        break;
    }
    if (c < 0)
        return refuse(w, "a last backslash");
    if (strchr("rntf", c) || (c < 0x80 && c > 0x20 && !is_hex(c) &&
                              strchr("!\"#$%&'()*+,-./:;<=>?@"
                                     "[\\]^_`{|}~",
                                     c))) {
        copy(w, 2);
        return 0;
    }
    char what[] = "\\?";
    what[1] = c < 0x7f ? (char)c : '?';
    return refuse(w, what);
}

/* [...]: no nested class, no intersection, which PCRE2 reads otherwise. */
static int class(struct walk *w)
{
    copy(w, 1);
    if (peek(w, 0) == '^')
        copy(w, 1);
    if (peek(w, 0) == ']')
        return refuse(w, "] as the first of a class");
    for (;;) {
        int c = peek(w, 0);
        if (c < 0)
            return refuse(w, "a class without end");
        if (c == '[')
            return refuse(w, "a class within a class");
        if (c == '&' && peek(w, 1) == '&')
            return refuse(w, "&& in a class");
        if (c == '\\') {
            if (escape(w))
                return -1;
            continue;
        }
        copy(w, 1);
        if (c == ']')
            return 0;
    }
}

/* "(" and what follows it: groups, look-around, (?i:...). */
static int group(struct walk *w)
{
    static const char *const known[] = {
        "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:"};
    struct str rest = str_sub(w->in, w->i, w->in.n);
    if (peek(w, 1) == '*')
        return refuse(w, "(*");
    if (peek(w, 1) != '?') {
        copy(w, 1);
        return 0;
    }
    for (size_t k = 0; k < COUNTOF(known); k++)
        if (str_starts(rest, str_of(known[k]))) {
            copy(w, strlen(known[k]));
            return 0;
        }
    return refuse(w, "this group");
}

/* {n}, {n,}, {n,m}: a + or ? behind means another thing to Oniguruma. */
static int interval(struct walk *w)
{
    size_t n = 1, digits = 0;
    for (; peek(w, n) >= '0' && peek(w, n) <= '9'; n++)
        digits++;
    if (peek(w, n) == ',')
        for (n++; peek(w, n) >= '0' && peek(w, n) <= '9';)
            n++;
    if (!digits || peek(w, n) != '}')
        return refuse(w, "this {");
    if (peek(w, n + 1) == '+' || peek(w, n + 1) == '?')
        return refuse(w, "an interval with + or ? behind it");
    copy(w, n + 1);
    return 0;
}

int onig_to_pcre2(struct str pattern, struct buf *out, struct err *e)
{
    struct walk w = {pattern, 0, out, e};
    while (w.i < pattern.n) {
        int bad = 0;
        switch (peek(&w, 0)) {
        case '\\':
            bad = escape(&w);
            break;
        case '[':
            bad = class(&w);
            break;
        case '(':
            bad = group(&w);
            break;
        case '{':
            bad = interval(&w);
            break;
        default:
            copy(&w, 1);
        }
        if (bad)
            return -1;
    }
    return 0;
}
