/* The tokenizer in a GGUF file: from tokenizer.json, whose byte-level BPE
 * both formats write alike. */
#include <stdio.h>

#include "gguf_impl.h"
#include "io.h"
#include "json.h"

enum { TOKEN_NORMAL = 1, TOKEN_CONTROL = 3, TOKEN_USER = 4, TOKEN_UNUSED = 5 };

struct token {
    struct str text; /* p NULL: no such id */
    int type;
};

struct vocab {
    struct json_parser *parser;
    struct buf text;
    struct arena arena;
    const struct json *root;
};

static int refuse(struct err *e, const char *why)
{
    return err_set(e, STATUS_DATA, "GGUF: the tokenizer: %s", why);
}

static int vocab_open(struct vocab *v, const struct tokenizer *t, struct err *e)
{
    *v = (struct vocab){.parser = json_parser_new()};
    buf_str(&v->text, tokenizer_json(t));
    buf_reserve(&v->text, IO_PADDING);
    return json_parse(v->parser, buf_view(&v->text), &v->root, e)
               ? refuse(e, "is not JSON")
               : 0;
}

static void vocab_close(struct vocab *v)
{
    json_parser_free(v->parser);
    buf_free(&v->text);
    arena_free(&v->arena);
}

/* ---- the pre-tokenizer's name */

static bool is_text(const struct json *v, struct arena *a, const char *want)
{
    return v && v->type == JSON_STRING &&
           str_eq(json_string(v, a), str_of(want));
}

static const char *name_of_split(const struct json *split, struct arena *a)
{
    static const struct {
        const char *name, *regex;
    } known[] = {
        {"llama-bpe",
         "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|"
         "\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|"
         "\\s+(?!\\S)|\\s+"},
        {"qwen2", "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|"
                  "\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|"
                  "\\s+(?!\\S)|\\s+"},
        {"gpt-2", "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+|"
                  " ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"},
    };
    const struct json *pattern = json_get(split, "pattern");
    const struct json *regex = pattern ? json_get(pattern, "Regex") : NULL;
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (is_text(regex, a, known[i].regex))
            return known[i].name;
    return NULL;
}

/* The name, or NULL.  Without merges every byte is a token, whatever the
 * pieces, so then any name is right. */
static const char *pre_of(struct vocab *v)
{
    const struct json *pre = json_get(v->root, "pre_tokenizer");
    const struct json *model = json_get(v->root, "model");
    const struct json *merges = model ? json_get(model, "merges") : NULL;
    bool regex = true;
    if (merges && merges->type == JSON_ARRAY && json_count(merges) == 0)
        return "gpt-2";
    if (!pre || pre->type != JSON_OBJECT)
        return NULL;
    if (is_text(json_get(pre, "type"), &v->arena, "ByteLevel")) {
        const struct json *use = json_get(pre, "use_regex");
        return !use || (json_bool(use, &regex) && regex) ? "gpt-2" : NULL;
    }
    const struct json *list = json_get(pre, "pretokenizers");
    if (!list || list->type != JSON_ARRAY || json_count(list) != 2)
        return NULL;
    const struct json *split = json_begin(list), *bytes = json_next(split);
    const struct json *use = json_get(bytes, "use_regex");
    return use && json_bool(use, &regex) && !regex
               ? name_of_split(split, &v->arena)
               : NULL;
}

int gguf_check(const struct tokenizer *t, struct err *e)
{
    struct vocab v;
    int rc = vocab_open(&v, t, e);
    if (!rc && !pre_of(&v))
        rc = refuse(e, "its pre-tokenizer has no name in GGUF");
    vocab_close(&v);
    return rc;
}

/* ---- tokens and merges */

static int put_token(struct token *all, size_t n, const struct json *id,
                     struct token token)
{
    int64_t at;
    if (!id || !json_i64(id, &at) || at < 0 || (size_t)at >= n)
        return -1;
    all[at] = token;
    return 0;
}

