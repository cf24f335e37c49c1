/* Writes requests and finds answers by a hash of their custom_id, which is
 * `id|copy|field|start`. */
#include "corrupt_answers.h"
#include "io.h"
#include "rng.h"

struct answer {
    struct str id; /* p NULL: a free slot */
    struct str text;
};

struct answers {
    struct arena arena; /* owns the strings */
    VEC(struct answer) all;
    size_t duplicates;
    uint32_t *slot; /* owns; [slots]; index + 1 into all, 0: free */
    size_t slots;
};

static void put_id(struct buf *out, const struct request *r)
{
    buf_str(out, r->id);
    buf_printf(out, "|%llu|", (unsigned long long)r->copy);
    buf_str(out, r->field);
    buf_printf(out, "|%zu", r->start);
}

void request_put(struct buf *out, const struct request *r)
{
    struct buf id = {0}, prompt = {0};
    put_id(&id, r);
    buf_str(&prompt, r->prompt);
    if (r->prompt.n > 0)
        buf_char(&prompt, '\n');
    buf_str(&prompt, r->context);
    buf_char(out, '{');
    json_put_field(out, "custom_id", buf_view(&id));
    json_put_field(out, "method", STR("POST"));
    json_put_field(out, "url", STR("/v1/completions"));
    json_put_key(out, "body");
    buf_char(out, '{');
    json_put_field(out, "model", STR("default"));
    json_put_field(out, "prompt",
                   (struct str){prompt.p ? prompt.p : "", prompt.n});
    json_put_i64(out, "max_tokens", 256);
    buf_cstr(out, "}}\n");
    buf_free(&id);
    buf_free(&prompt);
}

/* choices[0].text or choices[0].message.content of a response; or NULL. */
static const struct json *text_of(const struct json *root)
{
    const struct json *response = json_get(root, "response");
    const struct json *body = response ? json_get(response, "body") : NULL;
    const struct json *choices = body ? json_get(body, "choices") : NULL;
    if (!choices || choices->type != JSON_ARRAY || json_count(choices) == 0)
        return NULL;
    const struct json *first = json_begin(choices);
    const struct json *v = json_get(first, "text");
    const struct json *message = json_get(first, "message");
    if (!v && message)
        v = json_get(message, "content");
    return v && v->type == JSON_STRING ? v : NULL;
}

/* The slot of an id: its own, or a free one. */
static uint32_t *slot_of(const struct answers *a, struct str id)
{
    size_t i = rng_hash(0, id.p, id.n) & (a->slots - 1);
    while (a->slot[i] && !str_eq(a->all.v[a->slot[i] - 1].id, id))
        i = (i + 1) & (a->slots - 1);
    return &a->slot[i];
}

static void grow(struct answers *a)
{
    if (2 * (a->all.n + 1) <= a->slots)
        return;
    mem_free(a->slot);
    a->slots = a->slots ? 2 * a->slots : 1024;
    a->slot = mem_zero(a->slots, sizeof *a->slot);
    for (size_t i = 0; i < a->all.n; i++)
        *slot_of(a, a->all.v[i].id) = (uint32_t)i + 1;
}

static struct str keep(struct answers *a, struct str s)
{
    return (struct str){arena_copy(&a->arena, s.p, s.n), s.n};
}

static int load_line(struct answers *a, struct json_parser *p, struct str line,
                     struct where at, struct err *e)
{
    const struct json *root;
    size_t bad = utf8_check(line);
    if (bad < line.n) {
        at.col = bad + 1;
        return err_at(e, at, "malformed UTF-8");
    }
    if (json_parse(p, line, &root, e)) {
        struct err why = *e;
        at.col = why.at.col;
        return err_at(e, at, "%s", why.text);
    }
    const struct json *id = json_get(root, "custom_id");
    if (!id || id->type != JSON_STRING)
        return err_at(e, at, "an answer needs a custom_id");
    const struct json *text = text_of(root);
    struct answer x = {keep(a, json_string(id, &a->arena)), {"", 0}};
    if (text)
        x.text = keep(a, json_string(text, &a->arena));
    grow(a);
    uint32_t *slot = slot_of(a, x.id);
    if (*slot) {
        a->duplicates++;
        return 0;
    }
    vec_push(&a->all, x);
    *slot = (uint32_t)a->all.n;
    return 0;
}

struct answers *answers_load(const char *path, struct err *e)
{
    struct reader *r = reader_open(path, 0, e);
    if (!r)
        return NULL;
    struct answers *a = mem_zero(1, sizeof *a);
    struct json_parser *p = json_parser_new();
    struct str line;
    int rc;
    grow(a);
    while ((rc = reader_line(r, &line, e)) > 0)
        if (line.n > 0 && load_line(a, p, line, reader_where(r), e)) {
            rc = -1;
            break;
        }
    json_parser_free(p);
    reader_close(r);
    if (rc == 0)
        return a;
    answers_free(a);
    return NULL;
}

void answers_free(struct answers *a)
{
    if (!a)
        return;
    arena_free(&a->arena);
    vec_free(&a->all);
    mem_free(a->slot);
    mem_free(a);
}

bool answers_find(const struct answers *a, const struct request *r,
                  struct str *text)
{
    struct buf id = {0};
    put_id(&id, r);
    uint32_t at = *slot_of(a, buf_view(&id));
    buf_free(&id);
    if (at)
        *text = a->all.v[at - 1].text;
    return at != 0;
}

size_t answers_n(const struct answers *a)
{
    return a->all.n;
}

size_t answers_duplicates(const struct answers *a)
{
    return a->duplicates;
}
