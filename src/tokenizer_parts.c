/*
 * Loading tokenizer.json: what stands around the model (normalizer,
 * pre-tokenizer, post-processor, decoder), and tokenizer_config.json.
 */
#include "json.h"
#include "tokenizer_impl.h"

static bool absent(const struct json *v)
{
    return !v || v->type == JSON_NULL;
}

/* The string under key, or an empty one; only names are compared with it. */
static struct str word(const struct json *v, const char *key)
{
    const struct json *s = json_get(v, key);
    if (absent(s) || s->type != JSON_STRING)
        return STR("");
    return (struct str){s->p + 1, s->n - 2};
}

static bool flag(const struct json *v, const char *key, bool otherwise)
{
    const struct json *f = json_get(v, key);
    bool on = otherwise;
    if (!absent(f))
        json_bool(f, &on);
    return on;
}

static int refuse(struct err *e, const char *part, struct str name)
{
    return err_set(e, STATUS_DATA, "%s: %.*s is not supported", part,
                   STR_ARG(name));
}

/* A part and the members of a Sequence, one after another. */
struct part {
    const char *name; /* "normalizer" */
    const char *list; /* key of a Sequence's members */
    int (*one)(struct tokenizer *t, const struct json *v, struct str type,
               struct err *e);
};

#define PART_DEPTH 8

static int walk(struct tokenizer *t, const struct part *part,
                const struct json *v, int depth, struct err *e)
{
    if (absent(v))
        return 0;
    struct str type = word(v, "type");
    if (!str_eq(type, STR("Sequence")))
        return part->one(t, v, type, e);
    const struct json *list = json_get(v, part->list);
    if (absent(list) || list->type != JSON_ARRAY || depth == PART_DEPTH)
        return refuse(e, part->name, STR("this Sequence"));
    for (const struct json *c = json_begin(list); c < json_end(list);
         c = json_next(c))
        if (walk(t, part, c, depth + 1, e))
            return -1;
    return 0;
}

/* The string under key, or the empty one; lives as long as the tokenizer. */
static struct str text_of(struct tokenizer *t, const struct json *v,
                          const char *key)
{
    const struct json *s = json_get(v, key);
    if (absent(s) || s->type != JSON_STRING)
        return STR("");
    return json_string(s, &t->arena);
}

/* {"pattern":{"String":what},"content":with}, the same in a normalizer and in
 * a decoder. */
static int read_replace(struct tokenizer *t, const struct json *v,
                        const char *part, struct rewrite_step *step,
                        struct err *e)
{
    const struct json *pattern = json_get(v, "pattern");
    if (absent(pattern) || pattern->type != JSON_OBJECT)
        return refuse(e, part, STR("Replace without a pattern"));
    if (json_get(pattern, "Regex"))
        return refuse(e, part, STR("Replace of a Regex"));
    step->how = REWRITE_REPLACE;
    step->what = text_of(t, pattern, "String");
    step->with = text_of(t, v, "content");
    return step->what.n ? 0 : refuse(e, part, STR("Replace of nothing"));
}

static int one_normalizer(struct tokenizer *t, const struct json *v,
                          struct str type, struct err *e)
{
    struct rewrite_step step = {REWRITE_NFC, {NULL, 0}, {NULL, 0}};
    if (str_eq(type, STR("Prepend"))) {
        step.how = REWRITE_PREPEND;
        step.what = text_of(t, v, "prepend");
    } else if (str_eq(type, STR("Replace"))) {
        if (read_replace(t, v, "normalizer", &step, e))
            return -1;
    } else if (!str_eq(type, STR("NFC"))) {
        return refuse(e, "normalizer", type);
    }
    vec_push(&t->rewrite, step);
    return 0;
}

int tokenizer_normalizer(struct tokenizer *t, const struct json *v,
                         struct err *e)
{
    static const struct part part = {"normalizer", "normalizers",
                                     one_normalizer};
    return walk(t, &part, v, 0, e);
}

static int one_split(struct tokenizer *t, const struct json *v, struct err *e)
{
    static const char *const hows[] = {"Isolated", "Removed",
                                       "MergedWithPrevious", "MergedWithNext",
                                       "Contiguous"};
    struct str name = word(v, "behavior");
    bool invert = flag(v, "invert", false);
    size_t how = 0;
    while (how < COUNTOF(hows) && !str_eq(name, str_of(hows[how])))
        how++;
    if (how == COUNTOF(hows))
        return refuse(e, "pre_tokenizer: Split", name);
    if (how == PRETOK_REMOVED && !invert)
        return refuse(e, "pre_tokenizer: Split", STR("Removed without invert"));
    const struct json *pattern = json_get(v, "pattern");
    const struct json *text = json_get(pattern, "Regex");
    bool regex = text != NULL;
    if (!text)
        text = json_get(pattern, "String");
    if (!text || text->type != JSON_STRING)
        return refuse(e, "pre_tokenizer: Split", STR("this pattern"));
    struct str s = json_string(text, &t->arena);
    return regex
               ? pretok_regex(t->pretok, s, (enum pretok_how)how, invert, e)
               : pretok_literal(t->pretok, s, (enum pretok_how)how, invert, e);
}

