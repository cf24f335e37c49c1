/* What no rule may touch: URLs, e-mail addresses, code spans and fences,
 * tags.  Knows only how they look, not whether they are valid. */
#ifndef INSEC_PROTECT_H
#define INSEC_PROTECT_H

#include "segment.h"

/* Appends the protected stretches of text, in order, not overlapping; in
 * linear time.  code: what stands in backquotes; urls: URLs and addresses;
 * tags always. */
void protect_find(struct str text, bool code, bool urls, struct span_vec *out);
/* Does [from,to) touch one of them? */
bool protect_hits(const struct span_vec *spans, size_t from, size_t to);

#endif
