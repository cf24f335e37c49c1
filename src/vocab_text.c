/* The texts of a document, in the stretches that insec-tokenize would encode
 * as one. */
#include "record.h"
#include "vocab_text.h"

static bool is_mark(const struct vocab_marks *marks, const struct segment *g)
{
    for (size_t i = 0; g->kind == KIND_MARK && i < marks->n; i++)
        if (str_eq(marks->v[i], g->text))
            return true;
    return false;
}

/* Text between two marks is one stretch. */
static int segments(struct vocab_reader *v, const struct record *r,
                    struct err *e)
{
    if (record_segments(r, &v->arena, &v->segments, e))
        return -1;
    v->text.n = 0;
    for (size_t i = 0; i < v->segments.n; i++) {
        const struct segment *g = &v->segments.v[i];
        if (!is_mark(v->marks, g)) {
            buf_str(&v->text, g->text);
            continue;
        }
        if (v->each(v->ctx, buf_view(&v->text), e))
            return -1;
        v->text.n = 0;
    }
    return v->each(v->ctx, buf_view(&v->text), e);
}

static int messages(struct vocab_reader *v, const struct json *list,
                    const struct record *r, struct err *e)
{
    if (list->type != JSON_ARRAY)
        return record_refuse_at(r, list, e, "messages must be a list");
    for (const struct json *m = json_begin(list); m < json_end(list);
         m = json_next(m)) {
        const struct json *c = json_get(m, "content");
        if (!c || (c->type != JSON_STRING && c->type != JSON_NULL))
            return record_refuse_at(r, m, e, "a message needs a content");
        if (c->type == JSON_STRING &&
            v->each(v->ctx, json_string(c, &v->arena), e))
            return -1;
    }
    return 0;
}

/* Appends a field: 1, 0 where it is not there, -1. */
static int field(struct vocab_reader *v, const struct record *r,
                 const char *key, struct err *e)
{
    const struct json *s = json_get(r->root, key);
    if (!s)
        return 0;
    if (s->type != JSON_STRING)
        return record_refuse_at(r, s, e, "%s is not a string", key);
    buf_str(&v->text, json_string(s, &v->arena));
    return 1;
}

int vocab_texts(struct vocab_reader *v, const struct record *r, struct err *e)
{
    const struct json *list = json_get(r->root, "messages");
    arena_reset(&v->arena);
    if (json_get(r->root, "segments"))
        return segments(v, r, e);
    v->text.n = 0;
    int prompt = field(v, r, "prompt", e);
    int target = field(v, r, "completion", e);
    if (!prompt && !target && list)
        return messages(v, list, r, e);
    if (!prompt && !target)
        target = field(v, r, "text", e);
    if (prompt < 0 || target < 0)
        return -1;
    if (!prompt && !target)
        return record_refuse(r, e, "no segments, text or prompt");
    return v->each(v->ctx, buf_view(&v->text), e);
}

void vocab_reader_free(struct vocab_reader *v)
{
    arena_free(&v->arena);
    vec_free(&v->segments);
    buf_free(&v->text);
}
