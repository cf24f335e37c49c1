/* A row of any stage: its id, its fields, its targets. */
#include "record.h"

#include <stdarg.h>
#include <stdio.h>

#include "rng.h"

static struct where place(const struct record *r, const char *p)
{
    struct where at = r->at;
    bool inside = p >= r->line.p && p < r->line.p + r->line.n;
    at.col = inside ? (uint64_t)(p - r->line.p) + 1 : 0;
    return at;
}

static int take_id(struct arena *a, struct record *r, struct err *e)
{
    const struct json *id = json_get(r->root, "id");
    r->has_id = id != NULL;
    if (!id) {
        char hex[17];
        uint64_t hash = rng_hash(0, r->line.p, r->line.n);
        snprintf(hex, sizeof hex, "%016llx", (unsigned long long)hash);
        r->id = (struct str){arena_copy(a, hex, 16), 16};
        return 0;
    }
    if (id->type == JSON_STRING)
        r->id = json_string(id, a);
    else if (id->type == JSON_NUMBER)
        r->id = json_raw(id);
    else
        return err_at(e, place(r, id->p), "id must be a string or a number");
    return 0;
}

int record_parse(struct json_parser *p, struct arena *a, struct str line,
                 struct where at, struct record *r, struct err *e)
{
    *r = (struct record){.line = line, .at = at};
    if (json_parse(p, line, &r->root, e) < 0) {
        e->at.name = at.name;
        e->at.line = at.line;
        return -1;
    }
    if (r->root->type != JSON_OBJECT)
        return err_at(e, place(r, r->root->p), "a record must be an object");
    return take_id(a, r, e);
}

int record_refuse(const struct record *r, struct err *e, const char *fmt, ...)
{
    char text[sizeof e->text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return err_at(e, r->at, "%s", text);
}

int record_refuse_at(const struct record *r, const struct json *v,
                     struct err *e, const char *fmt, ...)
{
    char text[sizeof e->text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return err_at(e, place(r, v->p), "%s", text);
}

static bool dropped(const struct json *key, const char *const *drop)
{
    for (; *drop; drop++)
        if (json_key_is(key, str_of(*drop)))
            return true;
    return false;
}

void record_open(struct buf *out, const struct record *r,
                 const char *const *drop)
{
    const struct json *root = r->root;
    size_t first = out->n + 1;
    buf_reserve(out, r->line.n + 64);
    buf_char(out, '{');
    if (!r->has_id)
        json_put_field(out, "id", r->id);
    for (const struct json *k = json_begin(root); k < json_end(root);
         k = json_next(k + 1)) {
        if (dropped(k, drop))
            continue;
        if (out->n > first)
            buf_char(out, ',');
        buf_str(out, json_raw(k));
        buf_char(out, ':');
        buf_str(out, json_raw(k + 1));
    }
}

static int add_target(const struct record *r, struct arena *a,
                      struct target_vec *out, struct str field,
                      const struct json *v, struct err *e)
{
    if (v->type != JSON_STRING)
        return record_refuse_at(r, v, e, "%.*s must be a string",
                                STR_ARG(field));
    vec_push(out, (struct target){field, json_string(v, a)});
    return 0;
}

static int add_turns(const struct record *r, const struct json *messages,
                     struct arena *a, struct target_vec *out, struct err *e)
{
    if (messages->type != JSON_ARRAY)
        return record_refuse_at(r, messages, e, "messages must be a list");
    size_t n = 0;
    for (const struct json *m = json_begin(messages); m < json_end(messages);
         m = json_next(m), n++) {
        const struct json *role = json_get(m, "role");
        const struct json *content = json_get(m, "content");
        if (!role || role->type != JSON_STRING || !content)
            return record_refuse_at(
                r, m, e, "messages[%zu] needs a role and a content", n);
        bool assistant = str_eq(json_string(role, a), STR("assistant"));
        if (!assistant || content->type == JSON_NULL)
            continue;
        char field[48];
        int len = snprintf(field, sizeof field, "/messages/%zu/content", n);
        struct str name = {arena_copy(a, field, (size_t)len), (size_t)len};
        if (add_target(r, a, out, name, content, e) < 0)
            return -1;
    }
    return 0;
}

int record_targets(const struct record *r, struct arena *a,
                   struct target_vec *out, struct err *e)
{
    out->n = 0;
    const struct json *v;
    if ((v = json_get(r->root, "completion")))
        return add_target(r, a, out, STR("/completion"), v, e);
    if ((v = json_get(r->root, "messages")))
        return add_turns(r, v, a, out, e);
    if ((v = json_get(r->root, "text")))
        return add_target(r, a, out, STR("/text"), v, e);
    return record_refuse(r, e, "no text, completion or messages in the record");
}

struct str record_prompt(const struct record *r, struct arena *a)
{
    const struct json *v = json_get(r->root, "prompt");
    if (!v || v->type != JSON_STRING)
        return STR("");
    return json_string(v, a);
}
