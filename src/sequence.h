/*
 * Segments to tokens with a kind each, and back.
 *
 * A segment of kind mark whose whole text is an added token becomes that id,
 * and so do the special tokens in a segment that is special, a chat template's
 * own; nothing else ever does.  All text between two such marks is encoded as
 * one, so ids are as in plain text.  A token that straddles an edge takes
 * the more guarded kind: wrong, prompt, pad, mark, reason, right, context.
 */
#ifndef INSEC_SEQUENCE_H
#define INSEC_SEQUENCE_H

#include "record.h"
#include "tokenizer.h"

struct sequence_counts {
    uint64_t bytes;             /* of text, marks included */
    uint64_t tokens;            /* BOS and EOS included */
    uint64_t kinds[KIND_COUNT]; /* tokens of each */
    uint64_t straddles;         /* tokens across an edge of kinds */
    uint64_t literal_marks;     /* mark segments that are no added token */
    uint64_t marks_in_text;     /* texts of added tokens left as text */
    uint64_t untrained;         /* rows without a token to learn */
    uint64_t replaced;          /* U+FFFD put for what is not UTF-8 */
};

struct stretch { /* text of one kind, up to the byte end */
    size_t end;
    enum kind kind;
    bool mark; /* an added token */
};

struct sequence { /* one thread's; sequence_start, then sequence_free */
    const struct tokenizer *t; /* borrows */
    struct encoder *c;         /* owns */
    bool plain;                /* no BOS, no EOS */
    struct sequence_counts counts;
    struct buf text;      /* joined segments, or decoded bytes */
    struct buf clean;     /* decoded text */
    struct size_vec ends; /* of tokens */
    VEC(struct stretch) stretches;
};

void sequence_start(struct sequence *s, const struct tokenizer *t, bool plain);
void sequence_free(struct sequence *s);
void sequence_counts_add(struct sequence_counts *to,
                         const struct sequence_counts *from);

/* Tokenises a document; *out is cleared and filled.  BOS (kind prompt) comes
 * first if the tokenizer has one; EOS (kind context, so that it is learnt)
 * last if open is false: open says that the text is still to be continued.
 * Where a chat template wrote the row, these are its matter and none is added.
 */
int sequence_encode(struct sequence *s, const struct segment_vec *in, bool open,
                    struct tokens *out, struct err *e) MUST_USE;

/* The segments of a tokenised row: *out is cleared and filled; the texts,
 * one behind another in s->clean, live until the next call.  in->kinds may
 * be empty: then text is context and added tokens are marks.  A BOS in front
 * and one EOS at the end are left out, as is filler of kind pad.  Bytes that
 * are not UTF-8 become U+FFFD.  Refuses an id without a token. */
int sequence_decode(struct sequence *s, const struct tokens *in,
                    struct segment_vec *out, struct err *e) MUST_USE;

#endif
