/* Templates to tokens: tags, and the white space around them. */
#include <stdarg.h>
#include <stdio.h>

#include "jinja_impl.h"

int jinja_refuse(struct err *e, uint32_t line, const char *fmt, ...)
{
    char text[sizeof e->text - 20];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return err_set(e, STATUS_DATA, "line %u: %s", line, text);
}

struct lexer {
    struct str s;
    size_t at;
    uint32_t line;
    struct arena *a;
    struct jinja_tokens *out;
    struct err *e;
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static bool looking_at(const struct lexer *x, const char *what)
{
    struct str rest = str_sub(x->s, x->at, x->s.n);
    return str_starts(rest, str_of(what));
}

static void put(struct lexer *x, enum jinja_token_type type, struct str text)
{
    vec_push(x->out, (struct jinja_token){type, x->line, text});
}

/* Passes to byte `to`, counting lines. */
static void pass(struct lexer *x, size_t to)
{
    x->line += (uint32_t)str_count(str_sub(x->s, x->at, to), '\n');
    x->at = to;
}

/* ---- outside tags */

/* Where the next tag opens, or the end. */
static size_t next_tag(const struct lexer *x)
{
    for (size_t at = x->at; at + 1 < x->s.n; at++)
        if (x->s.p[at] == '{' && strchr("{%#", x->s.p[at + 1]) &&
            x->s.p[at + 1] != '\0')
            return at;
    return x->s.n;
}

/* Puts the text up to the tag at `to`, less the white space that the tag
 * takes: all of it ("-"), or the indent of a block that begins its line. */
static void put_text(struct lexer *x, size_t to)
{
    size_t end = to;
    char sign = to + 2 < x->s.n ? x->s.p[to + 2] : '\0';
    if (to < x->s.n && sign == '-') {
        while (end > x->at && is_space(x->s.p[end - 1]))
            end--;
    } else if (to < x->s.n && x->s.p[to + 1] != '{' && sign != '+') {
        while (end > x->at &&
               (x->s.p[end - 1] == ' ' || x->s.p[end - 1] == '\t'))
            end--;
        if (end > 0 && x->s.p[end - 1] != '\n')
            end = to;
    }
    if (end > x->at)
        put(x, TOK_TEXT, str_sub(x->s, x->at, end));
    pass(x, to);
}

/* Behind a tag: "-" takes all white space, a block one newline. */
static void skip_behind(struct lexer *x, char sign, bool block)
{
    size_t at = x->at;
    if (sign == '-') {
        while (at < x->s.n && is_space(x->s.p[at]))
            at++;
    } else if (block && sign != '+' && at < x->s.n && x->s.p[at] == '\n') {
        at++;
    }
    pass(x, at);
}

static int comment(struct lexer *x)
{
    size_t end = str_find(x->s, STR("#}"), x->at + 2);
    if (end == x->s.n)
        return jinja_refuse(x->e, x->line, "a comment without end");
    char sign = end > x->at + 2 ? x->s.p[end - 1] : '\0';
    pass(x, end + 2);
    skip_behind(x, sign, true);
    return 0;
}

/* ---- inside tags */

static int hex_of(struct str s, size_t at, size_t n, uint32_t *cp)
{
    *cp = 0;
    if (at + n > s.n)
        return -1;
    for (size_t i = 0; i < n; i++) {
        char c = s.p[at + i];
        int d = is_digit(c)              ? c - '0'
                : (c >= 'a' && c <= 'f') ? c - 'a' + 10
                : (c >= 'A' && c <= 'F') ? c - 'A' + 10
                                         : -1;
        if (d < 0)
            return -1;
        *cp = *cp * 16 + (uint32_t)d;
    }
    return 0;
}

/* Appends what the escape at raw[at], a backslash, stands for; returns its
 * length.  Python keeps a backslash that means nothing. */
static size_t unescape(struct str raw, size_t at, struct buf *to)
{
    static const char from[] = "ntr\\'\"bfva", into[] = "\n\t\r\\'\"\b\f\v\a";
    char c = at + 1 < raw.n ? raw.p[at + 1] : '\0';
    const char *known = c ? strchr(from, c) : NULL;
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    uint32_t cp;
    if (known) {
        buf_char(to, into[known - from]);
        return 2;
    }
    if (digits && hex_of(raw, at + 2, digits, &cp) == 0 && cp < 0x110000 &&
        (cp < 0xd800 || cp > 0xdfff)) {
        utf8_put(to, cp);
        return 2 + digits;
    }
    if (c == '\n') /* a line that goes on */
        return 2;
    buf_char(to, '\\');
    return 1;
}

static int string(struct lexer *x)
{
    char quote = x->s.p[x->at];
    size_t from = x->at + 1, end = from;
    while (end < x->s.n && x->s.p[end] != quote)
        end += x->s.p[end] == '\\' ? 2 : 1;
    if (end >= x->s.n)
        return jinja_refuse(x->e, x->line, "a string without end");
    struct str raw = str_sub(x->s, from, end);
    struct buf text = {0};
    for (size_t i = 0; i < raw.n;) {
        if (raw.p[i] == '\\') {
            i += unescape(raw, i, &text);
            continue;
        }
        buf_char(&text, raw.p[i++]);
    }
    put(x, TOK_STRING,
        (struct str){arena_copy(x->a, text.p ? text.p : "", text.n), text.n});
    buf_free(&text);
    pass(x, end + 1);
    return 0;
}

static void word(struct lexer *x)
{
    size_t end = x->at;
    bool number = is_digit(x->s.p[end]);
    while (end < x->s.n && (is_letter(x->s.p[end]) || is_digit(x->s.p[end]) ||
                            (number && x->s.p[end] == '.' && end + 1 < x->s.n &&
                             is_digit(x->s.p[end + 1]))))
        end++;
    put(x, number ? TOK_NUMBER : TOK_NAME, str_sub(x->s, x->at, end));
    pass(x, end);
}

static int operator(struct lexer *x, int *braces)
{
    static const char *const two[] = {"==", "!=", "<=", ">=", "//", "**"};
    for (size_t i = 0; i < COUNTOF(two); i++)
        if (looking_at(x, two[i])) {
            put(x, TOK_OP, str_of(two[i]));
            pass(x, x->at + 2);
            return 0;
        }
    char c = x->s.p[x->at];
    if (!c || !strchr("+-*/%~<>=()[]{}.,:|", c))
        return jinja_refuse(x->e, x->line, "\"%.*s\" is not known here",
                            (int)size_min(8, x->s.n - x->at), x->s.p + x->at);
    *braces += c == '{' ? 1 : c == '}' ? -1 : 0;
    put(x, TOK_OP, str_sub(x->s, x->at, x->at + 1));
    pass(x, x->at + 1);
    return 0;
}

static int tag(struct lexer *x)
{
    bool block = x->s.p[x->at + 1] == '%';
    const char *close = block ? "%}" : "}}";
    uint32_t opened = x->line;
    int braces = 0;
    put(x, block ? TOK_BLOCK : TOK_OUTPUT, str_sub(x->s, x->at, x->at + 2));
    x->at += 2;
    if (looking_at(x, "-") || looking_at(x, "+"))
        x->at++;
    while (x->at < x->s.n) {
        char c = x->s.p[x->at];
        bool sign = (c == '-' || c == '+') && x->at + 2 < x->s.n &&
                    memcmp(x->s.p + x->at + 1, close, 2) == 0;
        if (braces <= 0 && (sign || looking_at(x, close))) {
            put(x, TOK_CLOSE, STR(""));
            x->at += sign ? 3 : 2;
            skip_behind(x, sign ? c : '\0', block);
            return 0;
        }
        if (is_space(c))
            pass(x, x->at + 1);
        else if (c == '"' || c == '\'') {
            if (string(x))
                return -1;
        } else if (is_letter(c) || is_digit(c))
            word(x);
        else if (operator(x, &braces))
            return -1;
    }
    return jinja_refuse(x->e, opened, "a tag without end");
}

int jinja_lex(struct str text, struct arena *a, struct jinja_tokens *out,
              struct err *e)
{
    if (text.n && text.p[text.n - 1] == '\n') /* as Jinja has it */
        text.n--;
    struct lexer x = {text, 0, 1, a, out, e};
    while (x.at < text.n) {
        size_t to = next_tag(&x);
        put_text(&x, to);
        if (to == text.n)
            break;
        if (text.p[to + 1] == '#' ? comment(&x) : tag(&x))
            return -1;
    }
    put(&x, TOK_END, STR(""));
    return 0;
}
