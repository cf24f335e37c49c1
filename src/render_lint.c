/*
 * Lint: what a trainer would stumble over in segments from anywhere.  Looks
 * at what is there and changes nothing.
 */
#include <unicode/uchar.h>

#include "render_impl.h"

struct finder {
    const struct record *rec;
    struct buf *out;
    size_t found;
};

/* A line of JSON; segment SIZE_MAX: the row. */
static void find(struct finder *f, size_t segment, const char *what)
{
    buf_char(f->out, '{');
    json_put_field(f->out, "file", str_of(f->rec->at.name));
    json_put_i64(f->out, "line", (int64_t)f->rec->at.line);
    json_put_i64(f->out, "segment",
                 segment == SIZE_MAX ? -1 : (int64_t)segment);
    json_put_field(f->out, "finding", str_of(what));
    buf_cstr(f->out, "}\n");
    f->found++;
}

static bool joins(struct str s, bool at_end)
{
    size_t at = at_end ? s.n : 0;
    uint32_t cp = 0;
    if (s.n == 0)
        return false;
    if (at_end)
        do
            at--;
        while (at > 0 && ((unsigned char)s.p[at] & 0xC0) == 0x80);
    (void)utf8_step(s.p + at, s.p + s.n, &cp);
    return u_isalnum((UChar32)cp);
}

/* Reads one segment as far as it can be read. */
static void look(struct finder *f, const struct json *v, size_t i,
                 struct arena *a, struct segment *s)
{
    const struct json *label = json_get(v, "label");
    const struct json *text = json_get(v, "text");
    const struct json *kind = json_get(v, "kind");
    *s = (struct segment){false, KIND_COUNT, STR(""), false};
    const struct json *special = json_get(v, "special");
    if (special && !json_bool(special, &s->special))
        find(f, i, "special is neither true nor false");
    if (!label || !json_bool(label, &s->label))
        find(f, i, "label is missing, or not true or false");
    if (!text || text->type != JSON_STRING)
        find(f, i, "text is missing, or no string");
    else
        s->text = json_string(text, a);
    if (text && text->type == JSON_STRING && s->text.n == 0)
        find(f, i, "the text is empty");
    if (!kind)
        return;
    int code = kind->type == JSON_STRING ? kind_of(json_string(kind, a)) : -1;
    if (code < 0)
        find(f, i, "the kind is not known");
    else if (s->label != (kind_weights[code] > 0))
        find(f, i, "the label does not fit the kind");
    if (code >= 0)
        s->kind = (enum kind)code;
}

static void look_edge(struct finder *f, size_t i, const struct segment *s)
{
    if (s[0].kind == KIND_MARK || s[1].kind == KIND_MARK || s[0].special ||
        s[1].special)
        return;
    if (segment_trailing(s[0].text) < s[0].text.n)
        find(f, i, "ends in white space: cut before it, or tokens change");
    else if (joins(s[0].text, true) && joins(s[1].text, false))
        find(f, i, "ends inside a word: tokens change");
}

size_t render_lint(struct render *r, const struct record *rec, struct buf *out)
{
    struct finder f = {rec, out, 0};
    struct segment_vec *s = &r->script.segments;
    const struct json *list = json_get(rec->root, "segments");
    bool learnt = false;
    arena_reset(&r->arena);
    s->n = 0;
    if (!list || list->type != JSON_ARRAY) {
        find(&f, SIZE_MAX, "no list of segments");
        return f.found;
    }
    for (const struct json *v = json_begin(list); v < json_end(list);
         v = json_next(v)) {
        struct segment one;
        look(&f, v, s->n, &r->arena, &one);
        vec_push(s, one);
        learnt |= one.label && one.text.n > 0;
    }
    for (size_t i = 0; i + 1 < s->n; i++)
        look_edge(&f, i, &s->v[i]);
    if (!learnt)
        find(&f, SIZE_MAX, "nothing in the row is learnt");
    return f.found;
}
