/*
 * insec-tokenize: segments to token ids, and back with -d.  Options and glue;
 * what a token may be is decided in sequence.c and tokenizer.c.
 */
#include "filter.h"
#include "sequence.h"
#include "tiktoken.h"

struct options {
    const char *tokenizer;
    int preset; /* of a rank file; 0: a tokenizer.json */
    struct opt_list marks;
    int64_t cache; /* bytes for each thread */
    bool decode, labels, plain, count;
    struct filter_opts filter;
};

struct run {
    const struct options *o;
    struct tokenizer *t;
    uint64_t *texts; /* of ids; NULL: some are too large */
    struct sequence_counts counts;
};

struct worker {
    const struct options *o;
    struct sequence sequence;
    struct json_parser *parser;
    struct arena arena;
    struct segment_vec segments;
    struct tokens tokens;
};

static void *worker_new(void *ctx)
{
    struct run *run = ctx;
    struct worker *w = mem_zero(1, sizeof *w);
    w->o = run->o;
    w->parser = json_parser_new();
    w->tokens.texts = run->texts;
    sequence_start(&w->sequence, run->t, w->o->plain);
    encoder_cache(w->sequence.c, (size_t)w->o->cache);
    return w;
}

static void worker_free(void *ctx, void *worker)
{
    struct run *run = ctx;
    struct worker *w = worker;
    sequence_counts_add(&run->counts, &w->sequence.counts);
    sequence_free(&w->sequence);
    json_parser_free(w->parser);
    arena_free(&w->arena);
    vec_free(&w->segments);
    vec_free(&w->tokens.ids);
    vec_free(&w->tokens.kinds);
    mem_free(w);
}

/* Appends row field key as a segment: 1, 0 where it is not there, -1. */
static int add_field(struct worker *w, const struct record *r, const char *key,
                     enum kind kind, struct err *e)
{
    const struct json *v = json_get(r->root, key);
    if (!v)
        return 0;
    if (v->type != JSON_STRING)
        return record_refuse(r, e, "%s is not a string", key);
    struct segment s = {kind_weights[kind] > 0, kind, json_string(v, &w->arena),
                        false};
    vec_push(&w->segments, s);
    return 1;
}

/* The row's segments; a prompt alone is still to be continued. */
static int read_row(struct worker *w, const struct record *r, bool *open,
                    struct err *e)
{
    *open = false;
    if (json_get(r->root, "segments"))
        return record_segments(r, &w->arena, &w->segments, e);
    w->segments.n = 0;
    int prompt = add_field(w, r, "prompt", KIND_PROMPT, e);
    int target = add_field(w, r, "completion", KIND_CONTEXT, e);
    if (!prompt && !target)
        target = add_field(w, r, "text", KIND_CONTEXT, e);
    if (prompt < 0 || target < 0)
        return -1;
    if (!prompt && !target && json_get(r->root, "messages"))
        return record_refuse(r, e, "messages must become segments first");
    if (!prompt && !target)
        return record_refuse(r, e, "no segments, text or prompt");
    *open = !target;
    return 0;
}

/* 0 and 1, one for each token: [1,0] */
static void put_mask(struct buf *out, const struct tokens *t, bool learnt_only)
{
    buf_reserve(out, 2 * t->ids.n + 2);
    buf_char(out, '[');
    for (size_t i = 0; i < t->ids.n; i++) {
        bool one = !learnt_only || kind_weights[t->kinds.v[i]] > 0;
        buf_add(out, one ? "1," : "0,", 2);
    }
    out->n -= t->ids.n > 0;
    buf_char(out, ']');
}

/* Exactly the columns that trainers want, and no other. */
static void put_labels(struct buf *out, struct tokens *t)
{
    buf_char(out, '{');
    json_put_key(out, "input_ids");
    json_put_i32s(out, t->ids.v, t->ids.n);
    for (size_t i = 0; i < t->ids.n; i++)
        if (!(kind_weights[t->kinds.v[i]] > 0))
            t->ids.v[i] = -100;
    json_put_key(out, "labels");
    json_put_i32s(out, t->ids.v, t->ids.n);
    json_put_key(out, "attention_mask");
    put_mask(out, t, false);
    json_put_key(out, "assistant_masks");
    put_mask(out, t, true);
    buf_cstr(out, "}\n");
}

static void put_counts(struct buf *out, const struct tokens *t)
{
    int64_t trained = 0;
    for (size_t i = 0; i < t->ids.n; i++)
        trained += kind_weights[t->kinds.v[i]] > 0;
    json_put_i64(out, "tokens", (int64_t)t->ids.n);
    json_put_i64(out, "trained_tokens", trained);
}

