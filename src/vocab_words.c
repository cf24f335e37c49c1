/* Counting pieces: open addressing, at most half full. */
#include "rng.h"
#include "vocab.h"

static struct word_slot *find(const struct words *w, struct str piece,
                              uint64_t hash)
{
    size_t i = hash & (w->cap - 1);
    for (;; i = (i + 1) & (w->cap - 1)) {
        struct word_slot *s = &w->slots[i];
        if (!s->times || (s->hash == hash && s->len == piece.n &&
                          memcmp(w->bytes.p + s->at, piece.p, piece.n) == 0))
            return s;
    }
}

static void grow(struct words *w)
{
    struct words old = *w;
    w->cap = old.cap ? old.cap * 2 : 1024;
    w->slots = mem_zero(w->cap, sizeof *w->slots);
    for (size_t i = 0; i < old.cap; i++) {
        const struct word_slot *s = &old.slots[i];
        size_t k = s->hash & (w->cap - 1);
        if (!s->times)
            continue;
        while (w->slots[k].times)
            k = (k + 1) & (w->cap - 1);
        w->slots[k] = *s;
    }
    mem_free(old.slots);
}

void words_add(struct words *w, struct str piece, uint64_t times)
{
    if (w->n * 2 >= w->cap)
        grow(w);
    uint64_t hash = rng_hash(0, piece.p, piece.n);
    struct word_slot *s = find(w, piece, hash);
    if (!s->times) {
        *s = (struct word_slot){0, hash, w->bytes.n, piece.n};
        buf_str(&w->bytes, piece);
        w->n++;
    }
    s->times += times;
}

void words_merge(struct words *w, const struct words *from)
{
    for (size_t i = 0; i < from->cap; i++) {
        const struct word_slot *s = &from->slots[i];
        if (s->times)
            words_add(w, (struct str){from->bytes.p + s->at, s->len}, s->times);
    }
}

void words_free(struct words *w)
{
    mem_free(w->slots);
    buf_free(&w->bytes);
    *w = (struct words){0};
}
