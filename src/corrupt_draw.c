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

static void add_choice(struct corrupt_worker *w, const struct place *p,
                       size_t class_id, const struct site *site)
{
    const struct corruptor *c = w->c;
    struct str class = rules_class_name(c->rules, class_id);
    struct choice x = {.class_id = class_id};
    uint64_t key = rng_mix(p->key, rng_hash(SALT_CLASS, class.p, class.n));
    x.class_score = race(key, c->weight[class_id]);
    x.site = (struct site){.from = p->at.from, .to = p->at.to};
    x.key = rng_mix(key, SALT_SITE);
    if (site) {
        x.site = *site;
        x.key = rng_mix(rng_mix(p->key, site->rule->hash), site->from);
        x.score = race(rng_mix(x.key, SALT_SITE), site->rule->weight);
    } else {
        struct str text = w->row->targets->v[p->target].text;
        x.site.from += segment_leading(str_sub(text, p->at.from, p->at.to));
    }
    vec_push(&w->choices, x);
}

static int choice_order(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;
    if (x->class_score != y->class_score)
        return x->class_score < y->class_score ? -1 : 1;
    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    return (x->site.from > y->site.from) - (x->site.from < y->site.from);
}

/* Every choice that place p has, the drawn one first. */
static void find_choices(struct corrupt_worker *w, const struct place *p)
{
    const struct corruptor *c = w->c;
    struct str text = w->row->targets->v[p->target].text;
    w->sites.n = w->choices.n = 0;
    matcher_scan(w->matcher, text, window_of(text, p), c->enabled, &w->sites);
    if (w->sites.n > 0) {
        const struct span_vec *kept = protected(w, p->target);
        for (size_t i = 0; i < w->sites.n; i++) {
            const struct site *s = &w->sites.v[i];
            if (!protect_hits(kept, s->from, s->to))
                add_choice(w, p, s->rule->class_id, s);
        }
    }
    if (c->enabled[c->future] && p->index + 1 < w->first.v[p->target + 1])
        add_choice(w, p, c->future, NULL);
    if (c->enabled[c->intruder] && pool_n(c->pool) > 0)
        add_choice(w, p, c->intruder, NULL);
    if (w->choices.n > 1)
        qsort(w->choices.v, w->choices.n, sizeof *w->choices.v, choice_order);
}

/* A wrong text for choice x into w->wrong; `steps` is how much later a
 * future unit is due. */
static bool draw_wrong(struct corrupt_worker *w, const struct place *p,
                       const struct choice *x, struct rng rng, size_t *steps)
{
    struct str text = w->row->targets->v[p->target].text;
    struct str right = str_sub(text, x->site.from, x->site.to);
    w->wrong.n = 0;
    if (x->site.rule) {
        if (!matcher_wrong(w->matcher, &x->site, text, rng, &w->wrong))
            return false;
    } else if (x->class_id == w->c->future) {
        size_t first = w->first.v[p->target];
        size_t n = w->first.v[p->target + 1] - first, due = p->index - first;
        const struct span *units = w->units.v + first;
        size_t k = structure_future(text, units, n, due, &rng);
        if (k == n)
            return false;
        *steps = k - due;
        buf_str(&w->wrong, structure_body(text, units[k]));
    } else {
        struct str guest = pool_draw(w->c->pool, w->row->id, right, &rng);
        if (guest.n == 0)
            return false;
        buf_str(&w->wrong, guest);
    }
    return !str_eq(buf_view(&w->wrong), right);
}

static struct str reason_of(struct corrupt_worker *w, const struct place *p,
                            const struct choice *x, const struct edit *edit,
                            size_t steps)
{
    struct buf b = {0};
    struct str text = w->row->targets->v[p->target].text;
    const char *noun = segment_noun((enum unit)w->c->opts.unit);
    if (w->c->opts.reason == REASON_NONE)
        return STR("");
    if (w->c->opts.reason == REASON_CLASS)
        return edit->kind;
    if (x->site.rule)
        matcher_reason(w->matcher, &x->site, text, edit->wrong, &b);
    else if (x->class_id == w->c->intruder)
        buf_printf(&b, "this %s does not belong here", noun);
    else if (steps == 1)
        buf_printf(&b, "too early: one %s comes before this one", noun);
    else
        buf_printf(&b, "too early: %zu %ss come before this one", steps, noun);
    struct str kept = {arena_copy(w->row->arena, b.p ? b.p : "", b.n), b.n};
    buf_free(&b);
    return kept;
}

/* Draws until a candidate is wrong and new; the edit, or false. */
static bool draw_edit(struct corrupt_worker *w, const struct place *p,
                      const struct choice *x, size_t nth, size_t first_made)
{
    struct str text = w->row->targets->v[p->target].text;
    struct edit edit = {.target = p->target,
                        .from = x->site.from,
                        .to = x->site.to,
                        .right = str_sub(text, x->site.from, x->site.to),
                        .kind = rules_class_name(w->c->rules, x->class_id),
                        .rule = x->site.rule ? x->site.rule->name : edit.kind};
    for (uint64_t i = 0; i < TRIES; i++) {
        uint64_t key = rng_mix(rng_mix(x->key, SALT_WRONG), nth * TRIES + i);
        size_t steps = 0;
        bool good = draw_wrong(w, p, x, rng_from(key), &steps);
        for (size_t k = first_made; k < w->made.n && good; k++)
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
        counts_made(&w->counts, x->class_id,
                    x->site.rule ? x->site.rule->id : SIZE_MAX, nth == 0);
        return true;
    }
    return false;
}

bool corrupt_place(struct corrupt_worker *w, const struct place *p)
{
    size_t first_made = w->made.n;
    find_choices(w, p);
    for (size_t i = 0; i < w->choices.n; i++) {
        const struct choice *x = &w->choices.v[i];
        if (!draw_edit(w, p, x, 0, first_made))
            continue;
        for (size_t nth = 1; nth < ALTERNATIVES; nth++)
            if (draw_unit(rng_mix(p->key, SALT_RETRY), nth) >=
                    w->c->opts.retry ||
                !draw_edit(w, p, x, nth, first_made))
                break;
        return true;
    }
    w->counts.nothing++;
    return false;
}