static int byte_level(struct tokenizer *t, const struct json *v, struct err *e)
{
    t->byte_level = true;
    if (flag(v, "add_prefix_space", true))
        pretok_prefix_space(t->pretok);
    if (!flag(v, "use_regex", true))
        return 0;
    return pretok_regex(t->pretok, str_of(pretok_preset(0)), PRETOK_ISOLATED,
                        false, e);
}

static int one_pre(struct tokenizer *t, const struct json *v, struct str type,
                   struct err *e)
{
    if (t->byte_level)
        return err_set(e, STATUS_DATA,
                       "pre_tokenizer: %.*s behind ByteLevel "
                       "is not supported",
                       STR_ARG(type));
    if (str_eq(type, STR("ByteLevel")))
        return byte_level(t, v, e);
    if (str_eq(type, STR("Split")))
        return one_split(t, v, e);
    if (str_eq(type, STR("Digits")))
        return pretok_regex(t->pretok,
                            flag(v, "individual_digits", false)
                                ? STR("\\p{N}")
                                : STR("\\p{N}+"),
                            PRETOK_ISOLATED, false, e);
    return refuse(e, "pre_tokenizer", type);
}

int tokenizer_pre(struct tokenizer *t, const struct json *v, struct err *e)
{
    static const struct part part = {"pre_tokenizer", "pretokenizers", one_pre};
    if (walk(t, &part, v, 0, e))
        return -1;
    if (t->byte_level == (t->bpe.chars != NULL))
        return err_set(e, STATUS_DATA,
                       "pre_tokenizer: one with%s ByteLevel "
                       "is not supported%s",
                       t->byte_level ? "" : "out",
                       t->byte_level ? " beside byte_fallback" : "");
    return 0;
}

/* The id behind a name in a template. */
static int32_t template_id(const struct tokenizer *t, const struct json *v,
                           const struct json *token)
{
    const struct json *table = json_get(v, "special_tokens");
    const struct json *name = json_get(token, "id");
    if (!table || !name || name->type != JSON_STRING)
        return -1;
    for (const struct json *key = json_begin(table); key < json_end(table);
         key = json_next(key + 1)) {
        if (!str_eq(json_raw(key), json_raw(name)))
            continue;
        const struct json *ids = json_get(key + 1, "ids");
        int64_t id;
        if (!ids || ids->type != JSON_ARRAY || json_count(ids) != 1 ||
            !json_i64(json_begin(ids), &id) || id < 0 ||
            id >= t->info.vocab_size)
            return -1;
        return (int32_t)id;
    }
    return -1;
}

/* At most one token before the text and one behind it. */
static int one_template(struct tokenizer *t, const struct json *v,
                        struct err *e)
{
    const struct json *single = json_get(v, "single");
    bool text = false;
    if (!single || single->type != JSON_ARRAY)
        return refuse(e, "post_processor", STR("this template"));
    for (const struct json *c = json_begin(single); c < json_end(single);
         c = json_next(c)) {
        const struct json *token = json_get(c, "SpecialToken");
        int32_t *to = text ? &t->info.eos : &t->info.bos;
        if (!token && json_get(c, "Sequence") && !text) {
            text = true;
            continue;
        }
        if (!token || *to >= 0 || (*to = template_id(t, v, token)) < 0)
            return refuse(e, "post_processor", STR("this template"));
    }
    return 0;
}

static int one_post(struct tokenizer *t, const struct json *v, struct str type,
                    struct err *e)
{
    if (str_eq(type, STR("ByteLevel"))) /* moves offsets, not ids */
        return 0;
    if (str_eq(type, STR("TemplateProcessing")))
        return one_template(t, v, e);
    return refuse(e, "post_processor", type);
}

int tokenizer_post(struct tokenizer *t, const struct json *v, struct err *e)
{
    static const struct part part = {"post_processor", "processors", one_post};
    return walk(t, &part, v, 0, e);
}

/* ---- the decoder of a model over characters */

/* Does to every token of text what the decoder would do to its name. */
static void replace_in_tokens(struct tokenizer *t,
                              const struct rewrite_step *step)
{
    struct rewriting w = {0};
    struct rewrite_steps one = {(struct rewrite_step *)step, 1, 1};
    struct err e;
    for (size_t id = 0; id < t->tokens.n; id++) {
        struct token *token = &t->tokens.v[id];
        if (token->bytes.p && !(token->flags & TOKEN_SPECIAL) &&
            rewrite(&w, &one, &token->bytes, &e) > 0)
            token->bytes.p =
                arena_copy(&t->arena, token->bytes.p, token->bytes.n);
    }
    rewriting_free(&w);
}

