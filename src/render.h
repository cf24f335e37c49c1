/*
 * Rendering: a document and its errors become one training sequence, in
 * which each error is followed by its flag and its correction.
 *
 * Whatever the style, what is left without the segments of kind wrong, mark
 * and reason is the document, byte for byte.
 */
#ifndef INSEC_RENDER_H
#define INSEC_RENDER_H

#include "chat.h"
#include "record.h"
#include "segment.h"
#include "tokenizer.h"

enum render_style {
    /* these repeat the units that an error touches */
    RENDER_INSEC,     /* wrong <|wrong|> reason <|right|> right (2412.16653) */
    RENDER_RETRY,     /* wrong [BACK] right (2408.16293, section 2) */
    RENDER_BACKSPACE, /* k wrong tokens, k backspaces, right (2306.05426) */
    RENDER_CONTINUE,  /* insec with a phrase for marks (2503.17439) */
    /* these repeat the answer */
    RENDER_PAM,      /* answer, verification, new answer (2401.07301) */
    RENDER_CHAT,     /* a second turn asks for a review (2503.08681) */
    RENDER_CRITIQUE, /* step, explanation, corrected answer (2310.20689) */
    RENDER_RESET,    /* part [RESET] answer (2409.14586) */
    RENDER_RESTART,  /* part, phrase, answer (2503.17439) */
    /* questions, not examples */
    RENDER_PROBE, /* begun answers with an error in (2507.02778) */
};
#define RENDER_STYLES                                                          \
    "insec|retry|backspace|continue|pam|chat|critique|reset|restart|probe"

enum render_target {
    RENDER_SEGMENTS, /* "segments":[{"label","text","kind"},…] */
    RENDER_STRING,   /* "text":"…" */
    RENDER_PARTS,    /* "messages", contents cut into parts to be learnt */
    RENDER_MESSAGES, /* "messages":[{"role","content"},…] */
    RENDER_PROMPT,   /* "prompt","completion": a row for each error */
    RENDER_DPO,      /* "prompt","chosen","rejected" */
    RENDER_KTO,      /* "prompt","completion","label" */
    RENDER_PRM,      /* "prompt","completions","labels" */
};
#define RENDER_TARGETS                                                         \
    "segments|text|parts|messages|prompt-completion|dpo|kto|prm"

/* How far a wrong attempt goes. */
enum render_cut {
    RENDER_BY_STYLE,
    RENDER_UNIT,  /* to the end of its unit */
    RENDER_SPAN,  /* right behind the wrong text */
    RENDER_WORD,  /* behind the first word that is wrong */
    RENDER_WHOLE, /* to the answer's end */
};
#define RENDER_CUTS "style|unit|span|word|whole"

enum render_reason { RENDER_REASON, RENDER_CLASS, RENDER_NO_REASON };
#define RENDER_REASONS "text|class|none"

/* Bytes of wrong attempts in one row, and of what targets repeat of the
 * document for each error; more is refused. */
#define RENDER_MAX ((size_t)1 << 28)

struct render_opts {
    int style;      /* enum render_style */
    int target;     /* enum render_target */
    int cut;        /* enum render_cut */
    int unit;       /* enum unit */
    int reason;     /* enum render_reason */
    bool check;     /* strip the result and compare it with the document */
    bool keep;      /* the document's own fields and errors stay in the row */
    double clean;   /* share of rows with errors written without them */
    double confirm; /* share of the others whose answer is confirmed */
    int64_t seed;
    /* The marks and the request for a review; NULL: the style's own. */
    const char *wrong, *right, *back, *fine, *ask;
    const char *end;                   /* a mark behind the sequence, or NULL */
    const struct tokenizer *tokenizer; /* for RENDER_BACKSPACE; borrows */
    const struct chat *chat; /* what writes the conversation; NULL: nothing,
                                turns are parted by newlines; borrows */
};
#define RENDER_DEFAULTS                                                        \
    {                                                                          \
        .seed = 1                                                              \
    }

/* Puts what the style implies for what was not chosen; refuses what does
 * not go together. */
int render_settle(struct render_opts *o, struct err *e) MUST_USE;

struct render_counts {
    uint64_t clean; /* rows without errors */
    uint64_t wrong; /* rows with errors */
    uint64_t attempts;
    uint64_t marks_in_text; /* marks that stand in documents as text */
    uint64_t segments[KIND_COUNT];
    uint64_t bytes[KIND_COUNT];
};

/* A target's text, its units and its errors; borrows all but the units. */
struct render_text {
    struct str text;
    struct span_vec units;
    const struct edit *edits; /* [n], sorted, in bytes from and to */
    size_t n;
    bool parted;             /* text begins with the newline between turns */
    bool confirm;            /* without errors: say that it is right */
    struct encoder *encoder; /* for RENDER_BACKSPACE */
    struct i32_vec ids;      /* its scratch */
};

/* A turn of a conversation: segments from `first` on, less the bytes `head`
 * of the first of them and `tail` of the last. */
struct turn {
    struct str role;
    size_t first, head, tail;
};
VEC_NAMED(turn_vec, struct turn);

/* An error that shows in a segment. */
struct fault {
    size_t segment;
    const struct edit *edit; /* borrows */
};

/* A sequence; texts borrow from an arena or the document. */
struct script {
    struct segment_vec segments;
    VEC(struct fault) faults; /* by segment */
    struct turn_vec turns;    /* none where the document is a plain text */
};

/* Appends the sequence of *t; the texts live in a or borrow from *t.  No
 * segment is empty.  Styles that repeat units: each error is one attempt at
 * all the units it touches; attempts at the same units follow one another,
 * then comes the right text.  Styles that repeat the answer: the k-th attempt
 * has the k-th of each place's alternatives.  Returns the bytes of the
 * attempts, stops above RENDER_MAX, or SIZE_MAX where the tokenizer fails. */
size_t render_text(const struct render_opts *o, struct render_text *t,
                   struct arena *a, struct script *out, struct err *e);

void script_clear(struct script *s);
void script_free(struct script *s);
/* The classes of the faults, for each run of wrong segments; they borrow. */
void script_classes(const struct script *s, struct error_classes *out);

/* Appends what is left without wrong, mark and reason. */
void render_strip(const struct segment_vec *segments, struct buf *out);

/* One thread's renderer; o is borrowed, and settled. */
struct render *render_new(const struct render_opts *o, struct err *e) MUST_USE;
void render_free(struct render *r); /* NULL is fine */

/* Appends the finished rows for rec, newlines included: one, or as many as
 * target and style make.  Where o->check is set and rec has segments or
 * tokens already, these are checked and the row is passed on as it is. */
int render_record(struct render *r, const struct record *rec, struct buf *out,
                  struct err *e) MUST_USE;
/* Appends a line for each thing that a trainer would stumble over in rec, a
 * row of segments from anywhere; returns how many. */
size_t render_lint(struct render *r, const struct record *rec, struct buf *out);
void render_count(const struct render *r, struct render_counts *sum);

/* Appends the counts as fields of an open JSON object. */
void render_stats(const struct render_counts *c, struct buf *json);

#endif
