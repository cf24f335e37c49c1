/* What jinja_*.c share; for these only. */
#ifndef INSEC_JINJA_IMPL_H
#define INSEC_JINJA_IMPL_H

#include "jinja.h"

enum { JINJA_DEPTH = 100 }; /* of nested syntax, and of calls */

/* ---- jinja_lex.c */

enum jinja_token_type {
    TOK_END,
    TOK_TEXT,   /* outside tags */
    TOK_OUTPUT, /* {{ */
    TOK_BLOCK,  /* {% */
    TOK_CLOSE,  /* }} or %} */
    TOK_NAME,
    TOK_STRING, /* text: what it stands for */
    TOK_NUMBER,
    TOK_OP,
};

struct jinja_token {
    enum jinja_token_type type;
    uint32_t line;
    struct str text;
};
VEC_NAMED(jinja_tokens, struct jinja_token);

/* Cuts text, which outlives the tokens, into them; a TOK_END is last. */
int jinja_lex(struct str text, struct arena *a, struct jinja_tokens *out,
              struct err *e) MUST_USE;

/* ---- jinja_parse.c, jinja_expr.c */

enum jinja_node_type {
    /* statements; lists of them are linked by next */
    NODE_TEXT,       /* name: the text */
    NODE_OUTPUT,     /* a */
    NODE_IF,         /* if a: b, else the NODE_IF test, or else c */
    NODE_FOR,        /* for names in a (if test): b, else c */
    NODE_SET,        /* names = a, or name.member = a, or the block b */
    NODE_MACRO,      /* name, names (with defaults): b */
    NODE_GENERATION, /* b */
    NODE_BREAK,
    NODE_CONTINUE,
    /* expressions */
    NODE_LITERAL, /* value */
    NODE_NAME,
    NODE_LIST,   /* a: the elements */
    NODE_DICT,   /* a: key, value, key, value ... */
    NODE_MEMBER, /* a.name */
    NODE_INDEX,  /* a[b] */
    NODE_SLICE,  /* a[b:c:test]; each may be NULL */
    NODE_CALL,   /* a(names) */
    NODE_FILTER, /* a | name(names) */
    NODE_TEST,   /* a is name(names) */
    NODE_CHOICE, /* b if a else c; c may be NULL */
    NODE_NOT,
    NODE_MINUS,
    NODE_AND,
    NODE_OR,
    NODE_BINARY, /* a op b; name is the operator */
    NODE_NAMED,  /* an argument or parameter: name = a, either may lack */
};

struct jinja_node {
    enum jinja_node_type type;
    uint32_t line;
    struct str name;
    struct jinja_value value;
    struct jinja_node *a, *b, *c, *test, *names, *next;
};

struct jinja {
    struct arena arena; /* owns all of it */
    struct jinja_node *body;
};

struct jinja_parser {
    struct arena *a;
    const struct jinja_token *t; /* the next one */
    int depth;
    struct err *e;
};

struct jinja_node *jinja_node(struct jinja_parser *p,
                              enum jinja_node_type type);
