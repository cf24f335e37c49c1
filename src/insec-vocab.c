/*
 * insec-vocab: documents to a tokenizer.json, or marks into one.  Options and
 * glue; learning is in vocab_train.c.
 */
#include "filter.h"
#include "tokenizer.h"
#include "vocab_text.h"

static const char *const default_marks[] = {"<|pad|>", "<|end|>", "<|wrong|>",
                                            "<|right|>", "[BACK]"};

struct options {
    int64_t entries, min_count;
    int preset;
    const char *pattern;
    struct opt_list marks, add;
    bool no_marks;
    struct filter_opts filter;
};

struct run {
    const struct options *o;
    struct vocab_marks marks;
    struct pretok *pretok;
    struct words words;
    uint64_t bytes, pieces;
};

struct worker {
    struct run *run;
    struct json_parser *parser;
    struct arena arena;
    struct vocab_reader reader;
    struct pretok_run *cut;
    struct words words;
    uint64_t bytes, pieces;
};

static int count_piece(void *ctx, const struct piece *piece, struct err *e)
{
    struct worker *w = ctx;
    (void)e;
    w->pieces++;
    words_add(&w->words, piece->text, 1);
    return 0;
}

static int count_text(void *ctx, struct str text, struct err *e)
{
    struct worker *w = ctx;
    w->bytes += text.n;
    return pretok_each(w->cut, text, count_piece, w, e);
}

static void *worker_new(void *ctx)
{
    struct run *run = ctx;
    struct worker *w = mem_zero(1, sizeof *w);
    w->run = run;
    w->parser = json_parser_new();
    w->reader = (struct vocab_reader){
        .marks = &run->marks, .each = count_text, .ctx = w};
    w->cut = pretok_run_new(run->pretok);
    return w;
}

static void worker_free(void *ctx, void *worker)
{
    struct run *run = ctx;
    struct worker *w = worker;
    run->bytes += w->bytes;
    run->pieces += w->pieces;
    words_merge(&run->words, &w->words);
    words_free(&w->words);
    pretok_run_free(w->cut);
    vocab_reader_free(&w->reader);
    json_parser_free(w->parser);
    arena_free(&w->arena);
    mem_free(w);
}

static int count_row(void *worker, const struct row *row, struct buf *out,
                     struct err *e)
{
    struct worker *w = worker;
    struct record r;
    (void)out;
    arena_reset(&w->arena);
    if (record_parse(w->parser, &w->arena, row->text, row->at, &r, e))
        return -1;
    return vocab_texts(&w->reader, &r, e);
}

static int no_output(void *ctx, struct str bytes, struct err *e)
{
    (void)ctx;
    (void)bytes;
    (void)e;
    return 0;
}

static void put_stats(void *ctx, struct buf *json)
{
    const struct run *run = ctx;
    json_put_i64(json, "bytes", (int64_t)run->bytes);
    json_put_i64(json, "pieces", (int64_t)run->pieces);
    json_put_i64(json, "different_pieces", (int64_t)run->words.n);
}

static int write_out(const struct buf *json, struct err *e)
{
    struct writer *w = writer_stdout();
    writer_str(w, buf_view(json));
    return writer_finish(w, e);
}

/* Counts the input, learns, writes. */
static int learn(struct run *run, char **inputs, struct err *e)
{
    const struct options *o = run->o;
    struct filter f = {
        .opts = &o->filter,
        .ctx = run,
        .worker_new = worker_new,
        .worker_free = worker_free,
        .work = count_row,
        .sink = no_output,
        .stats = put_stats,
    };
    struct vocab v = {0};
    struct buf json = {0};
    struct str pattern = STR("");
    if (o->pattern)
        pattern = str_of(o->pattern);
    else if (o->preset)
        pattern = str_of(pretok_preset(o->preset));
    int bad = filter_run(&f, inputs, e) ||
              vocab_train(&v, &run->words, (size_t)o->entries - run->marks.n,
                          (uint64_t)o->min_count, &run->marks, e);
    if (!bad) {
        vocab_put(&v, pattern, &run->marks, &json);
        bad = write_out(&json, e);
    }
    buf_free(&json);
    vocab_free(&v);
    words_free(&run->words);
    return bad;
}

