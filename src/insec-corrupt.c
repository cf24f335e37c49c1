/* insec-corrupt: documents → documents + errors.  Options and glue. */
#include <stdio.h>
#include <unistd.h>

#include "corrupt_rows.h"
#include "own.h"
#include "packs.h"
#include "threads.h"

#define CODESPELL                                                              \
    "/usr/lib/python3/dist-packages/codespell_lib/data/"                       \
    "dictionary.txt"
#define WORDNET "/usr/share/wordnet"

struct program {
    struct filter_opts filter;
    struct corrupt_opts corrupt;
    struct corrupt_rows rows;
    struct own_opts own;
    const char *at, *types, *intruders, *dictionary, *wordnet, *print_rules;
    struct opt_list rules, check;
    const char *in;
    bool apply, m2, emit;
    const char *merge, *candidates;
    struct answers *answers;
    struct candidates *added;
    struct lexicon *lexicon;
    struct rules *set;
    struct pool *pool;
};

/* Shows a built-in pack and leaves. */
static void print_rules(const char *pack)
{
    struct str text;
    struct err e;
    struct buf known = {0};
    char name[80];
    int n = snprintf(name, sizeof name, "%.60s.csv", pack);
    if (!pack_find(name, (size_t)n, &text)) {
        for (size_t i = 0; pack_name(i); i++)
            if (strstr(pack_name(i), ".csv"))
                buf_printf(&known, " %.*s", (int)strcspn(pack_name(i), "."),
                           pack_name(i));
        die(STATUS_USAGE, "--print-rules: no pack \"%s\"; there are:%.*s", pack,
            (int)known.n, known.p);
    }
    struct writer *w = writer_stdout();
    writer_str(w, text);
    if (writer_finish(w, &e))
        die_err(&e);
    diag_exit(STATUS_OK);
}

static void set_weight(void *ctx, const char *name, size_t n, double weight)
{
    struct program *p = ctx;
    if (weight < 0)
        die(STATUS_USAGE, "--types: a weight below 0: %g", weight);
    if (!corruptor_weight(p->rows.corruptor, (struct str){name, n}, weight))
        die(STATUS_USAGE, "--types: no class \"%.*s\"",
            STR_ARG(((struct str){name, n})));
}

/* Adds the built-in packs, then the user's tables, whose classes count 1
 * unless --types says otherwise. */
static int load_rules(struct program *p, size_t *own, struct err *e)
{
    struct str text;
    const char *name;
    for (size_t i = 0; (name = pack_name(i)); i++)
        if (strstr(name, ".csv") && pack_find(name, strlen(name), &text) &&
            rules_add(p->set, name, text, e))
            return -1;
    *own = rules_n(p->set);
    for (size_t i = 0; i < p->rules.n; i++) {
        struct buf b = {0};
        int rc = io_slurp(p->rules.v[i], &b, e);
        if (rc == 0)
            rc = rules_add(p->set, p->rules.v[i], buf_view(&b), e);
        buf_free(&b);
        if (rc)
            return rc;
    }
    return 0;
}

static int set_up(struct program *p, struct err *e)
{
    size_t own;
    p->lexicon = lexicon_new();
    p->set = rules_new(p->lexicon);
    p->pool = pool_new();
    const char *dictionary = p->dictionary;
    if (!dictionary)
        dictionary = access(CODESPELL, R_OK) == 0 ? CODESPELL : "none";
    if (strcmp(dictionary, "none") != 0 &&
        lexicon_dictionary(p->lexicon, dictionary, e))
        return -1;
    lexicon_settle(p->lexicon);
    const char *net = p->wordnet;
    if (!net)
        net = access(WORDNET "/index.noun", R_OK) == 0 ? WORDNET : "none";
    if (strcmp(net, "none") != 0 && lexicon_wordnet(p->lexicon, net, e))
        return -1;
    if (load_rules(p, &own, e) ||
        pool_load(p->pool, p->intruders, (enum unit)p->corrupt.unit, e))
        return -1;
    p->rows.corruptor = corruptor_new(&p->corrupt, p->set, p->pool);
    for (size_t i = own; i < rules_n(p->set); i++)
        corruptor_weight(p->rows.corruptor, rules_at(p->set, i)->class, 1);
    opt_weights("--types", p->types, set_weight, p);
    if (p->merge && !(p->answers = answers_load(p->merge, e)))
        return -1;
    if (p->merge)
        corruptor_merge(p->rows.corruptor, p->answers);
    if (p->candidates && !(p->added = candidates_load(p->candidates, e)))
        return -1;
    if (p->candidates)
        corruptor_candidates(p->rows.corruptor, p->added);
    return 0;
}

