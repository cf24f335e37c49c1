/*
 * What a tokenizer does to a text before it cuts it: normal forms, something
 * put in front, one text put for another.
 *
 * Every byte of the result knows where in the original its source ends, so
 * that tokens can be traced back.
 */
#ifndef INSEC_REWRITE_H
#define INSEC_REWRITE_H

#include "diag.h"
#include "normalize.h"

enum rewrite_how {
    REWRITE_NFC,
    REWRITE_PREPEND, /* puts what in front of a text that is not empty */
    REWRITE_REPLACE, /* puts with for every what, from the left */
};

struct rewrite_step {
    enum rewrite_how how;
    struct str what, with; /* borrow; what of REPLACE is never empty */
};
VEC_NAMED(rewrite_steps, struct rewrite_step);

struct rewriting { /* one thread's memory; zero-initialise */
    struct normal made[2];
    int last; /* which of them holds the result */
};

/* Takes *text (well-formed UTF-8) through the steps.  1: changed, *text now
 * lies in w, and from[k] of the result's normal is the end in the original of
 * what its byte k came from (0 for what was put in front); 0: left alone;
 * -1 with *e. */
int rewrite(struct rewriting *w, const struct rewrite_steps *steps,
            struct str *text, struct err *e) MUST_USE;
const struct size_vec *rewriting_from(const struct rewriting *w);
void rewriting_free(struct rewriting *w);

#endif
