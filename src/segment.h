/*
 * Units of a text: sentences, lines, words, paragraphs.
 *
 * Units cover the text in order and their edges fall before white space: a
 * unit holds the white space in front of it, never any behind it.  White
 * space at the very end of a text is in no unit.  Sentence bounds are those
 * of Unicode Annex 29 (ICU), less the breaks behind abbreviations, plus one
 * at every line that is not just wrapped.
 */
#ifndef INSEC_SEGMENT_H
#define INSEC_SEGMENT_H

#include "diag.h"
#include "mem.h"
#include "str.h"

enum unit {
    UNIT_SENTENCE,
    UNIT_LINE,
    UNIT_WORD, /* a run of anything but white space */
    UNIT_PARAGRAPH,
    UNIT_RECORD, /* the whole text */
};
#define UNIT_NAMES "sentence|line|word|paragraph|record"

const char *segment_noun(enum unit unit); /* "sentence" */
int segment_unit(struct str noun);        /* an enum unit, or -1 */

struct span { /* bytes [from,to) of a text */
    size_t from, to;
};
VEC_NAMED(span_vec, struct span);

struct segmenter; /* one per thread */

struct segmenter *segmenter_new(struct err *e); /* returns owned, or NULL */
void segmenter_free(struct segmenter *s);       /* NULL is fine */

/* Appends the units of text, which must be well-formed UTF-8.  Linear in the
 * text's length.  Refuses sentences of a text of 2 GiB or more. */
int segment_units(struct segmenter *s, struct str text, enum unit unit,
                  struct span_vec *out, struct err *e) MUST_USE;

/* Bytes of white space (Unicode White_Space) at the start of text, and where
 * that at its end begins. */
size_t segment_leading(struct str text);
size_t segment_trailing(struct str text);

#endif
