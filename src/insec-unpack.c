/*
 * insec-unpack: shards back into tokens.  Options and glue; the work is
 * unpacker.c, the format shard.c.
 */
#include <pthread.h>
#include <unistd.h>

#include "io.h"
#include "json.h"
#include "opt.h"
#include "progress.h"
#include "unpacker.h"

#define CHUNK 256 /* documents that a thread takes at a time */

struct unpack {
    int64_t jobs, count; /* count: documents at most; -1: all */
    bool quiet, text;
    const char *tokenizer; /* file, or NULL */
    const char *stats;     /* file, or NULL */

    struct writer *out, *counts; /* own; counts NULL: not wanted */
    struct progress progress;
    struct chunk *chunks; /* [jobs]; owns */
    struct tokenizer *t;  /* owns; NULL: no text is wanted */
    uint64_t shards, rows, docs;
};

/* What one thread does at a time. */
struct chunk {
    pthread_t thread;
    const struct unpacker *docs; /* borrows */
    size_t from, to;
    struct buf text;
};

static void *unpack_chunk(void *arg)
{
    struct chunk *c = arg;
    c->text.n = 0;
    unpacker_put(c->docs, c->from, c->to, &c->text);
    return NULL;
}

/* Documents from at on, a chunk on each thread, written in order. */
static int unpack_some(struct unpack *u, const struct unpacker *docs, size_t at,
                       size_t end, struct err *e)
{
    int64_t n = 0, running;
    for (; n < u->jobs && at < end; n++) {
        struct chunk *c = &u->chunks[n];
        c->docs = docs;
        c->from = at;
        c->to = at = size_min(at + CHUNK, end);
    }
    for (running = 1; running < n; running++) {
        struct chunk *c = &u->chunks[running];
        if (pthread_create(&c->thread, NULL, unpack_chunk, c) != 0)
            die(STATUS_SYSTEM, "cannot start a thread");
    }
    unpack_chunk(&u->chunks[0]);
    for (int64_t i = 0; i < n; i++) {
        if (i > 0)
            pthread_join(u->chunks[i].thread, NULL);
        writer_str(u->out, buf_view(&u->chunks[i].text));
    }
    return writer_flush(u->out, e);
}

static int unpack_shard(struct unpack *u, const struct shard *s, struct err *e)
{
    size_t step = CHUNK * (size_t)u->jobs, end = s->docs;
    if (u->count >= 0)
        end = size_min(end, (size_t)u->count - (size_t)u->docs);
    if (u->t && unpacker_check(s, u->t, e) < 0)
        return -1;
    struct unpacker *docs = unpacker_new(s, u->t);
    int r = 0;
    for (size_t at = 0; r == 0 && at < end; at += step) {
        r = unpack_some(u, docs, at, end, e);
        progress_show(&u->progress, (double)(u->docs + at), 0, "");
    }
    unpacker_free(docs);
    u->shards++;
    u->rows += s->rows;
    u->docs += end;
    return r;
}

static bool enough(const struct unpack *u)
{
    return u->count >= 0 && u->docs == (uint64_t)u->count;
}

static int unpack_file(struct unpack *u, const char *path, struct err *e)
{
    struct shard_reader *r = shard_open(path, e);
    if (!r)
        return -1;
    struct shard s;
    int got = 0;
    while (!enough(u) && (got = shard_next(r, &s, e)) > 0) {
        got = unpack_shard(u, &s, e);
        shard_free(&s);
        if (got < 0)
            break;
    }
    shard_close(r);
    return got < 0 ? -1 : 0;
}

static int write_stats(struct unpack *u, struct err *e)
{
    if (!u->counts)
        return 0;
    struct buf b = {0};
    buf_char(&b, '{');
    json_put_field(&b, "program", str_of(diag_name()));
    json_put_field(&b, "version", STR(VERSION));
    json_put_i64(&b, "shards", (int64_t)u->shards);
    json_put_i64(&b, "rows", (int64_t)u->rows);
    json_put_i64(&b, "documents", (int64_t)u->docs);
    buf_cstr(&b, "}\n");
    writer_str(u->counts, buf_view(&b));
    buf_free(&b);
    struct writer *w = u->counts;
    u->counts = NULL;
    return writer_finish(w, e);
}

static void run(struct unpack *u, char *const *inputs, size_t n)
{
    struct err e;
    int r = 0;
    if (u->text) {
        u->t = u->tokenizer ? tokenizer_load(u->tokenizer, &e)
                            : tokenizer_builtin();
        r = u->t ? 0 : -1;
    }
    if (r == 0 && u->stats) { /* a missing folder is told before the work */
        u->counts = writer_file(u->stats, &e);
        r = u->counts ? 0 : -1;
    }
    if (r == 0 && n == 0)
        r = unpack_file(u, NULL, &e);
    for (size_t i = 0; r == 0 && i < n && !enough(u); i++)
        r = unpack_file(u, inputs[i], &e);
    progress_end(&u->progress);
    if (r < 0 || writer_flush(u->out, &e) < 0 || write_stats(u, &e) < 0 ||
        writer_finish(u->out, &e) < 0) {
        writer_abandon(u->counts);
        die_err(&e);
    }
}

int main(int argc, char **argv)
{
    struct unpack u = {.jobs = 1, .count = -1};
    const struct opt opts[] = {
        {'j', "jobs", "N", OPT_INT, &u.jobs, 0, 1024,
         "threads; 0 means one per core"},
        {'n', "count", "N", OPT_INT, &u.count, 0, 0x1p53,
         "stop after so many documents"},
        {0, "text", NULL, OPT_FLAG, &u.text, 0, 0, "text instead of tokens"},
        {'t', "tokenizer", "FILE", OPT_STRING, &u.tokenizer, 0, 0,
         "the tokenizer.json of the shards; without it, bytes"},
        {0, "stats", "FILE", OPT_STRING, &u.stats, 0, 0,
         "write counts as one JSON object"},
        {'q', "quiet", NULL, OPT_FLAG, &u.quiet, 0, 0, "no progress line"},
    };
    const struct opt_program program = {"insec-unpack",
                                        "turn shards back into tokens",
                                        "[file ...]", opts, COUNTOF(opts)};
    (void)argc;
    size_t n = opt_parse(&program, argv);
    if (u.tokenizer && !u.text)
        die(STATUS_USAGE, "-t is for --text");
    if (u.jobs == 0)
        u.jobs = (int64_t)sysconf(_SC_NPROCESSORS_ONLN);
    u.chunks = mem_zero((size_t)u.jobs, sizeof *u.chunks);
    u.out = writer_stdout();
    progress_start(&u.progress, u.quiet, "docs", 1);
    run(&u, argv, n);
    for (int64_t i = 0; i < u.jobs; i++)
        buf_free(&u.chunks[i].text);
    mem_free(u.chunks);
    tokenizer_free(u.t);
    return STATUS_OK;
}
