/*
 * Four differences matter in practice: \s and \S (PCRE2 counts U+180E),
 * scripts (PCRE2 means script extensions unless told), characters that are
 * younger than PCRE2's Unicode, and what only one of the two knows.  A pattern
 * is walked once, classes and groups apart.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "onig.h"

#include <pcre2.h>
#include <unicode/uchar.h>

#include "mem.h"

struct walk {
    struct str in;
    size_t i;
    struct buf *out;
    bool classed;         /* within [...] */
    struct i32_vec young; /* owns; characters that PCRE2 does not know */
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

/* ---- properties */

struct property {
    UProperty kind; /* UCHAR_SCRIPT, or UCHAR_GENERAL_CATEGORY_MASK */
    uint32_t value; /* to ICU */
    bool negated;
};

static bool has(const struct property *q, UChar32 cp)
{
    bool in =
        q->kind == UCHAR_SCRIPT
            ? (uint32_t)u_getIntPropertyValue(cp, UCHAR_SCRIPT) == q->value
            : (U_GET_GC_MASK(cp) & q->value) != 0;
    return in != q->negated;
}

/* As a number that rises with the version. */
static uint32_t version_of(const UVersionInfo v)
{
    return (uint32_t)v[0] << 24 | (uint32_t)v[1] << 16 | (uint32_t)v[2] << 8 |
           v[3];
}

struct young {
    struct i32_vec *points;
    uint32_t known; /* PCRE2's Unicode */
};

/* Of the code points from first to limit, those in a later Unicode. */
static UBool note_young(const void *ctx, UChar32 first, UChar32 limit,
                        UCharCategory type)
{
    const struct young *y = ctx;
    UVersionInfo age;
    if (type == U_UNASSIGNED || type == U_PRIVATE_USE_CHAR)
        return true;
    for (UChar32 cp = first; cp < limit; cp++) {
        u_charAge(cp, age);
        if (version_of(age) > y->known)
            vec_push(y->points, cp);
    }
    return true;
}

static void find_young(struct i32_vec *points)
{
    char text[32];
    UVersionInfo known;
    pcre2_config(PCRE2_CONFIG_UNICODE_VERSION, text);
    u_versionFromString(known, text);
    struct young y = {points, version_of(known)};
    u_enumCharTypes(note_young, &y);
}

static void put_range(struct buf *out, UChar32 first, UChar32 last)
{
    buf_printf(out, first < last ? "\\x{%x}-\\x{%x}" : "\\x{%x}",
               (unsigned)first, (unsigned)last);
}

/* Appends those of points that q has; returns how many ranges. */
static size_t put_young(const struct property *q, const struct i32_vec *points,
                        struct buf *out)
{
    size_t ranges = 0, end;
    for (size_t i = 0; i < points->n; i = end) {
        UChar32 first = points->v[i];
        end = i + 1;
        if (!has(q, first))
            continue;
        while (end < points->n && points->v[end] == points->v[end - 1] + 1 &&
               has(q, points->v[end]))
            end++;
        put_range(out, first, points->v[end - 1]);
        ranges++;
    }
    return ranges;
}

/* Appends every character that q has. */
static void put_all(const struct property *q, struct buf *out)
{
    UChar32 first = -1;
    for (UChar32 cp = 0; cp <= UCHAR_MAX_VALUE + 1; cp++) {
        bool in = cp <= UCHAR_MAX_VALUE && cp >> 11 != 0x1b && has(q, cp);
        if (in && first < 0)
            first = cp;
        if (in || first < 0)
            continue;
        put_range(out, first, cp - 1);
        first = -1;
    }
}

/* The property that has this name, for PCRE2 too, as ICU has it.  PCRE2's own
 * lacks the young characters, or has too many: then all are written out. */
static void put_property(struct walk *w, struct property q, const char *name)
{
    struct buf young = {0};
    bool negated = q.negated;
    q.negated = false;
    bool all = w->young.n && has(&q, UCHAR_MAX_VALUE); /* unassigned */
    size_t more = all ? 0 : put_young(&q, &w->young, &young);
    const char *close = w->classed ? "" : "]";
    if (all || (more && negated && w->classed)) {
        q.negated = negated;
        buf_cstr(w->out, w->classed ? "" : "[");
        put_all(&q, w->out);
        buf_cstr(w->out, close);
    } else if (!more) {
        buf_printf(w->out, "\\%c{%s}", negated ? 'P' : 'p', name);
    } else {
        buf_cstr(w->out, w->classed ? "" : negated ? "[^" : "[");
        buf_printf(w->out, "\\p{%s}%.*s%s", name, (int)young.n, young.p, close);
    }
    buf_free(&young);
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
    struct property q = {name.n > 2 ? UCHAR_SCRIPT
                                    : UCHAR_GENERAL_CATEGORY_MASK,
                         0, negated != (peek(w, 1) == 'P')};
    struct buf text = {0};
    buf_cstr(&text, name.n > 2 ? "sc:" : "");
    buf_str(&text, name);
    buf_char(&text, '\0');
    const char *bare = text.p + (name.n > 2 ? 3 : 0);
    q.value = (uint32_t)u_getPropertyValueEnum(q.kind, bare);
    int bad =
        q.value == (uint32_t)UCHAR_INVALID_CODE ? refuse(w, "this \\p") : 0;
    if (!bad)
        put_property(w, q, text.p);
    buf_free(&text);
    w->i = end + 1;
    return bad;
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
    w->classed = true;
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
        w->classed = c != ']';
        if (!w->classed)
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

void onig_young(bool leads[256])
{
    struct i32_vec points = {0};
    struct buf text = {0};
    memset(leads, 0, 256);
    find_young(&points);
    for (size_t i = 0; i < points.n; i++) {
        text.n = 0;
        utf8_put(&text, (uint32_t)points.v[i]);
        leads[(uint8_t)text.p[0]] = true;
    }
    buf_free(&text);
    vec_free(&points);
}

int onig_to_pcre2(struct str pattern, bool young, struct buf *out,
                  struct err *e)
{
    struct walk w = {.in = pattern, .out = out, .e = e};
    int bad = 0;
    if (young)
        find_young(&w.young);
    while (!bad && w.i < pattern.n) {
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
    }
    vec_free(&w.young);
    return bad;
}
