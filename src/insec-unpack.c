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
    int64_t jobs;
    bool quiet;
    const char *stats; /* file, or NULL */

    struct writer *out;
    struct progress progress;
    struct chunk *chunks; /* [jobs]; owns */
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
    struct unpacker *docs = unpacker_new(s);
    size_t step = CHUNK * (size_t)u->jobs;
    int r = 0;
    for (size_t at = 0; r == 0 && at < s->docs; at += step) {
        r = unpack_some(u, docs, at, s->docs, e);
        progress_show(&u->progress, (double)(u->docs + at), 0, "");
    }
    unpacker_free(docs);
    u->shards++;
    u->rows += s->rows;
    u->docs += s->docs;
    return r;
}

static int unpack_file(struct unpack *u, const char *path, struct err *e)
{
    struct shard_reader *r = shard_open(path, e);
    if (!r)
        return -1;
    struct shard s;
    int got;
    while ((got = shard_next(r, &s, e)) > 0) {
        got = unpack_shard(u, &s, e);
        shard_free(&s);
        if (got < 0)
            break;
    }
    shard_close(r);
    return got;
}

static int write_stats(const struct unpack *u, struct err *e)
{
    if (!u->stats)
        return 0;
    struct buf b = {0};
    buf_char(&b, '{');
    json_put_field(&b, "program", str_of(diag_name()));
    json_put_field(&b, "version", STR(VERSION));
    json_put_i64(&b, "shards", (int64_t)u->shards);
    json_put_i64(&b, "rows", (int64_t)u->rows);
    json_put_i64(&b, "documents", (int64_t)u->docs);
    buf_cstr(&b, "}\n");
    struct writer *w = writer_file(u->stats, e);
    if (w)
        writer_str(w, buf_view(&b));
    buf_free(&b);
    return w ? writer_finish(w, e) : -1;
}

static void run(struct unpack *u, char *const *inputs, size_t n)
{
    struct err e;
    int r = n == 0 ? unpack_file(u, NULL, &e) : 0;
    for (size_t i = 0; r == 0 && i < n; i++)
        r = unpack_file(u, inputs[i], &e);
    progress_end(&u->progress);
    if (r < 0 || writer_finish(u->out, &e) < 0 || write_stats(u, &e) < 0)
        die_err(&e);
}

int main(int argc, char **argv)
{
    struct unpack u = {.jobs = 1};
    const struct opt opts[] = {
        {'j', "jobs", "N", OPT_INT, &u.jobs, 0, 1024,
         "threads; 0 means one per core"},
        {0, "stats", "FILE", OPT_STRING, &u.stats, 0, 0,
         "write counts as one JSON object"},
        {'q', "quiet", NULL, OPT_FLAG, &u.quiet, 0, 0, "no progress line"},
    };
    const struct opt_program program = {"insec-unpack",
                                        "turn shards back into tokens",
                                        "[file ...]", opts, COUNTOF(opts)};
    (void)argc;
    size_t n = opt_parse(&program, argv);
    if (u.jobs == 0)
        u.jobs = (int64_t)sysconf(_SC_NPROCESSORS_ONLN);
    u.chunks = mem_zero((size_t)u.jobs, sizeof *u.chunks);
    u.out = writer_stdout();
    progress_start(&u.progress, u.quiet, "docs", 1);
    run(&u, argv, n);
    for (int64_t i = 0; i < u.jobs; i++)
        buf_free(&u.chunks[i].text);
    mem_free(u.chunks);
    return STATUS_OK;
}
