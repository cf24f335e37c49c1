/*
 * The one file that knows the JSON library.
 *
 * simdjson's first stage marks, with SIMD, where every bracket, comma, colon
 * and scalar begins, and checks UTF-8 and control characters on the way.  The
 * walk below then checks the whole grammar over those marks and writes the
 * nodes; nothing is skipped, so an unknown field is as valid as a known one.
 */
#include "json.h"

#include <memory>
#include <new>
#include <simdjson.h>

using namespace simdjson;

/* Marks of a longer text, up to four bytes for each of its own, are not kept
 * for the next. */
#define LARGE (8 << 20)

struct json_parser {
    std::unique_ptr<internal::dom_parser_implementation> stage;
    struct json *nodes; /* [cap]; owns */
    size_t n, cap;
};

/* One parse: the marks, and where the walk stands. */
struct walk {
    struct json_parser *p;
    struct str text;
    const uint32_t *marks;
    size_t n_marks, at;
    struct err *e;
};

struct json_parser *json_parser_new(void)
{
    return new (mem_alloc(sizeof(struct json_parser))) json_parser();
}

void json_parser_free(struct json_parser *p)
{
    if (!p)
        return;
    mem_free(p->nodes);
    p->~json_parser();
    mem_free(p);
}

bool json_utf8(struct str s)
{
    return validate_utf8(s.p, s.n);
}

static int refuse(struct err *e, size_t at, const char *what)
{
    struct where w = {NULL, 0, at + 1};
    return err_at(e, w, "bad JSON: %s", what);
}

static size_t first_control(struct str s)
{
    bool quoted = false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (quoted && c < 0x20)
            return i;
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
    }
    return s.n;
}

static int refuse_stage(struct err *e, struct str s, error_code code)
{
    switch (code) {
    case UTF8_ERROR:
        return refuse(e, utf8_check(s), "malformed UTF-8");
    case UNESCAPED_CHARS:
        return refuse(e, first_control(s), "a control character in a string");
    case UNCLOSED_STRING:
        return refuse(e, s.n, "a string has no end");
    case EMPTY:
        return refuse(e, 0, "nothing but white space");
    case CAPACITY:
        return refuse(e, 0, "the text is too long");
    default:
        return err_set(e, STATUS_SYSTEM, "%s", error_message(code));
    }
}

static int mark(struct json_parser *p, struct str s, struct err *e)
{
    if (!p->stage || p->stage->capacity() < s.n) {
        size_t cap = size_max(2 * s.n, 4096);
        if (cap > SIMDJSON_MAXSIZE_BYTES)
            cap = SIMDJSON_MAXSIZE_BYTES;
        error_code code =
            get_active_implementation()->create_dom_parser_implementation(
                cap, JSON_DEPTH, p->stage);
        if (code || p->stage->capacity() < s.n)
            return refuse_stage(e, s, code ? code : CAPACITY);
    }
    error_code code =
        p->stage->stage1((const uint8_t *)s.p, s.n, stage1_mode::regular);
    return code ? refuse_stage(e, s, code) : 0;
}

static inline bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The token at the current mark, without the white space behind it. */
static inline struct str token(const struct walk *w)
{
    size_t from = w->marks[w->at];
    size_t to = w->at + 1 < w->n_marks ? w->marks[w->at + 1] : w->text.n;
    while (to > from && is_space(w->text.p[to - 1]))
        to--;
    return str_sub(w->text, from, to);
}

/* number = [-] (0 | 1-9 digits) [. digits] [e [+-] digits]; RFC 8259. */
static bool number_ok(struct str s)
{
    const char *c = s.p, *end = s.p + s.n;
    auto digits = [&] {
        const char *from = c;
        while (c < end && *c >= '0' && *c <= '9')
            c++;
        return c > from;
    };
    if (c < end && *c == '-')
        c++;
    const char *from = c;
    if (!digits() || (*from == '0' && c > from + 1))
        return false;
    if (c < end && *c == '.' && (c++, !digits()))
        return false;
    if (c < end && (*c == 'e' || *c == 'E')) {
        c++;
        if (c < end && (*c == '+' || *c == '-'))
            c++;
        if (!digits())
            return false;
    }
    return c == end;
}

static bool hex_ok(const char *p)
{
    for (int k = 0; k < 4; k++) {
        char h = p[k];
        if (!((h >= '0' && h <= '9') || (h >= 'a' && h <= 'f') ||
              (h >= 'A' && h <= 'F')))
            return false;
    }
    return true;
}

/* slash: the first backslash in s, which a quote follows. */
static bool escapes_ok(struct str s, const char *slash)
{
    const char *end = s.p + s.n, *p = slash;
    do {
        switch (p[1]) {
        case '"':
        case '\\':
        case '/':
        case 'b':
        case 'f':
        case 'n':
        case 'r':
        case 't':
            p += 2;
            break;
        case 'u':
            if (end - p < 6 || !hex_ok(p + 2))
                return false;
            p += 6;
            break;
        default:
            return false;
        }
        if (p < end)
            p = (const char *)memchr(p, '\\', (size_t)(end - p));
    } while (p && p < end);
    return true;
}

