/*
 * Viewing: a row of any stage as something to read.
 *
 * Whatever the row is, a document with errors, segments or tokens, it becomes
 * segments first, and those are shown: in colour, and always in signs too, so
 * that nothing rests on colour alone.  What a document says cannot reach the
 * terminal or the page as anything but text.
 */
#ifndef INSEC_VIEW_H
#define INSEC_VIEW_H

#include "record.h"
#include "sequence.h"
#include "tally.h"

struct view_opts {
    bool colour;
    bool tokens;      /* text(label,id) for each token */
    bool diff;        /* only what is wrong, and what is right instead */
    bool html;        /* fragments of a page, not lines for a terminal */
    const char *grep; /* "class=arithmetic", or NULL: all */
    int64_t records;  /* show only so many rows; 0: all */
    const struct tokenizer *tokenizer; /* borrows */
};

/* Is grep of a form that view_row understands?  -1 with *e if not. */
int view_check(const struct view_opts *o, struct err *e) MUST_USE;

#define VIEW_LENGTHS 32 /* powers of two */
#define VIEW_SHARES  10 /* tenths */

struct view_counts {
    uint64_t rows;  /* that were read */
    uint64_t found; /* that grep let through */
    uint64_t bytes[KIND_COUNT];
    uint64_t lengths[VIEW_LENGTHS]; /* rows of [2^i,2^(i+1)) characters */
    uint64_t shares[VIEW_SHARES];   /* rows by the share that is learnt */
    struct tally classes;           /* of errors, in column 0 */
};
void view_counts_free(struct view_counts *c);

/* One thread's viewer; o is borrowed. */
struct view *view_new(const struct view_opts *o); /* returns owned */
void view_free(struct view *v);                   /* NULL is fine */

/* Appends what is to be seen of row number n (from 0), if anything. */
int view_row(struct view *v, const struct record *rec, uint64_t n,
             struct buf *out, struct err *e) MUST_USE;
void view_count(const struct view *v, struct view_counts *sum);

/* The page around the fragments. */
void view_page_open(struct buf *out);
void view_page_close(struct buf *out, const struct view_counts *c);

#endif
