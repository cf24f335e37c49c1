/* insec-eval: completions in, metrics out.  Options and glue; see
 * insec-eval(1). */
#include "evaluate.h"

struct program {
    int judge;
    const char *against, *train, *svg;
    bool table;
    struct filter_opts filter;
    struct evaluate_tally this, other, train_rows;
    struct evaluate_tally *now; /* the one being filled */
};

static void *worker_new(void *ctx)
{
    struct program *p = ctx;
    return evaluator_new((enum evaluate_judging)p->judge);
}

static void worker_free(void *ctx, void *worker)
{
    (void)ctx;
    evaluator_free(worker);
}

static int work(void *worker, const struct row *row, struct buf *out,
                struct err *e)
{
    return evaluate_row(worker, row, out, e);
}

static int sink(void *ctx, struct str bytes, struct err *e)
{
    struct program *p = ctx;
    (void)e;
    evaluate_add(p->now, bytes);
    return 0;
}

/* Fills t from the inputs. */
static int run(struct program *p, const struct filter_opts *o,
               struct evaluate_tally *t, char *const *inputs, struct err *e)
{
    struct filter f = {
        .opts = o,
        .ctx = p,
        .worker_new = worker_new,
        .worker_free = worker_free,
        .work = work,
        .sink = sink,
    };
    p->now = t;
    t->paired = p->against && t != &p->train_rows;
    t->templated = p->train && t != &p->other;
    if (filter_run(&f, inputs, e))
        return -1;
    return evaluate_settle(t, inputs[0] ? inputs[0] : "<stdin>", e);
}

/* Fills t from another file, if there is one. */
static int run_other(struct program *p, const char *file,
                     struct evaluate_tally *t, struct err *e)
{
    struct filter_opts o = p->filter;
    char *const inputs[] = {(char *)(uintptr_t)file, NULL};
    o.stats = o.rejects = NULL;
    return file ? run(p, &o, t, inputs, e) : 0;
}

static int put_svg(const struct program *p, const struct evaluate_lines *l,
                   struct err *e)
{
    struct buf b = {0};
    struct writer *w = p->svg ? writer_file(p->svg, e) : NULL;
    if (!w)
        return p->svg ? -1 : 0;
    evaluate_put_svg(l, &b);
    writer_str(w, buf_view(&b));
    buf_free(&b);
    return writer_finish(w, e);
}

static int put(struct program *p, struct err *e)
{
    struct evaluate_lines lines = {0};
    struct arena a = {0};
    struct buf b = {0};
    struct writer *w = writer_stdout();
    if (p->train)
        evaluate_overlap(&p->this, &p->train_rows);
    evaluate_lines_of(&p->this, &a, &lines);
    if (p->against)
        evaluate_compare(&p->this, &p->other, &lines);
    if (p->table)
        evaluate_put_table(&lines, &b);
    else
        evaluate_put_json(&lines, &b);
    writer_str(w, buf_view(&b));
    int rc = writer_finish(w, e);
    rc = rc ? rc : put_svg(p, &lines, e);
    buf_free(&b);
    vec_free(&lines);
    arena_free(&a);
    return rc;
}

static void parse(struct program *p, char **argv)
{
    const struct opt opts[] = {
        {0, "judge", EVALUATE_JUDGES, OPT_CHOICE, &p->judge, 0, 0,
         "what tells whether an answer is right"},
        {0, "against", "FILE", OPT_STRING, &p->against, 0, 0,
         "compare with another model's rows, by id"},
        {0, "train", "FILE", OPT_STRING, &p->train, 0, 0,
         "count the templates that these rows have too"},
        {0, "table", NULL, OPT_FLAG, &p->table, 0, 0,
         "a table instead of JSON"},
        {0, "svg", "FILE", OPT_STRING, &p->svg, 0, 0,
         "draw the rates and their intervals"},
        FILTER_OPTIONS(p->filter),
    };
    (void)opt_parse(&(struct opt_program){"insec-eval",
                                          "measure what completions correct",
                                          "[file ...]", opts, COUNTOF(opts)},
                    argv);
}

int main(int argc, char **argv)
{
    struct program p = {.filter = FILTER_DEFAULTS};
    struct err e = {0};
    (void)argc;
    parse(&p, argv);
    if (run_other(&p, p.against, &p.other, &e) ||
        run_other(&p, p.train, &p.train_rows, &e) ||
        run(&p, &p.filter, &p.this, argv, &e) || put(&p, &e))
        die_err(&e);
    evaluate_free(&p.this);
    evaluate_free(&p.other);
    evaluate_free(&p.train_rows);
    return STATUS_OK;
}
