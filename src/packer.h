/*
 * Packing: documents of tokens into rows of one length, none of them cut
 * unless it is longer than a row, and rows into shards.
 *
 * Streaming best fit: a document goes into the open row where it leaves the
 * least room (the oldest of equals).  Where it fits into none, a new row is
 * opened; where the number of open rows is used up, the fullest is given out
 * first.  After "Fewer Truncations Improve Language Modeling"
 * (arXiv:2404.10830), with a bounded window instead of a sort of everything.
 */
#ifndef INSEC_PACKER_H
#define INSEC_PACKER_H

#include "filter.h"
#include "json.h"
#include "shard.h"

/* What happens to a document that is longer than a row. */
enum pack_overflow { PACK_REJECT, PACK_SPLIT, PACK_TRUNCATE };
#define PACK_OVERFLOWS "reject|split|truncate"

/* A document, or a piece of one, on its way into a row. */
struct pack_doc {
    struct where at;
    uint64_t tokenizer; /* hash; 0: not known */
    int32_t vocab, pad;
    size_t n;
    const void *ids;      /* n int32_t; borrows; may be unaligned */
    const uint8_t *kinds; /* n; borrows */
    struct str name;      /* its id as JSON text; borrows */
};

/* ---- from rows of tokens to documents: packer_doc.c, on any thread */

struct pack_rules {
    size_t length;
    enum pack_overflow overflow;
    int64_t vocab, pad; /* for rows that do not say; -1: not given */
};

/* Sets may[c] for each place 0 < c < n of a document where it may be cut: not
 * within a run of one kind that is wrong, mark, reason or right, and not
 * between an error and the end of its correction.  may has n elements. */
void pack_cuts(const uint8_t *kinds, size_t n, bool *may);

struct pack_counts {
    uint64_t cut;              /* documents split or truncated */
    uint64_t tokens_dropped;   /* by truncation, and with attempts */
    uint64_t attempts_dropped; /* errors that no row could hold */
};

struct pack_reader; /* one worker's */
struct pack_reader *pack_reader_new(const struct pack_rules *rules);
struct pack_counts pack_reader_free(struct pack_reader *r);

/* Appends the documents of a row of tokens to out, for pack_doc_next; -1
 * where the row is malformed, empty, of an unknown vocabulary, or too long for
 * PACK_REJECT.  Attempts that fit into no row with their correction are left
 * out: the document is whole without them. */
int pack_read(struct pack_reader *r, const struct row *row, struct buf *out,
              struct err *e) MUST_USE;

/* Takes the next document off *from; false at the end.  *doc borrows. */
bool pack_doc_next(struct str *from, struct pack_doc *doc);

/* ---- from documents to shards: packer.c, in order */

struct packer_opts {
    size_t length;
    size_t open_rows;   /* at most that many are filled at a time */
    size_t shard_bytes; /* of tensors; a shard has at least one row */
    void *ctx;
    /* Takes a full shard, which it must not keep. */
    int (*emit)(void *ctx, const struct shard *s, struct err *e);
};

struct packer_counts {
    uint64_t docs, tokens;
    uint64_t rows; /* the open ones counted */
};

struct packer *packer_new(const struct packer_opts *opts); /* returns owned */
void packer_free(struct packer *p);
/* Copies a document of 1 to length tokens into a row; refuses one of another
 * tokenizer than the first's. */
int packer_add(struct packer *p, const struct pack_doc *doc,
               struct err *e) MUST_USE;
/* Gives out the open rows, oldest first, and the last shard. */
int packer_finish(struct packer *p, struct err *e) MUST_USE;
struct packer_counts packer_count(const struct packer *p);

#endif
