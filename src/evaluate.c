/* Outcomes added up, in the order they come. */
#include <math.h>
#include <stdlib.h>

#include "evaluate_impl.h"

/* Classes and levels that are kept apart; a hostile input has any number. */
#define GROUPS 4096

void evaluate_free(struct evaluate_tally *t)
{
    vec_free(&t->groups);
    vec_free(&t->pairs);
    vec_free(&t->templates);
    bytemap_free(&t->names);
    arena_free(&t->arena);
}

/* ---- groups */

static struct evaluate_group *add_group(struct evaluate_tally *t,
                                        enum evaluate_of of, struct str name,
                                        int64_t level)
{
    vec_push(&t->groups, (struct evaluate_group){of, name, level, {{0, 0}}});
    return &t->groups.v[t->groups.n - 1];
}

/* The group of a class (name) or, where name.p is NULL, of a level; NULL
 * where there are too many. */
static struct evaluate_group *group_of(struct evaluate_tally *t,
                                       struct str name, int64_t level)
{
    struct buf key = {0};
    buf_char(&key, name.p ? 'c' : 'l');
    if (name.p)
        buf_str(&key, name);
    else
        buf_i64(&key, level);
    int32_t at = bytemap_get(&t->names, buf_view(&key));
    if (at < 0 && t->groups.n < GROUPS) {
        struct str kept = {arena_copy(&t->arena, key.p, key.n), key.n};
        at = (int32_t)t->groups.n;
        bytemap_put(&t->names, kept, at);
        add_group(t, name.p ? OF_CLASS : OF_LEVEL, str_sub(kept, 1, kept.n),
                  level);
    }
    buf_free(&key);
    return at < 0 ? NULL : &t->groups.v[at];
}

static void add_item(struct evaluate_group *g, const struct outcome_item *x)
{
    g->cells[x->cell].n += x->n;
    g->cells[x->cell].sum += x->sum;
}

/* ---- outcomes */

/* Adds one outcome from the front. */
static void take(struct evaluate_tally *t, struct str *in)
{
    struct outcome o;
    memcpy(&o, in->p, sizeof o);
    const char *items = in->p + sizeof o;
    size_t bytes = o.items * sizeof(struct outcome_item);
    struct str class = {items + bytes, o.class_n};
    *in = str_sub(*in, sizeof o + bytes + o.class_n, in->n);
    if (class.n > 0)
        (void)group_of(t, class, 0);
    if (o.level >= 0)
        (void)group_of(t, (struct str){NULL, 0}, o.level);
    struct evaluate_group *of_class = class.n ? group_of(t, class, 0) : NULL;
    struct evaluate_group *of_level =
        o.level < 0 ? NULL : group_of(t, (struct str){NULL, 0}, o.level);
    for (size_t i = 0; i < o.items; i++) {
        struct outcome_item x;
        memcpy(&x, items + i * sizeof x, sizeof x);
        if (!o.part)
            add_item(&t->groups.v[0], &x);
        if (of_class)
            add_item(of_class, &x);
        if (of_level)
            add_item(of_level, &x);
    }
    t->undrafted += o.undrafted;
    if (t->templated && o.templated)
        vec_push(&t->templates, o.template);
    if (t->paired && o.pair.known)
        vec_push(&t->pairs, o.pair);
}

void evaluate_add(struct evaluate_tally *t, struct str outcomes)
{
    if (t->groups.n == 0)
        add_group(t, OF_ALL, STR(""), 0);
    while (outcomes.n > 0)
        take(t, &outcomes);
}

/* ---- order */

static int by_name(const void *a, const void *b)
{
    const struct evaluate_group *x = a, *y = b;
    if (x->of != y->of)
        return x->of < y->of ? -1 : 1;
    if (x->of == OF_LEVEL)
        return x->level < y->level ? -1 : x->level > y->level;
    int c = memcmp(x->name.p, y->name.p, size_min(x->name.n, y->name.n));
    return c ? c : x->name.n < y->name.n ? -1 : x->name.n > y->name.n;
}

static int by_key(const void *a, const void *b)
{
    const struct evaluate_paired *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

int evaluate_settle(struct evaluate_tally *t, const char *name, struct err *e)
{
    if (t->groups.n == 0)
        add_group(t, OF_ALL, STR(""), 0);
    qsort(t->groups.v, t->groups.n, sizeof *t->groups.v, by_name);
    if (t->pairs.n > 0)
        qsort(t->pairs.v, t->pairs.n, sizeof *t->pairs.v, by_key);
    for (size_t i = 1; i < t->pairs.n; i++)
        if (t->pairs.v[i].key == t->pairs.v[i - 1].key)
            return err_set(e, STATUS_DATA,
                           "%s: an id stands twice with the same sample and "
                           "probe, so rows cannot be compared",
                           name);
    return 0;
}

/* ---- templates */

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

void evaluate_overlap(struct evaluate_tally *t, struct evaluate_tally *train)
{
    struct cell *c = &t->groups.v[0].cells[CELL_OVERLAP];
    size_t n = train->templates.n, at = 0;
    if (n > 0)
        qsort(train->templates.v, n, sizeof *train->templates.v, by_value);
    if (t->templates.n > 0)
        qsort(t->templates.v, t->templates.n, sizeof *t->templates.v, by_value);
    c->n = (double)t->templates.n;
    c->sum = 0;
    for (size_t i = 0; i < t->templates.n; i++) {
        while (at < n && train->templates.v[at] < t->templates.v[i])
            at++;
        c->sum += at < n && train->templates.v[at] == t->templates.v[i];
    }
}
