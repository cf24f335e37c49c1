/*
 * Normalisation form C, by ICU, with the way back: which stretch of the
 * input each byte of the result comes from.
 */
#ifndef INSEC_NORMALIZE_H
#define INSEC_NORMALIZE_H

#include "diag.h"
#include "mem.h"
#include "str.h"

struct normal {           /* zero-initialise; one thread's memory */
    struct buf text;      /* the result */
    struct size_vec from; /* [text.n]: for the byte at i, the offset in the
                             input behind all that makes bytes 0..i */
};

/* text (well-formed UTF-8) to NFC.  Returns 0 where it is in that form
 * already (then *n is not touched), 1 where *n holds the result, -1 where
 * ICU failed. */
int normalize_nfc(struct normal *n, struct str text, struct err *e) MUST_USE;
void normalize_free(struct normal *n);

#endif
