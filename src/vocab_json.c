/* Writing a tokenizer.json, and adding marks to one. */
#include "bpe.h"
#include "bytemap.h"
#include "json.h"
#include "vocab.h"

static void put_mark(struct buf *out, int64_t id, struct str text)
{
    buf_printf(out, "{\"id\":%lld,\"content\":", (long long)id);
    json_put_string(out, text);
    buf_cstr(out, ",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,"
                  "\"normalized\":false,\"special\":true}");
}

/* The bytes by their names; none of these needs an escape but two. */
static void put_name(struct buf *out, struct str bytes)
{
    for (size_t i = 0; i < bytes.n; i++) {
        uint8_t c = (uint8_t)bytes.p[i];
        if (c == '"' || c == '\\')
            buf_char(out, '\\');
        utf8_put(out, bpe_byte_char(c));
    }
}

static void put_level(struct buf *out, bool regex)
{
    buf_printf(out,
               "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,"
               "\"trim_offsets\":true,\"use_regex\":%s}",
               regex ? "true" : "false");
}

static void put_cutting(struct buf *out, struct str pattern)
{
    buf_cstr(out, ",\"normalizer\":null,\"pre_tokenizer\":");
    if (pattern.n) {
        buf_cstr(out, "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":"
                      "\"Split\",\"pattern\":{\"Regex\":");
        json_put_string(out, pattern);
        buf_cstr(out, "},\"behavior\":\"Isolated\",\"invert\":false},");
    }
    put_level(out, !pattern.n);
    if (pattern.n)
        buf_cstr(out, "]}");
    buf_cstr(out, ",\"post_processor\":null,\"decoder\":");
    put_level(out, true);
}

void vocab_put(const struct vocab *v, struct str pattern,
               const struct vocab_marks *marks, struct buf *out)
{
    buf_cstr(out, "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,"
                  "\"added_tokens\":[");
    for (size_t i = 0; i < marks->n; i++) {
        if (i)
            buf_char(out, ',');
        put_mark(out, (int64_t)(v->tokens.n + i), marks->v[i]);
    }
    buf_char(out, ']');
    put_cutting(out, pattern);
    buf_cstr(out, ",\"model\":{\"type\":\"BPE\",\"dropout\":null,"
                  "\"unk_token\":null,\"continuing_subword_prefix\":null,"
                  "\"end_of_word_suffix\":null,\"fuse_unk\":false,"
                  "\"byte_fallback\":false,\"ignore_merges\":");
    buf_cstr(out, v->whole ? "true" : "false");
    buf_cstr(out, ",\"vocab\":{");
    for (size_t i = 0; i < v->tokens.n; i++) {
        buf_cstr(out, i ? ",\"" : "\"");
        put_name(out, v->tokens.v[i]);
        buf_printf(out, "\":%zu", i);
    }
    buf_cstr(out, "},\"merges\":[");
    for (size_t i = 0; i < v->merges.n; i++) {
        const struct vocab_merge *m = &v->merges.v[i];
        buf_cstr(out, i ? ",\"" : "\"");
        put_name(out, v->tokens.v[m->left]);
        buf_char(out, ' ');
        put_name(out, v->tokens.v[m->right]);
        buf_char(out, '"');
    }
    buf_cstr(out, "]}}\n");
}

/* ---- adding */

struct known {
    struct arena arena;
    struct bytemap vocab, added; /* by name */
    int64_t size;                /* of the vocab */
    int64_t highest;             /* id, of both; -1: none */
    int64_t last;                /* highest id of the added ones; -1: none */
};

static int note(struct known *k, struct bytemap *map, const struct json *name,
                const struct json *id, struct err *e)
{
    int64_t v;
    if (!name || name->type != JSON_STRING || !id || !json_i64(id, &v) ||
        v < 0 || v >= INT32_MAX)
        return err_set(e, STATUS_DATA, "a token without a name or an id");
    bytemap_put(map, json_string(name, &k->arena), (int32_t)v);
    k->highest = v > k->highest ? v : k->highest;
    return 0;
}

