/*
 * Counts by name, such as errors by class.  Names are data; whoever adds them
 * sees to it that they do not grow without end.
 */
#ifndef INSEC_TALLY_H
#define INSEC_TALLY_H

#include "mem.h"
#include "str.h"

enum { TALLY_COLUMNS = 3 };

struct tally_row {
    struct str name; /* owns */
    uint64_t n[TALLY_COLUMNS];
};
struct tally { /* zero-initialise to start */
    struct tally_row *v;
    size_t n, cap;
    uint32_t *slots; /* [1 << bits] 1 + index in v; owns */
    unsigned bits;
};

/* Adds n to one of name's columns. */
void tally_add(struct tally *t, struct str name, int column, uint64_t n);
bool tally_has(const struct tally *t, struct str name);
void tally_merge(struct tally *to, const struct tally *from);
void tally_sort(struct tally *t); /* by name; then nothing is added */
void tally_free(struct tally *t);

#endif
