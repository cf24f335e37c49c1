/*
 * Learning a byte-level BPE vocabulary: counting pieces of text, merging the
 * commonest pair until there are enough tokens (Sennrich et al. 2016,
 * https://arxiv.org/abs/1508.07909), and writing it as a tokenizer.json.
 *
 * The result depends on how often each piece occurs and on nothing else: not
 * on threads, nor on the order of the text.
 */
#ifndef INSEC_VOCAB_H
#define INSEC_VOCAB_H

#include "diag.h"
#include "mem.h"
#include "pretokenize.h"
#include "str.h"

/* Texts of marks; borrows. */
struct vocab_marks {
    const struct str *v;
    size_t n;
};

/* Different pieces and how often each was seen. */
struct words {
    struct word_slot *slots; /* owns; [cap], cap a power of two */
    size_t n, cap;
    struct buf bytes; /* all pieces, one behind another */
};

struct word_slot {
    uint64_t times; /* 0: free */
    uint64_t hash;
    size_t at, len; /* in bytes */
};

/* Zero-initialise to start. */
void words_add(struct words *w, struct str piece, uint64_t times);
/* Adds all of from. */
void words_merge(struct words *w, const struct words *from);
void words_free(struct words *w);

struct vocab_merge {
    int32_t left, right;
};

struct vocab { /* zero-initialise to start */
    struct arena arena;
    VEC(struct str) tokens; /* bytes, by id: 256 bytes, then what was learnt */
    VEC(struct vocab_merge) merges;
    bool whole; /* a piece that is a token is that, whatever merges give */
};

/* Learns until there are `entries` tokens, or no pair that makes a new one
 * occurs min_count times.  Of pairs that occur equally often the one with the
 * lower left id goes first, then that with the lower right id.  A pair that
 * would spell one of marks is never merged.  Refuses more than 4 GiB of
 * different pieces. */
int vocab_train(struct vocab *v, const struct words *w, size_t entries,
                uint64_t min_count, const struct vocab_marks *marks,
                struct err *e) MUST_USE;
void vocab_free(struct vocab *v);

/* Appends the tokenizer.json: the tokens, then one added token for each
 * mark.  pattern empty: the text is cut as by GPT-2. */
void vocab_put(const struct vocab *v, struct str pattern,
               const struct vocab_marks *marks, struct buf *out);

/* Appends json, a tokenizer.json (readable for IO_PADDING bytes behind its
 * end), with marks as new added tokens behind the highest id; all other bytes
 * stay.  A mark that is an added token already stays as it is.  Refuses a
 * mark that text can make, and a vocabulary with gaps, whose new ids Hugging
 * Face would number otherwise. */
int vocab_add(struct str json, const struct vocab_marks *marks, struct buf *out,
              struct err *e) MUST_USE;

#endif
