/*
 * insec-pack: tokens into shards.  Options and glue; the packing is packer.c,
 * the formats are shard.c and export.c, the files build.c.
 */
#include "build.h"
#include "packer.h"

struct pack {
    struct filter_opts filter;
    int64_t length, open_rows, window, shuffle, budget;
    int64_t shard_size, level, threads, vocab, pad;
    int fit, overflow, format;
    bool discard_mask, far, resume;
    const char *prefix; /* NULL: stdout */
    const char *verify; /* a manifest, or NULL */
    struct opt_list provenance;
    struct card card;

    struct pack_rules rules;
    struct packer *packer;
    struct build build;
    struct buf name; /* of the format */
    struct pack_account account;
};

static int emit(void *ctx, const struct shard *s, struct err *e)
{
    struct pack *p = ctx;
    return build_shard(&p->build, s, e);
}

static void *worker_new(void *ctx)
{
    const struct pack *p = ctx;
    return pack_reader_new(&p->rules);
}

static void worker_free(void *ctx, void *worker)
{
    (void)ctx;
    pack_reader_free(worker);
}

static int work(void *worker, const struct row *row, struct buf *out,
                struct err *e)
{
    return pack_read(worker, row, out, e);
}

static int sink(void *ctx, struct str bytes, struct err *e)
{
    struct pack *p = ctx;
    struct pack_item item;
    while (pack_next(&bytes, &item)) {
        uint64_t before = packer_count(p->packer).tokens;
        if (item.what == PACK_ITEM_ROW && packer_full(p->packer))
            break;
        if (item.what == PACK_ITEM_DOC &&
            packer_add(p->packer, &item.doc, e) < 0)
            return -1;
        uint64_t packed = packer_count(p->packer).tokens - before;
        pack_account(&p->account, &item, (size_t)packed);
    }
    return packer_full(p->packer);
}

static void put_classes(const struct pack_account *a, struct buf *json)
{
    json_put_key(json, "errors_by_class");
    buf_char(json, '{');
    for (size_t i = 0; i < a->classes.n; i++) {
        const struct tally_row *c = &a->classes.v[i];
        buf_cstr(json, i ? "," : "");
        json_put_string(json, c->name);
        buf_cstr(json, ":{");
        json_put_i64(json, "errors", (int64_t)c->n[PACK_ERRORS]);
        json_put_i64(json, "too_long", (int64_t)c->n[PACK_TOO_LONG]);
        json_put_i64(json, "dropped", (int64_t)c->n[PACK_DROPPED]);
        json_put_f64(json, "drop_rate",
                     (double)c->n[PACK_DROPPED] / (double)c->n[PACK_ERRORS]);
        buf_char(json, '}');
    }
    buf_char(json, '}');
}

static void stats(void *ctx, struct buf *json)
{
    const struct pack *p = ctx;
    const struct pack_account *a = &p->account;
    struct packer_counts c = packer_count(p->packer);
    double cells = (double)c.rows * (double)p->length;
    json_put_i64(json, "documents", (int64_t)c.docs);
    json_put_i64(json, "tokens", (int64_t)c.tokens);
    json_put_i64(json, "rows", (int64_t)c.rows);
    json_put_i64(json, "length", p->length);
    json_put_f64(json, "padding",
                 cells > 0 ? (cells - (double)c.tokens) / cells : 0);
    json_put_i64(json, "documents_with_errors", (int64_t)a->counts.flawed);
    json_put_i64(json, "errors", (int64_t)a->counts.errors);
    json_put_i64(json, "documents_cut", (int64_t)(a->counts.cut + c.cut));
    json_put_i64(json, "attempts_dropped", (int64_t)a->counts.attempts_dropped);
    json_put_i64(json, "errors_cut", (int64_t)c.errors_cut);
    json_put_i64(json, "documents_too_long", (int64_t)a->counts.too_long);
    json_put_i64(json, "too_long_with_errors", (int64_t)a->counts.long_flawed);
    uint64_t dropped = 0;
    for (int k = KIND_PROMPT; k < KIND_COUNT; k++)
        dropped += a->counts.dropped[k];
    json_put_i64(json, "tokens_dropped", (int64_t)dropped);
    json_put_key(json, "tokens_dropped_by_kind");
    buf_char(json, '{');
    for (int k = KIND_PROMPT; k < KIND_COUNT; k++)
        json_put_i64(json, kind_names[k], (int64_t)a->counts.dropped[k]);
    buf_char(json, '}');
    json_put_f64(json, "errors_per_document",
                 a->records ? (double)a->packed / (double)a->records : 0);
    put_classes(a, json);
}

