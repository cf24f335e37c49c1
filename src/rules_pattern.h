/* The column `pattern` before PCRE2 sees it. */
#ifndef INSEC_RULES_PATTERN_H
#define INSEC_RULES_PATTERN_H

#include "lexicon.h"

struct rule_pattern {
    struct str asked;   /* of a leading %{asked …}; p NULL: there is none */
    struct str pattern; /* with each %{words LIST} spelt out */
    bool moved;         /* columns in it are not those of the table */
};

/* Expands text; what is made lives in the arena.  0, or -1 with *e filled. */
int pattern_expand(struct lexicon *x, struct arena *a, struct str text,
                   struct rule_pattern *out, struct err *e) MUST_USE;

#endif
