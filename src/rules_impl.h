/* The matcher, which rules_match.c finds sites with and rules_wrong.c makes
 * candidates with; nobody else includes it. */
#ifndef INSEC_RULES_IMPL_H
#define INSEC_RULES_IMPL_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "rules.h"

#define WORD_BYTES 64 /* of the longest that is looked up */

struct word {
    size_t from, to;
    const uint32_t *rules; /* [n] that it triggers; borrows */
    size_t n;
};

struct chance {          /* of a rule at a word */
    double score;        /* not above the real one; that, where exact */
    uint32_t rule, word; /* indices */
    bool exact;
};

struct able {
    const struct rule *rule;
    uint64_t key; /* of the place and the rule */
};

struct matcher {
    const struct rules *rules; /* borrows */
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    pcre2_match_data *data, *asked;
    struct str prompt; /* borrows */
    struct str text;   /* up to the window's end; borrows */
    struct str whole;  /* all of it; borrows */
    void *units_ctx;
    const struct span_vec *(*units_of)(void *ctx, enum unit unit); /* or NULL */
    size_t from;              /* where the window begins */
    unsigned char lower[128]; /* of characters of words; else 0 */
    VEC(struct word) words;
    uint64_t seen[4];           /* the window's bytes, as bits */
    VEC(struct chance) chances; /* of the scan at hand: a heap */
    VEC(struct able) able;      /* its rules of any word that may match */
    struct size_vec pool;       /* bounds of the groups of the sites */
    uint64_t *limits;           /* [rules] */
    bool *spent;                /* [rules] has met its limit in this window */
};

/* What in the prompt asks for what the rule breaks; false: nothing does. */
bool matcher_find_asked(struct matcher *m, const struct rule *rule,
                        struct str *asked);

#endif
