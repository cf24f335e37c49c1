/*
 * Inside viewing: a row made ready to be shown.  Everyone else includes
 * view.h.
 */
#ifndef INSEC_VIEW_IMPL_H
#define INSEC_VIEW_IMPL_H

#include "view.h"

struct view {
    const struct view_opts *o;
    struct sequence sequence;
    struct arena arena;
    struct target_vec targets;
    struct edit_vec edits;
    struct error_classes classes; /* of the row, as far as they are known */
    struct segment_vec segments;
    struct tokens tokens;
    struct buf scratch;
    struct view_counts counts;
    bool document; /* the row is no sequence: nothing is learnt yet */
};

/* The signs around a stretch of each kind. */
extern const char *const view_open[KIND_COUNT], *const view_close[KIND_COUNT];

/* The newlines at the start of a stretch stand in front of its sign. */
size_t view_lead(struct str text);
/* May the character be shown as it is?  Not controls, and not those that turn
 * the direction of text. */
bool view_shows(uint32_t cp);

/* How often each class is in the row, in column 0; the caller frees it. */
struct tally row_classes(const struct view *v);
/* What the row's errors are, as "class 2, class": to scratch. */
struct str view_summary(struct view *v);

/* ---- view_text.c */

void text_row(struct view *v, const struct record *rec, struct buf *out);

/* ---- view_html.c */

void html_row(struct view *v, const struct record *rec, struct buf *out);

#endif
