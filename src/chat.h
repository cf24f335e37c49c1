/*
 * Chat templates: a conversation as the text that a model was made to read,
 * by the template that comes with its tokenizer.  The template is run, not
 * recognised, so an edited one is as good as a known one; where it does what
 * is not known here, or what would harm a conversation, it is refused by
 * name.  Every piece of the text tells whether it is the template's own or
 * which stretch of which turn, so the text of a turn can never pass for a
 * token of the template's.
 */
#ifndef INSEC_CHAT_H
#define INSEC_CHAT_H

#include "jinja.h"
#include "opt.h"

/* Turns of more bytes than this in one conversation are refused. */
#define CHAT_MAX ((size_t)4 << 20)

struct chat; /* immutable once loaded; threads share it */

/* The template of path: a folder (chat_template.jinja, or chat_template in
 * tokenizer_config.json), a tokenizer_config.json, or a file that is a
 * template.  sets: "NAME=VALUE" for variables of the template.  Returns
 * owned, or NULL. */
struct chat *chat_load(const char *path, const struct opt_list *sets,
                       struct err *e) MUST_USE;
void chat_free(struct chat *c); /* NULL is fine */

struct chat_turn {
    struct str role, content;
};

enum chat_what {
    CHAT_OWN,     /* the template's */
    CHAT_END,     /* the template's, but the assistant's to write: what ends
                     its turn */
    CHAT_CONTENT, /* [from, from + text.n) of a turn's content */
    CHAT_MADE,    /* made out of a turn, such as an unusual role */
};

struct chat_piece {
    struct str text;
    enum chat_what what;
    size_t turn, from;
};

struct chat_writer { /* one thread's; zero-initialise to start */
    struct arena arena;
    struct jinja_output out;
    VEC(struct chat_piece) pieces; /* live until the next call */
    bool trimmed;    /* white space at an end of a turn was left out */
    struct buf seen; /* what followed a turn last, */
    size_t seen_end; /* and where in it the turn ended */
};

/* Writes turns[n].  begun: the last turn, if it is the assistant's, is only
 * the beginning of one and nothing follows it; if it is another's, what opens
 * an answer follows.  Refuses what the template refuses, and a template that
 * leaves out, changes, repeats or interrupts the content of a turn; white
 * space at its ends may go. */
int chat_write(const struct chat *c, struct chat_writer *w,
               const struct chat_turn *turns, size_t n, bool begun,
               struct err *e) MUST_USE;
void chat_writer_free(struct chat_writer *w);

/* Appends what ends the assistant's turn, white space left out; nothing where
 * no token does. */
void chat_end(const struct chat *c, struct buf *out);

#endif
