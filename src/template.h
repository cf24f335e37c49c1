/*
 * Templates: the columns `wrong` and `reason` of a rule; insec-rules(5).
 *
 * Text with groups ($0, $1, ${1}, ${name}) and calls (%{pick a|b}).  A reason
 * also sees %{right} and %{wrong}.  What a call gives is drawn from the
 * expansion's own random numbers and from nothing else.
 */
#ifndef INSEC_TEMPLATE_H
#define INSEC_TEMPLATE_H

#include "lexicon.h"
#include "rng.h"

struct template; /* compiled; owned by the arena it was made in */

struct template_names { /* the named groups of a pattern */
    struct template_name {
        struct str name;
        unsigned group;
    } * v;
    size_t n;
};

struct template_source {
    struct arena *arena;
    struct lexicon *lexicon;
    const struct template_names *names;
    unsigned groups; /* highest group number of the pattern */
    bool reason;     /* right and wrong may be used */
    struct where at; /* of the text's first byte */
};

/* Compiles text, which must outlive the template; NULL with *e filled and
 * placed where it is malformed or calls what does not exist. */
const struct template *template_compile(const struct template_source *s,
                                        struct str text, struct err *e);

/* Does a call name a part of speech?  Without WordNet it gives nothing. */
bool template_needs_net(const struct template *t);

struct expansion {
    struct rng rng;
    const struct lexicon *lexicon;
    struct str subject;
    const size_t *groups; /* [2*n_groups] byte bounds in subject; SIZE_MAX:
                             not set */
    size_t n_groups;
    struct str right, wrong; /* for reasons */
    struct str asked;        /* likewise: what the prompt asks for */
};

/* Appends the expansion; false where a call has nothing to give (a word with
 * no known misspelling), and then what was appended means nothing. */
bool template_expand(const struct template *t, struct expansion *x,
                     struct buf *out);

#endif
