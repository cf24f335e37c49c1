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

static int one_normalizer(struct tokenizer *t, const struct json *v,
                          struct str type, struct err *e)
{
    (void)v;
    if (!str_eq(type, STR("NFC")))
        return refuse(e, "normalizer", type);
    t->nfc = true;
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
    if (!t->byte_level)
        return err_set(e, STATUS_DATA,
                       "pre_tokenizer: one without ByteLevel "
                       "is not supported");
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

int tokenizer_decoder(const struct json *v, struct err *e)
{
    if (absent(v))
        return refuse(e, "decoder", STR("null"));
    struct str type = word(v, "type");
    return str_eq(type, STR("ByteLevel")) ? 0 : refuse(e, "decoder", type);
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
