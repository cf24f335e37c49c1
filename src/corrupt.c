/* Which places of a record become wrong; what they become is drawn in
 * corrupt_draw.c. */
#include <stdlib.h>

#include "corrupt_work.h"

/* ---- set-up */

struct corruptor *corruptor_new(const struct corrupt_opts *o, struct rules *r,
                                const struct pool *pool)
{
    struct corruptor *c = mem_zero(1, sizeof *c);
    c->opts = *o;
    c->rules = r;
    c->pool = pool;
    size_t structure[STRUCTURE_KINDS];
    for (int i = 0; i < STRUCTURE_KINDS; i++)
        structure[i] = rules_class(r, str_of(structure_names[i]));
    c->model = rules_class(r, STR("model"));
    c->own = rules_class(r, STR("own"));
    rules_settle(r);
    c->classes = rules_classes(r);
    c->class = mem_zero(c->classes, sizeof *c->class);
    for (size_t i = 0; i < c->classes; i++) {
        struct str name = rules_class_at(r, i)->name;
        c->class[i].hash = rng_hash(SALT_CLASS, name.p, name.n);
        c->class[i].kind = STRUCTURE_KINDS;
    }
    for (int i = 0; i < STRUCTURE_KINDS; i++)
        c->class[structure[i]].kind = (enum structure)i;
    counts_init(&c->counts, rules_classes(r), rules_n(r));
    return c;
}

void corruptor_merge(struct corruptor *c, const struct answers *a)
{
    c->answers = a;
}

void corruptor_candidates(struct corruptor *c, const struct candidates *x)
{
    c->candidates = x;
}

void corruptor_free(struct corruptor *c)
{
    if (!c)
        return;
    mem_free(c->class);
    counts_free(&c->counts);
    mem_free(c);
}

bool corruptor_weight(struct corruptor *c, struct str class, double weight)
{
    bool found = false, all = str_eq(class, STR("all"));
    for (size_t i = 0; i < c->classes; i++)
        if (all || str_eq(rules_class_at(c->rules, i)->name, class)) {
            c->class[i].weight = weight;
            found = true;
        }
    return found;
}

void corruptor_stats(const struct corruptor *c, struct buf *json)
{
    counts_put(&c->counts, c->rules, c->opts.rate, json);
    if (c->candidates) {
        json_put_i64(json, "candidates", (int64_t)candidates_n(c->candidates));
        json_put_i64(json, "candidates_used",
                     (int64_t)c->counts.candidates.used);
        json_put_i64(json, "candidates_rejected",
                     (int64_t)c->counts.candidates.rejected);
    }
    if (c->answers) {
        json_put_i64(json, "answers_missing", (int64_t)c->counts.missing);
        json_put_i64(json, "answers_duplicate",
                     (int64_t)answers_duplicates(c->answers));
        json_put_i64(json, "answers_unasked",
                     (int64_t)(answers_n(c->answers) - c->counts.answered));
    }
    json_put_key(json, "never_fired");
    buf_char(json, '[');
    bool first = true;
    for (size_t i = 0; i < rules_n(c->rules); i++) {
        const struct rule *rule = rules_at(c->rules, i);
        if (c->counts.rule[i].errors > 0 || rule->weight <= 0 ||
            c->class[rule->class_id].weight <= 0)
            continue;
        if (!first)
            buf_char(json, ',');
        first = false;
        json_put_string(json, rule->name);
    }
    buf_char(json, ']');
}

struct corrupt_worker *corrupt_worker_new(const struct corruptor *c,
                                          struct err *e)
{
    struct corrupt_worker *w = mem_zero(1, sizeof *w);
    w->c = c;
    w->segmenter = segmenter_new(e);
    if (w->segmenter && c->opts.check_command)
        w->command = command_start(c->opts.check_command, e);
    if (!w->segmenter || (c->opts.check_command && !w->command)) {
        segmenter_free(w->segmenter);
        mem_free(w);
        return NULL;
    }
    w->matcher = matcher_new(c->rules);
    matcher_units(w->matcher, w, corrupt_units);
    counts_init(&w->counts, rules_classes(c->rules), rules_n(c->rules));
    return w;
}

void corrupt_worker_free(struct corruptor *c, struct corrupt_worker *w,
                         bool count)
{
    if (!w)
        return;
    for (size_t i = 0; i < rules_n(c->rules); i++)
        w->counts.rule[i].limits = matcher_limits(w->matcher, i);
    if (count)
        counts_add(&c->counts, &w->counts);
    counts_free(&w->counts);
    matcher_free(w->matcher);
    command_stop(w->command);
    segmenter_free(w->segmenter);
    vec_free(&w->units);
    vec_free(&w->first);
    for (int i = 0; i <= UNIT_RECORD; i++)
        vec_free(&w->own[i]);
    for (size_t i = 0; i < w->n_protect; i++)
        vec_free(&w->protect[i]);
    mem_free(w->protect);
    vec_free(&w->places);
    vec_free(&w->sites);
    vec_free(&w->used);
    vec_free(&w->racers);
    vec_free(&w->choices);
    vec_free(&w->made);
    buf_free(&w->wrong);
    buf_free(&w->why);
    vec_free(&w->answer);
    vec_free(&w->words);
    mem_free(w);
}

/* ---- which units */

