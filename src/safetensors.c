/*
 * The safetensors layout, read and written.  It knows extents and names, not
 * what the tensors mean, and it never copies their data.
 */
#include "safetensors.h"

#include <stdlib.h>

static const struct {
    const char *name;
    size_t size; /* bytes of an element */
} types[] = {
    [ST_U8] = {"U8", 1},   [ST_I32] = {"I32", 4},   [ST_I64] = {"I64", 8},
    [ST_F16] = {"F16", 2}, [ST_BF16] = {"BF16", 2}, [ST_F32] = {"F32", 4},
};

/* A tensor before its bytes are known to be there. */
struct entry {
    struct st_tensor t;
    size_t begin, end; /* bytes, from the end of the header */
};
VEC_NAMED(entry_vec, struct entry);

uint64_t st_header_bytes(const void *p)
{
    const unsigned char *byte = p;
    uint64_t n = 0;
    for (int i = 7; i >= 0; i--)
        n = n << 8 | byte[i];
    return n;
}

static int refuse(struct err *e, const struct st_tensor *t, const char *why)
{
    return err_set(e, STATUS_DATA, "tensor \"%.*s\": %s", STR_ARG(t->name),
                   why);
}

static bool is_size(const struct json *v, size_t *out)
{
    int64_t n;
    if (v->type != JSON_NUMBER || !json_i64(v, &n) || n < 0)
        return false;
    *out = (size_t)n;
    return true;
}

static int read_type(const struct json *v, struct arena *a, struct st_tensor *t,
                     struct err *e)
{
    if (!v || v->type != JSON_STRING)
        return refuse(e, t, "no dtype");
    struct str name = json_string(v, a);
    for (size_t i = 0; i < COUNTOF(types); i++) {
        if (str_eq(name, str_of(types[i].name))) {
            t->type = (enum st_type)i;
            return 0;
        }
    }
    return err_set(e, STATUS_DATA, "tensor \"%.*s\": dtype %.*s is not known",
                   STR_ARG(t->name), STR_ARG(name));
}

/* The shape, and in t->bytes how many bytes it asks for. */
static int read_shape(const struct json *v, struct st_tensor *t, struct err *e)
{
    if (!v || v->type != JSON_ARRAY)
        return refuse(e, t, "no shape");
    if (json_count(v) > ST_RANK)
        return refuse(e, t, "too many dimensions");
    t->bytes = types[t->type].size;
    const struct json *c = json_begin(v);
    for (; c < json_end(v); c = json_next(c)) {
        size_t n;
        if (!is_size(c, &n))
            return refuse(e, t, "a dimension is not a whole number");
        t->shape[t->rank++] = n;
        if (__builtin_mul_overflow(t->bytes, n, &t->bytes))
            return refuse(e, t, "the shape is too large");
    }
    return 0;
}

static int read_offsets(const struct json *v, struct entry *n, struct err *e)
{
    if (!v || v->type != JSON_ARRAY || json_count(v) != 2)
        return refuse(e, &n->t, "data_offsets is not a pair");
    const struct json *c = json_begin(v);
    if (!is_size(c, &n->begin) || !is_size(json_next(c), &n->end))
        return refuse(e, &n->t, "an offset is not a whole number");
    if (n->end < n->begin)
        return refuse(e, &n->t, "ends before it begins");
    if (n->end - n->begin != n->t.bytes)
        return err_set(e, STATUS_DATA,
                       "tensor \"%.*s\": %zu bytes, its shape takes %zu",
                       STR_ARG(n->t.name), n->end - n->begin, n->t.bytes);
    return 0;
}

static int read_meta(const struct json *v, struct st_file *f, struct err *e)
{
    if (v->type != JSON_OBJECT)
        return err_set(e, STATUS_DATA, "__metadata__ is not an object");
    for (const struct json *k = json_begin(v); k < json_end(v);
         k = json_next(k + 1)) {
        if (k[1].type != JSON_STRING)
            return err_set(e, STATUS_DATA,
                           "__metadata__ has a value that is not a string");
        struct str key = json_string(k, &f->arena);
        struct str value = json_string(k + 1, &f->arena);
        value.p = arena_copy(&f->arena, value.p, value.n); /* adds the NUL */
        struct st_pair pair = {arena_copy(&f->arena, key.p, key.n), value};
        vec_push(&f->meta, pair);
    }
    return 0;
}

