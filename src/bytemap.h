/*
 * A map from byte strings to small numbers: vocabularies, added tokens.
 * It keeps no copy of its keys and removes nothing.
 */
#ifndef INSEC_BYTEMAP_H
#define INSEC_BYTEMAP_H

#include "mem.h"
#include "str.h"

struct bytemap_slot {
    struct str key; /* borrows what bytemap_put was given; p NULL: free */
    uint64_t head;  /* its first eight bytes, so that most keys need not be
                       looked at where they lie */
    int32_t value;
    uint32_t hash;
};

struct bytemap {                /* zero-initialise to start */
    struct bytemap_slot *slots; /* owns; [cap], cap a power of two */
    size_t n, cap;
};

/* Makes room for n keys at once. */
void bytemap_reserve(struct bytemap *m, size_t n);
/* Sets key, which must outlive the map, to value (>= 0). */
void bytemap_put(struct bytemap *m, struct str key, int32_t value);
/* Fetches where key stands, or would, ahead of its use. */
void bytemap_hint(const struct bytemap *m, struct str key);
/* The value of key, or -1. */
int32_t bytemap_get(const struct bytemap *m, struct str key);
void bytemap_free(struct bytemap *m);

#endif
