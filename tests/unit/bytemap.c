/* The map of byte strings against a list that is searched from its end: short
 * keys over few bytes (NUL among them), long ones that begin alike, as many as
 * make it grow. */
#include "bytemap.h"
#include "rng.h"

#include "tap.h"

#define KEYS 3000

struct list {
    struct str keys[KEYS];
    int32_t values[KEYS];
    size_t n;
};

static int32_t list_get(const struct list *l, struct str key)
{
    for (size_t i = l->n; i--;)
        if (str_eq(l->keys[i], key))
            return l->values[i];
    return -1;
}

static struct str random_key(struct rng *r, struct arena *a)
{
    size_t n = rng_below(r, 14), same = n > 8 ? rng_below(r, n) : 0;
    char *p = arena_alloc(a, n + 1);
    memset(p, 'a', same);
    for (size_t i = same; i < n; i++)
        p[i] = (char)rng_below(r, 3);
    return (struct str){p, n};
}

static bool agrees(struct rng *r, bool room)
{
    static struct list l;
    struct bytemap m = {0};
    struct arena a = {0};
    bool good = true;
    l.n = 0;
    if (room)
        bytemap_reserve(&m, KEYS / 2);
    for (size_t i = 0; i < KEYS; i++) {
        struct str key = random_key(r, &a);
        bytemap_hint(&m, key);
        good &= bytemap_get(&m, key) == list_get(&l, key);
        l.keys[l.n] = key;
        l.values[l.n++] = (int32_t)i;
        bytemap_put(&m, key, (int32_t)i);
    }
    for (size_t i = 0; i < KEYS; i++) {
        good &= bytemap_get(&m, l.keys[i]) == list_get(&l, l.keys[i]);
        struct str other = random_key(r, &a);
        good &= bytemap_get(&m, other) == list_get(&l, other);
    }
    bytemap_free(&m);
    arena_free(&a);
    return good;
}

int main(void)
{
    struct rng r = rng_from(1);
    ok(agrees(&r, false), "a map that grows finds what a list finds");
    ok(agrees(&r, true), "and one with room");
    return tap_end();
}
