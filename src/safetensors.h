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

#define ST_HEADER_MAX (100u << 20) /* bytes; the format's own limit */

/* The header length in the first 8 bytes at p. */
uint64_t st_header_bytes(const void *p);

/* Checks the whole layout of bytes and gives a view of them, which must
 * outlive *f; tensors come in the order of their bytes.  Extents are checked
 * against overflow; a hole, an overlap or a length that does not fit the
 * shape is refused, and then there is nothing to free.  Errors have no place:
 * the caller knows the file. */
int st_parse(struct str bytes, struct st_file *f, struct err *e) MUST_USE;
/* The same for the 8 + header length bytes alone: how many bytes of tensors
 * must follow them, for readers of a stream. */
int st_span(struct str head, size_t *bytes, struct err *e) MUST_USE;
void st_free(struct st_file *f);
const struct st_tensor *st_get(const struct st_file *f, const char *name);
const char *st_meta(const struct st_file *f, const char *key); /* or NULL */

/* Appends the header, its length included, for tensors that are written one
 * after another in this order; data is not looked at. */
void st_header(struct buf *out, const struct st_tensor *t, size_t n,
               const struct st_pair *meta, size_t n_meta);

#endif
