/*
 * Rows around render.c: what of a record is the document, which fields stay,
 * what is counted.  Options mean here what insec-pair(1) says.
 */
#include "render.h"

/* A stretch of the document, in reading order. */
struct piece {
    struct str text;
    bool target;
};
VEC_NAMED(piece_vec, struct piece);

struct render {
    const struct render_opts *o;
    struct segmenter *segmenter; /* owns */
    struct arena arena;          /* of the row */
    struct target_vec targets;
    struct edit_vec edits;
    struct piece_vec pieces;
    struct render_text text; /* owns its units */
    struct segment_vec segments;
    struct buf left, right; /* for --check */
    struct render_counts counts;
};

struct render *render_new(const struct render_opts *o, struct err *e)
{
    struct render *r = mem_zero(1, sizeof *r);
    r->o = o;
    r->segmenter = segmenter_new(e);
    if (r->segmenter)
        return r;
    mem_free(r);
    return NULL;
}

void render_free(struct render *r)
{
    if (!r)
        return;
    segmenter_free(r->segmenter);
    arena_free(&r->arena);
    vec_free(&r->targets);
    vec_free(&r->edits);
    vec_free(&r->pieces);
    vec_free(&r->text.units);
    vec_free(&r->segments);
    buf_free(&r->left);
    buf_free(&r->right);
    mem_free(r);
}

/* ---- the document */

/* Every turn but the first begins with the newline that parts it from the
 * one before, so that a segment's edge falls before it. */
static struct str turn_text(struct arena *a, struct str content, bool first)
{
    if (first)
        return content;
    char *p = arena_alloc(a, content.n + 1);
    p[0] = '\n';
    memcpy(p + 1, content.p, content.n);
    return (struct str){p, content.n + 1};
}

/* A turn without content (a tool call) is no text.  record_targets has
 * checked that messages is a list and that every turn has a role. */
static int add_turns(struct render *r, const struct record *rec, struct err *e)
{
    const struct json *turns = json_get(rec->root, "messages");
    const struct json *end = json_end(turns);
    size_t n = 0;
    for (const struct json *t = json_begin(turns); t < end; t = json_next(t)) {
        const struct json *content = json_get(t, "content");
        struct str role = json_string(json_get(t, "role"), &r->arena);
        if (content->type == JSON_STRING) {
            struct str text = json_string(content, &r->arena);
            text = turn_text(&r->arena, text, r->pieces.n == 0);
            bool target = str_eq(role, STR("assistant"));
            vec_push(&r->pieces, (struct piece){text, target});
        } else if (content->type != JSON_NULL) {
            return record_refuse_at(
                rec, content, e, "messages[%zu]: content must be a string", n);
        }
        n++;
    }
    return 0;
}

/* Fills targets, edits and pieces. */
static int read_document(struct render *r, const struct record *rec,
                         struct err *e)
{
    r->targets.n = r->edits.n = r->pieces.n = 0;
    if (record_targets(rec, &r->arena, &r->targets, e) != 0 ||
        record_edits(rec, &r->arena, &r->targets, &r->edits, e) != 0)
        return -1;
    struct str field = r->targets.n ? r->targets.v[0].field : STR("");
    if (r->targets.n == 0 || str_starts(field, STR("/messages/")))
        return add_turns(r, rec, e);
    if (str_eq(field, STR("/completion"))) {
        const struct json *v = json_get(rec->root, "prompt");
        if (v && v->type != JSON_STRING)
            return record_refuse_at(rec, v, e, "prompt must be a string");
        struct str prompt = record_prompt(rec, &r->arena);
        vec_push(&r->pieces, (struct piece){prompt, false});
    }
    vec_push(&r->pieces, (struct piece){r->targets.v[0].text, true});
    return 0;
}

/* ---- from document to segments */

static size_t add_target(struct render *r, const struct piece *piece,
                         struct edit *edits, size_t n, struct err *e)
{
    struct render_text *t = &r->text;
    t->text = piece->text;
    t->edits = edits;
    t->n = n;
    t->units.n = 0;
    if (n > 0 && segment_units(r->segmenter, t->text, (enum unit)r->o->unit,
                               &t->units, e) != 0)
        return SIZE_MAX;
    return render_text(r->o, t, &r->arena, &r->segments);
}

static int add_segments(struct render *r, const struct record *rec,
                        struct err *e)
{
    size_t target = 0, first = 0, bytes = 0;
    r->segments.n = 0;
    for (size_t i = 0; i < r->pieces.n; i++) {
        const struct piece *p = &r->pieces.v[i];
        if (!p->target) {
            if (p->text.n)
                vec_push(&r->segments,
                         (struct segment){false, KIND_PROMPT, p->text});
            continue;
        }
        size_t shift = p->text.n - r->targets.v[target].text.n, last = first;
        for (; last < r->edits.n && r->edits.v[last].target == target; last++) {
            r->edits.v[last].from += shift;
            r->edits.v[last].to += shift;
        }
        size_t n = add_target(r, p, r->edits.v + first, last - first, e);
        if (n == SIZE_MAX)
            return -1;
        bytes += n;
        if (bytes > RENDER_MAX)
            return record_refuse(rec, e,
                                 "errors: the wrong attempts are more than "
                                 "%zu MiB",
                                 RENDER_MAX >> 20);
        first = last;
        target++;
    }
    return 0;
}

