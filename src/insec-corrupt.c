/* insec-corrupt: documents → documents + errors.  Options and glue. */
#include <stdio.h>
#include <unistd.h>

#include "corrupt.h"
#include "filter.h"
#include "packs.h"

#define CODESPELL                                                              \
    "/usr/lib/python3/dist-packages/codespell_lib/data/"                       \
    "dictionary.txt"

struct program {
    struct filter_opts filter;
    struct corrupt_opts corrupt;
    int64_t copies;
    const char *at, *types, *intruders, *dictionary, *print_rules;
    struct opt_list rules;
    struct lexicon *lexicon;
    struct rules *set;
    struct pool *pool;
    struct corruptor *corruptor;
};

struct worker {
    struct program *p;
    struct json_parser *parser;
    struct arena arena;
    struct corrupt_worker *corrupt;
    struct target_vec targets;
    struct edit_vec edits;
};

static void *worker_new(void *ctx)
{
    struct program *p = ctx;
    struct worker *w = mem_zero(1, sizeof *w);
    struct err e;
    w->p = p;
    w->parser = json_parser_new();
    w->corrupt = corrupt_worker_new(p->corruptor, &e);
    if (!w->corrupt)
        die_err(&e);
    return w;
}

static void worker_free(void *ctx, void *worker)
{
    struct program *p = ctx;
    struct worker *w = worker;
    corrupt_worker_free(p->corruptor, w->corrupt);
    json_parser_free(w->parser);
    arena_free(&w->arena);
    vec_free(&w->targets);
    vec_free(&w->edits);
    mem_free(w);
}

/* The row without its errors; with copies, every id is a string and those
 * from the second on end in "#2", "#3", … */
static void open_row(struct buf *out, const struct worker *w,
                     const struct record *r, int64_t copy)
{
    static const char *const errors[] = {"errors", NULL};
    static const char *const errors_id[] = {"errors", "id", NULL};
    if (w->p->copies == 1) {
        record_open(out, r, errors);
        return;
    }
    struct record anew = *r;
    struct buf id = {0};
    buf_str(&id, r->id);
    if (copy > 1)
        buf_printf(&id, "#%lld", (long long)copy);
    anew.id = buf_view(&id);
    anew.has_id = false; /* it is added in place of the row's own */
    record_open(out, &anew, errors_id);
    buf_free(&id);
}

static int work(void *worker, const struct row *row, struct buf *out,
                struct err *e)
{
    struct worker *w = worker;
    struct record r;
    arena_reset(&w->arena);
    w->targets.n = 0;
    if (record_parse(w->parser, &w->arena, row->text, row->at, &r, e) ||
        record_targets(&r, &w->arena, &w->targets, e))
        return -1;
    for (int64_t copy = 1; copy <= w->p->copies; copy++) {
        w->edits.n = 0;
        if (json_get(r.root, "errors") &&
            record_edits(&r, &w->arena, &w->targets, &w->edits, e))
            return -1;
        struct corrupt_row draw = {&w->arena,   r.id, (uint64_t)copy,
                                   &w->targets, &r,   &w->edits};
        if (corrupt_record(w->corrupt, &draw, e))
            return record_refuse(&r, e, "%s", e->text);
        open_row(out, w, &r, copy);
        record_put_edits(out, &w->targets, &w->edits);
        buf_cstr(out, "}\n");
    }
    return 0;
}

static void stats(void *ctx, struct buf *json)
{
    const struct program *p = ctx;
    corruptor_stats(p->corruptor, json);
}

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
    if (!corruptor_weight(p->corruptor, (struct str){name, n}, weight))
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
    if (load_rules(p, &own, e) ||
        pool_load(p->pool, p->intruders, (enum unit)p->corrupt.unit, e))
        return -1;
    p->corruptor = corruptor_new(&p->corrupt, p->set, p->pool);
    for (size_t i = own; i < rules_n(p->set); i++)
        corruptor_weight(p->corruptor, rules_at(p->set, i)->class, 1);
    opt_weights("--types", p->types, set_weight, p);
    return 0;
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
    corruptor_free(p->corruptor);
    pool_free(p->pool);
    rules_free(p->set);
    lexicon_free(p->lexicon);
    mem_free(p->rules.v);
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
        {0, "copies", "N", OPT_INT, &p->copies, 1, 1e6,
         "write each record that often"},
        {0, "reason", CORRUPT_REASONS, OPT_CHOICE, &p->corrupt.reason, 0, 0,
         "what stands as reason"},
        {0, "intruders", "FILE", OPT_STRING, &p->intruders, 0, 0,
         "documents to take intruders from"},
        {0, "dictionary", "FILE", OPT_STRING, &p->dictionary, 0, 0,
         "misspellings, wrong->right; none: only the built-in ones"},
        {'s', "seed", "N", OPT_INT, &p->corrupt.seed, 0, 9e15, "random seed"},
        FILTER_OPTIONS(p->filter),
    };
    const struct opt_program program = {
        "insec-corrupt", "put errors into documents, and say what and why",
        "[file ...]", opts, COUNTOF(opts)};
    opt_parse(&program, argv);
    p->corrupt.at = parse_at(p->at);
}

int main(int argc, char **argv)
{
    (void)argc;
    struct program p = {
        .filter = FILTER_DEFAULTS,
        .corrupt = CORRUPT_DEFAULTS,
        .copies = 1,
        .at = "any",
        .types = "arithmetic,number,spelling,negation,future,intruder",
    };
    struct err e;
    parse(&p, argv);
    if (p.print_rules)
        print_rules(p.print_rules);
    if (set_up(&p, &e))
        die_err(&e);
    struct filter f = {.opts = &p.filter,
                       .ctx = &p,
                       .worker_new = worker_new,
                       .worker_free = worker_free,
                       .work = work,
                       .stats = stats};
    if (filter_run(&f, argv, &e))
        die_err(&e);
    tear_down(&p);
    return STATUS_OK;
}