static int encode_row(void *worker, const struct row *row, struct buf *out,
                      struct err *e)
{
    static const char *const drop[] = {
        "segments",  "text",           "prompt",          "completion",
        "messages",  "errors",         "input_ids",       "kinds",
        "tokenizer", "attention_mask", "assistant_masks", "labels",
        NULL};
    struct worker *w = worker;
    struct record r;
    bool open;
    arena_reset(&w->arena);
    if (record_parse(w->parser, &w->arena, row->text, row->at, &r, e) ||
        read_row(w, &r, &open, e) ||
        sequence_encode(&w->sequence, &w->segments, open, &w->tokens, e))
        return -1;
    if (w->o->labels) {
        put_labels(out, &w->tokens);
        return 0;
    }
    record_open(out, &r, drop);
    if (w->o->count)
        put_counts(out, &w->tokens);
    else
        record_put_tokens(out, &w->tokens);
    buf_cstr(out, "}\n");
    return 0;
}

/* Token ids, with kinds where the row has them. */
static int read_tokens(struct worker *w, const struct record *r, bool kinds,
                       struct err *e)
{
    const struct tokenizer_info *info = tokenizer_info(w->sequence.t);
    if (kinds) {
        if (record_tokens(r, &w->tokens, e))
            return -1;
        if (w->tokens.hash && w->tokens.hash != info->hash)
            return record_refuse(r, e, "tokens of another tokenizer");
        return 0;
    }
    const struct json *ids = json_get(r->root, "input_ids");
    w->tokens.ids.n = w->tokens.kinds.n = 0;
    if (!ids || !json_i32s(ids, &w->tokens.ids))
        return record_refuse(r, e, "no list of input_ids in the record");
    return 0;
}

static int decode_row(void *worker, const struct row *row, struct buf *out,
                      struct err *e)
{
    static const char *const drop[] = {
        "input_ids",       "kinds", "tokenizer", "labels", "attention_mask",
        "assistant_masks", "text",  "segments",  NULL};
    struct worker *w = worker;
    struct record r;
    arena_reset(&w->arena);
    if (record_parse(w->parser, &w->arena, row->text, row->at, &r, e))
        return -1;
    bool kinds = json_get(r.root, "kinds") != NULL;
    if (read_tokens(w, &r, kinds, e) ||
        sequence_decode(&w->sequence, &w->tokens, &w->segments, e))
        return -1;
    record_open(out, &r, drop);
    json_put_field(out, "text", buf_view(&w->sequence.clean));
    if (kinds)
        record_put_segments(out, &w->segments);
    buf_cstr(out, "}\n");
    return 0;
}

static void put_stats(void *ctx, struct buf *json)
{
    const struct run *run = ctx;
    const struct tokenizer_info *info = tokenizer_info(run->t);
    const struct sequence_counts *n = &run->counts;
    uint64_t trained = 0;
    json_put_i64(json, "bytes", (int64_t)n->bytes);
    json_put_i64(json, "tokens", (int64_t)n->tokens);
    json_put_key(json, "kinds");
    buf_char(json, '{');
    for (int k = 0; k < KIND_COUNT; k++) {
        json_put_i64(json, kind_names[k], (int64_t)n->kinds[k]);
        trained += kind_weights[k] > 0 ? n->kinds[k] : 0;
    }
    buf_char(json, '}');
    json_put_i64(json, "trained_tokens", (int64_t)trained);
    json_put_i64(json, "untrained_rows", (int64_t)n->untrained);
    json_put_i64(json, "straddles", (int64_t)n->straddles);
    json_put_i64(json, "literal_marks", (int64_t)n->literal_marks);
    json_put_i64(json, "marks_in_text", (int64_t)n->marks_in_text);
    json_put_i64(json, "replaced", (int64_t)n->replaced);
    json_put_f64(json, "bytes_per_token",
                 n->tokens ? (double)n->bytes / (double)n->tokens : 0);
    json_put_i64(json, "vocab_size", info->vocab_size);
    json_put_i64(json, "bos_id", info->bos);
    json_put_i64(json, "eos_id", info->eos);
    json_put_i64(json, "pad_id", info->pad);
}

/* A rank file as a tokenizer.json: *json is replaced. */
static int from_ranks(struct buf *json, int preset, struct err *e)
{
    struct vocab v = {0};
    static const struct vocab_marks none;
    struct str pattern = STR("");
    if (preset > 1)
        pattern = str_of(pretok_preset(preset - 1));
    int bad = tiktoken_read(buf_view(json), &v, e);
    json->n = 0;
    if (!bad)
        vocab_put(&v, pattern, &none, json);
    vocab_free(&v);
    return bad;
}

