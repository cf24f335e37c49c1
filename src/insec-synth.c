/* insec-synth: makes step-by-step problems with their solutions, and checks
 * completions of them.  See insec-synth(1). */
#include "chain.h"
#include "filter.h"
#include "mem.h"
#include "sums.h"
#include "synth.h"

struct options {
    struct filter_opts filter;
    int64_t count, seed, modulus, distractors, terms;
    const char *ops, *digits;
    int split, style, order;
    bool check;
};

struct run {
    const struct synth_task *task; /* NULL: check */
    struct problem_opts problem;
    struct synth_tally tally; /* of the workers that have ended */
};

struct worker {
    const struct run *run;
    struct problem problem;
    struct json_parser *parser;
    struct arena arena;
    struct synth_tally tally;
};

static void *worker_new(void *ctx)
{
    struct worker *w = mem_zero(1, sizeof *w);
    w->run = ctx;
    w->parser = json_parser_new();
    return w;
}

static void worker_free(void *ctx, void *worker)
{
    struct run *run = ctx;
    struct worker *w = worker;
    synth_tally_add(&run->tally, &w->tally);
    problem_free(&w->problem);
    json_parser_free(w->parser);
    arena_free(&w->arena);
    mem_free(w);
}

static int work_make(void *worker, const struct row *row, struct buf *out,
                     struct err *e)
{
    struct worker *w = worker;
    const struct run *run = w->run;
    if (synth_make(run->task, &run->problem, row->number, &w->problem, e))
        return -1;
    synth_put(out, run->task, run->problem.seed, row->number, &w->problem);
    w->tally.records[w->problem.level]++;
    return 0;
}

static int work_check(void *worker, const struct row *row, struct buf *out,
                      struct err *e)
{
    struct worker *w = worker;
    struct record r;
    struct verdict v;
    arena_reset(&w->arena);
    if (record_parse(w->parser, &w->arena, row->text, row->at, &r, e) ||
        synth_check(&r, &w->arena, &v, e))
        return -1;
    synth_put_check(out, &r, &v);
    w->tally.records[v.level]++;
    w->tally.right[v.level] += v.right;
    return 0;
}

static void stats(void *ctx, struct buf *json)
{
    const struct run *run = ctx;
    synth_put_tally(json, &run->tally, !run->task);
}

/* The options as typed, for the tasks; a wrong one ends the program here. */
static struct problem_opts problem_options(const struct options *o)
{
    struct err e = {0};
    struct problem_opts p = {
        .seed = (uint64_t)o->seed,
        .split = (enum split)o->split,
        .draws = 1000,
        .modulus = (int)o->modulus,
        .distractors = (int)o->distractors,
        .style = o->style,
        .sorted = o->order == 1,
        .terms = (int)o->terms,
    };
    if (range_parse("--ops", o->ops, (struct range){1, CHAIN_OPS}, &p.ops,
                    &e) ||
        range_parse("--digits", o->digits, (struct range){1, SUM_DIGITS},
                    &p.digits, &e))
        die_err(&e);
    if (!is_prime(p.modulus))
        die(STATUS_USAGE, "--modulus: %d is not a prime", p.modulus);
    return p;
}

static const struct synth_task *find_task(size_t operands, char **argv)
{
    const char *name = operands ? argv[0] : "chain";
    const struct synth_task *t = synth_task(name);
    if (operands > 1)
        die(STATUS_USAGE, "one task, not %zu; --check takes files", operands);
    if (!t)
        die(STATUS_USAGE, "unknown task \"%.60s\"; there are: " SYNTH_TASKS,
            name);
    return t;
}

static void parse(struct options *o, struct run *run, char **argv)
{
    const struct opt table[] = {
        {'n', "count", "N", OPT_INT, &o->count, 0, 1e15, "records to make"},
        {'s', "seed", "N", OPT_INT, &o->seed, 0, 1e15, "seed"},
        {0, "split", SPLITS, OPT_CHOICE, &o->split, 0, 0,
         "keep to problems of this side, by their structure"},
        {0, "ops", "LO-HI", OPT_STRING, &o->ops, 0, 0,
         "chain: operations that the answer needs"},
        {0, "modulus", "P", OPT_INT, &o->modulus, 2, CHAIN_MODULUS,
         "chain: compute modulo this prime"},
        {0, "distractors", "N", OPT_INT, &o->distractors, 0, CHAIN_DISTRACTORS,
         "chain: definitions that nothing needs"},
        {0, "style", CHAIN_STYLES, OPT_CHOICE, &o->style, 0, 0,
         "chain: how sentences read"},
        {0, "order", "shuffled|sorted", OPT_CHOICE, &o->order, 0, 0,
         "chain: order of the definitions"},
        {0, "digits", "LO-HI", OPT_STRING, &o->digits, 0, 0,
         "sums: digits of the longest number"},
        {0, "terms", "N", OPT_INT, &o->terms, 2, SUM_TERMS,
         "sums: numbers to add"},
        {0, "check", NULL, OPT_FLAG, &o->check, 0, 0,
         "read records and judge their completions"},
        FILTER_OPTIONS(o->filter),
    };
    const struct opt_program program = {
        "insec-synth", "make and check step-by-step problems",
        "[task | file ...]", table, COUNTOF(table)};
    size_t n = opt_parse(&program, argv);
    run->problem = problem_options(o);
    if (!o->check)
        run->task = find_task(n, argv);
}

int main(int argc, char **argv)
{
    struct options o = {.filter = FILTER_DEFAULTS,
                        .count = 1000,
                        .seed = 1,
                        .modulus = 7,
                        .terms = 2,
                        .ops = "2-6",
                        .digits = "2-4"};
    struct run run = {0};
    struct err e = {0};
    (void)argc;
    parse(&o, &run, argv);
    struct filter f = {.opts = &o.filter,
                       .ctx = &run,
                       .worker_new = worker_new,
                       .worker_free = worker_free,
                       .work = o.check ? work_check : work_make,
                       .stats = stats,
                       .seed = o.check ? NULL : &o.seed,
                       .make = (uint64_t)o.count};
    if (filter_run(&f, o.check ? argv : NULL, &e))
        die_err(&e);
    return STATUS_OK;
}
