/* The draw at one place.  Rules and structure make candidates; here they are
 * chosen, checked against the right text and written down as edits. */
#include <math.h>
#include <stdlib.h>

#include "corrupt_work.h"
#include "protect.h"

#define TRIES  8 /* draws of a candidate at one site */
#define SCORES rng_finalise(SALT_SITE + RNG_STEP)
#define WINDOW 32768 /* bytes of a unit that rules look at */

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
        protect_find(w->row->targets->v[target].text, !w->c->opts.in_code,
                     !w->c->opts.in_url, v);
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

/* Where all weigh the same, the uniform numbers are in the order of the
 * scores. */
static void race_classes(struct corrupt_worker *w, const struct place *p)
{
    double even = 0;
    bool same = true;
    for (size_t i = 0; i < w->c->classes; i++) {
        double weight = w->c->class[i].weight;
        same = same && (weight <= 0 || even <= 0 || weight == even);
        even = weight > 0 ? weight : even;
    }
    w->racers.n = 0;
    for (size_t i = 0; i < w->c->classes; i++) {
        double weight = w->c->class[i].weight;
        if (weight <= 0)
            continue;
        uint64_t key = class_key(w, p, i);
        struct rng r = rng_from(key);
        double score = same ? rng_unit(&r) : race(key, weight);
        vec_push(&w->racers, ((struct racer){score, i}));
    }
}

/* Takes out the class whose turn it is; mostly it is the last to be asked
 * for, so they are not sorted. */
size_t corrupt_next_racer(struct corrupt_worker *w)
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

struct contest { /* the race between the sites of a place */
    struct corrupt_worker *w;
    const struct place *p;
};

const struct span_vec *corrupt_units(void *ctx, enum unit unit)
{
    struct corrupt_worker *w = ctx;
    struct span_vec *v = &w->own[unit];
    if (w->own_target[unit] == w->target)
        return v;
    v->n = 0;
    /* A text too long for sentences was refused before. */
    if (segment_units(w->segmenter, w->row->targets->v[w->target].text, unit, v,
                      &w->err))
        v->n = 0;
    w->own_target[unit] = w->target;
    return v;
}

/* The unit behind those that an error at p up to byte `to` reaches. */
static size_t units_end(const struct corrupt_worker *w, const struct place *p,
                        size_t to)
{
    size_t i = p->index + 1;
    while (i < w->first.v[p->target + 1] && w->units.v[i].from < to)
        i++;
    return i;
}

void corrupt_use(struct corrupt_worker *w, const struct place *p, size_t to)
{
    size_t end = units_end(w, p, to);
    for (size_t i = p->index; i < end; i++)
        w->used.v[i] = true;
}

static bool takes_site(void *ctx, const struct site *site)
{
    const struct contest *c = ctx;
    size_t end = units_end(c->w, c->p, site->to);
    for (size_t i = c->p->index + 1; i < end; i++)
        if (c->w->used.v[i])
            return false;
    return !protect_hits(protected(c->w, c->p->target), site->from, site->to);
}

static void add_choice(struct corrupt_worker *w, const struct place *p,
                       const struct site *site)
{
    struct race race = {.salt = SCORES, .best = INFINITY};
    struct choice x = {.site = *site, .kind = STRUCTURE_KINDS};
    x.key = site_key(p->key, site->rule, site->at);
    x.score = race_score(&race, x.key, site->rule->weight);
    vec_push(&w->choices, x);
}

static void add_structure(struct corrupt_worker *w, const struct place *p,
                          size_t class_id)
{
    struct choice x = {.kind = w->c->class[class_id].kind};
    struct structure_place at = structure_of(w, p);
    struct span span;
    x.key = rng_mix(class_key(w, p, class_id), SALT_SITE);
    if (x.kind == STRUCTURE_KINDS || !structure_fits(x.kind, &at, &span))
        return;
    x.site.from = span.from;
    x.site.to = span.to;
    vec_push(&w->choices, x);
}

