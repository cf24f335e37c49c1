/*
 * Tokenizers: what a program sees of them.  Loading is in tokenizer_json.c,
 * encoding in tokenizer_encode.c, merging in bpe.c, cutting in pretokenize.c,
 * finding added tokens in text in tokenizer_added.c.
 */
#include "tokenizer_impl.h"

#include <unistd.h>

#include "io.h"
#include "json.h"
#include "rng.h"

static const char *const builtin_marks[] = {"<|pad|>", "<|end|>", "<|wrong|>",
                                            "<|right|>", "[BACK]"};

/* The built-in tokenizer as Hugging Face would write it. */
static void builtin_json(struct buf *b)
{
    buf_cstr(b, "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,"
                "\"added_tokens\":[");
    for (size_t i = 0; i < COUNTOF(builtin_marks); i++)
        buf_printf(b,
                   "%s{\"id\":%d,\"content\":\"%s\",\"single_word\":false,"
                   "\"lstrip\":false,\"rstrip\":false,\"normalized\":false,"
                   "\"special\":true}",
                   i ? "," : "", (int)(256 + i), builtin_marks[i]);
    buf_cstr(b, "],\"normalizer\":null,\"pre_tokenizer\":{\"type\":"
                "\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":"
                "true,\"use_regex\":false},\"post_processor\":null,"
                "\"decoder\":{\"type\":\"ByteLevel\",\"add_prefix_space\":"
                "true,\"trim_offsets\":true,\"use_regex\":true},"
                "\"model\":{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":"
                "null,\"continuing_subword_prefix\":null,"
                "\"end_of_word_suffix\":null,\"fuse_unk\":false,"
                "\"byte_fallback\":false,\"ignore_merges\":false,\"vocab\":{");
    for (int byte = 0; byte < 256; byte++) {
        struct buf name = {0};
        utf8_put(&name, bpe_byte_char((uint8_t)byte));
        if (byte)
            buf_char(b, ',');
        json_put_string(b, buf_view(&name));
        buf_printf(b, ":%d", byte);
        buf_free(&name);
    }
    buf_cstr(b, "},\"merges\":[]}}\n");
}

/* json is taken over. */
static struct tokenizer *from_json(struct buf *json, struct err *e)
{
    struct tokenizer *t = mem_zero(1, sizeof *t);
    t->json = *json;
    *json = (struct buf){0};
    buf_reserve(&t->json, IO_PADDING);
    memset(t->json.p + t->json.n, 0, IO_PADDING);
    t->info = (struct tokenizer_info){0, -1, -1, -1, 0};
    t->info.hash = rng_hash(0, t->json.p, t->json.n);
    t->bos_named = -1;
    t->pretok = pretok_new();
    if (tokenizer_parse(t, e)) {
        tokenizer_free(t);
        return NULL;
    }
    return t;
}

struct tokenizer *tokenizer_builtin(void)
{
    struct buf json = {0};
    struct err e;
    builtin_json(&json);
    struct tokenizer *t = from_json(&json, &e);
    if (!t)
        die_err(&e);
    return t;
}

/* Reads tokenizer_config.json in the folder of path, if there is one. */
static int config_beside(struct tokenizer *t, const char *path, struct err *e)
{
    const char *slash = strrchr(path, '/');
    struct buf name = {0}, text = {0};
    buf_add(&name, path, slash ? (size_t)(slash + 1 - path) : 0);
    struct str folder = {path, name.n};
    buf_cstr(&name, "tokenizer_config.json");
    buf_char(&name, '\0');
    int bad = 0;
    if (access(name.p, F_OK) == 0) {
        bad = io_slurp(name.p, &text, e);
        buf_reserve(&text, IO_PADDING);
        memset(text.p + text.n, 0, IO_PADDING);
        if (!bad && tokenizer_config(t, buf_view(&text), e)) {
            struct err inner = *e;
            bad = err_set(e, inner.status, "%s: %s", name.p, inner.text);
        }
    }
    buf_free(&name);
    buf_free(&text);
    return bad ? bad : tokenizer_chat_beside(t, folder, e);
}

struct tokenizer *tokenizer_from(struct buf *json, const char *path,
                                 struct err *e)
{
    struct tokenizer *t = from_json(json, e);
    if (!t) {
        e->at.name = path;
    } else if (path && config_beside(t, path, e)) {
        tokenizer_free(t);
        return NULL;
    }
    return t;
}

struct tokenizer *tokenizer_load(const char *path, struct err *e)
{
    struct buf json = {0};
    if (io_slurp(path, &json, e)) {
        buf_free(&json);
        return NULL;
    }
    return tokenizer_from(&json, path, e);
}

void tokenizer_free(struct tokenizer *t)
{
    if (!t)
        return;
    buf_free(&t->json);
    arena_free(&t->arena);
    vec_free(&t->tokens);
    bytemap_free(&t->added);
    added_tree_free(&t->trees[0]);
    added_tree_free(&t->trees[1]);
    bpe_free(&t->bpe);
    pretok_free(t->pretok);
    vec_free(&t->rewrite);
    mem_free(t);
}

const struct tokenizer_info *tokenizer_info(const struct tokenizer *t)
{
    return &t->info;
}

struct str tokenizer_json(const struct tokenizer *t)
{
    return buf_view(&t->json);
}

void tokenizer_put_config(const struct tokenizer *t, int32_t context,
                          struct buf *out)
{
    const struct {
        const char *key;
        int32_t id;
    } marks[] = {{"bos_token", t->info.bos >= 0 ? t->info.bos : t->bos_named},
                 {"eos_token", t->info.eos},
                 {"pad_token", t->info.pad}};
    buf_printf(out,
               "{\n  \"tokenizer_class\": \"PreTrainedTokenizerFast\",\n"
               "  \"clean_up_tokenization_spaces\": false,\n"
               "  \"model_max_length\": %d,\n  \"add_bos_token\": %s",
               context, t->info.bos >= 0 ? "true" : "false");
    for (size_t i = 0; i < COUNTOF(marks); i++) {
        if (!tokenizer_is_added(t, marks[i].id))
            continue;
        buf_printf(out, ",\n  \"%s\": ", marks[i].key);
        json_put_string(out, t->tokens.v[marks[i].id].bytes);
    }
    tokenizer_put_chat(t, out);
    buf_cstr(out, "\n}\n");
}

int32_t tokenizer_special(const struct tokenizer *t, struct str text)
{
    return bytemap_get(&t->added, text);
}

bool tokenizer_is_special(const struct tokenizer *t, int32_t id)
{
    return id >= 0 && (size_t)id < t->tokens.n &&
           (t->tokens.v[id].flags & TOKEN_SPECIAL);
}

bool tokenizer_is_added(const struct tokenizer *t, int32_t id)
{
    return id >= 0 && (size_t)id < t->tokens.n &&
           (t->tokens.v[id].flags & TOKEN_ADDED);
}

bool tokenizer_has(const struct tokenizer *t, int32_t id)
{
    return id >= 0 && (size_t)id < t->tokens.n && t->tokens.v[id].bytes.p;
}

void tokenizer_decode(const struct tokenizer *t, const int32_t *ids, size_t n,
                      bool specials, struct buf *out)
{
    for (size_t i = 0; i < n; i++)
        if (tokenizer_has(t, ids[i]) &&
            (specials || !tokenizer_is_special(t, ids[i])))
            buf_str(out, t->tokens.v[ids[i]].bytes);
}

size_t tokenizer_lead(const struct tokenizer *t, struct str decoded)
{
    return t->strips && str_starts(decoded, STR(" "));
}
