/*
 * Triggers: which words a pattern must start with.
 *
 * A pattern like `\b(is|are) not\b` is only tried where the scan of words
 * meets "is" or "are", so the cost of a rule follows its hits and not the
 * number of rules.  A pattern of another form simply has no trigger.
 */
#ifndef INSEC_TRIGGER_H
#define INSEC_TRIGGER_H

#include "mem.h"
#include "str.h"

#define TRIGGER_WORDS 1024
#define TRIGGER_WORD  32 /* bytes of the longest word */

struct trigger_words {
    size_t n;
    struct trigger_word {
        uint8_t n;
        bool closed; /* a space or the like follows in the pattern */
        char p[TRIGGER_WORD];
    } word[TRIGGER_WORDS]; /* lower case */
};

/* The words that every match of pattern starts with one of, whole words;
 * false where that cannot be told from the pattern's text. */
bool trigger_derive(struct str pattern, struct trigger_words *out);

/* Can a match begin nowhere but at the start of a word?  Then every word is
 * a place to try it at; false where that cannot be told. */
bool trigger_any_word(struct str pattern);

/* What every match holds, or has one byte in front of it. */
struct trigger_needs {
    uint64_t byte[2]; /* each of these ASCII bytes, as bits */
    bool digit;       /* one of 0 to 9 */
};

/* What can be told from the pattern's text; mostly nothing is a good answer
 * too. */
void trigger_needs(struct str pattern, struct trigger_needs *out);

#endif