static inline struct json *push(struct walk *w, enum json_type type,
                                struct str text)
{
    struct json_parser *p = w->p;
    if (UNLIKELY(p->n == p->cap)) {
        p->cap = 2 * p->cap + 64;
        p->nodes = (struct json *)mem_grow(p->nodes, p->cap, sizeof *p->nodes);
    }
    struct json *v = &p->nodes[p->n++];
    v->p = text.p;
    v->n = text.n;
    v->span = 1;
    v->type = (uint8_t)type;
    v->escaped = false;
    return v;
}

static int scalar(struct walk *w)
{
    struct str t = token(w);
    size_t at = w->marks[w->at++];
    if (t.p[0] == '"') {
        if (t.n < 2 || t.p[t.n - 1] != '"')
            return refuse(w->e, at, "something follows a string");
        struct json *v = push(w, JSON_STRING, t);
        const char *slash = (const char *)memchr(t.p, '\\', t.n);
        v->escaped = slash != NULL;
        if (slash && !escapes_ok(str_sub(t, 1, t.n - 1), slash))
            return refuse(w->e, at, "a bad escape in a string");
        return 0;
    }
    if (str_eq(t, STR("true")))
        push(w, JSON_TRUE, t);
    else if (str_eq(t, STR("false")))
        push(w, JSON_FALSE, t);
    else if (str_eq(t, STR("null")))
        push(w, JSON_NULL, t);
    else if (number_ok(t))
        push(w, JSON_NUMBER, t);
    else
        return refuse(w->e, at, "this is no value");
    return 0;
}

/* The byte at the current mark, or 0 at the end. */
static inline char peek(const struct walk *w)
{
    return w->at < w->n_marks ? w->text.p[w->marks[w->at]] : '\0';
}

static inline int misplaced(const struct walk *w, const char *what)
{
    size_t at = w->at < w->n_marks ? w->marks[w->at] : w->text.n;
    return refuse(w->e, at, what);
}

static int key(struct walk *w)
{
    if (peek(w) != '"')
        return misplaced(w, "a key is missing");
    if (scalar(w) < 0)
        return -1;
    if (peek(w) != ':')
        return misplaced(w, "a colon is missing");
    w->at++;
    return 0;
}

/* Ends containers as long as they end here, then steps over one comma.
 * *depth comes back 0 when the root is complete. */
static int after_value(struct walk *w, const size_t *open, size_t *depth)
{
    while (*depth > 0) {
        struct json *box = &w->p->nodes[open[*depth - 1]];
        bool object = box->type == JSON_OBJECT;
        char c = peek(w);
        if (c == ',') {
            w->at++;
            return object ? key(w) : 0;
        }
        if (c != (object ? '}' : ']'))
            return misplaced(w, object ? "a comma or } is missing"
                                       : "a comma or ] is missing");
        box->n = (size_t)(w->text.p + w->marks[w->at++] + 1 - box->p);
        box->span = (uint32_t)(w->p->n - open[--*depth]);
    }
    return 0;
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Inside an array, plain numbers with a comma right behind: token ids are
 * almost nothing else.  Stops at what is anything else, or wrong. */
static void plain_numbers(struct walk *w)
{
    const char *text = w->text.p;
    while (w->at + 1 < w->n_marks) {
        size_t from = w->marks[w->at], to = w->marks[w->at + 1], i = from;
        while (i < to && is_digit(text[i]))
            i++;
        if (text[to] != ',' || i < to || (text[from] == '0' && to > from + 1))
            return;
        push(w, JSON_NUMBER, str_sub(w->text, from, to));
        w->at += 2;
    }
}

static int walk_text(struct walk *w)
{
    size_t open[JSON_DEPTH]; /* nodes of the containers we are in */
    size_t depth = 0;
    do {
        char c = peek(w);
        if (is_digit(c) && depth > 0 &&
            w->p->nodes[open[depth - 1]].type == JSON_ARRAY) {
            plain_numbers(w);
            c = peek(w);
        }
        if (c == '{' || c == '[') {
            if (depth == JSON_DEPTH)
                return misplaced(w, "nested too deeply");
            open[depth++] = w->p->n;
            push(w, c == '{' ? JSON_OBJECT : JSON_ARRAY, token(w));
            w->at++;
            char first = peek(w);
            if (first != (c == '{' ? '}' : ']')) {
                if (c == '{' && key(w) < 0)
                    return -1;
                continue; /* to the first value inside */
            }
        } else if (c == '\0' || c == '}' || c == ']' || c == ',' || c == ':') {
            return misplaced(w, "a value is missing");
        } else if (scalar(w) < 0) {
            return -1;
        }
        if (after_value(w, open, &depth) < 0)
            return -1;
    } while (depth > 0);
    return w->at < w->n_marks ? misplaced(w, "something follows the value") : 0;
}

int json_parse(struct json_parser *p, struct str text, const struct json **root,
               struct err *e)
{
    p->n = 0;
    if (text.n == 0)
        return refuse_stage(e, text, EMPTY);
    if (mark(p, text, e) < 0)
        return -1;
    struct walk w = {p,
                     text,
                     p->stage->structural_indexes.get(),
                     p->stage->n_structural_indexes,
                     0,
                     e};
    int bad = walk_text(&w);
    if (text.n > LARGE)
        p->stage.reset();
    *root = p->nodes;
    return bad < 0 ? -1 : 0;
}
