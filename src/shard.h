/*
 * Shards: insec-shard(5).  A zstd frame with content checksum that holds one
 * safetensors file; frames may be concatenated.
 */
#ifndef INSEC_SHARD_H
#define INSEC_SHARD_H

#include "io.h"
#include "safetensors.h"

#define SHARD_FORMAT "1"
#define SHARD_MAX    ((size_t)1 << 30) /* bytes of tensors in one shard */
#define SHARD_HEADER ((size_t)1 << 20) /* bytes of header, when reading */
#define SHARD_LENGTH (1 << 24)         /* tokens in a row */

struct shard {
    size_t rows, length;
    int32_t *ids;   /* [rows*length]; owns */
    uint8_t *kinds; /* [rows*length]; owns; enum kind */
    int32_t *cu;    /* [n_cu]: document bounds over the flattened rows, from 0
                       to rows*length; padding is a stretch of its own; owns */
    size_t n_cu;
    size_t docs;        /* documents, padding not counted */
    struct buf doc_ids; /* the documents' ids in the order of cu, each a JSON
                           string or number and a newline; empty where the
                           shard does not keep them; owns */
    float *weights;     /* [docs] of the documents in the loss, in the order
                           of cu; NULL: all 1; owns */
    int32_t vocab, pad;
    uint64_t tokenizer; /* hash */
};

void shard_free(struct shard *s);

/* Does the stretch number i (from cu[i] to cu[i+1]) hold padding? */
static inline bool shard_is_pad(const struct shard *s, size_t i)
{
    return s->kinds[s->cu[i]] == 0;
}

/* Are the numbers in *s what insec-shard(5) asks for: bounds in order and none
 * across two rows, kinds known, ids below vocab, padding in stretches of its
 * own?  0, or -1 with the first that is not; the error has no place. */
int shard_check(const struct shard *s, struct err *e) MUST_USE;

/* Appends the compressed frame to out: the same bytes for the same shard,
 * level (1 to 19) and release of zstd. */
int shard_put(struct buf *out, const struct shard *s, int level,
              struct err *e) MUST_USE;

/* How a shard is compressed. */
struct shard_zip {
    int level;   /* 1 to 19 */
    bool far;    /* look for matches in all of the shard */
    int threads; /* zstd's; the bytes are the same for 1 and more, but not the
                    same as for 0, which is the caller's own */
};
int shard_put_as(struct buf *out, const struct shard *s,
                 const struct shard_zip *zip, struct err *e) MUST_USE;

struct shard_reader;
/* path NULL or "-": stdin. */
struct shard_reader *shard_open(const char *path, struct err *e) MUST_USE;
/* The next shard of the stream into *s (freed by the caller): 1, 0 at the
 * end, -1 where it is truncated, damaged or not a shard; then there is nothing
 * to free.  What is in *s has passed shard_check, and its checksum. */
int shard_next(struct shard_reader *r, struct shard *s, struct err *e) MUST_USE;
void shard_close(struct shard_reader *r);

#endif
