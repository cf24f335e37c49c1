/* Inside the shard: its metadata, for shard*.c only. */
#ifndef INSEC_SHARD_IMPL_H
#define INSEC_SHARD_IMPL_H

#include "record.h"
#include "shard.h"

struct shard_meta {
    struct st_pair v[8 + KIND_COUNT];
    size_t n;
    struct arena arena; /* owns the strings; the caller frees it */
};

void shard_meta_fill(struct shard_meta *m, const struct shard *s);
/* The sizes and the tokenizer of *s. */
int shard_meta_take(const struct st_file *f, struct shard *s,
                    struct err *e) MUST_USE;
/* Are the counts of the metadata those of the tensors? */
int shard_meta_check(const struct st_file *f, const struct shard *s,
                     struct err *e) MUST_USE;

#endif