/* json with the marks of --mark: *json is replaced. */
static int add_marks(struct buf *json, const struct opt_list *list,
                     struct err *e)
{
    struct str *texts = mem_zero(list->n + 1, sizeof *texts);
    struct vocab_marks marks = {texts, list->n};
    struct buf out = {0};
    for (size_t i = 0; i < list->n; i++)
        texts[i] = str_of(list->v[i]);
    buf_reserve(json, IO_PADDING);
    memset(json->p + json->n, 0, IO_PADDING);
    int bad = vocab_add(buf_view(json), &marks, &out, e);
    mem_free(texts);
    buf_free(json);
    *json = out;
    return bad;
}

static struct tokenizer *load(const struct options *o, struct err *e)
{
    struct buf json = {0};
    int bad = 0;
    if (o->tokenizer) {
        bad = io_slurp(o->tokenizer, &json, e);
    } else {
        struct tokenizer *t = tokenizer_builtin();
        buf_str(&json, tokenizer_json(t));
        tokenizer_free(t);
    }
    if (!bad && o->preset)
        bad = from_ranks(&json, o->preset, e);
    if (!bad && o->marks.n)
        bad = add_marks(&json, &o->marks, e);
    if (!bad)
        return tokenizer_from(&json, o->tokenizer, e);
    buf_free(&json);
    if (!e->at.name)
        e->at.name = o->tokenizer;
    return NULL;
}

static int tokenize(const struct options *o, char **inputs, struct err *e)
{
    struct run run = {.o = o};
    run.t = load(o, e);
    if (!run.t)
        return -1;
    size_t ids = (size_t)tokenizer_info(run.t)->vocab_size;
    run.texts = ids <= 1000000 ? json_number_texts(ids) : NULL;
    struct filter f = {
        .opts = &o->filter,
        .ctx = &run,
        .worker_new = worker_new,
        .worker_free = worker_free,
        .work = o->decode ? decode_row : encode_row,
        .stats = put_stats,
    };
    int bad = filter_run(&f, inputs, e);
    mem_free(run.texts);
    tokenizer_free(run.t);
    return bad;
}

static void check_options(const struct options *o)
{
    if (o->decode + o->labels + o->count > 1)
        die(STATUS_USAGE, "--decode, --labels and --count exclude each other");
    if (o->preset && !o->tokenizer)
        die(STATUS_USAGE, "--preset needs --tokenizer, a file of ranks");
    for (size_t i = 0; i < o->marks.n; i++) {
        struct str mark = str_of(o->marks.v[i]);
        if (mark.n < 2 || utf8_check(mark) < mark.n)
            die(STATUS_USAGE, "--mark: a mark is UTF-8 of two bytes or more");
    }
}

int main(int argc, char **argv)
{
    struct options o = {.filter = FILTER_DEFAULTS, .cache = 32 << 20};
    const struct opt opts[] = {
        {'t', "tokenizer", "FILE", OPT_STRING, &o.tokenizer, 0, 0,
         "a tokenizer.json; without: bytes and the reserved marks"},
        {0, "preset", "none|" PRETOK_PRESETS, OPT_CHOICE, &o.preset, 0, 0,
         "FILE holds tiktoken's ranks; cut the text as this one does"},
        {0, "mark", "TEXT", OPT_LIST, &o.marks, 0, 0,
         "reserve an id for this mark, if it has none"},
        {'d', "decode", NULL, OPT_FLAG, &o.decode, 0, 0, "ids back to text"},
        {0, "labels", NULL, OPT_FLAG, &o.labels, 0, 0,
         "write labels and masks instead of kinds"},
        {0, "count", NULL, OPT_FLAG, &o.count, 0, 0,
         "write the number of tokens instead of the tokens"},
        {0, "cache", "BYTES", OPT_SIZE, &o.cache, 8192, 1 << 30,
         "memory for words met before, for each thread"},
        {0, "plain", NULL, OPT_FLAG, &o.plain, 0, 0, "no BOS, no EOS"},
        FILTER_OPTIONS(o.filter),
    };
    const struct opt_program program = {"insec-tokenize",
                                        "text to token ids and back",
                                        "[file ...]", opts, COUNTOF(opts)};
    struct err e;
    (void)argc;
    opt_parse(&program, argv);
    check_options(&o);
    if (tokenize(&o, argv, &e))
        die_err(&e);
    mem_free(o.marks.v);
    return STATUS_OK;
}