/* all[n] from the vocabulary and the added tokens. */
static int read_tokens(struct vocab *v, struct token *all, size_t n)
{
    const struct json *model = json_get(v->root, "model");
    const struct json *words = model ? json_get(model, "vocab") : NULL;
    const struct json *added = json_get(v->root, "added_tokens");
    int rc = words && words->type == JSON_OBJECT ? 0 : -1;
    for (const struct json *k = rc ? NULL : json_begin(words);
         !rc && k < json_end(words); k = json_next(k + 1))
        rc = put_token(all, n, k + 1,
                       (struct token){json_string(k, &v->arena), TOKEN_NORMAL});
    if (rc || !added || added->type != JSON_ARRAY)
        return rc;
    for (const struct json *a = json_begin(added); !rc && a < json_end(added);
         a = json_next(a)) {
        const struct json *text = json_get(a, "content");
        const struct json *flag = json_get(a, "special");
        bool special = false;
        if (!text || text->type != JSON_STRING ||
            (flag && !json_bool(flag, &special)))
            return -1;
        rc = put_token(all, n, json_get(a, "id"),
                       (struct token){json_string(text, &v->arena),
                                      special ? TOKEN_CONTROL : TOKEN_USER});
    }
    return rc;
}

static void put_tokens(struct gguf_head *h, const struct token *all, size_t n)
{
    gguf_array(h, "tokenizer.ggml.tokens", GGUF_STRING, n);
    for (size_t i = 0; i < n; i++) {
        char gap[32];
        int k = snprintf(gap, sizeof gap, "[PAD%zu]", i);
        gguf_text(&h->pairs,
                  all[i].text.p ? all[i].text : (struct str){gap, (size_t)k});
    }
    gguf_array(h, "tokenizer.ggml.token_type", GGUF_I32, n);
    for (size_t i = 0; i < n; i++)
        gguf_int(&h->pairs,
                 (uint64_t)(all[i].text.p ? all[i].type : TOKEN_UNUSED), 4);
}

/* Both ways of writing a merge become "a b". */
static int put_merges(struct gguf_head *h, struct vocab *v)
{
    const struct json *model = json_get(v->root, "model");
    const struct json *merges = model ? json_get(model, "merges") : NULL;
    if (!merges || merges->type != JSON_ARRAY)
        return -1;
    gguf_array(h, "tokenizer.ggml.merges", GGUF_STRING, json_count(merges));
    for (const struct json *m = json_begin(merges); m < json_end(merges);
         m = json_next(m)) {
        if (m->type == JSON_STRING) {
            gguf_text(&h->pairs, json_string(m, &v->arena));
            continue;
        }
        if (m->type != JSON_ARRAY || json_count(m) != 2 ||
            m[1].type != JSON_STRING || m[2].type != JSON_STRING)
            return -1;
        struct str a = json_string(m + 1, &v->arena);
        struct str b = json_string(m + 2, &v->arena);
        gguf_int(&h->pairs, a.n + 1 + b.n, 8);
        buf_str(&h->pairs, a);
        buf_char(&h->pairs, ' ');
        buf_str(&h->pairs, b);
    }
    return 0;
}

static void put_ids(struct gguf_head *h, const struct tokenizer_info *info)
{
    if (info->bos >= 0)
        gguf_u32(h, "tokenizer.ggml.bos_token_id", info->bos);
    if (info->eos >= 0)
        gguf_u32(h, "tokenizer.ggml.eos_token_id", info->eos);
    if (info->pad >= 0)
        gguf_u32(h, "tokenizer.ggml.padding_token_id", info->pad);
    gguf_key(h, "tokenizer.ggml.add_bos_token", GGUF_BOOL);
    gguf_int(&h->pairs, info->bos >= 0, 1);
}

int gguf_vocab(struct gguf_head *h, const struct tokenizer *t,
               const struct model_config *c, struct err *e)
{
    struct vocab v;
    int rc = vocab_open(&v, t, e);
    const char *pre = rc ? NULL : pre_of(&v);
    struct token *all = mem_zero((size_t)c->vocab, sizeof *all);
    if (!rc && !pre)
        rc = refuse(e, "its pre-tokenizer has no name in GGUF");
    if (!rc && read_tokens(&v, all, (size_t)c->vocab))
        rc = refuse(e, "its ids do not fit the network");
    if (!rc) {
        gguf_string(h, "tokenizer.ggml.model", STR("gpt2"));
        gguf_string(h, "tokenizer.ggml.pre", str_of(pre));
        put_tokens(h, all, (size_t)c->vocab);
        if (put_merges(h, &v))
            rc = refuse(e, "its merges cannot be read");
        put_ids(h, tokenizer_info(t));
    }
    mem_free(all);
    vocab_close(&v);
    return rc;
}
