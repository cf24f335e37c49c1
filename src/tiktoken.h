/*
 * tiktoken's rank files: a line for each token, its bytes in base64, a space
 * and its rank, which is its id.  They hold neither the pattern nor special
 * tokens.
 */
#ifndef INSEC_TIKTOKEN_H
#define INSEC_TIKTOKEN_H

#include "vocab.h"

/* Fills *v, zeroed, from the text of a rank file.  tiktoken merges any two
 * tokens that together are one, the lowest rank first: so every way to halve
 * a token becomes a merge.  Refuses malformed lines and ranks with gaps. */
int tiktoken_read(struct str text, struct vocab *v, struct err *e) MUST_USE;

#endif
