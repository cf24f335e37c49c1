/*
 * The safetensors layout (https://github.com/huggingface/safetensors): u64
 * little-endian header length, a JSON header padded with spaces to 8 bytes,
 * tensors without holes.
 */
#ifndef INSEC_SAFETENSORS_H
#define INSEC_SAFETENSORS_H

#include "io.h"
#include "json.h"

enum st_type { ST_U8, ST_I32, ST_I64, ST_F16, ST_BF16, ST_F32 };

#define ST_RANK 4

struct st_tensor {
    struct str name;
    enum st_type type;
    int rank;
    size_t shape[ST_RANK];
    const void *data; /* borrows: the caller's when writing, the file's bytes
                         when reading; may be unaligned when reading */
    size_t bytes;
};
VEC_NAMED(st_vec, struct st_tensor);

struct st_pair { /* one entry of __metadata__ */
    const char *key;
    struct str value;
};

struct st_file {
    struct st_vec tensors; /* owns the array; names borrow from the arena */
    struct arena arena;
    VEC(struct st_pair) meta;
};

/* Checks the whole layout of bytes and gives a view of them, which must
 * outlive *f.  Extents are checked against overflow; a hole, an overlap or a
 * length that does not fit the shape is refused. */
int st_parse(struct str bytes, struct st_file *f, struct err *e) MUST_USE;
void st_free(struct st_file *f);
const struct st_tensor *st_get(const struct st_file *f, const char *name);
const char *st_meta(const struct st_file *f, const char *key); /* or NULL */

/* The header for tensors written one after another in this order. */
void st_header(struct buf *out, const struct st_tensor *t, size_t n,
               const struct st_pair *meta, size_t n_meta);

#endif
