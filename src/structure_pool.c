/* The pool of intruders: units of other documents, the same for every
 * record.  When one is used is structure.c's. */
#include "io.h"
#include "packs.h"
#include "record.h"
#include "structure.h"

#define TRIES 8

struct pool {
    struct buf bytes; /* owns the file, with padding */
    struct arena arena;
    VEC(struct guest) guests;
};

struct guest {
    struct str text;
    uint64_t document; /* hash of the id */
};

struct pool *pool_new(void)
{
    return mem_zero(1, sizeof(struct pool));
}

void pool_free(struct pool *p)
{
    if (!p)
        return;
    buf_free(&p->bytes);
    arena_free(&p->arena);
    vec_free(&p->guests);
    mem_free(p);
}

struct loader {
    struct pool *pool;
    struct segmenter *segmenter;
    struct json_parser *parser;
    enum unit unit;
    struct span_vec spans;
};

static int load_text(struct loader *l, struct str text, struct str id,
                     struct err *e)
{
    l->spans.n = 0;
    if (segment_units(l->segmenter, text, l->unit, &l->spans, e))
        return -1;
    for (size_t i = 0; i < l->spans.n; i++) {
        struct guest g = {structure_body(text, l->spans.v[i]),
                          rng_hash(0, id.p, id.n)};
        vec_push(&l->pool->guests, g);
    }
    return 0;
}

static int load_line(struct loader *l, struct str line, struct where at,
                     struct err *e)
{
    size_t bad = utf8_check(line);
    if (bad < line.n) {
        at.col = bad + 1;
        return err_at(e, at, "malformed UTF-8");
    }
    if (line.n == 0 || line.p[0] != '{')
        return load_text(l, line, line, e);
    struct record r;
    struct target_vec targets = {0};
    int rc = record_parse(l->parser, &l->pool->arena, line, at, &r, e);
    if (rc == 0)
        rc = record_targets(&r, &l->pool->arena, &targets, e);
    for (size_t i = 0; i < targets.n && rc == 0; i++) {
        struct str t = targets.v[i].text; /* may borrow from the parser */
        t.p = arena_copy(&l->pool->arena, t.p, t.n);
        rc = load_text(l, t, r.id, e);
    }
    vec_free(&targets);
    return rc;
}

static int load_lines(struct loader *l, const char *name, struct str text,
                      struct err *e)
{
    struct where at = {name, 1, 0};
    size_t from = 0;
    for (; from < text.n; at.line++) {
        size_t to = str_find(text, STR("\n"), from);
        if (load_line(l, str_sub(text, from, to), at, e))
            return -1;
        from = to + 1;
    }
    return 0;
}

int pool_load(struct pool *p, const char *path, enum unit unit, struct err *e)
{
    struct str text = {0};
    if (path) {
        if (io_slurp(path, &p->bytes, e))
            return -1;
    } else if (pack_find("intruders.txt", 13, &text)) {
        buf_str(&p->bytes, text);
    }
    buf_reserve(&p->bytes, IO_PADDING);
    struct loader l = {.pool = p, .unit = unit};
    l.segmenter = segmenter_new(e);
    if (!l.segmenter)
        return -1;
    l.parser = json_parser_new();
    int rc =
        load_lines(&l, path ? path : "intruders.txt", buf_view(&p->bytes), e);
    json_parser_free(l.parser);
    segmenter_free(l.segmenter);
    vec_free(&l.spans);
    return rc;
}

struct str pool_draw(const struct pool *p, struct str id, struct str due,
                     struct rng *rng)
{
    uint64_t document = rng_hash(0, id.p, id.n);
    for (int i = 0; i < TRIES && p->guests.n > 0; i++) {
        const struct guest *g = &p->guests.v[rng_below(rng, p->guests.n)];
        if (g->document != document && !str_eq(g->text, due))
            return g->text;
    }
    return STR("");
}
