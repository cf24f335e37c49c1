/* Counts by name: a hash table whose entries lie in one array. */
#include "tally.h"

#include <stdlib.h>

#include "rng.h"

/* The slot of name, or the empty one where it would go. */
static uint32_t *find(const struct tally *t, struct str name)
{
    uint64_t mask = ((uint64_t)1 << t->bits) - 1;
    uint64_t at = rng_hash(0, name.p, name.n) & mask;
    while (t->slots[at] && !str_eq(t->v[t->slots[at] - 1].name, name))
        at = (at + 1) & mask;
    return &t->slots[at];
}

static void grow(struct tally *t)
{
    mem_free(t->slots);
    t->bits = t->bits ? t->bits + 1 : 4;
    t->slots = mem_zero((size_t)1 << t->bits, sizeof *t->slots);
    for (size_t i = 0; i < t->n; i++)
        *find(t, t->v[i].name) = (uint32_t)i + 1;
}

void tally_add(struct tally *t, struct str name, int column, uint64_t n)
{
    if (!t->bits || t->n >= (size_t)1 << (t->bits - 1))
        grow(t);
    uint32_t *slot = find(t, name);
    if (!*slot) {
        char *own = mem_alloc(name.n + 1);
        if (name.n)
            memcpy(own, name.p, name.n);
        vec_push(t, (struct tally_row){.name = {own, name.n}});
        *slot = (uint32_t)t->n;
    }
    t->v[*slot - 1].n[column] += n;
}

bool tally_has(const struct tally *t, struct str name)
{
    return t->bits && *find(t, name);
}

void tally_merge(struct tally *to, const struct tally *from)
{
    for (size_t i = 0; i < from->n; i++)
        for (int c = 0; c < TALLY_COLUMNS; c++)
            tally_add(to, from->v[i].name, c, from->v[i].n[c]);
}

static int by_name(const void *x, const void *y)
{
    struct str a = ((const struct tally_row *)x)->name;
    struct str b = ((const struct tally_row *)y)->name;
    int order = memcmp(a.p, b.p, size_min(a.n, b.n));
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

void tally_sort(struct tally *t)
{
    if (t->n)
        qsort(t->v, t->n, sizeof *t->v, by_name);
}

void tally_free(struct tally *t)
{
    for (size_t i = 0; i < t->n; i++)
        mem_free((char *)t->v[i].name.p);
    mem_free(t->slots);
    vec_free(t);
    t->slots = NULL;
    t->bits = 0;
}
