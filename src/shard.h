/*
 * Shards: insec-shard(5).  A zstd frame with content checksum that holds one
 * safetensors file; frames may be concatenated.
 */
#ifndef INSEC_SHARD_H
#define INSEC_SHARD_H

#include "io.h"
#include "safetensors.h"

#define SHARD_FORMAT "1"

struct shard {
    size_t rows, length;
    int32_t *ids;   /* [rows*length]; owns */
    uint8_t *kinds; /* [rows*length]; owns; enum kind */
    int32_t *cu;    /* [n_cu]: document bounds over the flattened rows, from 0
                       to rows*length; padding is a stretch of its own; owns */
    size_t n_cu;
    size_t docs; /* documents, padding not counted */
    int32_t vocab, pad;
    uint64_t tokenizer; /* hash */
};

void shard_free(struct shard *s);

/* Appends the compressed frame to out. */
int shard_put(struct buf *out, const struct shard *s, int level,
              struct err *e) MUST_USE;

struct shard_reader;
/* path NULL or "-": stdin. */
struct shard_reader *shard_open(const char *path, struct err *e) MUST_USE;
/* The next shard of the stream into *s (freed by the caller): 1, 0 at the
 * end, -1 where it is truncated, damaged or not a shard. */
int shard_next(struct shard_reader *r, struct shard *s, struct err *e) MUST_USE;
void shard_close(struct shard_reader *r);

#endif
