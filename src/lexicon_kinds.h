/* Kinds of words: groups of which each word is in one. */
#ifndef INSEC_LEXICON_KINDS_H
#define INSEC_LEXICON_KINDS_H

#include "lexicon.h"

struct kind_entry {
    struct str word;
    size_t group;
};

struct kinds { /* zero-initialise to start */
    struct arena arena;
    VEC(struct str) names;
    VEC(struct str_list) groups;
    struct str_list all;     /* every word, without names */
    struct kind_entry *slot; /* owns; [slots], a power of two; free: word.p
                                == NULL */
    size_t slots;
};

/* Reads lines `name: a|b|c` or `a|b`; text must outlive k. */
void kinds_read(struct kinds *k, struct str text);
void kinds_free(struct kinds *k);
/* The group of a word, which must be written like that; none: n is 0. */
struct str_list kinds_of(const struct kinds *k, struct str word);
/* The group of that name; none: NULL. */
const struct str_list *kinds_named(const struct kinds *k, struct str name);

#endif
