/*
 * Structural errors: other units than the due one, too many, too few.  They
 * need no knowledge of the text.
 *
 * future: a later unit of the same text (the weak retries of
 * arXiv 2408.16293, which must never draw the due unit itself).
 * intruder: a unit of another document, from a pool that is the same for
 * every record, so that nothing depends on the order of the input.
 * skip: the due unit is left out.  repeat: an earlier unit instead of it.
 * swap: it and the next change places.  truncate: it breaks off.
 */
#ifndef INSEC_STRUCTURE_H
#define INSEC_STRUCTURE_H

#include "rng.h"
#include "segment.h"

/* The unit without the white space in front of it. */
struct str structure_body(struct str text, struct span unit);

enum structure {
    STRUCTURE_FUTURE,
    STRUCTURE_INTRUDER,
    STRUCTURE_SKIP,
    STRUCTURE_REPEAT,
    STRUCTURE_SWAP,
    STRUCTURE_TRUNCATE,
    STRUCTURE_KINDS
};
extern const char *const structure_names[STRUCTURE_KINDS];

struct pool;

struct structure_place { /* everything borrows */
    struct str text;
    const struct span *units; /* [n] of text */
    size_t n, due;
    bool next_free; /* no error stands in the unit behind the due one */
    const struct pool *pool;
    struct str id; /* of the document */
};

/* Can there be such an error?  Then *at is what it would replace: the due
 * unit without the white space in front, and the next one for skip and
 * swap. */
bool structure_fits(enum structure kind, const struct structure_place *p,
                    struct span *at);

struct structure_wrong {
    struct buf *text; /* appended to */
    size_t steps;     /* units between the due one and the one drawn */
};
/* Draws what stands there instead, where the kind fits; false: a few draws
 * gave nothing, and what was appended means nothing. */
bool structure_draw(enum structure kind, const struct structure_place *p,
                    struct rng *rng, struct structure_wrong *out);
/* Appends why that is wrong; noun is the unit's ("sentence"). */
void structure_reason(enum structure kind, const char *noun, size_t steps,
                      struct buf *out);

/* ---- the pool of intruders: immutable once filled, shared by threads */

struct pool *pool_new(void); /* returns owned */
void pool_free(struct pool *p);
/* Fills the pool with the units of path: a document a line, plain or a JSON
 * record of insec-record(5); NULL: with the built-in sentences. */
int pool_load(struct pool *p, const char *path, enum unit unit,
              struct err *e) MUST_USE;
/* A unit from another document than id whose text is not due; empty where a
 * few draws found none. */
struct str pool_draw(const struct pool *p, struct str id, struct str due,
                     struct rng *rng);

#endif
