/*
 * Documents in, whatever form they come in: JSONL, plain text by line, by
 * paragraph or by file, CSV and TSV.  Gives batches of rows, each one JSON
 * object.
 */
#ifndef INSEC_INGEST_H
#define INSEC_INGEST_H

#include "filter.h"
#include "mem.h"

struct ingest_row {
    size_t from, n;   /* bytes of the batch's text */
    size_t n_why;     /* not 0: the row is refused; the reason stands behind */
    uint64_t line;    /* where it begins in the input */
    uint64_t bad_col; /* where it is refused; 0: not known */
};

struct ingest_batch {
    struct buf text; /* owns */
    VEC(struct ingest_row) rows;
    const char *name; /* the input's; borrows */
};

struct ingest;

/* inputs: NULL-terminated paths, none means stdin; they are opened one after
 * another.  Returns owned. */
struct ingest *ingest_open(const struct filter_opts *o, char *const *inputs);
void ingest_close(struct ingest *g);

/* The next rows, all from one input, of about o->block bytes: 1, 0 at the
 * end, -1.  On failure *b may hold rows that came before it. */
int ingest_next(struct ingest *g, struct ingest_batch *b,
                struct err *e) MUST_USE;

/* Bytes read so far and in all (0: not known), for the progress line. */
uint64_t ingest_done(const struct ingest *g);
uint64_t ingest_total(const struct ingest *g);

#endif