/* What decides the bytes, for the manifest. */
static void put_options(const struct pack *p, struct buf *json)
{
    static const char *const fits[] = {"stream", "window", "concat", "one"};
    static const char *const overflows[] = {"reject", "split", "truncate"};
    json_put_field(json, "fit", str_of(fits[p->fit]));
    json_put_i64(json, "open_rows", p->open_rows);
    json_put_i64(json, "window", p->window);
    json_put_i64(json, "shuffle", p->shuffle);
    json_put_i64(json, "budget", p->budget);
    json_put_field(json, "overflow", str_of(overflows[p->overflow]));
    json_put_i64(json, "shard_size", p->shard_size);
    json_put_i64(json, "level", p->level);
    json_put_key(json, "long");
    buf_cstr(json, p->far ? "true" : "false");
    json_put_key(json, "zstd_threads");
    buf_cstr(json, p->threads > 0 ? "true" : "false");
    json_put_key(json, "discard_mask");
    buf_cstr(json, p->discard_mask ? "true" : "false");
}

static int end(void *ctx, struct err *e)
{
    struct pack *p = ctx;
    struct manifest *m = &p->build.manifest;
    tally_sort(&p->account.classes);
    if (packer_finish(p->packer, e) < 0)
        return -1;
    uint64_t got = packer_count(p->packer).tokens;
    if (p->budget > 0 && !packer_full(p->packer))
        return err_set(e, STATUS_DATA,
                       "the input has %llu tokens, --budget asks for %lld",
                       (unsigned long long)got, (long long)p->budget);
    put_options(p, &m->options);
    stats(p, &m->counts);
    for (size_t i = 0; i < p->provenance.n; i++) {
        if (manifest_add_stage(m, p->provenance.v[i], e) < 0)
            return -1;
    }
    return build_finish(&p->build, e);
}

static void check_call(const struct pack *p)
{
    enum export_format format = (enum export_format)p->format;
    const char *why = card_misfit(&p->card);
    if (why)
        die(STATUS_USAGE, "%s", why);
    if (p->prefix) {
        size_t n = strlen(p->prefix);
        if (format == EXPORT_MDS && (n == 0 || p->prefix[n - 1] != '/'))
            die(STATUS_USAGE, "-f mds makes a folder: -o must end in /");
        return;
    }
    if (!export_streams(format))
        die(STATUS_USAGE, "this format is several files: give -o PREFIX");
    if (p->resume || p->provenance.n > 0 || p->card.name)
        die(STATUS_USAGE, "--resume, --provenance and --card need -o PREFIX");
    if (format == EXPORT_SHARD && io_stdout_terminal())
        die(STATUS_USAGE, "a shard is not for a terminal: redirect it, or "
                          "give -o PREFIX");
}

static void start(struct pack *p)
{
    struct err e;
    export_format_name((enum export_format)p->format, &p->name);
    bool masked = export_has_mask((enum export_format)p->format);
    bool shard = p->format == EXPORT_SHARD;
    p->rules = (struct pack_rules){
        .length = p->fit == PACK_CONCAT ? SIZE_MAX : (size_t)p->length,
        .overflow = (enum pack_overflow)p->overflow,
        .vocab = p->vocab,
        .pad = p->pad,
        .maskless = masked || p->discard_mask ? NULL : p->name.p,
        .weightless = shard || p->discard_mask ? NULL : p->name.p};
    const struct packer_opts packing = {.length = (size_t)p->length,
                                        .fit = (enum pack_fit)p->fit,
                                        .open_rows = (size_t)p->open_rows,
                                        .window = (size_t)p->window,
                                        .shuffle = p->shuffle >= 0,
                                        .seed = (uint64_t)p->shuffle,
                                        .budget = (uint64_t)p->budget,
                                        .shard_bytes = (size_t)p->shard_size,
                                        .ctx = p,
                                        .emit = emit};
    p->packer = packer_new(&packing);
    p->build.prefix = p->prefix;
    p->build.format = (enum export_format)p->format;
    p->build.zip = (struct shard_zip){(int)p->level, p->far, (int)p->threads};
    p->build.resume = p->resume;
    p->build.card = p->card;
    p->build.card.classes = &p->account.classes;
    if (build_start(&p->build, &e) < 0)
        die_err(&e);
}

