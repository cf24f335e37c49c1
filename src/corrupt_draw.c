/* The draw at one place.  Rules and structure make candidates; here they are
 * chosen, checked against the right text and written down as edits. */
#include <math.h>
#include <stdlib.h>

#include "corrupt_work.h"
#include "protect.h"

#define TRIES        8     /* draws of a candidate at one site */
#define ALTERNATIVES 16    /* errors at one place */
#define WINDOW       32768 /* bytes of a unit that rules look at */

/* Lower wins; the chance of winning is in proportion to the weight. */
static double race(uint64_t key, double weight)
{
    struct rng r = rng_from(key);
    return -log1p(-rng_unit(&r)) / weight;
}

static const struct span_vec *protected(struct corrupt_worker *w, size_t target)
{
    struct span_vec *v = &w->protect[target];
    if (v->n == 0) {
        protect_find(w->row->targets->v[target].text, v);
        vec_push(v, ((struct span){SIZE_MAX, SIZE_MAX})); /* found */
    }
    return v;
}

/* The stretch of the unit that rules look at. */
static struct span window_of(struct str text, const struct place *p)
{
    struct span s = p->at;
    if (s.to - s.from <= WINDOW)
        return s;
    struct rng r = rng_from(rng_mix(p->key, SALT_WINDOW));
    s.from += rng_below(&r, s.to - s.from - WINDOW + 1);
    s.to = s.from + WINDOW;
    size_t stop = s.from + 256;
    while (s.from < stop && (text.p[s.from] & 0xC0) == 0x80)
        s.from++;
    while (s.to > stop && (text.p[s.to - 1] & 0xC0) == 0x80)
        s.to--;
    if (s.to > stop && (unsigned char)text.p[s.to - 1] >= 0xC0)
        s.to--;
    return s;
}

static uint64_t class_key(const struct corrupt_worker *w, const struct place *p,
                          size_t class_id)
{
    return rng_mix(p->key, w->c->class[class_id].hash);
}

/* The classes that can have a turn at place p. */
static void race_classes(struct corrupt_worker *w, const struct place *p)
{
    w->racers.n = 0;
    for (size_t i = 0; i < w->c->classes; i++) {
        double weight = w->c->class[i].weight;
        if (weight > 0)
            vec_push(&w->racers,
                     ((struct racer){race(class_key(w, p, i), weight), i}));
    }
}

/* Takes out the class whose turn it is; mostly it is the last to be asked
 * for, so they are not sorted. */
static size_t next_racer(struct corrupt_worker *w)
{
    size_t best = 0;
    for (size_t i = 1; i < w->racers.n; i++)
        if (w->racers.v[i].score < w->racers.v[best].score)
            best = i;
    size_t class_id = w->racers.v[best].class_id;
    w->racers.n--;
    memmove(w->racers.v + best, w->racers.v + best + 1,
            (w->racers.n - best) * sizeof *w->racers.v);
    return class_id;
}

static struct structure_place structure_of(const struct corrupt_worker *w,
                                           const struct place *p)
{
    size_t first = w->first.v[p->target], end = w->first.v[p->target + 1];
    return (struct structure_place){.text = w->row->targets->v[p->target].text,
                                    .units = w->units.v + first,
                                    .n = end - first,
                                    .due = p->index - first,
                                    .next_free = p->index + 1 < end &&
                                                 !w->used.v[p->index + 1],
                                    .pool = w->c->pool,
                                    .id = w->row->id};
}

static int choice_order(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    if (x->site.from != y->site.from)
        return x->site.from < y->site.from ? -1 : 1;
    return 0;
}

static void add_site(struct corrupt_worker *w, const struct place *p,
                     const struct site *site)
{
    struct choice x = {.site = *site, .kind = STRUCTURE_KINDS};
    x.key = rng_mix(rng_mix(p->key, site->rule->hash), site->from);
    x.score = race(rng_mix(x.key, SALT_SITE), site->rule->weight);
    vec_push(&w->choices, x);
}

/* Every choice of a class at place p, the drawn one first. */
static void find_choices(struct corrupt_worker *w, const struct place *p,
                         size_t class_id)
{
    const struct class *class = &w->c->class[class_id];
    size_t best = 0;
    w->sites.n = w->choices.n = 0;
    if (rules_class_at(w->c->rules, class_id)->asks)
        matcher_ask(w->matcher,
                    corrupt_prompt(w->row->record, w->row->arena,
                                   w->row->targets->v[p->target].field));
    matcher_scan(w->matcher, class_id, &w->sites);
    if (w->sites.n > 0) {
        const struct span_vec *kept = protected(w, p->target);
        for (size_t i = 0; i < w->sites.n; i++) {
            const struct site *s = &w->sites.v[i];
            if (!protect_hits(kept, s->from, s->to))
                add_site(w, p, s);
        }
    }
    if (class->kind != STRUCTURE_KINDS) {
        struct choice x = {.kind = class->kind};
        struct structure_place at = structure_of(w, p);
        struct span span;
        x.key = rng_mix(class_key(w, p, class_id), SALT_SITE);
        if (structure_fits(x.kind, &at, &span)) {
            x.site.from = span.from;
            x.site.to = span.to;
            vec_push(&w->choices, x);
        }
    }
    for (size_t i = 1; i < w->choices.n; i++)
        if (choice_order(&w->choices.v[i], &w->choices.v[best]) < 0)
            best = i;
    if (best > 0) {
        struct choice x = w->choices.v[0];
        w->choices.v[0] = w->choices.v[best];
        w->choices.v[best] = x;
    }
}