static int add(const struct vocab_marks *marks, const char *path, struct err *e)
{
    struct buf json = {0}, out = {0};
    int bad = io_slurp(path, &json, e);
    if (!bad) {
        buf_reserve(&json, IO_PADDING);
        memset(json.p + json.n, 0, IO_PADDING);
        bad = vocab_add(buf_view(&json), marks, &out, e);
        if (bad)
            e->at.name = path;
    }
    if (!bad)
        bad = write_out(&out, e);
    buf_free(&json);
    buf_free(&out);
    return bad;
}

/* The texts of marks; a wrong one ends the program here. */
static struct vocab_marks marks_of(const char *const *v, size_t n,
                                   const char *option)
{
    struct str *texts = mem_zero(n + 1, sizeof *texts);
    for (size_t i = 0; i < n; i++) {
        texts[i] = str_of(v[i]);
        if (texts[i].n < 2 || utf8_check(texts[i]) < texts[i].n)
            die(STATUS_USAGE, "%s: a mark is UTF-8 of two bytes or more",
                option);
        for (size_t k = 0; k < i; k++)
            if (str_eq(texts[k], texts[i]))
                die(STATUS_USAGE, "%s: %s is given twice", option, v[i]);
    }
    return (struct vocab_marks){texts, n};
}

static int run_learn(struct options *o, char **inputs, struct err *e)
{
    struct run run = {.o = o};
    if (o->no_marks && o->marks.n)
        die(STATUS_USAGE, "--mark and --no-marks exclude each other");
    if (o->marks.n)
        run.marks = marks_of(o->marks.v, o->marks.n, "--mark");
    else
        run.marks = marks_of(
            default_marks, o->no_marks ? 0 : COUNTOF(default_marks), "--mark");
    if (o->entries < (int64_t)(256 + run.marks.n))
        die(STATUS_USAGE, "--entries: %zu are the bytes and the marks",
            256 + run.marks.n);
    run.pretok = pretok_new();
    const char *pattern = o->pattern ? o->pattern : pretok_preset(o->preset);
    if (pretok_regex(run.pretok, str_of(pattern), PRETOK_ISOLATED, false, e))
        die(STATUS_USAGE, "--%s", e->text);
    int bad = learn(&run, inputs, e);
    pretok_free(run.pretok);
    mem_free((void *)run.marks.v);
    return bad;
}

static int run_add(struct options *o, char **inputs, size_t n, struct err *e)
{
    if (n != 1)
        die(STATUS_USAGE, "--add takes one tokenizer.json");
    struct vocab_marks marks = marks_of(o->add.v, o->add.n, "--add");
    int bad = add(&marks, inputs[0], e);
    mem_free((void *)marks.v);
    return bad;
}

int main(int argc, char **argv)
{
    struct options o = {.entries = 8192,
                        .min_count = 2,
                        .preset = 1,
                        .filter = FILTER_DEFAULTS};
    const struct opt table[] = {
        {'n', "entries", "N", OPT_INT, &o.entries, 256, 1 << 22,
         "entries to end with: bytes, merges and marks"},
        {0, "min-count", "N", OPT_INT, &o.min_count, 1, 1e15,
         "merge no pair that occurs less often"},
        {0, "preset", PRETOK_PRESETS, OPT_CHOICE, &o.preset, 0, 0,
         "cut the text as this tokenizer does"},
        {0, "pattern", "REGEX", OPT_STRING, &o.pattern, 0, 0,
         "cut the text at the matches of this"},
        {0, "mark", "TEXT", OPT_LIST, &o.marks, 0, 0,
         "reserve this mark, and no other than those given"},
        {0, "no-marks", NULL, OPT_FLAG, &o.no_marks, 0, 0, "reserve none"},
        {0, "add", "MARK", OPT_LIST, &o.add, 0, 0,
         "add a mark to the tokenizer.json that is the operand"},
        FILTER_INPUT_OPTIONS(o.filter),
        FILTER_OPTIONS(o.filter),
    };
    const struct opt_program program = {
        "insec-vocab", "learn a vocabulary, or add marks to one", "[file ...]",
        table, COUNTOF(table)};
    struct err e;
    size_t n = opt_parse(&program, argv);
    (void)argc;
    if (o.add.n ? run_add(&o, argv, n, &e) : run_learn(&o, argv, &e))
        die_err(&e);
    mem_free(o.marks.v);
    mem_free(o.add.v);
    return STATUS_OK;
}
