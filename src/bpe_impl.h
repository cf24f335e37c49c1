/* What bpe.c and its cache of words share; nobody else includes this. */
#ifndef INSEC_BPE_IMPL_H
#define INSEC_BPE_IMPL_H

#include "bpe.h"

#define NO_RANK UINT32_MAX

/* Two tables of pieces met before.  Short ones with few ids lie two in a cache
 * line, in buckets of four, and their table grows with what is in it, up to a
 * bound.  Others lie one behind another in a pool of a quarter of that bound,
 * found by tags in rows of eight; when the pool is full, all are forgotten. */
#define SHORT_KEY 15 /* bytes */
#define SHORT_IDS 4
#define SHORT_ID  (1 << 24)
#define LONG_KEY  94
#define LONG_IDS  32
#define TAG_ROW   8

struct short_word {
    uint64_t key[2];        /* bytes, zeros, and the length in the last byte;
                               0, 0: free */
    int32_t ids[SHORT_IDS]; /* how many: the top byte of the first; 0: it has
                               more, see the other table */
};

struct long_tag {
    uint32_t hash;
    uint32_t at; /* in the pool: length | how many ids << 8, ids, bytes;
                    0: free */
};

struct symbol {
    int32_t id;             /* -1: merged into the one before */
    int32_t before, behind; /* -1: none */
};

struct bpe_work {
    struct short_word *brief; /* owns; [1 << bits] */
    unsigned bits, most;
    size_t filled;
    struct long_tag *tags; /* owns; [1 << tag_bits] */
    unsigned tag_bits;
    int32_t *pool; /* owns; [1 << pool_bits] */
    unsigned pool_bits;
    size_t pooled;
    VEC(struct symbol) symbols;
    VEC(uint64_t) heap;    /* rank << 32 | position: lowest, then leftmost */
    size_t length;         /* of a window, in bytes */
    struct i32_vec window; /* what is merged at a time */
    VEC(uint32_t)
    ranks, sizes, spans; /* of its pairs; bytes of its symbols;
                            bytes of the tokens so far */
};

/* 32 bits, all of which depend on both. */
static inline uint64_t bpe_hash(int32_t left, int32_t right)
{
    return ((uint32_t)left * 0x9e3779b97f4a7c15u ^
            (uint32_t)right * 0xc2b2ae3d27d4eb4fu) >>
           32;
}

static inline struct bpe_merge *bpe_slot(const struct bpe *b, int32_t left,
                                         int32_t right)
{
    size_t i = bpe_hash(left, right) & (b->cap - 1);
    while (b->slots[i].left >= 0 &&
           (b->slots[i].left != left || b->slots[i].right != right))
        i = (i + 1) & (b->cap - 1);
    return &b->slots[i];
}

/* What a pair merges to, and when. */
static inline struct bpe_pair bpe_pair(const struct bpe *b, int32_t left,
                                       int32_t right)
{
    static const struct bpe_pair none = {NO_RANK, -1};
    size_t bit = bpe_hash(left, right) & (8 * b->cap - 1);
    if (!(b->maybe[bit >> 3] >> (bit & 7) & 1))
        return none;
    const struct bpe_merge *m = bpe_slot(b, left, right);
    return m->left < 0 ? none : m->pair;
}

static inline uint32_t bpe_rank(const struct bpe *b, int32_t left,
                                int32_t right)
{
    return bpe_pair(b, left, right).rank;
}

/* bytes: the bound; see bpe_work_cache. */
void bpe_cache_start(struct bpe_work *w, size_t bytes);
void bpe_cache_free(struct bpe_work *w);

void bpe_free_chars(struct bpe *b);
/* The ids of single bytes or characters, appended; 0, or -1 with *bad. */
int bpe_put_symbols(const struct bpe *b, struct str piece, struct i32_vec *ids,
                    int *bad);
/* id[0..n) merged in place; returns how many are left.  O(n log n). */
size_t bpe_merge_heap(const struct bpe *b, struct bpe_work *w, int32_t *id,
                      size_t n);
/* The ids of single characters, appended; -1, or a byte that is not UTF-8. */
int bpe_put_chars(const struct bpe *b, struct str text, struct i32_vec *ids);

/* The ids of a piece without the cache. */
int bpe_encode_piece(const struct bpe *b, struct bpe_work *w, struct str piece,
                     struct i32_vec *ids, int *bad);

#endif
