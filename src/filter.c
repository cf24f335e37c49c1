/*
 * The filter: read, work on N threads, write in order.
 *
 * One thread (the caller's) reads batches into a ring of slots and writes
 * the finished ones in the order they were read; the workers take the slots
 * in the same order.  With one job there are no threads and one slot.
 */
#include "filter.h"

#include <pthread.h>
#include <unistd.h>

#include "ingest.h"
#include "json.h"
#include "progress.h"

#define MADE_ROWS 64 /* rows per batch of a program that makes records */

struct slot {
    struct ingest_batch in;
    uint64_t first; /* number of its first row */
    struct buf out, rejects;
    uint64_t taken, refused; /* rows */
    struct err err;
    bool failed; /* err stops the run; out holds what came before */
    bool done;
};

struct run {
    const struct filter *f;
    struct ingest *source; /* owns; NULL: rows are made */
    uint64_t made;
    struct slot *slots; /* [n_slots]; owns */
    size_t n_slots;
    uint64_t filled, started, written; /* slots, counted from the start */
    bool over, quit;
    struct err read_err; /* reading failed; told after what was read before */
    bool read_failed;

    pthread_mutex_t lock;
    pthread_cond_t work, ready;

    struct writer *out, *rejects, *stats; /* own; NULL: not wanted */
    uint64_t rows_in, rows_out, refused, lines;
    struct progress progress;
};

struct worker {
    struct run *run;
    pthread_t thread;
    void *own;
};

/* ---- work on one slot */

/* The row as it came, with its line and the reason; see insec(7). */
static void put_reject(struct buf *b, const struct err *e, struct str raw)
{
    bool text = utf8_check(raw) == raw.n;
    buf_char(b, '{');
    json_put_field(b, "file", str_of(e->at.name ? e->at.name : ""));
    json_put_i64(b, "line", (int64_t)e->at.line);
    json_put_field(b, "reason", str_of(e->text));
    json_put_key(b, "base64");
    buf_cstr(b, text ? "false" : "true");
    json_put_key(b, "raw");
    if (text)
        json_put_string(b, raw);
    else
        json_put_base64(b, raw);
    buf_cstr(b, "}\n");
}

static int work_row(const struct filter *f, void *own, struct slot *s, size_t i,
                    struct err *e)
{
    const struct ingest_row *r = &s->in.rows.v[i];
    struct row row = {
        .text = {s->in.text.p + r->from, r->n},
        .at = {s->in.name, r->line, 0},
        .number = s->first + i,
    };
    size_t before = s->out.n;
    if (r->n_why) {
        row.at.col = r->bad_col;
        struct str why = {row.text.p + row.text.n, r->n_why};
        err_at(e, row.at, "%.*s", (int)why.n, why.p);
    } else if (f->work(own, &row, &s->out, e) == 0) {
        return 0;
    }
    if (!f->keeps)
        s->out.n = before;
    if (!e->at.name)
        e->at = row.at;
    if (f->opts->format != INPUT_JSONL && !r->n_why)
        e->at.col = 0; /* of an object that the user never saw */
    return -1;
}

static void work_slot(const struct run *run, void *own, struct slot *s)
{
    s->out.n = s->rejects.n = 0;
    s->taken = s->refused = 0;
    s->failed = false;
    for (size_t i = 0; i < s->in.rows.n; i++) {
        s->taken++;
        if (work_row(run->f, own, s, i, &s->err) == 0)
            continue;
        if (!run->rejects || s->err.status != STATUS_DATA) {
            s->failed = true;
            return;
        }
        const struct ingest_row *r = &s->in.rows.v[i];
        put_reject(&s->rejects, &s->err,
                   str_sub(buf_view(&s->in.text), r->from, r->from + r->n));
        s->refused++;
    }
}

/* ---- read and write, on the caller's thread */

static int make_rows(struct run *run, struct ingest_batch *b)
{
    b->rows.n = 0;
    b->text.n = 0;
    b->name = NULL;
    buf_reserve(&b->text, IO_PADDING);
    while (b->rows.n < MADE_ROWS && run->made < run->f->make) {
        vec_push(&b->rows, (struct ingest_row){0});
        run->made++;
    }
    return b->rows.n > 0;
}

