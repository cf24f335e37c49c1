/*
 * Bytes in and out: a reader that knows zstd by its magic bytes and its own
 * place in the input, and a writer whose first failure sticks.
 */
#ifndef INSEC_IO_H
#define INSEC_IO_H

#include "diag.h"
#include "str.h"

C_BEGIN

/* Every slice a reader gives may be read this far past its end (the JSON
 * parser loads whole vectors). */
#define IO_PADDING 64
#define IO_BLOCK   (1u << 20)

struct reader;

/* Opens path, or stdin where it is NULL or "-".  block is the read size in
 * bytes, 0 for IO_BLOCK; tests go down to 1.  Refuses a folder.  path must
 * outlive the reader.  Returns owned, or NULL with *e filled. */
struct reader *reader_open(const char *path, size_t block,
                           struct err *e) MUST_USE;
void reader_close(struct reader *r); /* NULL is fine */

/* The next line without its newline: 1, or 0 at the end, or -1 on failure
 * (a failed read, a truncated zstd frame).  A last line may lack its newline.
 * *line lives until the next call on r. */
int reader_line(struct reader *r, struct str *line, struct err *e) MUST_USE;

/* Whole lines, newlines included, of about want bytes and at least one line:
 * 1, 0, -1 as above.  Appends to *b, which keeps IO_PADDING bytes of room
 * behind its end.  Cheaper than line by line. */
int reader_lines(struct reader *r, struct buf *b, size_t want,
                 struct err *e) MUST_USE;

/* Up to n bytes: how many, 0 at the end, -1 on failure. */
ptrdiff_t reader_bytes(struct reader *r, void *dst, size_t n,
                       struct err *e) MUST_USE;

/* Steps over prefix if that is what comes next: 1, or 0, or -1. */
int reader_skip(struct reader *r, struct str prefix, struct err *e) MUST_USE;

/* Everything that is left, appended to *b; 0 or -1. */
int reader_rest(struct reader *r, struct buf *b, struct err *e) MUST_USE;

/* The place of what was read last: "<stdin>" or the path, and its line. */
struct where reader_where(const struct reader *r);
/* Bytes taken from the file so far and its size (0: not known); compressed
 * bytes where the input is compressed. */
uint64_t reader_done(const struct reader *r);
uint64_t reader_size(const struct reader *r);

/* A whole file, decompressed; 0 or -1. */
int io_slurp(const char *path, struct buf *b, struct err *e) MUST_USE;

struct writer;

/* stdout.  Returns owned. */
struct writer *writer_stdout(void);
/* A file that appears under its name only when writer_finish succeeds:
 * temporary name beside it, fsync, rename.  NULL with *e filled. */
struct writer *writer_file(const char *path, struct err *e) MUST_USE;
void writer_put(struct writer *w, const void *p, size_t n);
static inline void writer_str(struct writer *w, struct str s)
{
    writer_put(w, s.p, s.n);
}
/* Pushes out what is buffered; -1 if anything has failed so far. */
int writer_flush(struct writer *w, struct err *e) MUST_USE;
/* Flushes, closes, renames and frees; -1 if anything failed since the
 * opening, and then no file appears. */
int writer_finish(struct writer *w, struct err *e) MUST_USE;
/* Closes and frees; a file of writer_file is removed. */
void writer_abandon(struct writer *w);
/* Is stdout a terminal? */
bool io_stdout_terminal(void);

C_END
#endif
