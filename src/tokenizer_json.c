/*
 * Loading tokenizer.json: the model and the added tokens.  The format is
 * that of Hugging Face tokenizers (its serialisation is the specification).
 * What would change an id and is not done here is refused by name.
 */
#include "json.h"
#include "tokenizer_impl.h"

#define AHEAD 32 /* names that are looked up at a time */

static bool absent(const struct json *v)
{
    return !v || v->type == JSON_NULL;
}

static int refuse(struct err *e, const char *what)
{
    return err_set(e, STATUS_DATA, "%s is not supported", what);
}

/* Is this key a true that we cannot honour, or a string that is not empty? */
static bool is_set(const struct json *model, const char *key)
{
    const struct json *v = json_get(model, key);
    if (absent(v) || v->type == JSON_FALSE)
        return false;
    return !(v->type == JSON_STRING && v->n == 2);
}

static int check_model(const struct json *model, struct err *e)
{
    if (absent(model) || model->type != JSON_OBJECT)
        return err_set(e, STATUS_DATA, "no model: not a tokenizer.json");
    const struct json *type = json_get(model, "type");
    struct str raw = type ? json_raw(type) : STR("\"BPE\"");
    if (!str_eq(raw, STR("\"BPE\"")))
        return err_set(e, STATUS_DATA, "model: %.*s is not supported",
                       STR_ARG(raw));
    const struct json *dropout = json_get(model, "dropout");
    double p = 0;
    if (!absent(dropout) && (!json_f64(dropout, &p) || p != 0))
        return refuse(e, "model: dropout");
    if (is_set(model, "continuing_subword_prefix"))
        return refuse(e, "model: continuing_subword_prefix");
    if (is_set(model, "end_of_word_suffix"))
        return refuse(e, "model: end_of_word_suffix");
    return 0;
}

/* The token of an id, made room for. */
static struct token *token_slot(struct tokenizer *t, int64_t id)
{
    while ((int64_t)t->tokens.n <= id)
        vec_push(&t->tokens, (struct token){0});
    return &t->tokens.v[id];
}

/* Bytes that a name in the vocabulary stands for; a name with a character
 * that names no byte stands for itself, as in the ByteLevel decoder. */
static struct str bytes_of(struct tokenizer *t, struct str name)
{
    char *dst = arena_alloc(&t->arena, name.n + 1);
    size_t n = 0;
    const char *p = name.p, *end = name.p + name.n;
    while (p < end) {
        uint32_t cp;
        size_t step = utf8_step(p, end, &cp);
        int byte = step ? bpe_char_byte(cp) : -1;
        if (byte < 0)
            return name;
        dst[n++] = (char)byte;
        p += step;
    }
    return (struct str){dst, n};
}

/* The byte behind a name like <0x0A>, or -1. */
static int fallback_byte(struct str name)
{
    static const char digits[] = "0123456789ABCDEF";
    if (name.n != 6 || !str_starts(name, STR("<0x")) || name.p[5] != '>')
        return -1;
    const char *high = memchr(digits, name.p[3], 16);
    const char *low = memchr(digits, name.p[4], 16);
    return high && low ? (int)((high - digits) << 4 | (low - digits)) : -1;
}

/* What a name of the vocabulary is: bytes, or over characters the name
 * itself. */
static void name_token(struct tokenizer *t, struct str name, int32_t id)
{
    struct token *token = &t->tokens.v[id];
    struct bpe *b = &t->bpe;
    uint32_t cp;
    int byte = -1;
    token->bytes = b->chars ? name : bytes_of(t, name);
    token->raw = (uint32_t)token->bytes.n;
    if (b->chars) {
        byte = fallback_byte(name);
        if (name.n && utf8_step(name.p, name.p + name.n, &cp) == name.n)
            bpe_add_char(b, cp, id);
    } else if (token->bytes.n == 1 && token->bytes.p != name.p) {
        byte = (uint8_t)token->bytes.p[0];
    }
    if (byte < 0)
        return;
    b->bytes[byte] = id;
    token->raw = 1;
}

