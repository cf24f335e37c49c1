/*
 * Truth: is a candidate wrong at all?  One that is right would teach the
 * opposite of what is meant.
 */
#ifndef INSEC_CORRUPT_CHECK_H
#define INSEC_CORRUPT_CHECK_H

#include "json.h"

struct candidate { /* wrong instead of text[from,to); borrows */
    struct str text;
    size_t from, to;
    struct str wrong, rule;
};

/* Are a and b the same but for Unicode normalisation?  Both well-formed. */
bool check_same(struct str a, struct str b);
/* Does an equation on the line hold that the candidate is part of?  Looks at
 * 512 bytes on either side. */
bool check_equation(const struct candidate *c);
/* Does the candidate bring in the answer, as a whole word, where it was not?
 * An empty answer never is. */
bool check_answer(const struct candidate *c, struct str answer);

struct command; /* a co-process that says whether candidates are wrong */

/* Starts `sh -c line`.  It gets one object {"text","right","wrong","rule",
 * "start"} a line, start in bytes, and answers each with a line: true where
 * the candidate is wrong, false where it is right.  Returns owned, or NULL. */
struct command *command_start(const char *line, struct err *e);
void command_stop(struct command *c); /* NULL is fine */
/* 1: it is wrong; 0: it is right; -1: the co-process failed. */
int command_ask(struct command *c, const struct candidate *x,
                struct err *e) MUST_USE;

#endif