/* ---- --check */

static int check(struct render *r, const struct record *rec, struct err *e)
{
    struct buf *want = &r->left, *got = &r->right;
    want->n = got->n = 0;
    for (size_t i = 0; i < r->pieces.n; i++)
        buf_str(want, r->pieces.v[i].text);
    render_strip(&r->segments, got);
    size_t at = 0, n = size_min(want->n, got->n);
    while (at < n && want->p[at] == got->p[at])
        at++;
    if (at == want->n && at == got->n)
        return 0;
    while (at > 0 && at < n && ((unsigned char)want->p[at] & 0xC0) == 0x80)
        at--;
    struct str document = buf_view(want), rest = buf_view(got);
    return record_refuse(rec, e,
                         "segments: from character %zu on the document has "
                         "\"%.*s\", the segments give \"%.*s\"",
                         utf8_count(str_sub(document, 0, at)),
                         STR_ARG(str_sub(document, at, document.n)),
                         STR_ARG(str_sub(rest, at, rest.n)));
}

/* ---- the row */

static size_t occurrences(struct str text, const char *mark)
{
    struct str needle = str_of(mark);
    size_t n = 0, at = str_find(text, needle, 0);
    for (; at < text.n; at = str_find(text, needle, at + needle.n))
        n++;
    return n;
}

static void count(struct render *r)
{
    struct render_counts *c = &r->counts;
    bool retry = r->o->style == RENDER_RETRY;
    c->clean += r->edits.n == 0;
    c->wrong += r->edits.n > 0;
    c->attempts += r->edits.n;
    for (size_t i = 0; i < r->pieces.n; i++) {
        struct str text = r->pieces.v[i].text;
        c->marks_in_text += retry ? occurrences(text, r->o->back)
                                  : occurrences(text, r->o->wrong) +
                                        occurrences(text, r->o->right);
    }
    for (size_t i = 0; i < r->segments.n; i++) {
        const struct segment *s = &r->segments.v[i];
        c->segments[s->kind]++;
        c->bytes[s->kind] += s->text.n;
    }
}

static void put_row(struct render *r, const struct record *rec, struct buf *out)
{
    static const char *const always[] = {"segments", NULL};
    static const char *const text[] = {"segments", "text", NULL};
    static const char *const document[] = {
        "segments", "text", "prompt", "completion", "messages", "errors", NULL};
    bool string = r->o->target == RENDER_STRING;
    record_open(out, rec, !r->o->keep ? document : string ? text : always);
    if (!string) {
        record_put_segments(out, &r->segments);
    } else {
        r->left.n = 0;
        for (size_t i = 0; i < r->segments.n; i++)
            buf_str(&r->left, r->segments.v[i].text);
        json_put_field(out, "text", buf_view(&r->left));
    }
    buf_cstr(out, "}\n");
}

/* A row that has segments already: they are checked, and it stays. */
static int check_row(struct render *r, const struct record *rec,
                     struct buf *out, struct err *e)
{
    r->segments.n = 0;
    if (record_segments(rec, &r->arena, &r->segments, e) != 0 ||
        check(r, rec, e) != 0)
        return -1;
    buf_str(out, rec->line);
    buf_char(out, '\n');
    return 0;
}

int render_record(struct render *r, const struct record *rec, struct buf *out,
                  struct err *e)
{
    arena_reset(&r->arena);
    bool finished = r->o->check && json_get(rec->root, "segments");
    if (read_document(r, rec, e) != 0)
        return -1;
    if (finished) {
        if (check_row(r, rec, out, e) != 0)
            return -1;
    } else {
        if (add_segments(r, rec, e) != 0 ||
            (r->o->check && check(r, rec, e) != 0))
            return -1;
        put_row(r, rec, out);
    }
    count(r);
    return 0;
}

/* ---- counts */

void render_count(const struct render *r, struct render_counts *sum)
{
    const struct render_counts *c = &r->counts;
    sum->clean += c->clean;
    sum->wrong += c->wrong;
    sum->attempts += c->attempts;
    sum->marks_in_text += c->marks_in_text;
    for (int k = 0; k < KIND_COUNT; k++) {
        sum->segments[k] += c->segments[k];
        sum->bytes[k] += c->bytes[k];
    }
}

static void put_kinds(struct buf *json, const char *name, const uint64_t *n)
{
    json_put_key(json, name);
    buf_char(json, '{');
    for (int k = KIND_PROMPT; k < KIND_COUNT; k++)
        json_put_i64(json, kind_names[k], (int64_t)n[k]);
    buf_char(json, '}');
}

void render_stats(const struct render_counts *c, struct buf *json)
{
    json_put_i64(json, "with_errors", (int64_t)c->wrong);
    json_put_i64(json, "without_errors", (int64_t)c->clean);
    json_put_i64(json, "attempts", (int64_t)c->attempts);
    json_put_i64(json, "marks_in_text", (int64_t)c->marks_in_text);
    put_kinds(json, "segments", c->segments);
    put_kinds(json, "bytes", c->bytes);
}
