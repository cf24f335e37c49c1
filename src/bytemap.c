/* Open addressing with linear probing, at most two thirds full. */
#include "bytemap.h"

#include "rng.h"

/* A word of the first eight bytes; of fewer, one that they alone give. */
static uint64_t head_of(struct str key)
{
    uint32_t low, high;
    uint64_t word;
    const uint8_t *u = (const uint8_t *)key.p;
    if (key.n >= 8) {
        memcpy(&word, key.p, 8);
        return word;
    }
    if (key.n >= 4) { /* they overlap */
        memcpy(&low, key.p, 4);
        memcpy(&high, key.p + key.n - 4, 4);
        return (uint64_t)high << 32 | low;
    }
    return key.n ? (uint64_t)u[key.n / 2] << 16 | u[key.n - 1] << 8 | u[0] : 0;
}

static bool holds(const struct bytemap_slot *s, struct str key, uint64_t head,
                  uint32_t hash)
{
    return s->hash == hash && s->head == head && s->key.n == key.n &&
           (key.n <= 8 || !memcmp(s->key.p + 8, key.p + 8, key.n - 8));
}

static struct bytemap_slot *find(const struct bytemap *m, struct str key,
                                 uint64_t head, uint32_t hash)
{
    size_t i = hash & (m->cap - 1);
    while (m->slots[i].key.p && !holds(&m->slots[i], key, head, hash))
        i = (i + 1) & (m->cap - 1);
    return &m->slots[i];
}

/* To a table of cap, which is larger. */
static void grow(struct bytemap *m, size_t cap)
{
    struct bytemap old = *m;
    m->cap = cap;
    m->slots = mem_huge(m->cap * sizeof *m->slots);
    for (size_t i = 0; i < old.cap; i++) {
        const struct bytemap_slot *s = &old.slots[i];
        if (s->key.p)
            *find(m, s->key, s->head, s->hash) = *s;
    }
    mem_huge_free(old.slots, old.cap * sizeof *old.slots);
}

void bytemap_reserve(struct bytemap *m, size_t n)
{
    size_t cap = 64;
    while (cap * 2 <= n * 3)
        cap *= 2;
    if (cap > m->cap)
        grow(m, cap);
}

static uint32_t hash_of(struct str key)
{
    return (uint32_t)rng_hash(0, key.p, key.n);
}

void bytemap_put(struct bytemap *m, struct str key, int32_t value)
{
    if (m->n * 3 >= m->cap * 2)
        grow(m, m->cap ? 2 * m->cap : 64);
    if (!key.p) /* an empty key may have no address */
        key.p = "";
    uint32_t hash = hash_of(key);
    uint64_t head = head_of(key);
    struct bytemap_slot *slot = find(m, key, head, hash);
    m->n += !slot->key.p;
    *slot = (struct bytemap_slot){key, head, value, hash};
}

void bytemap_hint(const struct bytemap *m, struct str key)
{
    if (m->cap)
        __builtin_prefetch(&m->slots[hash_of(key) & (m->cap - 1)]);
}

int32_t bytemap_get(const struct bytemap *m, struct str key)
{
    if (!m->n)
        return -1;
    const struct bytemap_slot *slot = find(m, key, head_of(key), hash_of(key));
    return slot->key.p ? slot->value : -1;
}

void bytemap_free(struct bytemap *m)
{
    mem_huge_free(m->slots, m->cap * sizeof *m->slots);
    *m = (struct bytemap){0};
}
