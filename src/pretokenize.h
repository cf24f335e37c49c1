/*
 * Pre-tokenizers: cut text into the pieces that are merged one by one.
 *
 * A chain of steps, each applied to every piece of the step before as if it
 * were a text of its own, as Hugging Face tokenizers does.  Patterns are
 * written for Oniguruma and run by PCRE2; what would mean another thing
 * there is refused by name.
 */
#ifndef INSEC_PRETOKENIZE_H
#define INSEC_PRETOKENIZE_H

#include "diag.h"
#include "mem.h"
#include "str.h"

/* What becomes of a match. */
enum pretok_how {
    PRETOK_ISOLATED,   /* a piece of its own */
    PRETOK_REMOVED,    /* left out */
    PRETOK_PREVIOUS,   /* joins what stands before it */
    PRETOK_NEXT,       /* joins what stands behind it */
    PRETOK_CONTIGUOUS, /* joins the matches beside it */
};

struct pretok; /* shared by threads */

struct pretok *pretok_new(void); /* returns owned */
void pretok_free(struct pretok *p);

/* Adds a step that cuts at the matches of an Oniguruma pattern (UTF-8);
 * invert: what lies between the matches counts as match instead. */
int pretok_regex(struct pretok *p, struct str pattern, enum pretok_how how,
                 bool invert, struct err *e) MUST_USE;
/* The same for a literal text. */
int pretok_literal(struct pretok *p, struct str text, enum pretok_how how,
                   bool invert, struct err *e) MUST_USE;
/* Adds a step that puts a space before a piece that has none. */
void pretok_prefix_space(struct pretok *p);
size_t pretok_steps(const struct pretok *p);

struct piece {
    struct str text; /* borrows the input, or the run's memory */
    size_t at;       /* byte offset in the input */
    bool led;        /* begins with a space that the input does not have */
};

struct pretok_run; /* one thread's memory */
struct pretok_run *pretok_run_new(const struct pretok *p); /* owned */
void pretok_run_free(struct pretok_run *r);

/* Calls each for every piece that is not empty, in order, until it returns
 * non-zero.  text must be well-formed UTF-8.  Returns 0, or -1 with *e
 * filled where each failed or the matcher ran out of memory. */
int pretok_each(struct pretok_run *r, struct str text,
                int (*each)(void *ctx, const struct piece *piece,
                            struct err *e),
                void *ctx, struct err *e) MUST_USE;

struct scan;
/* The scanner that does all the cutting, or NULL; borrowed from r. */
struct scan *pretok_scan(struct pretok_run *r);

/* Patterns by name: a word of PRETOK_PRESETS, by its place. */
#define PRETOK_PRESETS "gpt2|cl100k|llama3|qwen2|o200k"
const char *pretok_preset(int preset);

#endif
