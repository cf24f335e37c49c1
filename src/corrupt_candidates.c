/* Keeps candidates sorted by the hash of their record's id. */
#include <stdlib.h>

#include "corrupt_candidates.h"
#include "corrupt_check.h"
#include "io.h"
#include "rng.h"

struct entry {
    uint64_t hash;
    struct str id, field, right; /* right: p NULL: not given */
    int64_t start, end;
    struct str wrong, class, rule, reason;
    size_t order; /* line of the file */
};

struct candidates {
    struct arena arena; /* owns the strings */
    VEC(struct entry) all;
};

static struct str text_of(struct candidates *c, const struct json *root,
                          const char *key, struct str otherwise)
{
    const struct json *v = json_get(root, key);
    if (!v || v->type != JSON_STRING)
        return otherwise;
    struct str s = json_string(v, &c->arena);
    return (struct str){arena_copy(&c->arena, s.p, s.n), s.n};
}

static int load_line(struct candidates *c, struct json_parser *p,
                     struct str line, struct where at, struct err *e)
{
    struct record r;
    struct entry x = {.order = c->all.n};
    size_t bad = utf8_check(line);
    if (bad < line.n) {
        at.col = bad + 1;
        return err_at(e, at, "malformed UTF-8");
    }
    if (record_parse(p, &c->arena, line, at, &r, e))
        return -1;
    const struct json *wrong = json_get(r.root, "wrong");
    const struct json *start = json_get(r.root, "start");
    const struct json *end = json_get(r.root, "end");
    if (!r.has_id || !wrong || wrong->type != JSON_STRING || !start || !end ||
        !json_i64(start, &x.start) || !json_i64(end, &x.end))
        return err_at(e, at, "a candidate needs id, start, end and wrong");
    x.id = (struct str){arena_copy(&c->arena, r.id.p, r.id.n), r.id.n};
    x.hash = rng_hash(0, x.id.p, x.id.n);
    x.field = text_of(c, r.root, "field", STR(""));
    x.right = text_of(c, r.root, "right", (struct str){NULL, 0});
    x.wrong = text_of(c, r.root, "wrong", STR(""));
    x.class = text_of(c, r.root, "class", STR("candidate"));
    x.rule = text_of(c, r.root, "rule", x.class);
    x.reason = text_of(c, r.root, "reason", STR(""));
    vec_push(&c->all, x);
    return 0;
}

static int entry_order(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

struct candidates *candidates_load(const char *path, struct err *e)
{
    struct reader *r = reader_open(path, 0, e);
    if (!r)
        return NULL;
    struct candidates *c = mem_zero(1, sizeof *c);
    struct json_parser *p = json_parser_new();
    struct str line;
    int rc;
    while ((rc = reader_line(r, &line, e)) > 0)
        if (line.n > 0 && load_line(c, p, line, reader_where(r), e)) {
            rc = -1;
            break;
        }
    json_parser_free(p);
    reader_close(r);
    if (rc < 0) {
        candidates_free(c);
        return NULL;
    }
    if (c->all.n > 1)
        qsort(c->all.v, c->all.n, sizeof *c->all.v, entry_order);
    return c;
}

void candidates_free(struct candidates *c)
{
    if (!c)
        return;
    arena_free(&c->arena);
    vec_free(&c->all);
    mem_free(c);
}

size_t candidates_n(const struct candidates *c)
{
    return c->all.n;
}

/* The edit that x is, where it fits the record. */
static bool edit_of(const struct entry *x, const struct target_vec *targets,
                    struct edit *out)
{
    size_t t = 0;
    while (t < targets->n && x->field.n > 0 &&
           !str_eq(targets->v[t].field, x->field))
        t++;
    if (t == targets->n || x->start < 0 || x->end < x->start)
        return false;
    struct str text = targets->v[t].text;
    size_t from = utf8_offset(text, (size_t)x->start);
    if (from == SIZE_MAX)
        return false;
    size_t n =
        utf8_offset(str_sub(text, from, text.n), (size_t)(x->end - x->start));
    if (n == SIZE_MAX)
        return false;
    *out = (struct edit){.target = t,
                         .start = (size_t)x->start,
                         .end = (size_t)x->end,
                         .from = from,
                         .to = from + n,
                         .right = str_sub(text, from, from + n),
                         .wrong = x->wrong,
                         .kind = x->class,
                         .rule = x->rule,
                         .reason = x->reason};
    return (!x->right.p || str_eq(x->right, out->right)) &&
           !check_same(x->wrong, out->right);
}

/* Puts x where it belongs; false: something stands there. */
static bool insert(struct edit_vec *v, const struct edit *x)
{
    size_t i = v->n;
    while (i > 0 &&
           (v->v[i - 1].target > x->target ||
            (v->v[i - 1].target == x->target && v->v[i - 1].from > x->from)))
        i--;
    for (size_t k = 0; k < v->n; k++) {
        const struct edit *y = &v->v[k];
        bool same = y->from == x->from && y->to == x->to;
        if (y->target == x->target && y->from <= x->to && x->from <= y->to &&
            !(same && !check_same(y->wrong, x->wrong)))
            return false;
    }
    vec_push(v, *x);
    memmove(v->v + i + 1, v->v + i, (v->n - 1 - i) * sizeof *v->v);
    v->v[i] = *x;
    return true;
}

void candidates_add(const struct candidates *c, struct str id,
                    const struct target_vec *targets, struct edit_vec *edits,
                    struct candidate_counts *counts)
{
    uint64_t hash = rng_hash(0, id.p, id.n);
    size_t lo = 0, hi = c->all.n, taken = 0;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (c->all.v[mid].hash < hash)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < c->all.n && c->all.v[lo].hash == hash; lo++) {
        struct edit x;
        if (!str_eq(c->all.v[lo].id, id))
            continue;
        if (taken < 1000 && edit_of(&c->all.v[lo], targets, &x) &&
            insert(edits, &x)) {
            counts->used++;
            taken++;
        } else {
            counts->rejected++;
        }
    }
}
