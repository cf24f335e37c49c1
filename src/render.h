/*
 * Rendering: a document and its errors become one training sequence, in
 * which each error is followed by its flag and its correction.
 *
 * Whatever the style, what is left without the segments of kind wrong, mark
 * and reason is the document, byte for byte.
 */
#ifndef INSEC_RENDER_H
#define INSEC_RENDER_H

#include "record.h"
#include "segment.h"

enum render_style {
    RENDER_INSEC, /* wrong <|wrong|> reason <|right|> right (2412.16653) */
    RENDER_RETRY, /* wrong [BACK] right (2408.16293, section 2) */
};
#define RENDER_STYLES "insec|retry"

enum render_target {
    RENDER_SEGMENTS, /* "segments":[{"label","text","kind"},…] */
    RENDER_STRING,   /* "text":"…" */
};
#define RENDER_TARGETS "segments|text"

/* How far a wrong attempt goes. */
enum render_cut {
    RENDER_UNIT, /* to the end of its unit */
    RENDER_SPAN, /* right behind the wrong text */
};
#define RENDER_CUTS "unit|span"

/* Bytes of wrong attempts in one row; more is refused. */
#define RENDER_MAX ((size_t)1 << 28)

struct render_opts {
    int style;  /* enum render_style */
    int target; /* enum render_target */
    int cut;    /* enum render_cut */
    int unit;   /* enum unit */
    bool check; /* strip the result and compare it with the document */
    bool keep;  /* the document's own fields and errors stay in the row */
    const char *wrong, *right, *back; /* the marks */
};
#define RENDER_DEFAULTS                                                        \
    {                                                                          \
        .wrong = "<|wrong|>", .right = "<|right|>", .back = "[BACK]"           \
    }

struct render_counts {
    uint64_t clean; /* rows without errors */
    uint64_t wrong; /* rows with errors */
    uint64_t attempts;
    uint64_t marks_in_text; /* marks that stand in documents as text */
    uint64_t segments[KIND_COUNT];
    uint64_t bytes[KIND_COUNT];
};

/* A target's text, its units and its errors; borrows all three. */
struct render_text {
    struct str text;
    struct span_vec units;
    const struct edit *edits; /* [n], sorted, in bytes from and to */
    size_t n;
};

/* Appends the sequence of *t; the texts live in a or borrow from *t.  No
 * segment is empty.  Each error is one attempt at all the units it touches;
 * attempts at the same units follow one another, then comes the right text.
 * Returns the bytes of the attempts, or stops above RENDER_MAX. */
size_t render_text(const struct render_opts *o, const struct render_text *t,
                   struct arena *a, struct segment_vec *out);

/* Appends what is left without wrong, mark and reason. */
void render_strip(const struct segment_vec *segments, struct buf *out);

/* One thread's renderer; o is borrowed. */
struct render *render_new(const struct render_opts *o, struct err *e) MUST_USE;
void render_free(struct render *r); /* NULL is fine */

/* Appends the finished row for rec, newline included.  Where o->check is set
 * and rec has segments already, these are checked and the row is passed on
 * as it is. */
int render_record(struct render *r, const struct record *rec, struct buf *out,
                  struct err *e) MUST_USE;
void render_count(const struct render *r, struct render_counts *sum);

/* Appends the counts as fields of an open JSON object. */
void render_stats(const struct render_counts *c, struct buf *json);

#endif