/* A wrong text for choice x into w->wrong; `steps` is how far away the unit
 * is that was drawn. */
static bool draw_wrong(struct corrupt_worker *w, const struct place *p,
                       const struct choice *x, struct rng rng, size_t *steps)
{
    struct str text = w->row->targets->v[p->target].text;
    w->wrong.n = 0;
    if (x->site.rule) {
        if (!matcher_wrong(w->matcher, &x->site, text, rng, &w->wrong))
            return false;
    } else {
        struct structure_place at = structure_of(w, p);
        struct structure_wrong wrong = {&w->wrong, 0};
        if (!structure_draw(x->kind, &at, &rng, &wrong))
            return false;
        *steps = wrong.steps;
    }
    return !str_eq(buf_view(&w->wrong),
                   str_sub(text, x->site.from, x->site.to));
}

static struct str reason_of(struct corrupt_worker *w, const struct place *p,
                            const struct choice *x, const struct edit *edit,
                            size_t steps)
{
    struct str text = w->row->targets->v[p->target].text;
    if (w->c->opts.reason == REASON_NONE)
        return STR("");
    if (w->c->opts.reason == REASON_CLASS)
        return edit->kind;
    w->why.n = 0;
    if (x->site.rule)
        matcher_reason(w->matcher, &x->site, text, edit->wrong, &w->why);
    else
        structure_reason(x->kind, segment_noun((enum unit)w->c->opts.unit),
                         steps, &w->why);
    return (struct str){
        arena_copy(w->row->arena, w->why.p ? w->why.p : "", w->why.n),
        w->why.n};
}

/* Draws until a candidate is wrong and new; the edit, or false. */
static bool draw_edit(struct corrupt_worker *w, const struct place *p,
                      const struct choice *x, size_t class_id, size_t nth)
{
    struct str text = w->row->targets->v[p->target].text;
    struct edit edit = {.target = p->target,
                        .from = x->site.from,
                        .to = x->site.to,
                        .right = str_sub(text, x->site.from, x->site.to),
                        .kind = rules_class_at(w->c->rules, class_id)->name,
                        .rule = x->site.rule ? x->site.rule->name : edit.kind};
    for (uint64_t i = 0; i < TRIES; i++) {
        uint64_t key = rng_mix(rng_mix(x->key, SALT_WRONG), nth * TRIES + i);
        size_t steps = 0;
        bool good = draw_wrong(w, p, x, rng_from(key), &steps);
        for (size_t k = w->first_made; k < w->made.n && good; k++)
            good = !str_eq(w->made.v[k].edit.wrong, buf_view(&w->wrong));
        if (!good) {
            w->counts.rejected++;
            if (x->site.rule)
                w->counts.rule[x->site.rule->id].rejected++;
            continue;
        }
        edit.wrong.n = w->wrong.n;
        edit.wrong.p =
            arena_copy(w->row->arena, w->wrong.p ? w->wrong.p : "", w->wrong.n);
        edit.reason = reason_of(w, p, x, &edit, steps);
        vec_push(&w->made, ((struct pending){edit, w->made.n}));
        counts_made(&w->counts, class_id,
                    x->site.rule ? x->site.rule->id : SIZE_MAX, nth == 0);
        return true;
    }
    return false;
}

/* Tries the choices of a class until one gives an error. */
static bool draw_class(struct corrupt_worker *w, const struct place *p,
                       size_t class_id)
{
    find_choices(w, p, class_id);
    for (size_t i = 0; i < w->choices.n; i++) {
        if (i == 1) /* rarely: the drawn one gave nothing */
            qsort(w->choices.v + 1, w->choices.n - 1, sizeof *w->choices.v,
                  choice_order);
        const struct choice *x = &w->choices.v[i];
        if (!draw_edit(w, p, x, class_id, 0))
            continue;
        for (size_t nth = 1; nth < ALTERNATIVES; nth++)
            if (draw_unit(rng_mix(p->key, SALT_RETRY), nth) >=
                    w->c->opts.retry ||
                !draw_edit(w, p, x, class_id, nth))
                break;
        w->used.v[p->index] = true;
        if (x->site.to > p->at.to)
            w->used.v[p->index + 1] = true;
        return true;
    }
    return false;
}

bool corrupt_place(struct corrupt_worker *w, const struct place *p)
{
    struct str text = w->row->targets->v[p->target].text;
    w->first_made = w->made.n;
    matcher_look(w->matcher, text, window_of(text, p));
    race_classes(w, p);
    while (w->racers.n > 0)
        if (draw_class(w, p, next_racer(w)))
            return true;
    w->counts.nothing++;
    return false;
}
