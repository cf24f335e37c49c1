/* Expressions to trees, by precedence as in Jinja: if, or, and, not,
 * comparisons, + -, ~, * / // %, unary minus, then what follows a value. */
#include <errno.h>
#include <stdlib.h>

#include "jinja_impl.h"

struct jinja_node *jinja_node(struct jinja_parser *p, enum jinja_node_type type)
{
    struct jinja_node *n = arena_alloc(p->a, sizeof *n);
    *n = (struct jinja_node){.type = type, .line = p->t->line};
    return n;
}

bool jinja_at(const struct jinja_parser *p, const char *text)
{
    return (p->t->type == TOK_NAME || p->t->type == TOK_OP) &&
           str_eq(p->t->text, str_of(text));
}

bool jinja_take(struct jinja_parser *p, const char *text)
{
    bool yes = jinja_at(p, text);
    p->t += yes;
    return yes;
}

int jinja_expect(struct jinja_parser *p, const char *text)
{
    if (jinja_take(p, text))
        return 0;
    return jinja_refuse(p->e, p->t->line, "\"%s\" expected, found \"%.*s\"",
                        text, STR_ARG(p->t->text));
}

static struct jinja_node *named(struct jinja_parser *p,
                                enum jinja_node_type type, struct jinja_node *a)
{
    struct jinja_node *n = jinja_node(p, type);
    n->a = a;
    if (p->t->type == TOK_NAME) {
        n->name = p->t->text;
        p->t++;
        return n;
    }
    (void)jinja_refuse(p->e, p->t->line, "a name expected, found \"%.*s\"",
                       STR_ARG(p->t->text));
    return NULL;
}

/* ---- lists of things up to a closing bracket */

/* Arguments, the opening bracket taken. */
static int arguments(struct jinja_parser *p, struct jinja_node **tail)
{
    while (!jinja_take(p, ")")) {
        struct jinja_node *n = jinja_node(p, NODE_NAMED);
        if (p->t->type == TOK_NAME && p->t[1].type == TOK_OP &&
            str_eq(p->t[1].text, STR("="))) {
            n->name = p->t->text;
            p->t += 2;
        }
        n->a = jinja_expr(p);
        if (!n->a)
            return -1;
        *tail = n;
        tail = &n->next;
        if (!jinja_at(p, ")") && jinja_expect(p, ","))
            return -1;
    }
    return 0;
}

static struct jinja_node *elements(struct jinja_parser *p, const char *close)
{
    bool dict = *close == '}';
    struct jinja_node *n = jinja_node(p, dict ? NODE_DICT : NODE_LIST);
    struct jinja_node **tail = &n->a;
    while (!jinja_take(p, close)) {
        for (int i = 0; i < 1 + dict; i++) {
            struct jinja_node *x = jinja_expr(p);
            if (!x || (dict && i == 0 && jinja_expect(p, ":")))
                return NULL;
            /* elements are wrapped: a name may stand in several trees */
            struct jinja_node *slot = jinja_node(p, NODE_NAMED);
            slot->a = x;
            *tail = slot;
            tail = &slot->next;
        }
        if (!jinja_at(p, close) && jinja_expect(p, ","))
            return NULL;
    }
    return n;
}

/* ---- values */

static struct jinja_node *number(struct jinja_parser *p)
{
    struct jinja_node *n = jinja_node(p, NODE_LITERAL);
    char text[32];
    if (p->t->text.n < sizeof text) {
        char *end;
        memcpy(text, p->t->text.p, p->t->text.n);
        text[p->t->text.n] = '\0';
        errno = 0;
        n->value.as.i = strtoll(text, &end, 10);
        n->value.type = JINJA_INT;
        if (*end == '.') {
            n->value.as.r = strtod(text, &end);
            n->value.type = JINJA_REAL;
        }
        p->t++;
        if (*end == '\0' && errno == 0)
            return n;
        p->t--;
    }
    (void)jinja_refuse(p->e, p->t->line, "number %.*s", STR_ARG(p->t->text));
    return NULL;
}

