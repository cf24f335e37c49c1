/*
 * Where pieces end among 64 bytes, all at once, by arithmetic on masks of
 * 64 bits: for the ASCII stretches of a text.  The scanner that goes piece by
 * piece is the specification.
 */
#ifndef INSEC_SCAN_BITS_H
#define INSEC_SCAN_BITS_H

#include "scan.h"

/* text[from..from + 64) is there, and a piece begins at from.  Fills ends, of
 * which there are 64, with the ends of the pieces that these bytes prove, and
 * returns how many: maybe none, as where they are not ASCII. */
size_t scan_bits(enum scan_kind kind, const uint8_t *text, size_t from,
                 size_t *ends);

#endif
