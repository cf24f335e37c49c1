/*
 * Where pieces begin among 64 bytes, all at once, by arithmetic on masks of
 * 64 bits: for the ASCII stretches of a text.  The scanner that goes piece by
 * piece is the specification.
 */
#ifndef INSEC_SCAN_BITS_H
#define INSEC_SCAN_BITS_H

#include "scan.h"

/* p[0..64) is text in which a piece begins at 0.  Bit i: one begins at i.
 * Only what the 64 bytes prove is told, so bits may be missing at the end and
 * from a byte on that is not ASCII, but none is wrong, and none is missing
 * before one that is there.  Bit 0 is never set. */
uint64_t scan_bits(enum scan_kind kind, const uint8_t *p);

#endif