static void run(struct pack *p, char *const *inputs)
{
    struct filter f = {.opts = &p->filter,
                       .ctx = p,
                       .worker_new = worker_new,
                       .worker_free = worker_free,
                       .work = work,
                       .keeps = true,
                       .sink = sink,
                       .stats = stats,
                       .end = end};
    struct err e;
    if (filter_run(&f, inputs, &e) < 0)
        die_err(&e);
    if (p->build.out && writer_finish(p->build.out, &e) < 0)
        die_err(&e);
}

static size_t parse(struct pack *p, char **argv)
{
    const struct opt opts[] = {
        {'l', "length", "N", OPT_INT, &p->length, 1, SHARD_LENGTH,
         "tokens in a row"},
        {'o', "output", "PREFIX", OPT_STRING, &p->prefix, 0, 0,
         "write PREFIX-00000.shard, ...; without it, to stdout"},
        {'f', "format", EXPORT_FORMATS, OPT_CHOICE, &p->format, 0, 0,
         "what to write"},
        {0, "discard-mask", NULL, OPT_FLAG, &p->discard_mask, 0, 0,
         "let a format without a mask learn everything"},
        {0, "shard-size", "BYTES", OPT_SIZE, &p->shard_size, 1,
         (double)SHARD_MAX, "begin a new shard here; before compression"},
        {0, "fit", PACK_FITS, OPT_CHOICE, &p->fit, 0, 0,
         "which row a document goes into"},
        {0, "open-rows", "N", OPT_INT, &p->open_rows, 1, 65536,
         "rows that are filled at a time"},
        {0, "window", "N", OPT_INT, &p->window, 1, 1 << 24,
         "documents held at a time, by --fit window and --shuffle"},
        {0, "shuffle", "SEED", OPT_INT, &p->shuffle, 0, INT32_MAX,
         "put each window of documents in an order drawn from this"},
        {0, "budget", "TOKENS", OPT_SIZE, &p->budget, 1, 1e15,
         "pack so many tokens and stop"},
        {0, "overflow", PACK_OVERFLOWS, OPT_CHOICE, &p->overflow, 0, 0,
         "what to do with a document longer than a row"},
        {0, "level", "N", OPT_INT, &p->level, 1, 19, "zstd level"},
        {0, "long", NULL, OPT_FLAG, &p->far, 0, 0,
         "let zstd look for matches in all of a shard"},
        {0, "zstd-threads", "N", OPT_INT, &p->threads, 0, 256,
         "threads of zstd beside the others"},
        {0, "vocab-size", "N", OPT_INT, &p->vocab, 1, INT32_MAX,
         "size of the vocabulary, where the rows do not say"},
        {0, "pad-id", "N", OPT_INT, &p->pad, 0, INT32_MAX,
         "id that fills rows, where the rows do not say"},
        {0, "provenance", "FILE", OPT_LIST, &p->provenance, 0, 0,
         "what an earlier stage wrote with --stats, for the manifest"},
        {0, "resume", NULL, OPT_FLAG, &p->resume, 0, 0,
         "keep the files of a build that was stopped"},
        CARD_OPTIONS(p->card),
        {0, "verify", "MANIFEST", OPT_STRING, &p->verify, 0, 0,
         "check every file of a build, and write nothing"},
        FILTER_OPTIONS(p->filter),
    };
    const struct opt_program program = {
        "insec-pack", "pack tokens into rows of one length and shards",
        "[file ...]", opts, COUNTOF(opts)};
    return opt_parse(&program, argv);
}

int main(int argc, char **argv)
{
    struct pack p = {.filter = FILTER_DEFAULTS,
                     .length = 512,
                     .open_rows = 64,
                     .window = 10000,
                     .shuffle = -1,
                     .shard_size = 64 << 20,
                     .overflow = PACK_SPLIT,
                     .level = 3,
                     .vocab = -1,
                     .pad = -1};
    struct err e;
    (void)argc;
    size_t n = parse(&p, argv);
    if (p.verify && n > 0)
        die(STATUS_USAGE, "--verify takes no other files");
    if (p.verify && manifest_verify(p.verify, &e) < 0)
        die_err(&e);
    if (p.verify)
        return STATUS_OK;
    check_call(&p);
    start(&p);
    run(&p, argv);
    packer_free(p.packer);
    tally_free(&p.account.classes);
    build_free(&p.build);
    buf_free(&p.name);
    mem_free(p.provenance.v);
    return STATUS_OK;
}