/* Fills the next slot; false when there is nothing more to fill it with. */
static bool fill(struct run *run)
{
    struct slot *s = &run->slots[run->filled % run->n_slots];
    s->first = run->rows_in;
    int got = run->source ? ingest_next(run->source, &s->in, &run->read_err)
                          : make_rows(run, &s->in);
    if (got <= 0)
        run->over = true;
    run->read_failed = got < 0;
    run->rows_in += s->in.rows.n;
    return got > 0 || (got < 0 && s->in.rows.n > 0);
}

/* 0, or -1, or 1 where nothing more is wanted. */
static int put(struct run *run, struct slot *s, struct err *e)
{
    const struct filter *f = run->f;
    if (run->rejects)
        writer_str(run->rejects, buf_view(&s->rejects));
    run->refused += s->refused;
    run->rows_out += s->taken - s->refused - s->failed;
    if (f->sink) {
        int taken = f->sink(f->ctx, buf_view(&s->out), e);
        if (taken != 0)
            return taken;
    } else {
        run->lines += str_count(buf_view(&s->out), '\n');
        writer_str(run->out, buf_view(&s->out));
        if (writer_flush(run->out, e) < 0)
            return -1;
    }
    if (s->failed) {
        *e = s->err;
        return -1;
    }
    if (run->source)
        progress_show(&run->progress, (double)ingest_done(run->source),
                      (double)ingest_total(run->source), "");
    else
        progress_show(&run->progress, (double)run->rows_in, (double)f->make,
                      "");
    return 0;
}

static int run_alone(struct run *run, void *own, struct err *e)
{
    while (!run->over) {
        if (!fill(run))
            break;
        work_slot(run, own, run->slots);
        int status = put(run, run->slots, e);
        if (status != 0)
            return status;
    }
    return 0;
}

/* ---- threads */

static void *work_on(void *arg)
{
    struct worker *w = arg;
    struct run *run = w->run;
    pthread_mutex_lock(&run->lock);
    for (;;) {
        while (!run->quit && run->started == run->filled)
            pthread_cond_wait(&run->work, &run->lock);
        if (run->quit)
            break;
        struct slot *s = &run->slots[run->started++ % run->n_slots];
        pthread_mutex_unlock(&run->lock);
        work_slot(run, w->own, s);
        pthread_mutex_lock(&run->lock);
        s->done = true;
        pthread_cond_signal(&run->ready);
    }
    pthread_mutex_unlock(&run->lock);
    return NULL;
}

static void post(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    run->slots[run->filled % run->n_slots].done = false;
    run->filled++;
    pthread_cond_signal(&run->work);
    pthread_mutex_unlock(&run->lock);
}

static struct slot *await(struct run *run)
{
    struct slot *s = &run->slots[run->written % run->n_slots];
    pthread_mutex_lock(&run->lock);
    while (!s->done)
        pthread_cond_wait(&run->ready, &run->lock);
    pthread_mutex_unlock(&run->lock);
    return s;
}

static int run_threads(struct run *run, struct err *e)
{
    for (;;) {
        while (!run->over && run->filled - run->written < run->n_slots)
            if (fill(run))
                post(run);
        if (run->written == run->filled)
            return 0;
        int status = put(run, await(run), e);
        if (status != 0)
            return status;
        run->written++;
    }
}

static int run_workers(struct run *run, struct worker *w, size_t n,
                       struct err *e)
{
    if (n == 1)
        return run_alone(run, w->own, e);
    size_t running = 0;
    int status = 0;
    for (; running < n && status == 0; running++)
        if (pthread_create(&w[running].thread, NULL, work_on, &w[running])) {
            status = err_set(e, STATUS_SYSTEM, "cannot start a thread");
            break;
        }
    if (status == 0)
        status = run_threads(run, e);
    pthread_mutex_lock(&run->lock);
    run->quit = true;
    pthread_cond_broadcast(&run->work);
    pthread_mutex_unlock(&run->lock);
    for (size_t i = 0; i < running; i++)
        pthread_join(w[i].thread, NULL);
    return status;
}

/* ---- a whole run */

