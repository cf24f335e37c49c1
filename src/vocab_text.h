/*
 * The texts of a document to learn from: its segments without the marks, or
 * prompt and completion, or its messages' contents, or its text.
 */
#ifndef INSEC_VOCAB_TEXT_H
#define INSEC_VOCAB_TEXT_H

#include "record.h"
#include "vocab.h"

struct vocab_reader { /* one thread's; fill the first three, zero the rest */
    const struct vocab_marks *marks; /* borrows */
    int (*each)(void *ctx, struct str text, struct err *e);
    void *ctx;
    struct arena arena;
    struct segment_vec segments;
    struct buf text;
};

/* Calls each for the stretches of text in r that insec-tokenize would encode
 * as one, some of them empty, until it returns non-zero. */
int vocab_texts(struct vocab_reader *v, const struct record *r,
                struct err *e) MUST_USE;
void vocab_reader_free(struct vocab_reader *v);

#endif
