/*
 * Patterns written for Oniguruma (Ruby syntax, as Hugging Face tokenizers
 * reads them) made into patterns that mean the same to PCRE2.
 *
 * Only what is known to mean the same is let through; the rest is refused by
 * name.  Manuals: Oniguruma doc/RE, pcre2pattern(3).
 */
#ifndef INSEC_ONIG_H
#define INSEC_ONIG_H

#include "diag.h"
#include "str.h"

/* Appends the PCRE2 pattern to out: to be compiled with UTF, UCP, MULTILINE
 * and LF as the newline.  young: its \p{...} have the characters that ICU
 * knows and PCRE2's older tables do not; it is slower. */
int onig_to_pcre2(struct str pattern, bool young, struct buf *out,
                  struct err *e) MUST_USE;
/* The bytes with which the UTF-8 of those characters begins: a text without
 * one needs no young pattern. */
void onig_young(bool leads[256]);

#endif
