/*
 * Taking a writer at its word: what it flagged as wrong is removed, with the
 * flag and the reason, and the correction stays.  The inverse of what
 * insec-pair writes, for text where nobody knows which part was wrong: the
 * wrong part is taken to begin where the last unit before the flag begins.
 */
#ifndef INSEC_RESOLVE_H
#define INSEC_RESOLVE_H

#include "segment.h"
#include "tokenizer.h"

enum resolve_what {
    RESOLVE_TEXT,
    RESOLVE_WRONG, /* ends the error, opens the reason */
    RESOLVE_RIGHT, /* ends the reason, opens the correction */
    RESOLVE_BACK,  /* ends the error, opens the correction */
    RESOLVE_OTHER, /* another added token: no part of the result */
};

struct resolve_piece {
    enum resolve_what what;
    struct str text; /* well-formed UTF-8; of marks: as written */
};
VEC_NAMED(piece_vec, struct resolve_piece);

struct resolve_marks {         /* by what - 1 */
    const struct tokenizer *t; /* borrows */
    struct str text[3];
    int32_t id[3]; /* -1: the tokenizer has none, the mark is plain text */
};
/* Rows for the option table of a program whose marks are o's wrong, right and
 * back. */
/* clang-format off */
#define MARK_OPTIONS(o)                                                        \
    {0, "mark-wrong", "TEXT", OPT_STRING, &(o).wrong, 0, 0,                    \
     "ends an error and opens its reason"},                                    \
    {0, "mark-right", "TEXT", OPT_STRING, &(o).right, 0, 0,                    \
     "ends a reason and opens what is right"},                                 \
    {0, "mark-back", "TEXT", OPT_STRING, &(o).back, 0, 0,                      \
     "takes an error back without a reason"}
/* clang-format on */

/* The marks of a tokenizer by their text. */
struct resolve_marks resolve_marks(const struct tokenizer *t,
                                   const struct str text[3]);

/* Cuts ids into texts and marks, in order; joined they are the writer's text.
 * Bytes that are not UTF-8 become U+FFFD.  Texts live in a.  A mark that has
 * an id is only ever that id; the same characters in a text are text. */
void resolve_split(const struct resolve_marks *m, const int32_t *ids, size_t n,
                   struct arena *a, struct piece_vec *out);

/* One error that the writer took back.  Offsets are bytes: of the joined
 * pieces, and of what is left of them. */
struct retraction {
    struct span wrong;  /* joined: what was taken back */
    struct span reason; /* joined: what the writer says of it; may be empty */
    size_t at;          /* left: where it stood, and its correction stands */
    size_t end;         /* left: where the unit of the correction ends */
};
VEC_NAMED(retraction_vec, struct retraction);

struct resolved {       /* zero-initialise to start; resolved_free */
    size_t retractions; /* errors taken out that a correction follows */
    size_t unfinished;  /* taken out at the end, with nothing in their place */
    size_t stray;       /* marks without meaning where they stood: left out */
    struct retraction_vec list; /* of both, in order; owns */
};
void resolved_free(struct resolved *r);

/* Appends what is left of the pieces to out, which must be empty; *r is set
 * anew.  Linear in the text. */
int resolve(struct segmenter *s, enum unit unit, const struct piece_vec *pieces,
            struct buf *out, struct resolved *r, struct err *e) MUST_USE;

/* Is what was taken back no error, but the beginning of what then came, to the
 * end of a word or number? */
bool resolve_vain(struct str wrong, struct str right);

/* Appends the answer as it would stand had nothing been taken back: at each
 * place the first attempt instead of the correction's unit, or, where it was
 * taken back in vain, that unit.  joined and left
 * are what resolve was given and what it left. */
void resolve_draft(const struct resolved *r, struct str joined, struct str left,
                   struct buf *out);

#endif