static int by_extent(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

static int by_name(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int c =
        memcmp(x->t.name.p, y->t.name.p, size_min(x->t.name.n, y->t.name.n));
    if (c)
        return c;
    return x->t.name.n < y->t.name.n ? -1 : x->t.name.n > y->t.name.n;
}

/* Puts the entries in the order of their bytes; they must lie end to end. */
static int check_extents(struct entry_vec *list, struct err *e)
{
    if (list->n == 0)
        return 0;
    qsort(list->v, list->n, sizeof *list->v, by_name);
    for (size_t i = 1; i < list->n; i++) {
        if (by_name(&list->v[i - 1], &list->v[i]) == 0)
            return refuse(e, &list->v[i].t, "named twice");
    }
    qsort(list->v, list->n, sizeof *list->v, by_extent);
    size_t at = 0;
    for (size_t i = 0; i < list->n; i++) {
        const struct entry *n = &list->v[i];
        if (n->begin != at)
            return refuse(e, &n->t,
                          n->begin < at ? "overlaps the one before"
                                        : "a hole before it");
        at = n->end;
    }
    return 0;
}

/* All entries of the header object; names and metadata live in f->arena. */
static int read_entries(const struct json *root, struct st_file *f,
                        struct entry_vec *list, struct err *e)
{
    if (root->type != JSON_OBJECT)
        return err_set(e, STATUS_DATA, "the header is not an object");
    for (const struct json *k = json_begin(root); k < json_end(root);
         k = json_next(k + 1)) {
        const struct json *v = k + 1;
        if (json_key_is(k, STR("__metadata__"))) {
            if (f->meta.n > 0)
                return err_set(e, STATUS_DATA, "__metadata__ is there twice");
            if (read_meta(v, f, e) < 0)
                return -1;
            continue;
        }
        struct entry n = {.t.name = json_string(k, &f->arena)};
        if (read_type(json_get(v, "dtype"), &f->arena, &n.t, e) < 0 ||
            read_shape(json_get(v, "shape"), &n.t, e) < 0 ||
            read_offsets(json_get(v, "data_offsets"), &n, e) < 0)
            return -1;
        vec_push(list, n);
    }
    return check_extents(list, e);
}

/* The header's text within bytes, checked against their number. */
static int find_header(struct str bytes, struct str *text, struct err *e)
{
    if (bytes.n < 8)
        return err_set(e, STATUS_DATA, "%zu bytes are no safetensors file",
                       bytes.n);
    uint64_t n = st_header_bytes(bytes.p);
    if (n > ST_HEADER_MAX || n > bytes.n - 8)
        return err_set(e, STATUS_DATA, "a header of %llu bytes does not fit",
                       (unsigned long long)n);
    *text = str_sub(bytes, 8, 8 + (size_t)n);
    return 0;
}

static int read_header(struct str text, struct st_file *f,
                       struct entry_vec *list, struct err *e)
{
    /* The parser reads past the end, and names must outlive bytes. */
    char *copy = arena_alloc(&f->arena, text.n + IO_PADDING);
    memcpy(copy, text.p, text.n);
    memset(copy + text.n, ' ', IO_PADDING);
    struct json_parser *p = json_parser_new();
    const struct json *root;
    int r = json_parse(p, (struct str){copy, text.n}, &root, e);
    if (r < 0 && e->status == STATUS_DATA) {
        char why[sizeof e->text];
        memcpy(why, e->text, sizeof why);
        err_set(e, STATUS_DATA, "header byte %llu: %.400s",
                (unsigned long long)e->at.col, why);
    }
    if (r == 0)
        r = read_entries(root, f, list, e);
    json_parser_free(p);
    return r;
}

int st_span(struct str head, size_t *bytes, struct err *e)
{
    struct st_file f = {0};
    struct entry_vec list = {0};
    struct str text;
    int r = find_header(head, &text, e);
    if (r == 0)
        r = read_header(text, &f, &list, e);
    *bytes = list.n > 0 ? list.v[list.n - 1].end : 0;
    vec_free(&list);
    st_free(&f);
    return r;
}

int st_parse(struct str bytes, struct st_file *f, struct err *e)
{
    memset(f, 0, sizeof *f);
    struct entry_vec list = {0};
    struct str text;
    int r = find_header(bytes, &text, e);
    if (r == 0)
        r = read_header(text, f, &list, e);
    size_t have = r == 0 ? bytes.n - 8 - text.n : 0;
    size_t want = list.n > 0 ? list.v[list.n - 1].end : 0;
    if (r == 0 && want != have)
        r = err_set(e, STATUS_DATA, "%zu bytes of tensors, the header says %zu",
                    have, want);
    for (size_t i = 0; r == 0 && i < list.n; i++) {
        list.v[i].t.data = text.p + text.n + list.v[i].begin;
        vec_push(&f->tensors, list.v[i].t);
    }
    vec_free(&list);
    if (r < 0)
        st_free(f);
    return r;
}

void st_free(struct st_file *f)
{
    vec_free(&f->tensors);
    vec_free(&f->meta);
    arena_free(&f->arena);
}

const struct st_tensor *st_get(const struct st_file *f, const char *name)
{
    for (size_t i = 0; i < f->tensors.n; i++) {
        if (str_eq(f->tensors.v[i].name, str_of(name)))
            return &f->tensors.v[i];
    }
    return NULL;
}

const char *st_meta(const struct st_file *f, const char *key)
{
    for (size_t i = 0; i < f->meta.n; i++) {
        if (strcmp(f->meta.v[i].key, key) == 0)
            return f->meta.v[i].value.p;
    }
    return NULL;
}

static void put_tensor(struct buf *out, const struct st_tensor *t, size_t at)
{
    json_put_string(out, t->name);
    buf_printf(out, ":{\"dtype\":\"%s\",\"shape\":[", types[t->type].name);
    for (int i = 0; i < t->rank; i++)
        buf_printf(out, "%s%zu", i > 0 ? "," : "", t->shape[i]);
    buf_printf(out, "],\"data_offsets\":[%zu,%zu]}", at, at + t->bytes);
}

void st_header(struct buf *out, const struct st_tensor *t, size_t n,
               const struct st_pair *meta, size_t n_meta)
{
    size_t start = out->n;
    buf_add(out, "\0\0\0\0\0\0\0\0", 8);
    buf_char(out, '{');
    if (n_meta > 0) {
        buf_cstr(out, "\"__metadata__\":{");
        for (size_t i = 0; i < n_meta; i++)
            json_put_field(out, meta[i].key, meta[i].value);
        buf_char(out, '}');
    }
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 || n_meta > 0)
            buf_char(out, ',');
        put_tensor(out, &t[i], at);
        at += t[i].bytes;
    }
    buf_char(out, '}');
    while ((out->n - start) % 8)
        buf_char(out, ' ');
    uint64_t size = out->n - start - 8;
    for (int i = 0; i < 8; i++)
        out->p[start + (size_t)i] = (char)(size >> (8 * i));
}