static void parse_check(struct program *p)
{
    for (size_t i = 0; i < p->check.n; i++)
        if (strcmp(p->check.v[i], "arithmetic") == 0)
            p->corrupt.check_arithmetic = true;
        else if (strcmp(p->check.v[i], "answer") == 0)
            p->corrupt.check_answer = true;
        else
            die(STATUS_USAGE, "--check: \"%s\" is not arithmetic or answer",
                p->check.v[i]);
}

static void set_in(void *ctx, const char *name, size_t n, double weight)
{
    struct program *p = ctx;
    struct str s = {name, n};
    if (str_eq(s, STR("code")))
        p->corrupt.in_code = weight > 0;
    else if (str_eq(s, STR("url")))
        p->corrupt.in_url = weight > 0;
    else
        die(STATUS_USAGE, "--in: \"%.*s\" is not code or url", STR_ARG(s));
}

static int64_t parse_at(const char *s)
{
    if (strcmp(s, "any") == 0)
        return CORRUPT_ANY;
    if (strcmp(s, "first") == 0)
        return 1;
    if (strcmp(s, "last") == 0)
        return CORRUPT_LAST;
    double n = opt_real("--at", s, 1, 1e9);
    if (n != (double)(int64_t)n)
        die(STATUS_USAGE, "--at: \"%s\" is not any, first, last or a number",
            s);
    return (int64_t)n;
}

static void tear_down(struct program *p)
{
    corruptor_free(p->rows.corruptor);
    answers_free(p->answers);
    candidates_free(p->added);
    pool_free(p->pool);
    rules_free(p->set);
    lexicon_free(p->lexicon);
    mem_free(p->rules.v);
    mem_free(p->check.v);
}

/* What the table cannot say. */
static void settle_options(struct program *p)
{
    p->corrupt.at = parse_at(p->at);
    parse_check(p);
    if (p->apply + p->m2 + p->emit > 1)
        die(STATUS_USAGE,
            "--apply, --m2 and --emit-requests exclude each other");
    p->rows.form = p->apply  ? FORM_APPLY
                   : p->m2   ? FORM_M2
                   : p->emit ? FORM_REQUESTS
                             : FORM_ERRORS;
    if ((p->own.model != NULL) + (p->own.rank != NULL) + (p->merge != NULL) +
            p->emit >
        1)
        die(STATUS_USAGE,
            "--model, --rank, --merge and --emit-requests exclude each other");
    p->own.unit = p->corrupt.unit;
    p->rows.format = (enum input_format)p->filter.format;
    if (p->in)
        opt_weights("--in", p->in, set_in, p);
}

