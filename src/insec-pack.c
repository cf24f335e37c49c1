/*
 * insec-pack: tokens into shards.  Options and glue; the packing is packer.c,
 * the format shard.c.
 */
#include "packer.h"

#include <errno.h>
#include <unistd.h>

struct pack {
    struct filter_opts filter;
    int64_t length, open_rows, shard_size, level, vocab, pad;
    int overflow;
    const char *prefix; /* NULL: stdout */

    struct pack_rules rules;
    struct packer *packer;
    struct writer *out; /* stdout, where there is no prefix */
    uint64_t shards;    /* given out */
    struct buf bytes;   /* of the shard being written */
    struct pack_counts cut;
};

/* PREFIX-00000.shard; returns owned. */
static struct buf shard_name(const struct pack *p, uint64_t n)
{
    struct buf name = {0};
    buf_printf(&name, "%s-%05llu.shard%c", p->prefix, (unsigned long long)n, 0);
    return name;
}

static int write_file(struct pack *p, struct err *e)
{
    struct buf name = shard_name(p, p->shards);
    struct writer *w = writer_file(name.p, e);
    if (w)
        writer_str(w, buf_view(&p->bytes));
    int r = w ? writer_finish(w, e) : -1;
    buf_free(&name);
    return r;
}

static int emit(void *ctx, const struct shard *s, struct err *e)
{
    struct pack *p = ctx;
    p->bytes.n = 0;
    if (shard_put(&p->bytes, s, (int)p->level, e) < 0)
        return -1;
    if (p->prefix) {
        if (write_file(p, e) < 0)
            return -1;
    } else {
        writer_str(p->out, buf_view(&p->bytes));
        if (writer_flush(p->out, e) < 0)
            return -1;
    }
    p->shards++;
    return 0;
}

static void *worker_new(void *ctx)
{
    const struct pack *p = ctx;
    return pack_reader_new(&p->rules);
}

static void worker_free(void *ctx, void *worker)
{
    struct pack *p = ctx;
    struct pack_counts c = pack_reader_free(worker);
    p->cut.cut += c.cut;
    p->cut.tokens_dropped += c.tokens_dropped;
    p->cut.attempts_dropped += c.attempts_dropped;
}

static int work(void *worker, const struct row *row, struct buf *out,
                struct err *e)
{
    return pack_read(worker, row, out, e);
}

static int sink(void *ctx, struct str bytes, struct err *e)
{
    struct pack *p = ctx;
    struct pack_doc doc;
    while (pack_doc_next(&bytes, &doc)) {
        if (packer_add(p->packer, &doc, e) < 0)
            return -1;
    }
    return 0;
}

static void stats(void *ctx, struct buf *json)
{
    const struct pack *p = ctx;
    struct packer_counts c = packer_count(p->packer);
    double cells = (double)c.rows * (double)p->length;
    json_put_i64(json, "documents", (int64_t)c.docs);
    json_put_i64(json, "tokens", (int64_t)c.tokens);
    json_put_i64(json, "rows", (int64_t)c.rows);
    json_put_i64(json, "length", p->length);
    json_put_f64(json, "padding",
                 cells > 0 ? (cells - (double)c.tokens) / cells : 0);
    json_put_i64(json, "documents_cut", (int64_t)p->cut.cut);
    json_put_i64(json, "tokens_dropped", (int64_t)p->cut.tokens_dropped);
    json_put_i64(json, "attempts_dropped", (int64_t)p->cut.attempts_dropped);
}

/* Shards of an earlier run must not be taken for this one's. */
static void check_output(const struct pack *p)
{
    if (!p->prefix) {
        if (io_stdout_terminal())
            die(STATUS_USAGE, "a shard is not for a terminal: redirect it, or "
                              "give -o PREFIX");
        return;
    }
    struct buf name = shard_name(p, 0);
    if (access(name.p, F_OK) == 0 || errno != ENOENT)
        die(STATUS_USAGE, "%s is there already: remove the old shards first",
            name.p);
    buf_free(&name);
}

static void run(struct pack *p, char *const *inputs)
{
    struct filter f = {.opts = &p->filter,
                       .ctx = p,
                       .worker_new = worker_new,
                       .worker_free = worker_free,
                       .work = work,
                       .sink = sink,
                       .stats = stats};
    struct err e;
    if (filter_run(&f, inputs, &e) < 0 || packer_finish(p->packer, &e) < 0)
        die_err(&e);
}

int main(int argc, char **argv)
{
    struct pack p = {.filter = FILTER_DEFAULTS,
                     .length = 512,
                     .open_rows = 64,
                     .shard_size = 64 << 20,
                     .overflow = PACK_SPLIT,
                     .level = 3,
                     .vocab = -1,
                     .pad = -1};
    const struct opt opts[] = {
        {'l', "length", "N", OPT_INT, &p.length, 1, SHARD_LENGTH,
         "tokens in a row"},
        {'o', "output", "PREFIX", OPT_STRING, &p.prefix, 0, 0,
         "write PREFIX-00000.shard, ...; without it, to stdout"},
        {0, "shard-size", "BYTES", OPT_SIZE, &p.shard_size, 1,
         (double)SHARD_MAX, "begin a new shard here; before compression"},
        {0, "overflow", PACK_OVERFLOWS, OPT_CHOICE, &p.overflow, 0, 0,
         "what to do with a document longer than a row"},
        {0, "open-rows", "N", OPT_INT, &p.open_rows, 1, 65536,
         "rows that are filled at a time"},
        {0, "level", "N", OPT_INT, &p.level, 1, 19, "zstd level"},
        {0, "vocab-size", "N", OPT_INT, &p.vocab, 1, INT32_MAX,
         "size of the vocabulary, where the rows do not say"},
        {0, "pad-id", "N", OPT_INT, &p.pad, 0, INT32_MAX,
         "id that fills rows, where the rows do not say"},
        FILTER_OPTIONS(p.filter),
    };
    const struct opt_program program = {
        "insec-pack", "pack tokens into rows of one length and shards",
        "[file ...]", opts, COUNTOF(opts)};
    (void)argc;
    opt_parse(&program, argv);
    check_output(&p);
    p.rules = (struct pack_rules){
        (size_t)p.length, (enum pack_overflow)p.overflow, p.vocab, p.pad};
    const struct packer_opts packing = {(size_t)p.length, (size_t)p.open_rows,
                                        (size_t)p.shard_size, &p, emit};
    p.packer = packer_new(&packing);
    p.out = p.prefix ? NULL : writer_stdout();
    run(&p, argv);
    struct err e;
    if (p.out && writer_finish(p.out, &e) < 0)
        die_err(&e);
    packer_free(p.packer);
    buf_free(&p.bytes);
    return STATUS_OK;
}
