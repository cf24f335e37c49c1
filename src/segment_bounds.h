/*
 * Sentence bounds: those of Unicode Annex 29 for English as ICU has them,
 * with its list of abbreviations.
 *
 * ICU's iterator is the specification, but takes several times as long as
 * the walk from one full stop to the next that is done here.  ICU is
 * asked where one of its abbreviations stands in front of a bound, and for
 * the rest of a text from the first combining or format character on.
 */
#ifndef INSEC_SEGMENT_BOUNDS_H
#define INSEC_SEGMENT_BOUNDS_H

#include "diag.h"
#include "str.h"

struct bounds; /* one per thread */

struct bounds *bounds_new(struct err *e); /* returns owned, or NULL */
void bounds_free(struct bounds *b);       /* NULL is fine */

/* Sets the text, well-formed UTF-8 of less than 2 GiB, borrowed until the
 * next one.  icu: ask ICU for every bound; for tests. */
int bounds_start(struct bounds *b, struct str text, bool icu,
                 struct err *e) MUST_USE;
/* The next bound in bytes; the last is the text's end, then SIZE_MAX. */
size_t bounds_next(struct bounds *b);

#endif
