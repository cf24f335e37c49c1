/*
 * Views of a row: the records of insec-record(5).
 *
 * Fields a program does not know pass through byte for byte; offsets count
 * Unicode code points, as jq and Python do.
 */
#ifndef INSEC_RECORD_H
#define INSEC_RECORD_H

#include "json.h"

/* One row of any stage, parsed. */
struct record {
    struct str line;         /* borrows the row's text */
    const struct json *root; /* an object; lives until the next json_parse */
    struct str id;           /* the id's text; made from the content where the
                                row has none.  A number keeps its digits. */
    bool has_id;             /* the row itself has one */
    struct where at;
};

/* Parses line.  Everything in *r borrows from line, the parser or a. */
int record_parse(struct json_parser *p, struct arena *a, struct str line,
                 struct where at, struct record *r, struct err *e) MUST_USE;

/* An error in row r: -1, its place and text in *e. */
int record_refuse(const struct record *r, struct err *e, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* The same, with the column of value v. */
int record_refuse_at(const struct record *r, const struct json *v,
                     struct err *e, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Appends the row without its closing brace and without the fields named in
 * drop (NULL-terminated); an id is added where the row has none.  The caller
 * appends its own fields with json_put_* and then '}'. */
void record_open(struct buf *out, const struct record *r,
                 const char *const *drop);

/* A text that may be corrupted and is learnt: text, completion, or the
 * content of an assistant turn. */
struct target {
    struct str field; /* JSON Pointer: "/text", "/messages/1/content" */
    struct str text;
};
VEC_NAMED(target_vec, struct target);

/* The row's targets in reading order; refused where the row has none. */
int record_targets(const struct record *r, struct arena *a,
                   struct target_vec *out, struct err *e) MUST_USE;

/* The prompt, where the row is {"prompt","completion"}; else empty. */
struct str record_prompt(const struct record *r, struct arena *a);

/* A stand-off error.  start and end count code points of the target's text,
 * from and to the same place in bytes. */
struct edit {
    size_t target; /* index into the row's targets */
    size_t start, end;
    size_t from, to;
    struct str right, wrong;
    struct str kind; /* "class" in the record */
    struct str rule;
    struct str reason;
};
VEC_NAMED(edit_vec, struct edit);

/* Reads and checks "errors": right equals the text at its span, wrong
 * differs, sorted, overlaps only where spans are equal (alternatives). */
int record_edits(const struct record *r, struct arena *a,
                 const struct target_vec *targets, struct edit_vec *out,
                 struct err *e) MUST_USE;
/* Appends `"errors":[…]` as json_put_key does. */
void record_put_edits(struct buf *out, const struct target_vec *targets,
                      const struct edit_vec *edits);

/* What a stretch of a training sequence is. */
enum kind {
    KIND_PAD,     /* filler in a row */
    KIND_PROMPT,  /* given, never learnt */
    KIND_CONTEXT, /* right text */
    KIND_WRONG,   /* the error */
    KIND_MARK,    /* the flag */
    KIND_REASON,  /* why it is wrong */
    KIND_RIGHT,   /* the correction */
    KIND_COUNT
};

extern const char *const kind_names[KIND_COUNT];
extern const float kind_weights[KIND_COUNT]; /* the default loss weights */
int kind_of(struct str name);                /* -1: no such kind */

struct segment {
    bool label;
    enum kind kind;
    struct str text;
    bool special; /* a chat template's: tokens in it are control tokens */
};
VEC_NAMED(segment_vec, struct segment);

int record_segments(const struct record *r, struct arena *a,
                    struct segment_vec *out, struct err *e) MUST_USE;
/* Is one of them special?  Then all of the row says whether it is. */
bool record_is_chat(const struct segment_vec *segments);
void record_put_segments(struct buf *out, const struct segment_vec *segments);

/* The classes of the errors in a sequence.  A stretch of wrong text, up to
 * where something else follows, may hold several errors or none. */
struct error_classes {
    VEC(struct str) names; /* stretch i has those from ends[i-1] to ends[i] */
    struct size_vec ends;
};
/* Reads "error_classes":[["fact"],…], a list for each stretch; false, and
 * nothing in *out, where the row has no such list of lists. */
bool record_error_classes(const struct record *r, struct arena *a,
                          struct error_classes *out);
void record_put_error_classes(struct buf *out, const struct error_classes *c);
void classes_free(struct error_classes *c);

/* A tokenised row: one kind per id. */
struct tokens {
    struct i32_vec ids;
    VEC(uint8_t) kinds;
    uint64_t hash;         /* of the tokenizer; 0: the row does not say */
    int64_t vocab;         /* its size; 0 likewise */
    int32_t pad;           /* its padding id; -1 likewise */
    float weight;          /* of the whole row in the loss; 1 likewise */
    const uint64_t *texts; /* borrows json_number_texts of vocab, or NULL */
};

#define WEIGHT_MAX 1e6f /* the largest weight, its sign aside */

/* Reads input_ids, kinds (runs), tokenizer and weight; t is cleared and
 * reused. */
int record_tokens(const struct record *r, struct tokens *t,
                  struct err *e) MUST_USE;
/* Appends input_ids, kinds as [[code,run],…], and tokenizer unless vocab is 0.
 */
void record_put_tokens(struct buf *out, const struct tokens *t);

#endif