void corrupt_choices(struct corrupt_worker *w, const struct place *p,
                     size_t class_id, bool all)
{
    struct contest c = {w, p};
    struct race race = {p->key, SCORES, &c, takes_site, INFINITY};
    w->sites.n = w->choices.n = 0;
    if (rules_class_at(w->c->rules, class_id)->asks)
        matcher_ask(w->matcher,
                    corrupt_prompt(w->row->record, w->row->arena,
                                   w->row->targets->v[p->target].field));
    matcher_scan(w->matcher, class_id, all ? NULL : &race, &w->sites);
    for (size_t i = all || w->sites.n == 0 ? 0 : w->sites.n - 1; i < w->sites.n;
         i++)
        if (!all || takes_site(&c, &w->sites.v[i]))
            add_choice(w, p, &w->sites.v[i]);
    if (all || w->choices.n == 0)
        add_structure(w, p, class_id);
    if (all && w->choices.n > 1)
        qsort(w->choices.v, w->choices.n, sizeof *w->choices.v, choice_order);
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
    return !check_same(buf_view(&w->wrong),
                       str_sub(text, x->site.from, x->site.to));
}

bool corrupt_passes(struct corrupt_worker *w, const struct edit *edit)
{
    const struct corrupt_opts *o = &w->c->opts;
    struct candidate c = {w->row->targets->v[edit->target].text, edit->from,
                          edit->to, buf_view(&w->wrong), edit->rule};
    if (!o->check_arithmetic && !o->check_answer && !w->command)
        return true;
    bool wrong = !(o->check_arithmetic && check_equation(&c)) &&
                 !(o->check_answer && check_answer(&c, w->row->answer));
    if (wrong && w->command && !w->failed) {
        int said = command_ask(w->command, &c, &w->err);
        w->failed = said < 0;
        wrong = said > 0;
    }
    w->counts.checked++;
    w->counts.refuted += !wrong;
    return wrong && !w->failed;
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

bool corrupt_draw(struct corrupt_worker *w, const struct place *p,
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
        if (!good || !corrupt_passes(w, &edit)) {
            w->counts.rejected++;
            if (x->site.rule)
                w->counts.rule[x->site.rule->id].rejected++;
            continue;
        }
        edit.wrong.n = w->wrong.n;
        edit.wrong.p =
            arena_copy(w->row->arena, w->wrong.p ? w->wrong.p : "", w->wrong.n);
        edit.reason = reason_of(w, p, x, &edit, steps);
        vec_push(&w->made, ((struct pending){edit, w->made.n,
                                             x->site.rule ? x->site.rule->id
                                                          : SIZE_MAX}));
        return true;
    }
    return false;
}

size_t corrupt_wanted(const struct corrupt_worker *w, const struct place *p)
{
    uint64_t key = rng_mix(p->key, SALT_RETRY);
    size_t n = 1;
    while (n < CORRUPT_ALTERNATIVES && draw_unit(key, n) < w->c->opts.retry)
        n++;
    return n;
}

/* The choice as an error with its alternatives; false: it gave none. */
static bool draw_choice(struct corrupt_worker *w, const struct place *p,
                        const struct choice *x, size_t class_id)
{
    size_t rule = x->site.rule ? x->site.rule->id : SIZE_MAX;
    size_t wanted = corrupt_wanted(w, p);
    for (size_t nth = 0; nth < wanted; nth++) {
        if (!corrupt_draw(w, p, x, class_id, nth)) {
            if (nth == 0)
                return false;
            break;
        }
        counts_made(&w->counts, class_id, rule, nth == 0);
    }
    corrupt_use(w, p, x->site.to);
    return true;
}

/* Tries the choices of a class until one gives an error: the winner, and
 * rarely the rest. */
static bool draw_class(struct corrupt_worker *w, const struct place *p,
                       size_t class_id)
{
    corrupt_choices(w, p, class_id, false);
    if (w->choices.n == 0)
        return false;
    if (draw_choice(w, p, &w->choices.v[0], class_id))
        return true;
    struct site lost = w->choices.v[0].site;
    corrupt_choices(w, p, class_id, true);
    for (size_t i = 0; i < w->choices.n; i++) {
        const struct choice *x = &w->choices.v[i];
        bool again = x->site.rule == lost.rule && x->site.at == lost.at;
        if (!again && draw_choice(w, p, x, class_id))
            return true;
    }
    return false;
}

void corrupt_race(struct corrupt_worker *w, const struct place *p)
{
    struct str text = w->row->targets->v[p->target].text;
    w->first_made = w->made.n;
    w->target = p->target;
    matcher_look(w->matcher, text, window_of(text, p));
    race_classes(w, p);
}

bool corrupt_place(struct corrupt_worker *w, const struct place *p)
{
    corrupt_race(w, p);
    while (w->racers.n > 0)
        if (draw_class(w, p, corrupt_next_racer(w)))
            return true;
    w->counts.nothing++;
    return false;
}
