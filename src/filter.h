/*
 * The filter: read, work on N threads, write in order.
 *
 * A program gives one function that turns a row into output.  Batches of
 * whole rows go to the threads and come back in input order, so the bytes
 * are the same for every number of threads and every block size.  Always:
 * rows in = rows out + rows rejected.
 */
#ifndef INSEC_FILTER_H
#define INSEC_FILTER_H

#include "io.h"
#include "opt.h"

enum input_format {
    INPUT_JSONL, /* one object a line */
    INPUT_TEXT,  /* one document a line */
    INPUT_PARA,  /* documents between blank lines */
    INPUT_FILE,  /* a whole file is a document */
    INPUT_CSV,   /* with a header; see field */
    INPUT_TSV,
};
#define INPUT_FORMATS "jsonl|text|para|file|csv|tsv"

/* The options that every filter has.  Zero with FILTER_DEFAULTS. */
struct filter_opts {
    int64_t jobs;        /* 0: all cores */
    int64_t block;       /* bytes of input per batch */
    const char *stats;   /* file for one JSON object, or NULL */
    const char *rejects; /* file for refused rows, or NULL: stop at the first */
    bool quiet;
    int format;        /* enum input_format */
    const char *field; /* the column that is the text, for csv and tsv */
};
#define FILTER_DEFAULTS                                                        \
    {                                                                          \
        .jobs = 1, .block = 1 << 20, .field = "text"                           \
    }

/* Rows for the option table of a program whose options are in o. */
/* clang-format off */
#define FILTER_OPTIONS(o)                                                      \
    {'j', "jobs", "N", OPT_INT, &(o).jobs, 0, 1024,                            \
     "threads; 0 means one per core"},                                         \
    {0, "stats", "FILE", OPT_STRING, &(o).stats, 0, 0,                         \
     "write counts as one JSON object"},                                       \
    {0, "rejects", "FILE", OPT_STRING, &(o).rejects, 0, 0,                     \
     "put refused records there and go on"},                                   \
    {0, "block-size", "BYTES", OPT_SIZE, &(o).block, 1, 1 << 30,               \
     "input per batch"},                                                       \
    {'q', "quiet", NULL, OPT_FLAG, &(o).quiet, 0, 0, "no progress line"}

/* For programs that take documents (insec-corrupt, insec-vocab). */
#define FILTER_INPUT_OPTIONS(o)                                                \
    {'f', "format", INPUT_FORMATS, OPT_CHOICE, &(o).format, 0, 0,              \
     "what the input is"},                                                     \
    {0, "field", "NAME", OPT_STRING, &(o).field, 0, 0,                         \
     "column that holds the text (csv, tsv)"}
/* clang-format on */

struct row {
    struct str text; /* one JSON object; IO_PADDING bytes readable behind it */
    struct where at;
    uint64_t number; /* from 0, over all inputs */
};

struct filter {
    const struct filter_opts *opts;
    void *ctx;
    /* One worker's own state (parser, arena, counters); may be NULL.
     * worker_free runs on the main thread, worker after worker: the place to
     * add its counters to ctx. */
    void *(*worker_new)(void *ctx);
    void (*worker_free)(void *ctx, void *worker);
    /* Appends zero or more whole rows to out; -1 refuses the row (then what
     * it appended is dropped, unless keeps is set).  A refusal with another
     * status than STATUS_DATA always stops the run. */
    int (*work)(void *worker, const struct row *row, struct buf *out,
                struct err *e);
    bool keeps; /* for a sink that counts what was refused */
    /* Takes the output in order, on the main thread; NULL: stdout.  1 ends the
     * run: nothing more is wanted, and no later row can fail it. */
    int (*sink)(void *ctx, struct str bytes, struct err *e);
    /* What the program draws from, for --stats; NULL: it draws nothing. */
    const int64_t *seed;
    /* Appends fields to the open --stats object; may be NULL. */
    void (*stats)(void *ctx, struct buf *json);
    /* Instead of reading inputs: that many rows with empty text and only a
     * number, for programs that make records.  Used where inputs is NULL. */
    uint64_t make;
    /* Follows the last sink of a run that went well, before the stats; may be
     * NULL. */
    int (*end)(void *ctx, struct err *e);
};

/* Appends `"arguments":[…]`: what the program was called with. */
void filter_put_arguments(struct buf *json);

/* Runs over the inputs (NULL-terminated operands; none means stdin) and
 * writes --stats.  Where these are wanted they are there before stdout ends, so
 * who reads to its end finds them.  0, or -1 with *e filled; the rows before a
 * refused one have been written by then. */
int filter_run(const struct filter *f, char *const *inputs,
               struct err *e) MUST_USE;

#endif
