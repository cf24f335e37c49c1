/*
 * CSV and TSV with a header: lines in, one JSON object a row out.  CSV is
 * libcsv's, strictly; in TSV a row is a line and a quote is a character.
 */
#ifndef INSEC_TABLE_H
#define INSEC_TABLE_H

#include "str.h"

struct table;

/* field: the column that is given out as "text"; borrows.  Returns owned. */
struct table *table_new(bool tabs, const char *field);
void table_free(struct table *t); /* NULL is fine */

enum table_step {
    TABLE_MORE, /* nothing is complete, or it was the header or a blank line */
    TABLE_ROW,  /* a row has ended: out has its object */
    TABLE_BAD,  /* a row is malformed; so is all, where it is the header */
};

/* Takes the next line, without its newline. */
enum table_step table_line(struct table *t, struct str line, struct buf *out);
/* Takes the end of the input. */
enum table_step table_end(struct table *t, struct buf *out);

/* Lines that the row under construction, or the one that just ended, has so
 * far, and their bytes as they came; the next line starts it anew. */
uint64_t table_lines(const struct table *t);
struct str table_raw(const struct table *t);
/* Why the row is bad; lives until the next line. */
struct str table_why(const struct table *t);
bool table_has_header(const struct table *t);

#endif
