/*
 * The part of Jinja that chat templates are written in.  Every byte of a text
 * knows where it comes from: from the template, or from which byte of the
 * data.  So what is a document's can never pass for the template's, and what
 * becomes of a document can be told.
 *
 * Known are output, if, for (with else, if, break, continue), set (also a
 * block), macro, generation and comments; the operators; slices; and the
 * filters, tests, methods and functions in the tables of jinja_filter.c,
 * jinja_method.c and jinja_test.c.  What else a template holds is refused by
 * name and line: statements when it is compiled, the rest when it is reached.
 * White space is treated as transformers has it (trim_blocks, lstrip_blocks).
 */
#ifndef INSEC_JINJA_H
#define INSEC_JINJA_H

#include "diag.h"
#include "mem.h"
#include "str.h"

enum {
    JINJA_OWN = UINT32_MAX,      /* the origin of the template's own bytes */
    JINJA_MADE = UINT32_MAX - 1, /* made out of data, as by upper() */
    JINJA_ORIGINS = UINT32_MAX - 2,
};

struct jinja_text {
    const char *p;
    const uint32_t *from; /* [n] origins; NULL: all JINJA_OWN */
    size_t n;
};

enum jinja_type {
    JINJA_UNDEFINED,
    JINJA_NONE,
    JINJA_BOOL,
    JINJA_INT,
    JINJA_REAL,
    JINJA_STRING,
    JINJA_LIST,
    JINJA_MAP,
    JINJA_MACRO,
};

struct jinja_value {
    enum jinja_type type;
    union {
        bool yes;
        int64_t i;
        double r;
        struct jinja_text s;
        struct jinja_list *list;       /* borrows from an arena */
        struct jinja_map *map;         /* likewise */
        const struct jinja_node *node; /* of a macro */
    } as;
};

struct jinja_list {
    struct jinja_value *v;
    size_t n;
};

struct jinja_map {
    struct jinja_pair {
        struct str key;
        struct jinja_value value;
    } * v;
    size_t n, cap;
    bool open; /* a namespace: its members may be set */
};

/* The template's own text. */
struct jinja_value jinja_own(struct str s);
/* Text of the data, whose bytes have the origins from, from + 1, ... or, with
 * JINJA_MADE, that one. */
struct jinja_value jinja_data(struct arena *a, struct str s, uint32_t from);
struct jinja_value jinja_bool(bool yes);
struct jinja_value jinja_map(struct arena *a);
struct jinja_value jinja_list(struct arena *a, size_t n); /* of undefineds */
/* Puts value under key, in place of what was there; key is borrowed. */
void jinja_put(struct arena *a, struct jinja_value map, struct str key,
               struct jinja_value value);

struct jinja; /* immutable; threads share it */
/* Compiles text, which is copied.  Returns owned, or NULL with the line in
 * *e. */
struct jinja *jinja_compile(struct str text, struct err *e) MUST_USE;
void jinja_free(struct jinja *t); /* NULL is fine */

/* What a template gives. */
struct jinja_output {
    struct buf text;
    VEC(uint32_t) from;         /* [text.n] origins */
    struct size_vec generation; /* pairs: what stood between generation and
                                   endgeneration, in bytes */
};

/* Runs t with the variables in map; *out is cleared and filled.  Refuses
 * more than `most` steps, each about one operation or one byte written, and
 * what the template itself refuses (raise_exception). */
int jinja_run(const struct jinja *t, struct arena *a, struct jinja_value vars,
              uint64_t most, struct jinja_output *out, struct err *e) MUST_USE;
void jinja_output_free(struct jinja_output *out);

#endif
