/* Counts by name: a hash table whose entries lie in one array. */
#include <stdlib.h>

#include "rng.h"
#include "view_impl.h"

/* The slot of name, or the empty one where it would go. */
static uint32_t *find(struct view_classes *c, struct str name)
{
    uint64_t mask = ((uint64_t)1 << c->bits) - 1;
    uint64_t at = rng_hash(0, name.p, name.n) & mask;
    while (c->slots[at] && !str_eq(c->v[c->slots[at] - 1].name, name))
        at = (at + 1) & mask;
    return &c->slots[at];
}

static void grow(struct view_classes *c)
{
    mem_free(c->slots);
    c->bits = c->bits ? c->bits + 1 : 4;
    c->slots = mem_zero((size_t)1 << c->bits, sizeof *c->slots);
    for (size_t i = 0; i < c->n; i++)
        *find(c, c->v[i].name) = (uint32_t)i + 1;
}

void classes_add(struct view_classes *c, struct str name, uint64_t n)
{
    if (!c->bits || c->n >= (size_t)1 << (c->bits - 1))
        grow(c);
    uint32_t *slot = find(c, name);
    if (*slot) {
        c->v[*slot - 1].n += n;
        return;
    }
    char *own = mem_alloc(name.n + 1);
    if (name.n)
        memcpy(own, name.p, name.n);
    vec_push(c, (struct view_class){{own, name.n}, n});
    *slot = (uint32_t)c->n;
}

static int by_name(const void *x, const void *y)
{
    struct str a = ((const struct view_class *)x)->name;
    struct str b = ((const struct view_class *)y)->name;
    int order = memcmp(a.p, b.p, size_min(a.n, b.n));
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

void classes_sort(struct view_classes *c)
{
    if (c->n)
        qsort(c->v, c->n, sizeof *c->v, by_name);
}

void classes_free(struct view_classes *c)
{
    for (size_t i = 0; i < c->n; i++)
        mem_free((char *)c->v[i].name.p);
    mem_free(c->slots);
    vec_free(c);
}
