/*
 * Errors from elsewhere: requests for any server of the OpenAI batch format
 * (vLLM, llama.cpp), and its answers.  No network here.
 */
#ifndef INSEC_CORRUPT_ANSWERS_H
#define INSEC_CORRUPT_ANSWERS_H

#include "json.h"

struct request { /* borrows */
    struct str id, field;
    uint64_t copy;
    size_t start;       /* of the unit, in bytes of the text */
    struct str prompt;  /* of the record, or empty */
    struct str context; /* the text in front of it, less the space between */
};

/* Appends a line for /v1/completions. */
void request_put(struct buf *out, const struct request *r);

struct answers; /* by custom_id; immutable once loaded, shared by threads */

/* Reads batch output, a line for each answer.  A line that is no answer is
 * refused; one without a text is kept as an empty one.  Returns owned, or
 * NULL with *e filled. */
struct answers *answers_load(const char *path, struct err *e);
void answers_free(struct answers *a); /* NULL is fine */
/* The text for a request; false: there is none. */
bool answers_find(const struct answers *a, const struct request *r,
                  struct str *text);
size_t answers_n(const struct answers *a);          /* different ids */
size_t answers_duplicates(const struct answers *a); /* left out */

#endif