/* The options; argv keeps the operands. */
static void parse(struct program *p, char **argv)
{
    const struct opt opts[] = {
        FILTER_INPUT_OPTIONS(p->filter),
        {0, "types", "LIST", OPT_STRING, &p->types, 0, 0,
         "classes and their weights, class=weight,..."},
        {0, "rules", "FILE", OPT_LIST, &p->rules, 0, 0,
         "add a table of rules (repeatable)"},
        {0, "print-rules", "PACK", OPT_STRING, &p->print_rules, 0, 0,
         "show a built-in pack"},
        {0, "unit", UNIT_NAMES, OPT_CHOICE, &p->corrupt.unit, 0, 0,
         "what may hold one error"},
        {0, "rate", "X", OPT_REAL, &p->corrupt.rate, 0, 1,
         "chance of an error in a unit"},
        {0, "retry", "X", OPT_REAL, &p->corrupt.retry, 0, 1,
         "chance of another error at the same place"},
        {0, "max", "N", OPT_INT, &p->corrupt.max, 0, 1e9,
         "places in a record; 0: any number"},
        {0, "at", "WHERE", OPT_STRING, &p->at, 0, 0,
         "any, first, last or the number of a unit"},
        {0, "clean", "X", OPT_REAL, &p->corrupt.clean, 0, 1,
         "share of records left alone"},
        {0, "copies", "N", OPT_INT, &p->rows.copies, 1, 1e6,
         "write each record that often"},
        {0, "reason", CORRUPT_REASONS, OPT_CHOICE, &p->corrupt.reason, 0, 0,
         "what stands as reason"},
        {0, "intruders", "FILE", OPT_STRING, &p->intruders, 0, 0,
         "documents to take intruders from"},
        {0, "dictionary", "FILE", OPT_STRING, &p->dictionary, 0, 0,
         "misspellings, wrong->right; none: only the built-in ones"},
        {0, "wordnet", "DIR", OPT_STRING, &p->wordnet, 0, 0,
         "WordNet's files, for rules that use it; none: without"},
        {0, "apply", NULL, OPT_FLAG, &p->apply, 0, 0,
         "write the corrupted text itself"},
        {0, "m2", NULL, OPT_FLAG, &p->m2, 0, 0,
         "write the corrections in ERRANT's format"},
        {0, "emit-requests", NULL, OPT_FLAG, &p->emit, 0, 0,
         "write a request for a model for each place drawn"},
        {0, "merge", "FILE", OPT_STRING, &p->merge, 0, 0,
         "take the errors from a model's answers"},
        OWN_OPTIONS(p->own),
        {0, "candidates", "FILE", OPT_STRING, &p->candidates, 0, 0,
         "add errors that were made elsewhere"},
        {0, "in", "LIST", OPT_STRING, &p->in, 0, 0,
         "what else rules may touch: code,url"},
        {0, "check", "WHAT", OPT_LIST, &p->check, 0, 0,
         "refuse what is not wrong: arithmetic, answer (repeatable)"},
        {0, "check-command", "CMD", OPT_STRING, &p->corrupt.check_command, 0, 0,
         "a co-process that says which candidates are wrong"},
        {'s', "seed", "N", OPT_INT, &p->corrupt.seed, 0, 9e15, "random seed"},
        FILTER_OPTIONS(p->filter),
    };
    const struct opt_program program = {
        "insec-corrupt", "put errors into documents, and say what and why",
        "[file ...]", opts, COUNTOF(opts)};
    opt_parse(&program, argv);
    settle_options(p);
}

/* With a checkpoint the same rows go through it. */
static int run(struct program *p, char **argv, struct err *e)
{
    struct filter f = {.opts = &p->filter,
                       .ctx = &p->rows,
                       .worker_new = corrupt_rows_worker,
                       .worker_free = corrupt_rows_free,
                       .work = corrupt_rows_work,
                       .seed = &p->corrupt.seed,
                       .stats = corrupt_rows_stats};
    if (!p->own.model && !p->own.rank)
        return filter_run(&f, argv, e);
    threads_set(p->filter.jobs);
    struct own *o = own_open(&p->own, &p->rows, e);
    f = (struct filter){.opts = &p->filter,
                        .ctx = o,
                        .worker_new = own_worker,
                        .worker_free = own_worker_free,
                        .work = own_work,
                        .sink = own_sink,
                        .seed = &p->corrupt.seed,
                        .stats = own_stats};
    return o && filter_run(&f, argv, e) == 0 ? own_close(o, e) : -1;
}

int main(int argc, char **argv)
{
    struct program p = {
        .filter = FILTER_DEFAULTS,
        .corrupt = CORRUPT_DEFAULTS,
        .rows = {.copies = 1},
        .own = OWN_DEFAULTS,
        .at = "any",
        .types = "arithmetic,number,spelling,negation,future,intruder",
    };
    struct err e;
    char **as_called = mem_alloc(((size_t)argc + 1) * sizeof *as_called);
    memcpy(as_called, argv, ((size_t)argc + 1) * sizeof *as_called);
    parse(&p, argv);
    if (p.print_rules)
        print_rules(p.print_rules);
    if (p.own.model || p.own.rank)
        threads_patient(as_called);
    mem_free(as_called);
    if (set_up(&p, &e) || run(&p, argv, &e))
        die_err(&e);
    tear_down(&p);
    return STATUS_OK;
}