/* Fetches where the key that comes AHEAD members later will stand. */
static void hint_ahead(const struct bytemap *names, const struct json *key,
                       const struct json *end)
{
    if (end - key > 2 * AHEAD && key[2 * AHEAD].type == JSON_STRING &&
        !key[2 * AHEAD].escaped)
        bytemap_hint(
            names, str_sub(json_raw(key + 2 * AHEAD), 1, key[2 * AHEAD].n - 1));
}

static int read_vocab(struct tokenizer *t, const struct json *vocab,
                      struct bytemap *names, struct err *e)
{
    if (absent(vocab) || vocab->type != JSON_OBJECT)
        return err_set(e, STATUS_DATA, "model: no vocab");
    bytemap_reserve(names, vocab->span / 2);
    for (const struct json *key = json_begin(vocab); key < json_end(vocab);
         key = json_next(key + 1)) {
        hint_ahead(names, key, json_end(vocab));
        struct str name = json_string(key, &t->arena);
        int64_t id;
        if (!json_i64(key + 1, &id) || id < 0 || id >= TOKEN_ID_MAX)
            return err_set(e, STATUS_DATA, "model: vocab: bad id of %.*s",
                           STR_ARG(name));
        struct token *token = token_slot(t, id);
        if (token->bytes.p)
            return err_set(e, STATUS_DATA, "model: vocab: id %d is given twice",
                           (int)id);
        name_token(t, name, (int32_t)id);
        bytemap_put(names, name, (int32_t)id);
    }
    for (size_t byte = 0; t->bpe.chars && byte < 256; byte++)
        if (t->bpe.bytes[byte] < 0)
            return refuse(e, "model: byte_fallback without <0x00> to <0xFF>");
    return 0;
}

struct merge_names {
    struct str left, right, joined;
};

/* The names of a merge: "a b" or ["a","b"]. */
static bool merge_names(const struct json *v, struct arena *a,
                        struct merge_names *m)
{
    if (v->type == JSON_ARRAY && json_count(v) == 2) {
        const struct json *left = json_begin(v), *right = json_next(left);
        if (left->type != JSON_STRING || right->type != JSON_STRING)
            return false;
        m->left = json_string(left, a);
        m->right = json_string(right, a);
    } else if (v->type == JSON_STRING) {
        struct str s = json_string(v, a);
        size_t gap = str_find(s, STR(" "), 0);
        if (gap == s.n || str_find(s, STR(" "), gap + 1) < s.n)
            return false;
        m->left = str_sub(s, 0, gap);
        m->right = str_sub(s, gap + 1, s.n);
    } else {
        return false;
    }
    size_t n = m->left.n + m->right.n;
    char *joined = arena_alloc(a, n);
    memcpy(joined, m->left.p, m->left.n);
    memcpy(joined + m->left.n, m->right.p, m->right.n);
    m->joined = (struct str){joined, n};
    return true;
}

/* The ids of merge i: of its parts, and of what it makes. */
static int find_merge(struct tokenizer *t, const struct merge_names *m,
                      const struct bytemap *names, uint32_t i,
                      struct bpe_merge *ids, struct err *e)
{
    int32_t made = bytemap_get(names, m->joined);
    *ids = (struct bpe_merge){
        bytemap_get(names, m->left), bytemap_get(names, m->right), {i, made}};
    if (ids->left < 0 || ids->right < 0 || made < 0)
        return err_set(e, STATUS_DATA,
                       "model: merges[%u]: %.*s %.*s is not in the vocab", i,
                       STR_ARG(m->left), STR_ARG(m->right));
    if (t->tokens.v[made].flags & TOKEN_SPECIAL)
        return err_set(e, STATUS_DATA,
                       "model: merges[%u] makes a special token out of text",
                       i);
    if (t->bpe.chars) {
        if (fallback_byte(m->left) >= 0 || fallback_byte(m->right) >= 0 ||
            fallback_byte(t->tokens.v[made].bytes) >= 0)
            return err_set(e, STATUS_DATA,
                           "model: merges[%u]: a byte in it is not supported",
                           i);
        bpe_glue(&t->bpe, m->left, m->right);
    }
    return 0;
}

