/*
 * Tokenizers: what a program sees of them.  Loading is in tokenizer_json.c,
 * merging in bpe.c, cutting in pretokenize.c,
 * finding added tokens in text in tokenizer_added.c.
 */
#include "tokenizer_impl.h"

#include <unistd.h>

#include "io.h"
#include "json.h"
#include "rng.h"
#include "scan.h"

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

struct encoder {
    const struct tokenizer *t;
    struct bpe_work *work;  /* owns */
    struct pretok_run *run; /* owns */
    struct rewriting rewriting;
};

struct encoder *encoder_new(const struct tokenizer *t)
{
    struct encoder *c = mem_zero(1, sizeof *c);
    c->t = t;
    c->work = bpe_work_new();
    c->run = pretok_run_new(t->pretok);
    return c;
}

void encoder_free(struct encoder *c)
{
    if (!c)
        return;
    bpe_work_free(c->work);
    pretok_run_free(c->run);
    rewriting_free(&c->rewriting);
    mem_free(c);
}

void encoder_cache(struct encoder *c, size_t bytes)
{
    bpe_work_cache(c->work, bytes);
}

/* Where the pieces of one text go. */
struct encoding {
    struct encoder *c;
    struct i32_vec *ids;
    struct size_vec *ends;       /* or NULL */
    const struct size_vec *from; /* of a normalised text, or NULL */
};

/* Ends of the tokens from base on, which make up piece. */
static void put_ends(struct encoding *g, const struct piece *piece, size_t base)
{
    const struct token *tokens = g->c->t->tokens.v;
    size_t done = 0;
    vec_reserve(g->ends, g->ids->n - base);
    for (size_t i = base; i < g->ids->n; i++) {
        done += tokens[g->ids->v[i]].raw;
        size_t end = piece->at + done - piece->led;
        if (g->from && end)
            end = g->from->v[end - 1];
        g->ends->v[g->ends->n++] = end;
    }
}

/* What bpe_encode could not do with text. */
static int unencoded(int bad, size_t n, struct err *e)
{
    if (bad < 0)
        return err_set(e, STATUS_DATA, "a piece of %zu bytes is too long", n);
    return err_set(e, STATUS_DATA,
                   "byte 0x%02x has no token in this vocabulary",
                   (unsigned)bad);
}

/* A piece that is cut by a scanner, or at the borders of merges. */
static int put_cut(struct encoding *g, struct scan *scan,
                   const struct piece *piece, struct err *e)
{
    size_t ends[512], base = g->ids->n;
    struct bpe_pieces p = {piece->text, 0, ends, 0};
    int bad;
    for (;;) {
        p.n = scan
                  ? scan_cut(scan, p.text, p.from, ends, COUNTOF(ends))
                  : bpe_cut(&g->c->t->bpe, p.text, p.from, ends, COUNTOF(ends));
        if (!p.n)
            break;
        if (bpe_encode_run(&g->c->t->bpe, g->c->work, &p, g->ids, &bad))
            return unencoded(bad, piece->text.n, e);
        p.from = ends[p.n - 1];
    }
    if (g->ends)
        put_ends(g, piece, base);
    return 0;
}

static int put_piece(void *ctx, const struct piece *piece, struct err *e)
{
    struct encoding *g = ctx;
    const struct bpe *b = &g->c->t->bpe;
    int bad;
    size_t base = g->ids->n;
    if (b->chars && !b->words.n)
        return put_cut(g, NULL, piece, e);
    if (bpe_encode(b, g->c->work, piece->text, g->ids, &bad))
        return unencoded(bad, piece->text.n, e);
    if (g->ends)
        put_ends(g, piece, base);
    return 0;
}

struct encoded { /* where ids go, and where they end */
    struct i32_vec *ids;
    struct size_vec *ends; /* or NULL */
};

/* Text without added tokens. */
static int encode_plain(struct encoder *c, struct str text, struct i32_vec *ids,
                        struct size_vec *ends, struct err *e)
{
    struct encoding g = {c, ids, ends, NULL};
    struct piece all = {text, 0, false};
    if (!c->t->bpe.chars && !c->t->rewrite.n && !pretok_steps(c->t->pretok))
        return put_piece(&g, &all, e);
    if (!json_utf8(text))
        return err_set(e, STATUS_DATA, "byte %zu of the text is not UTF-8",
                       utf8_check(text));
    int changed = rewrite(&c->rewriting, &c->t->rewrite, &all.text, e);
    if (changed < 0)
        return -1;
    if (changed)
        g.from = rewriting_from(&c->rewriting);
    struct scan *scan = pretok_scan(c->run);
    if (scan)
        return put_cut(&g, scan, &all, e);
    return pretok_each(c->run, all.text, put_piece, &g, e);
}

/* The same from byte `from` of the text on, of which ends count. */
static int encode_stretch(struct encoder *c, struct str text, size_t from,
                          struct encoded out, struct err *e)
{
    size_t before = out.ends ? out.ends->n : 0;
    if (!text.n)
        return 0;
    if (encode_plain(c, text, out.ids, out.ends, e))
        return -1;
    for (size_t k = before; out.ends && k < out.ends->n; k++)
        out.ends->v[k] += from;
    return 0;
}

int encoder_encode(struct encoder *c, struct str text, struct i32_vec *ids,
                   struct size_vec *ends, struct err *e)
{
    const struct tokenizer *t = c->t;
    struct encoded out = {ids, ends};
    size_t from = 0, i = 0;
    int32_t id;
    while (t->trees[0].n &&
           (i = tokenizer_next_added(t, text, i, 0)) < text.n) {
        size_t len = tokenizer_added_at(t, str_sub(text, i, text.n), 0, &id);
        if (!len) {
            i++;
            continue;
        }
        if (encode_stretch(c, str_sub(text, from, i), from, out, e))
            return -1;
        vec_push(ids, id);
        from = i += len;
        if (ends)
            vec_push(ends, from);
    }
    return encode_stretch(c, str_sub(text, from, text.n), from, out, e);
}
