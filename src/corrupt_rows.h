/* Rows of documents to rows of documents with errors, or to what else the
 * program writes: the work of insec-corrupt for the filter. */
#ifndef INSEC_CORRUPT_ROWS_H
#define INSEC_CORRUPT_ROWS_H

#include "corrupt.h"
#include "filter.h"

enum corrupt_form {
    FORM_ERRORS,   /* the row with its errors */
    FORM_APPLY,    /* the corrupted text itself */
    FORM_M2,       /* the corrupted text and its corrections */
    FORM_REQUESTS, /* a request for a model for each place */
};

struct corrupt_rows {
    struct corruptor *corruptor; /* borrows */
    enum corrupt_form form;
    enum input_format format;          /* of the input */
    int64_t copies;                    /* of each row, from 1 */
    const struct corrupt_model *model; /* NULL, or: it has a say; borrows */
};

/* The functions of struct filter; ctx is a struct corrupt_rows.  A worker
 * that cannot start ends the program. */
void *corrupt_rows_worker(void *ctx);
void corrupt_rows_free(void *ctx, void *worker);
int corrupt_rows_work(void *worker, const struct row *row, struct buf *out,
                      struct err *e);
/* The same, its counts lost. */
void corrupt_rows_drop(void *worker);
/* What a worker draws with: to judge with between two rows. */
struct corrupt_worker *corrupt_rows_judge(void *worker);
void corrupt_rows_stats(void *ctx, struct buf *json);

#endif
