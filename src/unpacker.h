/*
 * Unpacking: the documents of a shard as rows of tokens, the inverse of
 * packer.h.  Padding is left out; documents come in the order of the shard,
 * which is not the order they were packed in.
 */
#ifndef INSEC_UNPACKER_H
#define INSEC_UNPACKER_H

#include "mem.h"
#include "shard.h"
#include "tokenizer.h"

struct unpacker; /* one shard's documents, found */

/* s must outlive it and have passed shard_check.  With a tokenizer, which must
 * be the shard's, documents are given as text, the marks in it as they are
 * written; t may be NULL.  Returns owned. */
struct unpacker *unpacker_new(const struct shard *s, const struct tokenizer *t);
/* Is t the tokenizer of the shard?  Where the shard does not say, t must know
 * every id in it. */
int unpacker_check(const struct shard *s, const struct tokenizer *t,
                   struct err *e) MUST_USE;
void unpacker_free(struct unpacker *u);

/* Appends documents [from,to) of the shard, 0 <= from <= to <= docs, a row
 * each.  Any number of threads may do so at a time. */
void unpacker_put(const struct unpacker *u, size_t from, size_t to,
                  struct buf *out);

#endif
