/* The calls of templates: %{pick …}, %{int …} and the rest; insec-rules(5)
 * lists them. */
#ifndef INSEC_GENERATE_H
#define INSEC_GENERATE_H

#include "template.h"

#define GENERATE_ARGS 32

struct call { /* arguments after expansion; borrow */
    struct expansion *x;
    const struct str *arg;
    size_t n;
    const struct str_list *list; /* the lexicon's, where one is named */
    enum wordnet_pos pos;        /* that is named; else WORDNET_ANY */
};

struct generator {
    const char *name;
    char split; /* between arguments: ' ' or '|' */
    size_t min, max;
    bool list; /* the argument names a lexicon */
    bool pos;  /* the second argument names a part of speech */
    /* Appends one draw; false where there is none. */
    bool (*draw)(const struct call *c, struct buf *out);
};

const struct generator *generator_find(struct str name); /* or NULL */

/* Appends word in the case of like: Capital, CAPITALS or as it is. */
void put_cased(struct buf *out, struct str like, struct str word);

/* Drawing over letters, and over words. */
bool draw_keyboard(const struct call *c, struct buf *out);
bool draw_double(const struct call *c, struct buf *out);
bool draw_drop(const struct call *c, struct buf *out);
bool draw_transpose(const struct call *c, struct buf *out);
bool draw_ocr(const struct call *c, struct buf *out);
bool draw_sister(const struct call *c, struct buf *out);
bool draw_antonym(const struct call *c, struct buf *out);
bool draw_elsewhere(const struct call *c, struct buf *out);

/* Drawing over numbers, each as the text writes it (sign, commas, point). */
bool draw_int(const struct call *c, struct buf *out);
bool draw_near(const struct call *c, struct buf *out);
bool draw_digits(const struct call *c, struct buf *out);
bool draw_ordinal(const struct call *c, struct buf *out);
bool draw_slip(const struct call *c, struct buf *out);

bool draw_scaled(const struct call *c, struct buf *out);

/* Drawing what breaks an equation. */
bool draw_operand(const struct call *c, struct buf *out);
bool draw_operator(const struct call *c, struct buf *out);
bool draw_otherwise(const struct call *c, struct buf *out);
bool draw_uncarried(const struct call *c, struct buf *out);
bool draw_negated(const struct call *c, struct buf *out);

/* Appends a whole number as the whole number `like` is written; false: that
 * is none. */
bool number_put(int64_t value, struct str like, struct buf *out);
/* The value of `2 + 3 * (4 - 1) mod 7`; false where it is not such an
 * expression.  *modulus is 0 or what stands behind the last mod. */
bool number_eval(struct str expression, double *value, int64_t *modulus);

#endif
