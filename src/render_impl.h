/*
 * Inside rendering: places, attempts, and what its files hand one another.
 * Everyone else includes render.h.
 */
#ifndef INSEC_RENDER_IMPL_H
#define INSEC_RENDER_IMPL_H

#include "render.h"

/* Units that belong together because one error touches them all: bytes
 * [from,to) of the text, errors [first,last). */
struct place {
    size_t from, to;
    size_t first, last;
};

/* Errors with the same span are alternatives. */
static inline bool same_span(const struct edit *x, const struct edit *y)
{
    return x->target == y->target && x->from == y->from && x->to == y->to;
}

/* ---- render_place.c */

/* The units that error i touches, as a place for it alone. */
struct place place_of(const struct render_text *t, size_t i);
/* The next place with errors, from error i on. */
struct place place_next(const struct render_text *t, size_t i);
/* The attempt that error d makes at place g, cut as o says; in a. */
struct str place_attempt(const struct render_opts *o,
                         const struct render_text *t, const struct place *g,
                         const struct edit *d, struct arena *a);
/* Where wrong, an attempt at right, stops: at a word's end, with no white
 * space behind it, and not while it could still become right.  RENDER_SPAN:
 * behind its error, which ends at `at`; RENDER_WORD: as soon as it may. */
size_t place_cut(int cut, struct str wrong, struct str right, size_t at);

/* ---- render.c */

/* Does the style repeat the answer, not units? */
bool render_repeats(const struct render_opts *o);
/* Appends a segment unless text is empty. */
void render_put(struct segment_vec *out, enum kind kind, struct str text);
/* Appends an attempt that n errors show in, unless it is empty. */
void render_wrong(struct script *out, struct str text,
                  const struct edit *const *errors, size_t n);
/* A mark, with the class of d in it where it has a place for that. */
void render_mark(struct segment_vec *out, struct arena *a, const char *mark,
                 const struct edit *d);
/* A space and what o wants to be said about d. */
void render_reason(const struct render_opts *o, struct segment_vec *out,
                   struct arena *a, const struct edit *d);
/* The same for any text, white space at its ends left out. */
void render_said(struct segment_vec *out, struct arena *a, struct str text);

/* ---- render_answer.c: the styles that repeat the answer */

size_t answer_text(const struct render_opts *o, const struct render_text *t,
                   struct arena *a, struct script *out);

/* ---- render_row.c */

/* A stretch of the document, in reading order. */
struct piece {
    struct str text;
    struct str role; /* empty where the document is a plain text */
    bool target;
    bool parted; /* begins with the newline between turns */
};
VEC_NAMED(piece_vec, struct piece);

struct render {
    const struct render_opts *o;
    struct segmenter *segmenter; /* owns */
    struct arena arena;          /* of the row */
    struct target_vec targets;
    struct edit_vec edits; /* places are bytes of their pieces */
    struct piece_vec pieces;
    struct render_text text; /* owns its units, ids and encoder */
    struct script script;
    struct error_classes classes; /* scratch */
    struct buf left, right;       /* scratch */
    struct chat_writer chat;
    struct segment_vec spare; /* its scratch */
    bool joined;              /* no newlines between turns */
    struct render_counts counts;
};

/* Fills r->script from the document; with only != SIZE_MAX as if error
 * number `only` were its only one. */
int row_script(struct render *r, const struct record *rec, size_t only,
               struct err *e) MUST_USE;
/* Points r->text at piece p with errors [first,last) and finds its units. */
int row_units(struct render *r, const struct piece *p, size_t first,
              size_t last, struct err *e) MUST_USE;
/* Opens a row without the fields that the target writes. */
void row_open(struct render *r, const struct record *rec, struct buf *out);

/* Fills r->targets, edits and pieces from the document. */
int row_document(struct render *r, const struct record *rec,
                 struct err *e) MUST_USE;

/* ---- render_check.c */

/* Do r->script's segments give r->pieces back? */
int check_document(struct render *r, const struct record *rec,
                   struct err *e) MUST_USE;
/* Checks a row that has segments or tokens already. */
int check_stage(struct render *r, const struct record *rec,
                struct err *e) MUST_USE;

/* ---- render_chat.c */

/* Puts r->script through the chat template; begun as chat_write has it. */
int chat_script(struct render *r, const struct record *rec, bool begun,
                struct err *e) MUST_USE;

/* ---- render_count.c */

/* Counts the record in hand and its sequence. */
void row_count(struct render *r);

/* ---- render_target.c, render_probe.c: the rows of a record */

int target_rows(struct render *r, const struct record *rec, struct buf *out,
                struct err *e) MUST_USE;
int probe_rows(struct render *r, const struct record *rec, struct buf *out,
               struct err *e) MUST_USE;
/* Appends the turns of r->script as "messages"; with parts, their contents
 * are lists. */
void target_messages(struct render *r, bool parts, struct buf *out);

#endif
