/* Open addressing with linear probing, at most two thirds full. */
#include "bytemap.h"

#include "rng.h"

static struct bytemap_slot *find(const struct bytemap *m, struct str key,
                                 uint32_t hash)
{
    size_t i = hash & (m->cap - 1);
    while (m->slots[i].key.p &&
           (m->slots[i].hash != hash || !str_eq(m->slots[i].key, key)))
        i = (i + 1) & (m->cap - 1);
    return &m->slots[i];
}

static void grow(struct bytemap *m)
{
    struct bytemap old = *m;
    m->cap = old.cap ? old.cap * 2 : 64;
    m->slots = mem_huge(m->cap * sizeof *m->slots);
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].key.p)
            *find(m, old.slots[i].key, old.slots[i].hash) = old.slots[i];
    mem_huge_free(old.slots, old.cap * sizeof *old.slots);
}

static uint32_t hash_of(struct str key)
{
    return (uint32_t)rng_hash(0, key.p, key.n);
}

void bytemap_put(struct bytemap *m, struct str key, int32_t value)
{
    if (m->n * 3 >= m->cap * 2)
        grow(m);
    if (!key.p) /* an empty key may have no address */
        key.p = "";
    uint32_t hash = hash_of(key);
    struct bytemap_slot *slot = find(m, key, hash);
    m->n += !slot->key.p;
    *slot = (struct bytemap_slot){key, value, hash};
}

int32_t bytemap_get(const struct bytemap *m, struct str key)
{
    if (!m->n)
        return -1;
    const struct bytemap_slot *slot = find(m, key, hash_of(key));
    return slot->key.p ? slot->value : -1;
}

void bytemap_free(struct bytemap *m)
{
    mem_huge_free(m->slots, m->cap * sizeof *m->slots);
    *m = (struct bytemap){0};
}
