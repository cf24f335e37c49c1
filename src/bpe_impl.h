/* What bpe.c and its cache of words share; nobody else includes this. */
#ifndef INSEC_BPE_IMPL_H
#define INSEC_BPE_IMPL_H

#include "bpe.h"

#define NO_RANK UINT32_MAX

/* Two tables of pieces met before.  Short ones with few ids lie two in a cache
 * line, in buckets of four, and their table grows with what is in it, up to
 * 32 MiB; others take two lines each. */
#define SHORT_KEY  15 /* bytes */
#define SHORT_IDS  4
#define SHORT_BITS 20 /* 2^20 pieces at most */
#define SHORT_ID   (1 << 24)
#define LONG_KEY   62
#define LONG_IDS   16
#define LONG_BITS  15

struct short_word {
    uint64_t key[2];        /* bytes, zeros, and the length in the last byte;
                               0, 0: free */
    int32_t ids[SHORT_IDS]; /* how many: the top byte of the first; 0: it has
                               more, see the other table */
};

struct long_word {
    uint8_t len; /* 0: free */
    uint8_t n;
    char key[LONG_KEY];
    int32_t ids[LONG_IDS];
};

struct symbol {
    int32_t id;             /* -1: merged into the one before */
    int32_t before, behind; /* -1: none */
};

struct bpe_work {
    struct short_word *brief; /* owns; [1 << bits] */
    unsigned bits;
    size_t filled;
    struct long_word *longer; /* owns; [1 << LONG_BITS] */
    VEC(struct symbol) symbols;
    VEC(uint64_t) heap; /* rank << 32 | position: lowest, then leftmost */
};

void bpe_cache_start(struct bpe_work *w);
void bpe_cache_free(struct bpe_work *w);

void bpe_free_chars(struct bpe *b);
/* The ids of single characters, appended; -1, or a byte that is not UTF-8. */
int bpe_put_chars(const struct bpe *b, struct str text, struct i32_vec *ids);

/* The ids of a piece without the cache. */
int bpe_encode_piece(const struct bpe *b, struct bpe_work *w, struct str piece,
                     struct i32_vec *ids, int *bad);

#endif
