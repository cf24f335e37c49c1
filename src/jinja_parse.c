/* Templates to trees: the statements. */
#include "jinja_impl.h"

static int body(struct jinja_parser *p, const char *const *ends,
                struct jinja_node **out);

static int close_tag(struct jinja_parser *p)
{
    if (p->t->type != TOK_CLOSE)
        return jinja_refuse(p->e, p->t->line, "\"%.*s\" is not known here",
                            STR_ARG(p->t->text));
    p->t++;
    return 0;
}

/* Is the next tag {% NAME? */
static bool at_tag(const struct jinja_parser *p, const char *name)
{
    return p->t->type == TOK_BLOCK && p->t[1].type == TOK_NAME &&
           str_eq(p->t[1].text, str_of(name));
}

/* The body up to {% end %}, which is passed. */
static int block(struct jinja_parser *p, const char *end,
                 struct jinja_node **out)
{
    const char *const ends[] = {end, NULL};
    if (close_tag(p) || body(p, ends, out))
        return -1;
    p->t += 2;
    return close_tag(p);
}

static int parse_if(struct jinja_parser *p, struct jinja_node *n)
{
    static const char *const ends[] = {"elif", "else", "endif", NULL};
    n->type = NODE_IF;
    n->a = jinja_expr(p);
    if (!n->a || close_tag(p) || body(p, ends, &n->b))
        return -1;
    while (at_tag(p, "elif")) {
        struct jinja_node *more = jinja_node(p, NODE_IF);
        p->t += 2;
        more->a = jinja_expr(p);
        if (!more->a || close_tag(p) || body(p, ends, &more->b))
            return -1;
        n->test = more;
        n = more;
    }
    p->t++;
    if (jinja_take(p, "else"))
        return block(p, "endif", &n->c);
    p->t++;
    return close_tag(p);
}

/* name, name, ... */
static int names(struct jinja_parser *p, struct jinja_node **tail)
{
    do {
        struct jinja_node *n = jinja_node(p, NODE_NAMED);
        if (p->t->type != TOK_NAME)
            return jinja_refuse(p->e, n->line, "a name expected");
        n->name = p->t->text;
        p->t++;
        *tail = n;
        tail = &n->next;
    } while (jinja_take(p, ","));
    return 0;
}

static int parse_for(struct jinja_parser *p, struct jinja_node *n)
{
    static const char *const ends[] = {"else", "endfor", NULL};
    n->type = NODE_FOR;
    if (names(p, &n->names) || jinja_expect(p, "in"))
        return -1;
    n->a = jinja_bare(p);
    if (!n->a)
        return -1;
    if (jinja_take(p, "if")) {
        n->test = jinja_expr(p);
        if (!n->test)
            return -1;
    }
    if (close_tag(p) || body(p, ends, &n->b))
        return -1;
    p->t++;
    if (jinja_take(p, "else"))
        return block(p, "endfor", &n->c);
    p->t++;
    return close_tag(p);
}

static int parse_set(struct jinja_parser *p, struct jinja_node *n)
{
    n->type = NODE_SET;
    if (names(p, &n->names))
        return -1;
    if (jinja_take(p, ".")) {
        n->name = p->t->text;
        if (p->t->type != TOK_NAME)
            return jinja_refuse(p->e, n->line, "a name expected");
        p->t++;
    }
    if (jinja_take(p, "=")) {
        n->a = jinja_expr(p);
        return n->a ? close_tag(p) : -1;
    }
    return block(p, "endset", &n->b);
}

