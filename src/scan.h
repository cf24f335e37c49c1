/*
 * Cutting text as the patterns of common tokenizers do, without a matcher.
 *
 * The pattern is the specification, and PCRE2 the oracle: a scanner is used
 * for exactly the patterns that scan_pattern gives, and asks PCRE2 itself
 * for the class of a character that is not ASCII.
 */
#ifndef INSEC_SCAN_H
#define INSEC_SCAN_H

#include "str.h"

enum scan_kind {
    SCAN_NONE,
    SCAN_GPT2,
    SCAN_CL100K, /* Llama-3 too: numbers in threes */
    SCAN_QWEN2,  /* digits one by one */
    SCAN_O200K,  /* words begin anew where the case rises */
};

/* The pattern, as it stands in a tokenizer.json. */
const char *scan_pattern(enum scan_kind kind);
/* Which scanner cuts as this pattern does; SCAN_NONE: none. */
enum scan_kind scan_of(struct str pattern);

struct scan;                                /* one thread's memory */
struct scan *scan_new(enum scan_kind kind); /* returns owned */
void scan_free(struct scan *s);

/* Cuts text (well-formed UTF-8) from byte from on, where a piece begins:
 * fills ends with the offsets behind the next pieces, at most max, and
 * returns how many; 0 at the end.  The pieces leave nothing out. */
size_t scan_cut(struct scan *s, struct str text, size_t from, size_t *ends,
                size_t max);

#endif