/* Literals side by side are one. */
static struct jinja_node *strings(struct jinja_parser *p)
{
    struct jinja_node *n = jinja_node(p, NODE_LITERAL);
    struct buf b = {0};
    for (; p->t->type == TOK_STRING; p->t++)
        buf_str(&b, p->t->text);
    struct str s = {arena_copy(p->a, b.p ? b.p : "", b.n), b.n};
    buf_free(&b);
    n->value = jinja_own(s);
    return n;
}

static struct jinja_node *name(struct jinja_parser *p)
{
    static const struct {
        const char *name;
        enum jinja_type type;
        bool yes;
    } known[] = {{"true", JINJA_BOOL, true},   {"True", JINJA_BOOL, true},
                 {"false", JINJA_BOOL, false}, {"False", JINJA_BOOL, false},
                 {"none", JINJA_NONE, false},  {"None", JINJA_NONE, false}};
    struct jinja_node *n = jinja_node(p, NODE_NAME);
    n->name = p->t->text;
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_eq(n->name, str_of(known[i].name))) {
            n->type = NODE_LITERAL;
            n->value.type = known[i].type;
            n->value.as.yes = known[i].yes;
        }
    p->t++;
    return n;
}

static struct jinja_node *primary(struct jinja_parser *p)
{
    if (p->t->type == TOK_NUMBER)
        return number(p);
    if (p->t->type == TOK_STRING)
        return strings(p);
    if (p->t->type == TOK_NAME)
        return name(p);
    if (jinja_take(p, "["))
        return elements(p, "]");
    if (jinja_take(p, "{"))
        return elements(p, "}");
    if (jinja_take(p, "(")) {
        struct jinja_node *n = jinja_expr(p);
        if (!n || !jinja_at(p, ","))
            return n && jinja_expect(p, ")") == 0 ? n : NULL;
        struct jinja_node *rest, *slot = jinja_node(p, NODE_NAMED);
        slot->a = n;
        p->t++;
        rest = elements(p, ")");
        if (!rest)
            return NULL;
        slot->next = rest->a;
        rest->a = slot;
        return rest;
    }
    (void)jinja_refuse(p->e, p->t->line, "a value expected, found \"%.*s\"",
                       STR_ARG(p->t->text));
    return NULL;
}

/* ---- what follows a value */

/* [i] or [from:to:step], the bracket taken. */
static struct jinja_node *index_of(struct jinja_parser *p, struct jinja_node *a)
{
    struct jinja_node *n = jinja_node(p, NODE_INDEX);
    struct jinja_node **part[3] = {&n->b, &n->c, &n->test};
    n->a = a;
    for (int i = 0; i < 3; i++) {
        if (!jinja_at(p, ":") && !jinja_at(p, "]")) {
            *part[i] = jinja_expr(p);
            if (!*part[i])
                return NULL;
        }
        if (i == 2 || !jinja_take(p, ":"))
            break;
        n->type = NODE_SLICE;
    }
    if (n->type == NODE_INDEX && !n->b) {
        (void)jinja_refuse(p->e, n->line, "[] without an index");
        return NULL;
    }
    return jinja_expect(p, "]") ? NULL : n;
}

static struct jinja_node *filter(struct jinja_parser *p, struct jinja_node *a)
{
    struct jinja_node *n = named(p, NODE_FILTER, a);
    if (n && jinja_take(p, "(") && arguments(p, &n->names))
        return NULL;
    return n;
}

static struct jinja_node *unary(struct jinja_parser *p);

/* "is [not] name", with an argument that may lack its brackets. */
static struct jinja_node *test(struct jinja_parser *p, struct jinja_node *a)
{
    bool negated = jinja_take(p, "not");
    struct jinja_node *n = named(p, NODE_TEST, a);
    if (!n)
        return NULL;
    bool ends = jinja_at(p, "and") || jinja_at(p, "or") || jinja_at(p, "if") ||
                jinja_at(p, "else") || jinja_at(p, "is") || jinja_at(p, "in") ||
                jinja_at(p, "not");
    if (jinja_take(p, "(")) {
        if (arguments(p, &n->names))
            return NULL;
    } else if (!ends && (p->t->type == TOK_NAME || p->t->type == TOK_STRING ||
                         p->t->type == TOK_NUMBER)) {
        n->names = jinja_node(p, NODE_NAMED);
        n->names->a = primary(p);
        if (!n->names->a)
            return NULL;
    }
    if (!negated)
        return n;
    struct jinja_node *no = jinja_node(p, NODE_NOT);
    no->a = n;
    return no;
}

