/*
 * Inside the packer: rows that are being filled, and the shard that takes
 * full ones.  For packer*.c only; everyone else includes packer.h.
 */
#ifndef INSEC_PACKER_IMPL_H
#define INSEC_PACKER_IMPL_H

#include "packer.h"

VEC_NAMED(f32_vec, float);

struct pack_row {
    size_t used;
    int32_t *ids;         /* [length]; owns */
    uint8_t *kinds;       /* [length]; owns */
    struct size_vec ends; /* of its documents */
    struct buf names;     /* their ids, a line each */
    struct f32_vec weights;
    bool weighted; /* not all are 1 */
};

void pack_row_free(struct pack_row *row);
/* Puts a document behind those of the row, which has room for it. */
void pack_row_add(struct pack_row *row, const struct pack_doc *doc,
                  size_t length);

/* The shard being filled. */
struct pack_out {
    size_t length, shard_bytes;
    void *ctx;
    int (*emit)(void *ctx, const struct shard *s, struct err *e);
    uint64_t rows; /* given out so far */

    struct shard shard; /* its arrays borrow from these */
    struct i32_vec ids, cu;
    VEC(uint8_t) kinds;
    struct buf names;
    struct f32_vec weights;
    bool weighted;
};

void pack_out_free(struct pack_out *out);
/* Pads a row and puts it behind those of the shard, which is given out first
 * where the row would make it too large.  Leaves the row empty. */
int pack_out_row(struct pack_out *out, struct pack_row *row,
                 struct err *e) MUST_USE;
/* Gives out the shard, unless it is empty. */
int pack_out_flush(struct pack_out *out, struct err *e) MUST_USE;

/* ---- packer_stream.c: items for pack_next */

/* A row's; returns its place, for item_row_set when the row has been read. */
size_t item_row(struct buf *out);
void item_row_set(struct buf *out, size_t at, const struct pack_counts *counts,
                  bool taken);
void item_doc(struct buf *out, const struct pack_doc *doc);
void item_lost(struct buf *out, struct str classes);
/* Appends the classes of stretch i, as items have them. */
void classes_put(struct buf *out, const struct error_classes *c, size_t i);
void classes_put_unknown(struct buf *out);

/* Best fit of the longest first: document i of n[i] tokens, 1 to length, goes
 * to row row[i].  Rows are numbered by their first document.  Returns how
 * many there are. */
size_t pack_best_fit(const uint32_t *n, size_t docs, size_t length,
                     uint32_t *row);

#endif
