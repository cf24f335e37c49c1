/*
 * insec-view: rows of any stage for people to read, on a terminal or as a
 * page.  Options and glue; view.c does the work.
 */
#include <stdlib.h>

#include "filter.h"
#include "unpacker.h"
#include "view.h"

enum when { AUTO, ALWAYS, NEVER };
enum stage { ROWS, SHARDS };

struct program {
    struct view_opts view;
    struct filter_opts filter;
    struct view_counts counts;
    const char *tokenizer, *page;
    int colour, stage;
    struct writer *out; /* of the page, or stdout; owns */
};

struct worker {
    struct view *view;          /* owns */
    struct json_parser *parser; /* owns */
    struct arena arena;         /* of the row */
};

static void *worker_new(void *ctx)
{
    struct program *p = ctx;
    struct worker *w = mem_zero(1, sizeof *w);
    w->view = view_new(&p->view);
    w->parser = json_parser_new();
    return w;
}

static void worker_free(void *ctx, void *worker)
{
    struct program *p = ctx;
    struct worker *w = worker;
    view_count(w->view, &p->counts);
    view_free(w->view);
    json_parser_free(w->parser);
    arena_free(&w->arena);
    mem_free(w);
}

static int work(void *worker, const struct row *row, struct buf *out,
                struct err *e)
{
    struct worker *w = worker;
    struct record rec;
    arena_reset(&w->arena);
    if (record_parse(w->parser, &w->arena, row->text, row->at, &rec, e) != 0)
        return -1;
    return view_row(w->view, &rec, row->number, out, e);
}

static int sink(void *ctx, struct str bytes, struct err *e)
{
    struct program *p = ctx;
    writer_str(p->out, bytes);
    return writer_flush(p->out, e);
}

static void stats(void *ctx, struct buf *json)
{
    struct program *p = ctx;
    json_put_i64(json, "found", (int64_t)p->counts.found);
    json_put_key(json, "classes");
    buf_char(json, '{');
    tally_sort(&p->counts.classes);
    for (size_t i = 0; i < p->counts.classes.n; i++) {
        const struct tally_row *c = &p->counts.classes.v[i];
        buf_cstr(json, i ? "," : "");
        json_put_string(json, c->name);
        buf_char(json, ':');
        buf_u64(json, c->n[0]);
    }
    buf_char(json, '}');
}

/* ---- shards: their documents as rows of tokens */

static int view_docs(struct program *p, struct worker *w, const struct shard *s,
                     struct row *row, struct err *e)
{
    struct unpacker *docs = unpacker_new(s, NULL);
    struct buf text = {0}, out = {0};
    int bad = 0;
    for (size_t i = 0; i < s->docs && !bad; i++, row->number++) {
        text.n = out.n = 0;
        unpacker_put(docs, i, i + 1, &text);
        buf_reserve(&text, IO_PADDING);
        row->text = (struct str){text.p, text.n - 1};
        bad = work(w, row, &out, e) != 0 || sink(p, buf_view(&out), e) != 0;
    }
    buf_free(&text);
    buf_free(&out);
    unpacker_free(docs);
    return bad ? -1 : 0;
}

static int view_shards(struct program *p, const char *path, struct worker *w,
                       struct row *row, struct err *e)
{
    struct shard_reader *r = shard_open(path, e);
    struct shard s;
    int got = -1;
    if (!r)
        return -1;
    row->at.name = path ? path : "<stdin>";
    while ((got = shard_next(r, &s, e)) > 0) {
        got = view_docs(p, w, &s, row, e);
        shard_free(&s);
        if (got < 0)
            break;
    }
    shard_close(r);
    return got;
}

static int run(struct program *p, char **inputs, struct err *e)
{
    struct filter f = {
        .opts = &p->filter,
        .ctx = p,
        .worker_new = worker_new,
        .worker_free = worker_free,
        .work = work,
        .sink = sink,
        .stats = stats,
    };
    if (p->stage == ROWS)
        return filter_run(&f, inputs, e);
    struct worker *w = worker_new(p);
    struct row row = {0};
    int bad = *inputs ? 0 : view_shards(p, NULL, w, &row, e);
    for (; !bad && *inputs; inputs++)
        bad = view_shards(p, *inputs, w, &row, e);
    worker_free(p, w);
    return bad;
}

/* ---- the program */

static void parse(struct program *p, char **argv)
{
    struct view_opts *v = &p->view;
    const struct opt opts[] = {
        {'f', "format", "rows|shard", OPT_CHOICE, &p->stage, 0, 0,
         "what the input is"},
        {'t', "tokenizer", "FILE", OPT_STRING, &p->tokenizer, 0, 0,
         "a tokenizer.json; without: bytes and the reserved marks"},
        {0, "tokens", NULL, OPT_FLAG, &v->tokens, 0, 0,
         "show each token as text(label,id)"},
        {0, "diff", NULL, OPT_FLAG, &v->diff, 0, 0,
         "show only what is wrong, and what is right"},
        {0, "grep", "KEY=VALUE", OPT_STRING, &v->grep, 0, 0,
         "only rows with this class, rule, kind, id or text"},
        {'n', "records", "N", OPT_INT, &v->records, 0, 1e15,
         "show only the first rows; 0 means all"},
        {0, "color", "auto|always|never", OPT_CHOICE, &p->colour, 0, 0,
         "colours besides the signs"},
        {0, "html", "FILE", OPT_STRING, &p->page, 0, 0,
         "write one page there, with figures"},
        FILTER_OPTIONS(p->filter),
    };
    (void)opt_parse(&(struct opt_program){"insec-view",
                                          "show what the trainer will see",
                                          "[file ...]", opts, COUNTOF(opts)},
                    argv);
}

static bool coloured(const struct program *p)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    if (p->colour != AUTO || p->page)
        return p->colour == ALWAYS && !p->page;
    return io_stdout_terminal() && !(no && *no) &&
           !(term && strcmp(term, "dumb") == 0);
}

static void settle(struct program *p, struct err *e)
{
    p->view.colour = coloured(p);
    p->view.html = p->page != NULL;
    if (p->page && (p->view.tokens || p->view.diff))
        die(STATUS_USAGE, "--html excludes --tokens and --diff");
    if (p->view.tokens && p->view.diff)
        die(STATUS_USAGE, "--tokens and --diff exclude each other");
    if (p->stage == SHARDS && (p->filter.stats || p->filter.rejects))
        die(STATUS_USAGE, "--stats and --rejects are for rows");
    if (view_check(&p->view, e) != 0)
        die_err(e);
}

int main(int argc, char **argv)
{
    struct program p = {.filter = FILTER_DEFAULTS};
    struct err e = {0};
    struct buf page = {0};
    (void)argc;
    parse(&p, argv);
    settle(&p, &e);
    struct tokenizer *t =
        p.tokenizer ? tokenizer_load(p.tokenizer, &e) : tokenizer_builtin();
    p.view.tokenizer = t;
    p.out = !t ? NULL : p.page ? writer_file(p.page, &e) : writer_stdout();
    if (!p.out)
        die_err(&e);
    view_page_open(&page);
    if (p.page)
        writer_str(p.out, buf_view(&page));
    if (run(&p, argv, &e) != 0) {
        writer_abandon(p.out);
        die_err(&e);
    }
    page.n = 0;
    tally_sort(&p.counts.classes);
    view_page_close(&page, &p.counts);
    if (p.page)
        writer_str(p.out, buf_view(&page));
    if (writer_finish(p.out, &e) != 0)
        die_err(&e);
    view_counts_free(&p.counts);
    tokenizer_free(t);
    buf_free(&page);
    return STATUS_OK;
}
