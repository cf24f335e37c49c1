/*
 * insec-pair: documents with errors in, training sequences out.  Options and
 * glue; render.c does the work.
 */
#include "filter.h"
#include "render.h"
#include "resolve.h"

struct program {
    struct render_opts render;
    struct filter_opts filter;
    struct render_counts counts;
    const char *tokenizer; /* a file, or NULL */
    const char *chat;      /* a folder or file with a template, or NULL */
    struct opt_list sets;
    bool lint;
    uint64_t findings;
};

struct worker {
    bool lint;
    uint64_t findings;
    struct render *render;      /* owns */
    struct json_parser *parser; /* owns */
    struct arena arena;         /* of the row */
};

static void *worker_new(void *ctx)
{
    struct program *p = ctx;
    struct err e = {0};
    struct worker *w = mem_zero(1, sizeof *w);
    w->lint = p->lint;
    w->parser = json_parser_new();
    w->render = render_new(&p->render, &e);
    if (!w->render)
        die_err(&e);
    return w;
}

static void worker_free(void *ctx, void *worker)
{
    struct program *p = ctx;
    struct worker *w = worker;
    render_count(w->render, &p->counts);
    p->findings += w->findings;
    render_free(w->render);
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
    if (!w->lint)
        return render_record(w->render, &rec, out, e);
    w->findings += render_lint(w->render, &rec, out);
    return 0;
}

static void stats(void *ctx, struct buf *json)
{
    struct program *p = ctx;
    render_stats(&p->counts, json);
}

static void parse(struct program *p, char **argv)
{
    struct render_opts *r = &p->render;
    const struct opt opts[] = {
        {0, "style", RENDER_STYLES, OPT_CHOICE, &r->style, 0, 0,
         "how an error and its correction are written"},
        {0, "cut", RENDER_CUTS, OPT_CHOICE, &r->cut, 0, 0,
         "how far a wrong attempt goes"},
        {0, "unit", UNIT_NAMES, OPT_CHOICE, &r->unit, 0, 0,
         "what is written wrong and again right"},
        {0, "target", RENDER_TARGETS, OPT_CHOICE, &r->target, 0, 0,
         "what a row holds"},
        {0, "reason", RENDER_REASONS, OPT_CHOICE, &r->reason, 0, 0,
         "what is said of an error"},
        {0, "clean", "SHARE", OPT_REAL, &r->clean, 0, 1,
         "write this share of the rows with errors without them"},
        {0, "confirm", "SHARE", OPT_REAL, &r->confirm, 0, 1,
         "look again at this share of right answers (pam, chat)"},
        {'s', "seed", "N", OPT_INT, &r->seed, 0, 0,
         "what --clean and --confirm draw from"},
        MARK_OPTIONS(*r),
        {0, "mark-fine", "TEXT", OPT_STRING, &r->fine, 0, 0,
         "says that an answer is right (pam)"},
        {0, "ask", "TEXT", OPT_STRING, &r->ask, 0, 0,
         "what the second turn says (chat)"},
        {0, "end", "TEXT", OPT_STRING, &r->end, 0, 0,
         "a mark behind the whole sequence"},
        {'t', "tokenizer", "FILE", OPT_STRING, &p->tokenizer, 0, 0,
         "the tokenizer.json that counts backspaces; without: bytes"},
        {0, "chat-template", "DIR|FILE", OPT_STRING, &p->chat, 0, 0,
         "write turns by the tokenizer's chat template"},
        {0, "chat-set", "NAME=VALUE", OPT_LIST, &p->sets, 0, 0,
         "give the chat template a variable"},
        {0, "keep", NULL, OPT_FLAG, &r->keep, 0, 0,
         "keep the document and its errors in the row"},
        {0, "check", NULL, OPT_FLAG, &r->check, 0, 0,
         "prove that the document can be got back"},
        {0, "lint", NULL, OPT_FLAG, &p->lint, 0, 0,
         "say what is wrong with segments from elsewhere"},
        FILTER_OPTIONS(p->filter),
    };
    (void)opt_parse(
        &(struct opt_program){"insec-pair",
                              "write errors and corrections as training text",
                              "[file ...]", opts, COUNTOF(opts)},
        argv);
}

int main(int argc, char **argv)
{
    struct program p = {.render = RENDER_DEFAULTS, .filter = FILTER_DEFAULTS};
    struct err e = {0};
    (void)argc;
    parse(&p, argv);
    struct chat *chat = p.chat ? chat_load(p.chat, &p.sets, &e) : NULL;
    p.render.chat = chat;
    if ((p.chat && !chat) || render_settle(&p.render, &e) != 0)
        die_err(&e);
    struct tokenizer *tokenizer =
        p.tokenizer ? tokenizer_load(p.tokenizer, &e) : tokenizer_builtin();
    if (!tokenizer)
        die_err(&e);
    p.render.tokenizer = tokenizer;
    struct filter f = {
        .opts = &p.filter,
        .ctx = &p,
        .worker_new = worker_new,
        .worker_free = worker_free,
        .work = work,
        .seed = &p.render.seed,
        .stats = stats,
    };
    if (filter_run(&f, argv, &e) != 0)
        die_err(&e);
    tokenizer_free(tokenizer);
    chat_free(chat);
    mem_free(p.sets.v);
    return p.findings ? STATUS_DATA : STATUS_OK;
}