/* Reads up to AHEAD merges from *v on; where things stand is fetched for all
 * of them before the first is looked at. */
static int read_some(struct tokenizer *t, const struct json **v,
                     const struct json *end, const struct bytemap *names,
                     struct arena *a, struct err *e)
{
    struct merge_names m[AHEAD];
    struct bpe_merge ids[AHEAD];
    uint32_t first = t->bpe.merges, n = 0;
    arena_reset(a);
    for (; *v < end && n < AHEAD; *v = json_next(*v)) {
        if ((*v)->type == JSON_STRING &&
            str_starts(json_raw(*v), STR("\"#version")))
            continue;
        if (!merge_names(*v, a, &m[n]))
            return err_set(e, STATUS_DATA, "model: merges[%u]: not a pair",
                           first + n);
        bytemap_hint(names, m[n].left);
        bytemap_hint(names, m[n].right);
        bytemap_hint(names, m[n++].joined);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (find_merge(t, &m[i], names, first + i, &ids[i], e))
            return -1;
        bpe_hint(&t->bpe, ids[i].left, ids[i].right);
    }
    for (uint32_t i = 0; i < n; i++)
        bpe_add(&t->bpe, ids[i].left, ids[i].right, ids[i].pair.made);
    return 0;
}

static int read_merges(struct tokenizer *t, const struct json *merges,
                       const struct bytemap *names, struct err *e)
{
    struct arena a = {0};
    if (absent(merges) || merges->type != JSON_ARRAY)
        return err_set(e, STATUS_DATA, "model: no merges");
    int bad = 0;
    for (const struct json *v = json_begin(merges);
         v < json_end(merges) && !bad;)
        bad = read_some(t, &v, json_end(merges), names, &a, e);
    arena_free(&a);
    return bad;
}

/* An added token that is not special is looked for in text. */
static int read_worded(struct tokenizer *t, const struct json *v,
                       struct str text, struct err *e)
{
    static const char *const keys[] = {"lstrip", "rstrip", "single_word",
                                       "normalized"};
    bool on[COUNTOF(keys)] = {false};
    for (size_t k = 0; k < COUNTOF(keys); k++)
        if (json_get(v, keys[k]))
            json_bool(json_get(v, keys[k]), &on[k]);
    t->worded_normal |= on[3];
    for (size_t k = 0; k < 3; k++)
        if (on[k])
            return err_set(e, STATUS_DATA,
                           "added_tokens: %.*s: %s is not supported",
                           STR_ARG(text), keys[k]);
    return 0;
}

static int read_added(struct tokenizer *t, const struct json *v,
                      const struct bytemap *names, struct err *e)
{
    const struct json *content = json_get(v, "content");
    int64_t id = -1;
    bool special = false;
    if (!content || content->type != JSON_STRING || content->n <= 2 ||
        !json_get(v, "id") || !json_i64(json_get(v, "id"), &id) || id < 0 ||
        id >= TOKEN_ID_MAX)
        return err_set(e, STATUS_DATA, "added_tokens: needs id and content");
    if (json_get(v, "special"))
        json_bool(json_get(v, "special"), &special);
    struct str text = json_string(content, &t->arena);
    int32_t known = bytemap_get(names, text);
    struct token *token = token_slot(t, id);
    if (known >= 0 ? known != id
                   : token->bytes.p && !str_eq(token->bytes, text))
        return err_set(e, STATUS_DATA,
                       "added_tokens: %.*s: its id %d is not the vocab's",
                       STR_ARG(text), (int)id);
    for (int byte = 0; byte < 256; byte++)
        if (t->bpe.bytes[byte] == id)
            return err_set(e, STATUS_DATA,
                           "added_tokens: %.*s is a byte of "
                           "text",
                           STR_ARG(text));
    token->bytes = text;
    token->raw = (uint32_t)text.n;
    token->flags = TOKEN_ADDED | (special ? TOKEN_SPECIAL : 0);
    added_tree_put(&t->trees[special], text, (int32_t)id);
    bytemap_put(&t->added, text, (int32_t)id);
    return special ? 0 : read_worded(t, v, text, e);
}