static int cut_units(struct corrupt_worker *w, struct err *e)
{
    w->units.n = w->first.n = 0;
    for (size_t t = 0; t < w->row->targets->n; t++) {
        vec_push(&w->first, w->units.n);
        if (segment_units(w->segmenter, w->row->targets->v[t].text,
                          (enum unit)w->c->opts.unit, &w->units, e))
            return -1;
    }
    vec_push(&w->first, w->units.n);
    return 0;
}

/* Does an error that was there before stand in this unit? */
static bool is_taken(const struct edit_vec *edits, size_t target,
                     struct span at, size_t *from)
{
    for (; *from < edits->n; (*from)++) {
        const struct edit *x = &edits->v[*from];
        if (x->target < target || (x->target == target && x->to < at.from))
            continue;
        return x->target == target && x->from <= at.to;
    }
    return false;
}

static int place_order(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static void choose_places(struct corrupt_worker *w, uint64_t key,
                          const struct edit_vec *edits)
{
    const struct corrupt_opts *o = &w->c->opts;
    size_t last = w->units.n, edit = 0;
    size_t only = o->at == CORRUPT_LAST ? last : (size_t)o->at;
    w->places.n = w->used.n = 0;
    for (size_t t = 0; t < w->row->targets->n; t++) {
        struct str field = w->row->targets->v[t].field;
        uint64_t field_key = rng_mix(key, rng_hash(0, field.p, field.n));
        for (size_t i = w->first.v[t]; i < w->first.v[t + 1]; i++) {
            struct span at = w->units.v[i];
            uint64_t k = rng_mix(field_key, at.from);
            bool used = is_taken(edits, t, at, &edit);
            vec_push(&w->used, used);
            if ((o->at != CORRUPT_ANY && i + 1 != only) || used ||
                draw_unit(k, SALT_UNIT) >= o->rate)
                continue;
            vec_push(&w->places, ((struct place){t, i, at, k}));
        }
    }
    w->counts.units += w->units.n;
    w->counts.drawn += w->places.n;
    /* A limit must not favour the beginning of the text. */
    if (o->max > 0 && w->places.n > (size_t)o->max)
        qsort(w->places.v, w->places.n, sizeof *w->places.v, place_order);
}

/* ---- the record */

static int pending_order(const void *a, const void *b)
{
    const struct pending *x = a, *y = b;
    if (x->edit.target != y->edit.target)
        return x->edit.target < y->edit.target ? -1 : 1;
    if (x->edit.from != y->edit.from)
        return x->edit.from < y->edit.from ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* Sorts what was made and gives it its offsets in code points. */
static void finish_edits(struct corrupt_worker *w, struct edit_vec *edits)
{
    size_t target = SIZE_MAX, byte = 0, cp = 0;
    if (w->made.n == 0)
        return;
    qsort(w->made.v, w->made.n, sizeof *w->made.v, pending_order);
    edits->n = 0;
    for (size_t i = 0; i < w->made.n; i++) {
        struct edit *x = &w->made.v[i].edit;
        struct str text = w->row->targets->v[x->target].text;
        if (x->target != target)
            byte = cp = 0;
        target = x->target;
        cp += utf8_count(str_sub(text, byte, x->from));
        byte = x->from;
        x->start = cp;
        x->end = cp + utf8_count(x->right);
        vec_push(edits, *x);
    }
}

int corrupt_record(struct corrupt_worker *w, const struct corrupt_row *row,
                   struct err *e)
{
    const struct corrupt_opts *o = &w->c->opts;
    uint64_t key = rng_hash((uint64_t)o->seed, row->id.p, row->id.n);
    key = rng_mix(key, row->copy);
    w->counts.records++;
    if (draw_unit(key, SALT_CLEAN) < o->clean) {
        w->counts.clean++;
        return 0;
    }
    w->row = row;
    w->made.n = 0;
    for (size_t i = w->n_protect; i < row->targets->n; i++) {
        w->protect = mem_grow(w->protect, i + 1, sizeof *w->protect);
        w->protect[w->n_protect++] = (struct span_vec){0};
    }
    for (size_t i = 0; i < row->targets->n; i++)
        w->protect[i].n = 0;
    for (int i = 0; i <= UNIT_RECORD; i++)
        w->own_target[i] = SIZE_MAX;
    if (w->c->candidates)
        candidates_add(w->c->candidates, row->id, row->targets, row->edits,
                       &w->counts.candidates);
    if (cut_units(w, e))
        return -1;
    choose_places(w, key, row->edits);
    for (size_t i = 0; i < row->edits->n; i++)
        vec_push(&w->made, ((struct pending){row->edits->v[i], i, SIZE_MAX}));
    size_t places = 0;
    for (size_t i = 0; i < w->places.n; i++) {
        if (o->max > 0 && places == (size_t)o->max) {
            w->counts.over += w->places.n - i;
            break;
        }
        if (w->used.v[w->places.v[i].index])
            w->counts.drawn--; /* an error there took the next unit too */
        else if (row->requests)
            corrupt_request(w, &w->places.v[i]);
        else if (row->model)
            places += corrupt_ask_model(w, &w->places.v[i]);
        else if (w->c->answers)
            places += corrupt_merge(w, &w->places.v[i]);
        else
            places += corrupt_place(w, &w->places.v[i]);
    }
    finish_edits(w, row->edits);
    if (w->failed)
        *e = w->err;
    return w->failed ? -1 : 0;
}