static struct jinja_node *postfix(struct jinja_parser *p, struct jinja_node *n)
{
    while (n) {
        if (jinja_take(p, ".")) {
            n = named(p, NODE_MEMBER, n);
        } else if (jinja_take(p, "[")) {
            n = index_of(p, n);
        } else if (jinja_take(p, "(")) {
            struct jinja_node *call = jinja_node(p, NODE_CALL);
            call->a = n;
            n = arguments(p, &call->names) ? NULL : call;
        } else if (jinja_take(p, "|")) {
            n = filter(p, n);
        } else if (jinja_take(p, "is")) {
            n = test(p, n);
        } else {
            return n;
        }
    }
    return NULL;
}

static struct jinja_node *unary(struct jinja_parser *p)
{
    if (!jinja_at(p, "-"))
        return postfix(p, primary(p));
    struct jinja_node *n = jinja_node(p, NODE_MINUS);
    p->t++;
    n->a = postfix(p, primary(p));
    return n->a ? n : NULL;
}

/* ---- operators */

static const char *const levels[][12] = {
    {"==", "!=", "<=", ">=", "<", ">", "in", "not"},
    {"+", "-"},
    {"~"},
    {"*", "//", "/", "%"},
};

static struct jinja_node *binary(struct jinja_parser *p, size_t level)
{
    if (level == COUNTOF(levels))
        return unary(p);
    struct jinja_node *left = binary(p, level + 1);
    while (left) {
        const char *op = NULL;
        for (size_t i = 0; levels[level][i] && !op; i++)
            if (jinja_at(p, levels[level][i]))
                op = levels[level][i];
        bool not_in = op && strcmp(op, "not") == 0;
        if (!op || (not_in && !str_eq(p->t[1].text, STR("in"))))
            return left;
        struct jinja_node *n = jinja_node(p, NODE_BINARY);
        p->t += 1 + not_in;
        n->name = not_in ? STR("in") : str_of(op);
        n->a = left;
        n->b = binary(p, level + 1);
        left = n->b ? n : NULL;
        if (left && not_in) {
            left = jinja_node(p, NODE_NOT);
            left->a = n;
        }
    }
    return NULL;
}

static struct jinja_node *negation(struct jinja_parser *p)
{
    if (!jinja_at(p, "not"))
        return binary(p, 0);
    struct jinja_node *n = jinja_node(p, NODE_NOT);
    p->t++;
    if (++p->depth > JINJA_DEPTH) {
        (void)jinja_refuse(p->e, n->line, "nested too deeply");
        return NULL;
    }
    n->a = negation(p);
    p->depth--;
    return n->a ? n : NULL;
}

static struct jinja_node *both(struct jinja_parser *p)
{
    struct jinja_node *left = negation(p);
    while (left && jinja_take(p, "and")) {
        struct jinja_node *n = jinja_node(p, NODE_AND);
        n->a = left;
        n->b = negation(p);
        left = n->b ? n : NULL;
    }
    return left;
}

struct jinja_node *jinja_bare(struct jinja_parser *p)
{
    struct jinja_node *left = both(p);
    while (left && jinja_take(p, "or")) {
        struct jinja_node *n = jinja_node(p, NODE_OR);
        n->a = left;
        n->b = both(p);
        left = n->b ? n : NULL;
    }
    return left;
}

struct jinja_node *jinja_expr(struct jinja_parser *p)
{
    if (++p->depth > JINJA_DEPTH) {
        (void)jinja_refuse(p->e, p->t->line, "nested too deeply");
        return NULL;
    }
    struct jinja_node *n = jinja_bare(p);
    if (n && jinja_at(p, "if")) {
        struct jinja_node *choice = jinja_node(p, NODE_CHOICE);
        p->t++;
        choice->b = n;
        choice->a = jinja_bare(p);
        n = choice->a ? choice : NULL;
        if (n && jinja_take(p, "else")) {
            choice->c = jinja_expr(p);
            n = choice->c ? choice : NULL;
        }
    }
    p->depth--;
    return n;
}
