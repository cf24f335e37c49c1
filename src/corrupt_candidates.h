/* Errors made elsewhere: --candidates.  They are checked against the records
 * and taken as they are. */
#ifndef INSEC_CORRUPT_CANDIDATES_H
#define INSEC_CORRUPT_CANDIDATES_H

#include "record.h"

struct candidates; /* by record id; immutable once loaded, shared by threads */

/* Reads lines {"id","start","end","wrong"}, with "field", "right", "class",
 * "rule" and "reason" where they have them; offsets in code points, as in
 * "errors".  A line without the four is refused.  Returns owned, or NULL. */
struct candidates *candidates_load(const char *path, struct err *e);
void candidates_free(struct candidates *c); /* NULL is fine */
size_t candidates_n(const struct candidates *c);

struct candidate_counts {
    uint64_t used, rejected; /* rejected: misplaced, right, or overlapping */
};
/* Adds those of record id to edits, which stay sorted and fit record_edits;
 * what was there before wins.  Strings borrow from c and the targets. */
void candidates_add(const struct candidates *c, struct str id,
                    const struct target_vec *targets, struct edit_vec *edits,
                    struct candidate_counts *counts);

#endif