static int read_known(struct known *k, const struct json *root, struct err *e)
{
    const struct json *vocab = json_get(json_get(root, "model"), "vocab");
    const struct json *added = json_get(root, "added_tokens");
    if (!vocab || vocab->type != JSON_OBJECT)
        return err_set(e, STATUS_DATA, "no vocab: not a tokenizer.json");
    for (const struct json *c = json_begin(vocab); c < json_end(vocab);
         c = json_next(c + 1), k->size++)
        if (note(k, &k->vocab, c, c + 1, e))
            return -1;
    if (!added || added->type == JSON_NULL)
        return 0;
    if (added->type != JSON_ARRAY)
        return err_set(e, STATUS_DATA, "added_tokens is not a list");
    for (const struct json *c = json_begin(added); c < json_end(added);
         c = json_next(c)) {
        const struct json *id = json_get(c, "id");
        if (note(k, &k->added, json_get(c, "content"), id, e))
            return -1;
        int64_t v = 0;
        json_i64(id, &v);
        k->last = v > k->last ? v : k->last;
    }
    return 0;
}

/* The name that the model would give to these bytes. */
static int32_t as_text(const struct known *k, struct str mark)
{
    struct buf name = {0};
    for (size_t i = 0; i < mark.n; i++)
        utf8_put(&name, bpe_byte_char((uint8_t)mark.p[i]));
    int32_t id = bytemap_get(&k->vocab, buf_view(&name));
    buf_free(&name);
    return id >= 0 ? id : bytemap_get(&k->vocab, mark);
}

/* Appends the objects of the marks that are new. */
static int put_marks(struct known *k, const struct vocab_marks *marks,
                     struct buf *out, struct err *e)
{
    int64_t next = k->last + 1 > k->size ? k->last + 1 : k->size;
    for (size_t i = 0; i < marks->n; i++) {
        struct str mark = marks->v[i];
        if (bytemap_get(&k->added, mark) >= 0)
            continue;
        if (as_text(k, mark) >= 0)
            return err_set(e, STATUS_DATA, "%.*s is a token that text can make",
                           STR_ARG(mark));
        if (next != k->highest + 1)
            return err_set(e, STATUS_DATA,
                           "ids end at %lld and the next is %lld: a "
                           "vocabulary with gaps",
                           (long long)k->highest, (long long)next);
        if (out->n || k->added.n)
            buf_char(out, ',');
        put_mark(out, next, mark);
        bytemap_put(&k->added, mark, (int32_t)next);
        k->highest = next++;
    }
    return 0;
}

/* json with objects put at the end of its list of added tokens. */
static void insert(struct str json, const struct json *root, struct str objects,
                   struct buf *out)
{
    const struct json *added = json_get(root, "added_tokens");
    size_t from, to;
    if (!added)
        from = to = (size_t)(root->p + 1 - json.p);
    else if (added->type == JSON_NULL)
        from = (size_t)(added->p - json.p), to = from + added->n;
    else
        from = to = (size_t)(added->p + added->n - 1 - json.p);
    bool list = added && added->type == JSON_ARRAY;
    buf_str(out, str_sub(json, 0, from));
    if (!list)
        buf_cstr(out, added ? "[" : "\"added_tokens\":[");
    buf_str(out, objects);
    if (!list)
        buf_cstr(out, added ? "]" : "],");
    buf_str(out, str_sub(json, to, json.n));
}

int vocab_add(struct str json, const struct vocab_marks *marks, struct buf *out,
              struct err *e)
{
    struct json_parser *parser = json_parser_new();
    struct known k = {.highest = -1, .last = -1};
    struct buf objects = {0};
    const struct json *root;
    int bad = json_parse(parser, json, &root, e);
    if (!bad)
        bad = read_known(&k, root, e) || put_marks(&k, marks, &objects, e);
    if (!bad && objects.n)
        insert(json, root, buf_view(&objects), out);
    else if (!bad)
        buf_str(out, json);
    json_parser_free(parser);
    arena_free(&k.arena);
    bytemap_free(&k.vocab);
    bytemap_free(&k.added);
    buf_free(&objects);
    return bad ? -1 : 0;
}
