/*
 * Decoding: the network token by token, for several sequences at once, with
 * their keys and values kept.  It knows nothing of how a token is chosen.
 */
#ifndef INSEC_DECODE_H
#define INSEC_DECODE_H

#include "model.h"

struct decoder; /* owns its caches; borrows the model */

/* For `rows` sequences of up to `len` tokens each. */
struct decoder *decoder_new(const struct model *m, size_t rows, size_t len,
                            struct model_how how);
void decoder_free(struct decoder *d);

/* Appends ids[i] to the sequence rows[i], i < n; a row may occur several
 * times, its tokens in order.  Returns the logits [n,V] after each, the
 * caller's to change until the next call.  No row may outgrow len. */
float *decoder_step(struct decoder *d, const int32_t *ids, const int32_t *rows,
                    size_t n);
/* The same without logits: for prompts, all but their last token. */
void decoder_feed(struct decoder *d, const int32_t *ids, const int32_t *rows,
                  size_t n);

/* Tokens the row holds. */
size_t decoder_length(const struct decoder *d, size_t row);
/* Shortens the row to its first `length` tokens; 0 starts it afresh. */
void decoder_cut(struct decoder *d, size_t row, size_t length);

#endif