/* An expression, or NULL with the error set; bare: without "x if y". */
struct jinja_node *jinja_expr(struct jinja_parser *p);
struct jinja_node *jinja_bare(struct jinja_parser *p);
/* Is the next token this name or operator?  jinja_take also passes it. */
bool jinja_at(const struct jinja_parser *p, const char *text);
bool jinja_take(struct jinja_parser *p, const char *text);
int jinja_expect(struct jinja_parser *p, const char *text);
/* "line N: " and the text; returns -1. */
int jinja_refuse(struct err *e, uint32_t line, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* ---- jinja_run.c: a run */

struct jinja_binding {
    struct str name;
    struct jinja_value value;
};

struct jinja_state {
    struct arena *a;
    struct err *e;
    VEC(struct jinja_binding) names;
    size_t scope;  /* where the innermost begins */
    uint64_t left; /* steps */
    uint32_t line;
    int depth;
    enum { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE } flow;
    struct jinja_output *out;
};

/* Takes n steps; refuses where too few are left. */
int jinja_spend(struct jinja_state *s, size_t n) MUST_USE;
int jinja_body(struct jinja_state *s, const struct jinja_node *n) MUST_USE;
void jinja_bind(struct jinja_state *s, struct str name, struct jinja_value v);
/* What `body` prints, as a value. */
int jinja_capture(struct jinja_state *s, const struct jinja_node *body,
                  struct jinja_value *v) MUST_USE;

/* ---- jinja_eval.c */

int jinja_eval(struct jinja_state *s, const struct jinja_node *n,
               struct jinja_value *v) MUST_USE;

/* ---- jinja_operator.c */

/* x op y; op is "==", "!=", "in", "<", "<=", ">", ">=", "~", "+", "-", "*",
 * "/", "//" or "%". */
int jinja_binary(struct jinja_state *s, struct str op,
                 const struct jinja_value *x, const struct jinja_value *y,
                 struct jinja_value *v) MUST_USE;

/* ---- arguments of a call, jinja_args.c */

enum { JINJA_ARGS = 16 };

struct jinja_args {
    struct jinja_value v[JINJA_ARGS];
    struct str name[JINJA_ARGS]; /* empty: by place */
    size_t n;
};

int jinja_args(struct jinja_state *s, const struct jinja_node *list,
               struct jinja_args *out) MUST_USE;
/* The argument number i, or the one called name, or undefined. */
struct jinja_value jinja_arg(const struct jinja_args *args, size_t i,
                             const char *name);
/* "line N: WHAT name is not known here" and the like; -1. */
int jinja_unknown(struct jinja_state *s, const char *what, struct str name);

/* ---- jinja_filter.c, jinja_test.c, jinja_method.c; *v is the subject and
 * becomes the result */

int jinja_filter(struct jinja_state *s, struct str name,
                 const struct jinja_args *args, struct jinja_value *v) MUST_USE;
int jinja_test(struct jinja_state *s, struct str name,
               const struct jinja_args *args, struct jinja_value *v) MUST_USE;
int jinja_method(struct jinja_state *s, struct str name,
                 const struct jinja_args *args, struct jinja_value *v) MUST_USE;
int jinja_function(struct jinja_state *s, struct str name,
                   const struct jinja_args *args,
                   struct jinja_value *v) MUST_USE;
bool jinja_is_function(struct str name);

/* What filters share with methods.  strip: set NULL is white space. */
struct jinja_text jinja_strip(struct jinja_text t, const struct str *set,
                              bool left, bool right);
int jinja_replace(struct jinja_state *s, const struct jinja_args *args,
                  struct jinja_value *v) MUST_USE;
int jinja_case(struct jinja_state *s, struct str name,
               struct jinja_value *v) MUST_USE;
int jinja_items(struct jinja_state *s, struct jinja_value *v) MUST_USE;

/* ---- jinja_value.c */

bool jinja_true(const struct jinja_value *v);
/* Adds what it took to *cost. */
bool jinja_equal(const struct jinja_value *x, const struct jinja_value *y,
                 size_t *cost);
struct str jinja_bytes(struct jinja_text s);
struct jinja_text jinja_cut(struct jinja_text s, size_t from, size_t to);
struct jinja_value jinja_int(int64_t i);
struct jinja_value jinja_string(struct jinja_text s);
/* The value under key, or undefined. */
struct jinja_value jinja_get(const struct jinja_map *m, struct str key);
const char *jinja_type_name(const struct jinja_value *v);
/* v as it is printed; refuses what Python would print as code. */
int jinja_print(struct jinja_state *s, const struct jinja_value *v,
                struct jinja_text *out) MUST_USE;
int jinja_join(struct jinja_state *s, struct jinja_text x, struct jinja_text y,
               struct jinja_text *out) MUST_USE;

/* A text in the making, in memory of its own. */
struct jinja_builder {
    struct buf text;
    VEC(uint32_t) from;
    bool data; /* not all of it is the template's own */
};
void jinja_add(struct jinja_builder *b, struct jinja_text s);
void jinja_add_own(struct jinja_builder *b, const char *s);
/* Moves it into the run's arena, and frees it. */
int jinja_built(struct jinja_state *s, struct jinja_builder *b,
                struct jinja_value *v) MUST_USE;
/* v as json.dumps writes it; indent < 0: on one line. */
int jinja_json(struct jinja_state *s, const struct jinja_value *v,
               int64_t indent, struct jinja_value *out) MUST_USE;

#endif
