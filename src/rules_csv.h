/* The rows of a rules table, with the place of each field. */
#ifndef INSEC_RULES_CSV_H
#define INSEC_RULES_CSV_H

#include "diag.h"
#include "mem.h"
#include "str.h"

enum rule_column {
    COLUMN_CLASS,
    COLUMN_RULE,
    COLUMN_PATTERN,
    COLUMN_WRONG,
    COLUMN_REASON,
    COLUMN_WEIGHT,
    COLUMN_UNIT, /* need not be there; then its field is empty */
    COLUMNS
};

struct rule_row {
    struct str field[COLUMNS]; /* borrow from the arena */
    struct where at[COLUMNS];  /* of the field's first byte */
};
VEC_NAMED(rule_row_vec, struct rule_row);

/* Reads a table: a header with the columns in any order, comments that start
 * with '#', rows, and lines `%include FILE` that stand for the rows of another
 * table, whose name counts from the folder of this one.  A table that includes
 * itself, however many steps on, is refused.  name borrows.  0 or -1. */
int rule_rows(const char *name, struct str csv, struct arena *a,
              struct rule_row_vec *out, struct err *e) MUST_USE;

#endif
