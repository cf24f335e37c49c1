/*
 * --check: a sequence gives its document back, whether it was just made or
 * comes from a stage behind this one.
 */
#include "render_impl.h"

int check_document(struct render *r, const struct record *rec, struct err *e)
{
    struct buf *want = &r->left, *got = &r->right;
    want->n = got->n = 0;
    for (size_t i = 0; i < r->pieces.n; i++)
        buf_str(want, r->pieces.v[i].text);
    render_strip(&r->script.segments, got);
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

static const char *misfit(const struct segment_vec *s, size_t i)
{
    const struct segment *g = &s->v[i];
    bool last = i + 1 == s->n && (i == 0 || g[-1].kind != KIND_WRONG);
    if (g->text.n == 0)
        return "the text is empty";
    if (g->label != (kind_weights[g->kind] > 0))
        return "the label does not fit the kind";
    if (g->kind == KIND_WRONG && (last || s->v[i + 1].kind == KIND_CONTEXT ||
                                  s->v[i + 1].kind == KIND_PROMPT))
        return "an error that nothing takes back";
    return NULL;
}

/* Leaves what the assistant says: a chat template may write the rest in
 * another order. */
static void drop_given(struct segment_vec *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        if (!s->v[i].special && s->v[i].kind != KIND_PROMPT)
            s->v[n++] = s->v[i];
    s->n = n;
}

/* Checks that against the document's answers, where that was kept. */
static int check_answers(struct render *r, const struct record *rec,
                         struct err *e)
{
    size_t n = 0;
    if (!json_get(rec->root, "completion") && !json_get(rec->root, "messages"))
        return 0;
    r->joined = true;
    int bad = row_document(r, rec, e);
    r->joined = r->o->chat != NULL;
    for (size_t i = 0; i < r->pieces.n; i++)
        if (r->pieces.v[i].target)
            r->pieces.v[n++] = r->pieces.v[i];
    r->pieces.n = n;
    return bad ? -1 : check_document(r, rec, e);
}

/* The classes of the errors, where the row has them, fit its n stretches of
 * wrong text. */
static int check_classes(struct render *r, const struct record *rec, size_t n,
                         struct err *e)
{
    const struct json *v = json_get(rec->root, "error_classes");
    if (!v || (record_error_classes(rec, &r->arena, &r->classes) &&
               r->classes.ends.n == n))
        return 0;
    return record_refuse_at(rec, v, e,
                            "error_classes is no list of classes for each of "
                            "%zu stretches of wrong text",
                            n);
}

/* A row that has segments already: they are checked, against the document
 * too where that was kept. */
static int check_segments(struct render *r, const struct record *rec,
                          struct err *e)
{
    struct segment_vec *s = &r->script.segments;
    size_t stretches = 0;
    if (record_segments(rec, &r->arena, s, e) != 0)
        return -1;
    for (size_t i = 0; i < s->n; i++)
        stretches += s->v[i].kind == KIND_WRONG &&
                     (i == 0 || s->v[i - 1].kind != KIND_WRONG);
    bool chat = record_is_chat(s);
    if (chat)
        drop_given(s);
    for (size_t i = 0; i < s->n; i++) {
        const char *why = misfit(s, i);
        if (why)
            return record_refuse(rec, e, "segments[%zu]: %s", i, why);
    }
    if (check_classes(r, rec, stretches, e) != 0)
        return -1;
    r->pieces.n = r->edits.n = 0;
    if (chat)
        return check_answers(r, rec, e);
    if (!json_get(rec->root, "text") && !json_get(rec->root, "completion") &&
        !json_get(rec->root, "messages"))
        return 0;
    if (row_document(r, rec, e) != 0)
        return -1;
    return check_document(r, rec, e);
}

static int check_tokens(struct render *r, const struct record *rec,
                        struct err *e)
{
    struct tokens t = {0};
    size_t n = 0;
    int status = record_tokens(rec, &t, e);
    for (size_t i = 0; i < t.kinds.n; i++)
        n += t.kinds.v[i] == KIND_WRONG &&
             (i == 0 || t.kinds.v[i - 1] != KIND_WRONG);
    if (status == 0)
        status = check_classes(r, rec, n, e);
    vec_free(&t.ids);
    vec_free(&t.kinds);
    return status;
}

int check_stage(struct render *r, const struct record *rec, struct err *e)
{
    bool tokens = !json_get(rec->root, "segments");
    script_clear(&r->script);
    r->pieces.n = r->edits.n = 0;
    return tokens ? check_tokens(r, rec, e) : check_segments(r, rec, e);
}