static void name_bytes(struct tokenizer *t)
{
    for (int byte = 0; byte < 256; byte++) {
        char c = (char)byte;
        t->tokens.v[t->bpe.bytes[byte]].bytes =
            (struct str){arena_copy(&t->arena, &c, 1), 1};
    }
}

/* Takes away the space that the normalizer puts in front. */
static int one_strip(struct tokenizer *t, const struct json *v, struct err *e)
{
    int64_t start = 0, stop = 0;
    const struct json *from = json_get(v, "start"), *to = json_get(v, "stop");
    bool leads = false;
    for (size_t i = 0; i < t->rewrite.n; i++)
        leads |= t->rewrite.v[i].how == REWRITE_PREPEND &&
                 str_eq(t->rewrite.v[i].what, STR("\xe2\x96\x81"));
    if (!str_eq(word(v, "content"), STR(" ")) || !from || !to ||
        !json_i64(from, &start) || !json_i64(to, &stop) || start != 1 ||
        stop != 0)
        return refuse(e, "decoder", STR("this Strip"));
    if (!leads)
        return refuse(e, "decoder", STR("Strip without Prepend"));
    t->strips = true;
    return 0;
}

/* One behind the other; Replace may stand there any number of times. */
enum { DECODE_REPLACE = 1, DECODE_BYTES, DECODE_FUSE, DECODE_STRIP };

static int one_decoder(struct tokenizer *t, const struct json *v,
                       struct str type, struct err *e)
{
    static const char *const types[] = {"", "Replace", "ByteFallback", "Fuse",
                                        "Strip"};
    struct rewrite_step step;
    int what = DECODE_STRIP;
    while (what && !str_eq(type, str_of(types[what])))
        what--;
    if (!what || !t->bpe.chars)
        return refuse(e, "decoder", type);
    int first = what == DECODE_BYTES ? 0 : what - 1;
    int last = what == DECODE_REPLACE ? what : what - 1;
    if (t->decoded < first || t->decoded > last)
        return refuse(e, "decoder", STR("this order"));
    t->decoded = what;
    if (what == DECODE_BYTES)
        name_bytes(t);
    if (what == DECODE_STRIP)
        return one_strip(t, v, e);
    if (what != DECODE_REPLACE)
        return 0;
    if (read_replace(t, v, "decoder", &step, e))
        return -1;
    replace_in_tokens(t, &step);
    return 0;
}

int tokenizer_decoder(struct tokenizer *t, const struct json *v, struct err *e)
{
    static const struct part part = {"decoder", "decoders", one_decoder};
    if (absent(v))
        return refuse(e, "decoder", STR("null"));
    if (!t->bpe.chars && str_eq(word(v, "type"), STR("ByteLevel")))
        return 0;
    if (walk(t, &part, v, 0, e))
        return -1;
    if (t->decoded < DECODE_BYTES)
        return refuse(e, "decoder", STR("one without ByteFallback"));
    return 0;
}

/* "bos_token": a string or {"content"}.  Sets *id to -1 where there is none,
 * or none that tokenizer.json knows; false then. */
static bool config_token(struct tokenizer *t, const struct json *root,
                         const char *key, int32_t *id)
{
    const struct json *v = json_get(root, key);
    if (!absent(v) && v->type == JSON_OBJECT)
        v = json_get(v, "content");
    *id = -1;
    if (absent(v))
        return true;
    if (v->type == JSON_STRING)
        *id = tokenizer_special(t, json_string(v, &t->arena));
    return *id >= 0;
}

/* GPT-2 names a bos_token that no text begins with: only add_bos_token or a
 * template puts one in front. */
static int read_config(struct tokenizer *t, const struct json *root,
                       struct err *e)
{
    int32_t bos, eos, pad;
    if (root->type != JSON_OBJECT)
        return err_set(e, STATUS_DATA, "not an object");
    bool on = false, known = config_token(t, root, "bos_token", &bos);
    const struct json *add = json_get(root, "add_bos_token");
    if (!absent(add) && json_bool(add, &on)) {
        if (on && (!known || bos < 0))
            return err_set(e, STATUS_DATA,
                           "bos_token is not in "
                           "tokenizer.json");
        t->info.bos = on ? bos : -1;
    }
    t->bos_named = bos;
    tokenizer_keep_chat(t, root);
    if (!config_token(t, root, "eos_token", &eos))
        return err_set(e, STATUS_DATA, "eos_token is not in tokenizer.json");
    config_token(t, root, "pad_token", &pad);
    if (eos >= 0)
        t->info.eos = eos;
    if (pad >= 0)
        t->info.pad = pad;
    return 0;
}

int tokenizer_config(struct tokenizer *t, struct str text, struct err *e)
{
    struct json_parser *parser = json_parser_new();
    const struct json *root;
    int bad = json_parse(parser, text, &root, e);
    if (!bad)
        bad = read_config(t, root, e);
    json_parser_free(parser);
    return bad ? -1 : 0;
}
