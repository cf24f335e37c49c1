/*
 * Byte-pair encoding of one piece of text: bytes (or characters) to ids,
 * then the merge of lowest rank, leftmost first, until none applies (Sennrich
 * et al. 2016, https://arxiv.org/abs/1508.07909; byte-level as in GPT-2).
 *
 * It knows nothing of pieces, files or added tokens.
 */
#ifndef INSEC_BPE_H
#define INSEC_BPE_H

#include "bytemap.h"
#include "mem.h"
#include "str.h"

/* Longest piece, in bytes: positions are kept in 32 bits. */
#define BPE_PIECE_MAX 0x7fffffffu

/* GPT-2's names of the bytes: every byte is written as one printable
 * character in tokenizer.json. */
uint32_t bpe_byte_char(uint8_t byte);
/* The byte that this character names, or -1. */
int bpe_char_byte(uint32_t cp);

struct bpe_pair {
    uint32_t rank; /* UINT32_MAX: no merge */
    int32_t made;
};

struct bpe_merge {
    int32_t left, right; /* left -1: a free slot */
    struct bpe_pair pair;
};

struct bpe {            /* zero-initialise, then bpe_start; shared by threads */
    int32_t bytes[256]; /* id of each byte, -1: none */
    struct bpe_merge *slots; /* owns; [cap], cap a power of two */
    size_t cap;
    uint8_t *maybe;         /* owns; [8 * cap] bits by pair: clear where it has
                               no merge, so that most need no look */
    struct bpe_pair *first; /* owns; [65536] by two bytes */
    uint32_t merges;        /* ranks given so far */
    bool ordered;    /* no merge comes before one that makes a part of it */
    VEC(bool) used;  /* by id, until bpe_finish: it is a part of some merge */
    int32_t **chars; /* owns; id of each character, -1: none, by pages of 256;
                        NULL: symbols are bytes */
    uint8_t *glue;   /* owns; the characters that some merge joins; see
                        bpe_cut */
    struct bytemap words; /* pieces that are one token, whatever the
                             merges would give (ignore_merges) */
};

/* n: how many merges there will be. */
void bpe_start(struct bpe *b, size_t n);
/* Makes it a model over characters, of which those without an id become bytes:
 * all 256 need one. */
void bpe_start_chars(struct bpe *b);
void bpe_add_char(struct bpe *b, uint32_t cp, int32_t id);
/* Tells what the symbols of a merge to be added stand for (UTF-8). */
void bpe_glue(struct bpe *b, struct str left, struct str right);
/* Fetches where the merge of a pair will stand, ahead of bpe_add. */
void bpe_hint(const struct bpe *b, int32_t left, int32_t right);
/* Adds the merge of the next rank; a pair given twice takes the later. */
void bpe_add(struct bpe *b, int32_t left, int32_t right, int32_t made);
/* After the last bpe_add, and once bytes is complete. */
void bpe_finish(struct bpe *b);
void bpe_free(struct bpe *b);

struct bpe_work;                     /* one thread's memory: word cache, heap */
struct bpe_work *bpe_work_new(void); /* returns owned */
void bpe_work_free(struct bpe_work *w);
#define BPE_CACHE ((size_t)32 << 20)
/* Forgets the words met before and keeps at most so many bytes of them, and
 * a quarter more of long ones: a power of two, BPE_CACHE unless told, 8 KiB
 * at least. */
void bpe_work_cache(struct bpe_work *w, size_t bytes);

/* Appends the ids of piece (over characters: well-formed UTF-8) in
 * O(n log n).  Returns 0, or -1 where a byte has
 * no id (then it is *bad) or the piece is too long (*bad = -1). */
int bpe_encode(const struct bpe *b, struct bpe_work *w, struct str piece,
               struct i32_vec *ids, int *bad) MUST_USE;

/* Cuts text (well-formed UTF-8), from byte from on, where no merge over
 * characters can reach across: fills ends with the offsets behind the next
 * pieces, at most max, and returns how many; 0 at the end. */
size_t bpe_cut(const struct bpe *b, struct str text, size_t from, size_t *ends,
               size_t max);

struct bpe_pieces { /* pieces that lie one behind another */
    struct str text;
    size_t from;        /* where the first begins */
    const size_t *ends; /* [n] */
    size_t n;
};
/* The same for many pieces: fast where they recur. */
int bpe_encode_run(const struct bpe *b, struct bpe_work *w,
                   const struct bpe_pieces *p, struct i32_vec *ids,
                   int *bad) MUST_USE;

/* The specification of bpe_encode: no cache, no heap, O(n^2). */
int bpe_encode_naive(const struct bpe *b, struct str piece, struct i32_vec *ids,
                     int *bad) MUST_USE;
/* Force the heap, or windows, for pieces of any length; for tests. */
void bpe_encode_heap(const struct bpe *b, struct bpe_work *w, struct str piece,
                     struct i32_vec *ids);
int bpe_encode_windows(const struct bpe *b, struct bpe_work *w,
                       struct str piece, struct i32_vec *ids,
                       int *bad) MUST_USE;
/* Sets how many bytes a window has at first (8 or more). */
void bpe_work_window(struct bpe_work *w, size_t bytes);

#endif
