/*
 * Packing: documents of tokens into rows of one length, none of them cut
 * unless it is longer than a row, and rows into shards.
 *
 * stream: a document goes into the open row where it leaves the least room
 * (the oldest of equals).  Where it fits into none, a new row is opened; where
 * the number of open rows is used up, the fullest is given out first.
 * window: so many documents are held, then go, the longest first, into the
 * rows where they leave the least room; the emptiest row waits for the next
 * window.  Both after "Fewer Truncations Improve Language Modeling"
 * (arXiv:2404.10830).
 * concat: one document behind another, cut wherever a row ends.
 * one: a document a row.
 */
#ifndef INSEC_PACKER_H
#define INSEC_PACKER_H

#include "filter.h"
#include "record.h"
#include "shard.h"
#include "tally.h"

enum pack_fit { PACK_STREAM, PACK_WINDOW, PACK_CONCAT, PACK_ONE };
#define PACK_FITS "stream|window|concat|one"

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
    struct str classes;   /* of its errors, for pack_account; borrows */
    float weight;         /* in the loss */
};

/* ---- from rows of tokens to documents: packer_doc.c, on any thread */

struct pack_rules {
    size_t length; /* SIZE_MAX: no document is too long */
    enum pack_overflow overflow;
    int64_t vocab, pad; /* for rows that do not say; -1: not given */
    /* The name of a format that cannot say what is not to be learnt, so that
     * rows with such tokens are refused; or NULL. */
    const char *maskless;
    /* Likewise of one that has no place for the weights of documents. */
    const char *weightless;
};

/* Sets may[c] for each place 0 < c < n of a document where it may be cut: not
 * within a run of one kind that is wrong, mark, reason or right, and not
 * between an error and the end of its correction.  may has n elements. */
void pack_cuts(const uint8_t *kinds, size_t n, bool *may);
/* The end of the longest piece of at most length tokens that begins at token
 * from of n: n where the rest fits, from where no cut is allowed. */
size_t pack_piece(const bool *may, size_t from, size_t n, size_t length);

struct pack_counts {
    uint64_t cut;         /* documents split or truncated */
    uint64_t errors;      /* runs of wrong tokens, in all documents */
    uint64_t flawed;      /* documents with such a run */
    uint64_t too_long;    /* documents longer than a row, refused ones too */
    uint64_t long_flawed; /* of these, with an error */
    uint64_t attempts_dropped;    /* errors that no row could hold */
    uint64_t dropped[KIND_COUNT]; /* tokens of these, not packed */
};
void pack_counts_add(struct pack_counts *to, const struct pack_counts *from);

struct pack_reader; /* one worker's */
struct pack_reader *pack_reader_new(const struct pack_rules *rules);
void pack_reader_free(struct pack_reader *r);

/* Appends the items of a row of tokens to out, for pack_next; -1 where the row
 * is malformed, empty, of an unknown vocabulary, or too long for PACK_REJECT:
 * then what was appended only counts.  Attempts that fit into no row with
 * their correction are left out: the document is whole without them. */
int pack_read(struct pack_reader *r, const struct row *row, struct buf *out,
              struct err *e) MUST_USE;

/* ---- what was read, in order: packer_stream.c */

struct pack_item {
    enum {
        PACK_ITEM_ROW = 'r', /* of input: counts and taken */
        PACK_ITEM_DOC = 'd', /* a document of it, or a piece of one */
        PACK_ITEM_LOST = 'l' /* doc.classes, of errors in none of its pieces */
    } what;
    struct pack_counts counts;
    bool taken; /* not refused */
    struct pack_doc doc;
};

/* Takes the next item off *from; false at the end.  *item borrows. */
bool pack_next(struct str *from, struct pack_item *item);

/* What errors of rows without (fitting) error_classes are counted as, and
 * those of more classes than PACK_CLASSES or with longer names. */
#define PACK_UNKNOWN "(unknown)"
#define PACK_OTHER   "(other)"
enum { PACK_CLASSES = 1000, PACK_CLASS_BYTES = 100 };

/* Columns of the errors by class. */
enum { PACK_ERRORS, PACK_TOO_LONG, PACK_DROPPED };

/* Zero-initialise to start; free classes. */
struct pack_account {
    struct pack_counts counts, counts_row; /* of all, of the row in hand */
    uint64_t records;                      /* taken */
    uint64_t packed;                       /* errors */
    struct tally classes;
};
/* Accounts for the next item; of a document its first tokens were packed. */
void pack_account(struct pack_account *a, const struct pack_item *item,
                  size_t packed);

/* ---- from documents to shards: packer.c, in order */

struct packer_opts {
    size_t length;
    enum pack_fit fit;
    size_t open_rows; /* stream: at most that many are filled at a time */
    size_t window;    /* documents held: by window, and to shuffle */
    bool shuffle;     /* the documents of each window, drawn from seed */
    uint64_t seed;
    uint64_t budget;    /* tokens to pack, exactly; 0: all */
    size_t shard_bytes; /* of tensors; a shard has at least one row */
    void *ctx;
    /* Takes a full shard, which it must not keep. */
    int (*emit)(void *ctx, const struct shard *s, struct err *e);
};

struct packer_counts {
    uint64_t docs, tokens; /* taken; a piece counts as a document */
    uint64_t rows;         /* the open ones counted */
    uint64_t cut;          /* documents cut by concat or for the budget */
    uint64_t errors_cut;   /* cuts between an error and its correction */
};

struct packer *packer_new(const struct packer_opts *opts); /* returns owned */
void packer_free(struct packer *p);
/* Copies a document of 1 to length tokens (concat: any number) into a row;
 * refuses one of another tokenizer than the first's.  What is beyond the
 * budget is left out: the last document is cut where that parts no error from
 * its correction, and the next ones fill what is then missing. */
int packer_add(struct packer *p, const struct pack_doc *doc,
               struct err *e) MUST_USE;
/* Has the budget been used up? */
bool packer_full(const struct packer *p);
/* Gives out what is held, the open rows, oldest first, and the last shard. */
int packer_finish(struct packer *p, struct err *e) MUST_USE;
struct packer_counts packer_count(const struct packer *p);

#endif