static int read_all_added(struct tokenizer *t, const struct json *list,
                          const struct bytemap *names, struct err *e)
{
    if (absent(list))
        return 0;
    if (list->type != JSON_ARRAY)
        return err_set(e, STATUS_DATA, "added_tokens is not a list");
    for (const struct json *v = json_begin(list); v < json_end(list);
         v = json_next(v))
        if (read_added(t, v, names, e))
            return -1;
    return 0;
}

/* With ignore_merges, a piece that is in the vocab is that token; an added
 * token never is. */
static void read_words(struct tokenizer *t, const struct json *model)
{
    const struct json *v = json_get(model, "ignore_merges");
    bool on = false;
    if (!v || !json_bool(v, &on) || !on)
        return;
    bytemap_reserve(&t->bpe.words, t->tokens.n);
    for (size_t id = 0; id < t->tokens.n; id++)
        if (t->tokens.v[id].bytes.p && !t->tokens.v[id].flags)
            bytemap_put(&t->bpe.words, t->tokens.v[id].bytes, (int32_t)id);
}

static int read_model(struct tokenizer *t, const struct json *root,
                      struct err *e)
{
    const struct json *model = json_get(root, "model");
    if (check_model(model, e))
        return -1;
    const struct json *merges = json_get(model, "merges");
    struct bytemap names = {0};
    bpe_start(&t->bpe, absent(merges) ? 0 : json_count(merges));
    if (is_set(model, "byte_fallback"))
        bpe_start_chars(&t->bpe);
    int bad = read_vocab(t, json_get(model, "vocab"), &names, e) ||
              read_all_added(t, json_get(root, "added_tokens"), &names, e) ||
              read_merges(t, merges, &names, e);
    bytemap_free(&names);
    if (bad)
        return -1;
    bpe_finish(&t->bpe);
    read_words(t, model);
    t->info.vocab_size = (int32_t)t->tokens.n;
    return 0;
}

/* Marks that speak for themselves, where no configuration says more. */
static void read_marks(struct tokenizer *t, const struct json *root)
{
    int64_t pad;
    const struct json *padding = json_get(root, "padding");
    if (t->info.eos < 0)
        t->info.eos = tokenizer_special(t, STR("<|end|>"));
    t->info.pad = tokenizer_special(t, STR("<|pad|>"));
    if (t->info.pad < 0 && !absent(padding) && json_get(padding, "pad_id") &&
        json_i64(json_get(padding, "pad_id"), &pad) && pad >= 0 &&
        pad < t->info.vocab_size)
        t->info.pad = (int32_t)pad;
}

static int read_root(struct tokenizer *t, const struct json *root,
                     struct err *e)
{
    if (root->type != JSON_OBJECT)
        return err_set(e, STATUS_DATA, "not a tokenizer.json");
    if (!absent(json_get(root, "truncation")))
        return refuse(e, "truncation");
    if (read_model(t, root, e) ||
        tokenizer_normalizer(t, json_get(root, "normalizer"), e) ||
        tokenizer_pre(t, json_get(root, "pre_tokenizer"), e) ||
        tokenizer_post(t, json_get(root, "post_processor"), e) ||
        tokenizer_decoder(t, json_get(root, "decoder"), e))
        return -1;
    if (t->rewrite.n && t->worded_normal)
        return refuse(e, "added_tokens: normalized behind a normalizer");
    read_marks(t, root);
    return 0;
}

int tokenizer_parse(struct tokenizer *t, struct err *e)
{
    struct json_parser *parser = json_parser_new();
    const struct json *root;
    int bad = json_parse(parser, buf_view(&t->json), &root, e);
    if (!bad)
        bad = read_root(t, root, e);
    json_parser_free(parser);
    return bad ? -1 : 0;
}