static int write_stats(struct run *run, struct err *e)
{
    const struct filter *f = run->f;
    if (!run->stats)
        return 0;
    struct buf b = {0};
    buf_char(&b, '{');
    json_put_field(&b, "program", str_of(diag_name()));
    json_put_field(&b, "version", STR(VERSION));
    filter_put_arguments(&b);
    if (f->seed)
        json_put_i64(&b, "seed", *f->seed);
    json_put_i64(&b, "in", (int64_t)run->rows_in);
    json_put_i64(&b, "out", (int64_t)run->rows_out);
    json_put_i64(&b, "rejected", (int64_t)run->refused);
    if (!f->sink)
        json_put_i64(&b, "rows", (int64_t)run->lines);
    if (f->stats)
        f->stats(f->ctx, &b);
    buf_cstr(&b, "}\n");
    writer_str(run->stats, buf_view(&b));
    buf_free(&b);
    struct writer *w = run->stats;
    run->stats = NULL;
    return writer_finish(w, e);
}

static int work_all(struct run *run, struct err *e)
{
    const struct filter *f = run->f;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n = (size_t)(f->opts->jobs ? f->opts->jobs : cores > 0 ? cores : 1);
    run->n_slots = n == 1 ? 1 : 2 * n + 2;
    run->slots = mem_zero(run->n_slots, sizeof *run->slots);
    struct worker *w = mem_zero(n, sizeof *w);
    for (size_t i = 0; i < n; i++) {
        w[i].run = run;
        w[i].own = f->worker_new ? f->worker_new(f->ctx) : NULL;
    }
    int status = run_workers(run, w, n, e);
    for (size_t i = 0; i < n; i++)
        if (f->worker_free)
            f->worker_free(f->ctx, w[i].own);
    mem_free(w);
    for (size_t i = 0; i < run->n_slots; i++) {
        struct slot *s = &run->slots[i];
        buf_free(&s->in.text);
        vec_free(&s->in.rows);
        buf_free(&s->out);
        buf_free(&s->rejects);
    }
    mem_free(run->slots);
    if (status > 0) { /* what was read ahead does not count */
        run->rows_in = run->rows_out + run->refused;
        return 0;
    }
    if (status == 0 && run->read_failed) {
        *e = run->read_err;
        return -1;
    }
    return status;
}

/* On failure what was written stays written: whole rows, before the bad one. */
static int finish(struct run *run, int status, struct err *e)
{
    struct err late;
    progress_end(&run->progress);
    ingest_close(run->source);
    if (status == 0 && run->f->end)
        status = run->f->end(run->f->ctx, e);
    if (run->rejects && status < 0)
        writer_abandon(run->rejects);
    else if (run->rejects)
        status = writer_finish(run->rejects, e);
    if (run->out && status == 0)
        status = writer_flush(run->out, e);
    if (status == 0)
        status = write_stats(run, e);
    writer_abandon(run->stats); /* of a run that failed */
    if (run->out && writer_finish(run->out, &late) < 0 && status == 0) {
        *e = late;
        status = -1;
    }
    return status;
}

/* What is to be written besides the output is opened first: a folder that is
 * not there is told before the work, not after it. */
static int open_files(struct run *run, struct err *e)
{
    const struct filter_opts *o = run->f->opts;
    if (o->rejects && !(run->rejects = writer_file(o->rejects, e)))
        return -1;
    if (o->stats && !(run->stats = writer_file(o->stats, e))) {
        writer_abandon(run->rejects);
        return -1;
    }
    return 0;
}

int filter_run(const struct filter *f, char *const *inputs, struct err *e)
{
    struct run run = {.f = f};
    pthread_mutex_init(&run.lock, NULL);
    pthread_cond_init(&run.work, NULL);
    pthread_cond_init(&run.ready, NULL);
    if (open_files(&run, e) < 0)
        return -1;
    run.out = f->sink ? NULL : writer_stdout();
    run.source = inputs ? ingest_open(f->opts, inputs) : NULL;
    progress_start(&run.progress, f->opts->quiet, run.source ? "MB" : "records",
                   run.source ? 1e6 : 1);
    int status = work_all(&run, e);
    return finish(&run, status, e);
}
