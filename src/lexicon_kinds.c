/* Reads groups of words and finds a word's group by hash. */
#include "lexicon_kinds.h"
#include "rng.h"

static struct kind_entry *entry_at(const struct kinds *k, struct str word)
{
    size_t i = rng_hash(0, word.p, word.n) & (k->slots - 1);
    while (k->slot[i].word.p && !str_eq(k->slot[i].word, word))
        i = (i + 1) & (k->slots - 1);
    return &k->slot[i];
}

/* One line: its words to v, its name (or "") to *name. */
static void read_line(struct str line, struct str *name, struct str_vec *v)
{
    size_t colon = str_find(line, STR(": "), 0);
    *name = STR("");
    if (colon < line.n) {
        *name = str_sub(line, 0, colon);
        line = str_sub(line, colon + 2, line.n);
    }
    while (line.n > 0) {
        size_t to = str_find(line, STR("|"), 0);
        vec_push(v, str_sub(line, 0, to));
        line = str_sub(line, size_min(to + 1, line.n), line.n);
    }
}

static void index_words(struct kinds *k)
{
    k->slots = 64;
    while (k->slots < 2 * k->all.n)
        k->slots *= 2;
    k->slot = mem_zero(k->slots, sizeof *k->slot);
    for (size_t g = 0; g < k->groups.n; g++)
        for (size_t i = 0; i < k->groups.v[g].n; i++) {
            struct kind_entry *e = entry_at(k, k->groups.v[g].v[i]);
            if (!e->word.p)
                *e = (struct kind_entry){k->groups.v[g].v[i], g};
        }
}

void kinds_read(struct kinds *k, struct str text)
{
    struct str_vec v = {0};
    VEC(size_t) first = {0};
    for (size_t from = 0; from < text.n;) {
        size_t to = str_find(text, STR("\n"), from);
        struct str line = str_sub(text, from, to), name;
        from = to + 1;
        if (line.n == 0 || line.p[0] == '#')
            continue;
        vec_push(&first, v.n);
        read_line(line, &name, &v);
        vec_push(&k->names, name);
    }
    vec_push(&first, v.n);
    struct str *kept = arena_alloc(&k->arena, (v.n + 1) * sizeof *kept);
    if (v.n > 0)
        memcpy(kept, v.v, v.n * sizeof *kept);
    for (size_t g = 0; g + 1 < first.n; g++)
        vec_push(&k->groups, ((struct str_list){kept + first.v[g],
                                                first.v[g + 1] - first.v[g]}));
    k->all = (struct str_list){kept, v.n};
    index_words(k);
    vec_free(&v);
    vec_free(&first);
}

void kinds_free(struct kinds *k)
{
    arena_free(&k->arena);
    vec_free(&k->names);
    vec_free(&k->groups);
    mem_free(k->slot);
}

struct str_list kinds_of(const struct kinds *k, struct str word)
{
    struct str_list none = {NULL, 0};
    if (k->slots == 0)
        return none;
    const struct kind_entry *e = entry_at(k, word);
    return e->word.p ? k->groups.v[e->group] : none;
}

const struct str_list *kinds_named(const struct kinds *k, struct str name)
{
    for (size_t i = 0; i < k->names.n; i++)
        if (name.n > 0 && str_eq(k->names.v[i], name))
            return &k->groups.v[i];
    return NULL;
}
