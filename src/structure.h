/*
 * Structural errors: another unit instead of the due one.  They need no
 * knowledge of the text.
 *
 * future: a later unit of the same text (the weak retries of
 * arXiv 2408.16293, which must never draw the due unit itself).
 * intruder: a unit of another document, from a pool that is the same for
 * every record, so that nothing depends on the order of the input.
 */
#ifndef INSEC_STRUCTURE_H
#define INSEC_STRUCTURE_H

#include "rng.h"
#include "segment.h"

/* The unit without the white space in front of it. */
struct str structure_body(struct str text, struct span unit);

/* The index of a unit behind units[due], of n in text, whose body differs
 * from the due one's; n where a few draws found none. */
size_t structure_future(struct str text, const struct span *units, size_t n,
                        size_t due, struct rng *rng);

struct pool; /* immutable once filled; shared by threads */

struct pool *pool_new(void); /* returns owned */
void pool_free(struct pool *p);
/* Fills the pool with the units of path: a document a line, plain or a JSON
 * record of insec-record(5); NULL: with the built-in sentences. */
int pool_load(struct pool *p, const char *path, enum unit unit,
              struct err *e) MUST_USE;
size_t pool_n(const struct pool *p);
/* A unit from another document than id whose text is not due; empty where a
 * few draws found none. */
struct str pool_draw(const struct pool *p, struct str id, struct str due,
                     struct rng *rng);

#endif
