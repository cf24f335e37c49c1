/* The stand-off errors of a record. */
#include "record.h"

/* Walks a text once, in step with the sorted errors: code points to bytes. */
struct ruler {
    struct str text;
    size_t cp, byte;
};

static bool advance(struct ruler *r, size_t cp, size_t *byte)
{
    if (cp < r->cp)
        r->cp = r->byte = 0;
    size_t more = utf8_offset(str_sub(r->text, r->byte, r->text.n), cp - r->cp);
    if (more == SIZE_MAX)
        return false;
    r->cp = cp;
    *byte = r->byte += more;
    return true;
}

static struct str member(const struct json *v, const char *key, struct arena *a,
                         bool *ok)
{
    const struct json *m = json_get(v, key);
    if (m && m->type == JSON_STRING)
        return json_string(m, a);
    *ok = false;
    return STR("");
}

static bool offset(const struct json *v, const char *key, size_t *out)
{
    int64_t n;
    const struct json *m = json_get(v, key);
    if (!m || !json_i64(m, &n) || n < 0)
        return false;
    *out = (size_t)n;
    return true;
}

/* The members of one error, types checked, nothing else. */
static bool read_edit(const struct json *v, struct arena *a, struct edit *x,
                      struct str *field)
{
    bool ok = v->type == JSON_OBJECT;
    if (!ok)
        return false;
    *field = member(v, "field", a, &ok);
    x->right = member(v, "right", a, &ok);
    x->wrong = member(v, "wrong", a, &ok);
    x->kind = member(v, "class", a, &ok);
    x->rule = member(v, "rule", a, &ok);
    x->reason = member(v, "reason", a, &ok);
    return ok && offset(v, "start", &x->start) && offset(v, "end", &x->end);
}

/* Searched from the target of the error before: errors are sorted, so that a
 * sound list is read in one go.  targets->n where there is none; one further
 * back is found too, and then not in order. */
static size_t find_target(const struct target_vec *targets, size_t from,
                          struct str field)
{
    for (size_t k = 0; k < targets->n; k++) {
        size_t i = from + k < targets->n ? from + k : from + k - targets->n;
        if (str_eq(targets->v[i].field, field))
            return i;
    }
    return targets->n;
}

/* Is x after, or an alternative to, the error before it? */
static bool in_order(const struct edit *before, const struct edit *x)
{
    if (before->target != x->target)
        return before->target < x->target;
    if (before->start == x->start && before->end == x->end)
        return true;
    return before->end <= x->start;
}

/* Why x does not fit the text, or NULL. */
static const char *misfit(struct edit *x, const struct edit *before,
                          struct ruler *at)
{
    if (x->end < x->start)
        return "it ends before it starts";
    if (before && !in_order(before, x))
        return "not in order, or it overlaps the one before";
    bool same = before && before->target == x->target &&
                before->start == x->start && before->end == x->end;
    if (same) { /* an alternative: no way back through the text */
        x->from = before->from;
        x->to = before->to;
    } else if (!advance(at, x->start, &x->from) ||
               !advance(at, x->end, &x->to)) {
        return "it lies beyond the end of the text";
    }
    if (str_eq(x->right, x->wrong))
        return "wrong equals right";
    return NULL;
}

/* done: the errors before x. */
static int check_edit(const struct record *r, const struct json *v,
                      struct edit *x, const struct edit_vec *done,
                      struct ruler *at, struct err *e)
{
    const char *why = misfit(x, done->n ? &done->v[done->n - 1] : NULL, at);
    if (why)
        return record_refuse_at(r, v, e, "errors[%zu]: %s", done->n, why);
    struct str there = str_sub(at->text, x->from, x->to);
    if (!str_eq(there, x->right))
        return record_refuse_at(
            r, v, e, "errors[%zu]: right is \"%.*s\", the text has \"%.*s\"",
            done->n, STR_ARG(x->right), STR_ARG(there));
    return 0;
}

int record_edits(const struct record *r, struct arena *a,
                 const struct target_vec *targets, struct edit_vec *out,
                 struct err *e)
{
    out->n = 0;
    const struct json *list = json_get(r->root, "errors");
    if (!list)
        return 0;
    if (list->type != JSON_ARRAY)
        return record_refuse_at(r, list, e, "errors must be a list");
    struct ruler at = {0};
    size_t last = SIZE_MAX;
    for (const struct json *v = json_begin(list); v < json_end(list);
         v = json_next(v)) {
        struct edit x = {0};
        struct str field;
        if (!read_edit(v, a, &x, &field))
            return record_refuse_at(r, v, e,
                                    "errors[%zu]: a member is missing or of "
                                    "the wrong type",
                                    out->n);
        x.target = find_target(targets, out->n ? last : 0, field);
        if (x.target == targets->n)
            return record_refuse_at(r, v, e,
                                    "errors[%zu]: the record has no target "
                                    "%.*s",
                                    out->n, STR_ARG(field));
        if (x.target != last)
            at = (struct ruler){targets->v[x.target].text, 0, 0};
        last = x.target;
        if (check_edit(r, v, &x, out, &at, e) < 0)
            return -1;
        vec_push(out, x);
    }
    return 0;
}

void record_put_edits(struct buf *out, const struct target_vec *targets,
                      const struct edit_vec *edits)
{
    json_put_key(out, "errors");
    buf_char(out, '[');
    for (size_t i = 0; i < edits->n; i++) {
        const struct edit *x = &edits->v[i];
        buf_cstr(out, i ? ",{" : "{");
        json_put_field(out, "field", targets->v[x->target].field);
        json_put_i64(out, "start", (int64_t)x->start);
        json_put_i64(out, "end", (int64_t)x->end);
        json_put_field(out, "right", x->right);
        json_put_field(out, "wrong", x->wrong);
        json_put_field(out, "class", x->kind);
        json_put_field(out, "rule", x->rule);
        json_put_field(out, "reason", x->reason);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}