static int parse_macro(struct jinja_parser *p, struct jinja_node *n)
{
    struct jinja_node **tail = &n->names;
    n->type = NODE_MACRO;
    if (p->t->type != TOK_NAME)
        return jinja_refuse(p->e, n->line, "a name expected");
    n->name = p->t->text;
    p->t++;
    if (jinja_expect(p, "("))
        return -1;
    while (!jinja_take(p, ")")) {
        if (names(p, tail))
            return -1;
        while ((*tail)->next) /* without defaults */
            tail = &(*tail)->next;
        if (jinja_take(p, "=")) {
            (*tail)->a = jinja_expr(p);
            if (!(*tail)->a)
                return -1;
        }
        tail = &(*tail)->next;
        if (!jinja_at(p, ")") && jinja_expect(p, ","))
            return -1;
    }
    return block(p, "endmacro", &n->b);
}

static int simple(struct jinja_parser *p, struct jinja_node *n,
                  enum jinja_node_type type)
{
    n->type = type;
    return type == NODE_GENERATION ? block(p, "endgeneration", &n->b)
                                   : close_tag(p);
}

/* A block tag, whose opening was passed. */
static int statement(struct jinja_parser *p, struct jinja_node *n)
{
    if (jinja_take(p, "if"))
        return parse_if(p, n);
    if (jinja_take(p, "for"))
        return parse_for(p, n);
    if (jinja_take(p, "set"))
        return parse_set(p, n);
    if (jinja_take(p, "macro"))
        return parse_macro(p, n);
    if (jinja_take(p, "generation"))
        return simple(p, n, NODE_GENERATION);
    if (jinja_take(p, "break"))
        return simple(p, n, NODE_BREAK);
    if (jinja_take(p, "continue"))
        return simple(p, n, NODE_CONTINUE);
    return jinja_refuse(p->e, p->t->line,
                        "statement \"%.*s\" is not known here",
                        STR_ARG(p->t->text));
}

static int one(struct jinja_parser *p, struct jinja_node *n)
{
    const struct jinja_token *t = p->t++;
    switch (t->type) {
    case TOK_TEXT:
        n->name = t->text;
        return 0;
    case TOK_OUTPUT:
        n->type = NODE_OUTPUT;
        n->a = jinja_expr(p);
        return n->a ? close_tag(p) : -1;
    default:
        return statement(p, n);
    }
}

/* Statements up to a tag that one of ends names, which is not passed; NULL:
 * up to the end. */
static int body(struct jinja_parser *p, const char *const *ends,
                struct jinja_node **tail)
{
    uint32_t line = p->t->line;
    if (++p->depth > JINJA_DEPTH)
        return jinja_refuse(p->e, line, "nested too deeply");
    while (p->t->type != TOK_END) {
        for (size_t i = 0; ends && ends[i]; i++)
            if (at_tag(p, ends[i])) {
                p->depth--;
                return 0;
            }
        struct jinja_node *n = jinja_node(p, NODE_TEXT);
        if (one(p, n))
            return -1;
        *tail = n;
        tail = &n->next;
    }
    p->depth--;
    return ends
               ? jinja_refuse(p->e, line, "a block without its \"%s\"", ends[0])
               : 0;
}

/* A copy in which every line ends in a newline alone, as Jinja has it. */
static struct str copy_lines(struct arena *a, struct str text)
{
    char *p = arena_alloc(a, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        bool cr = text.p[i] == '\r';
        if (cr && i + 1 < text.n && text.p[i + 1] == '\n')
            continue;
        p[n++] = cr ? '\n' : text.p[i];
    }
    return (struct str){p, n};
}

struct jinja *jinja_compile(struct str text, struct err *e)
{
    struct jinja *t = mem_zero(1, sizeof *t);
    struct jinja_tokens tokens = {0};
    struct str copy = copy_lines(&t->arena, text);
    int bad = jinja_lex(copy, &t->arena, &tokens, e);
    if (!bad) {
        struct jinja_parser p = {&t->arena, tokens.v, 0, e};
        bad = body(&p, NULL, &t->body);
    }
    vec_free(&tokens);
    if (!bad)
        return t;
    jinja_free(t);
    return NULL;
}

void jinja_free(struct jinja *t)
{
    if (!t)
        return;
    arena_free(&t->arena);
    mem_free(t);
}
