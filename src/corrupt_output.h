/* Documents with their errors written out: the corrupted text, and M2. */
#ifndef INSEC_CORRUPT_OUTPUT_H
#define INSEC_CORRUPT_OUTPUT_H

#include "record.h"

struct outcome { /* of one record; borrows */
    const struct record *record;
    const struct target_vec *targets;
    const struct edit_vec *edits; /* sorted, fit record_edits */
};

/* Appends target i with its errors in it, of alternatives the first. */
void output_text(const struct outcome *o, size_t i, struct buf *out);
/* Appends the record's line with the corrupted texts in place of its own;
 * everything else stays, its "errors" too. */
void output_line(const struct outcome *o, struct arena *a, struct buf *out);
/* Appends a block of M2 for each target: the tokens of the corrupted text,
 * split at white space, then what corrects them. */
void output_m2(const struct outcome *o, struct buf *out);

#endif
