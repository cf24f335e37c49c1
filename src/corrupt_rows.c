/* One row through the parser, the draw and the writer of its form. */
#include "corrupt_rows.h"
#include "corrupt_output.h"

struct rower {
    const struct corrupt_rows *p;
    struct json_parser *parser, *again; /* again: of a changed row */
    struct buf changed;
    struct arena arena;
    struct corrupt_worker *corrupt;
    struct target_vec targets;
    struct edit_vec edits;
};

void *corrupt_rows_worker(void *ctx)
{
    struct corrupt_rows *p = ctx;
    struct rower *w = mem_zero(1, sizeof *w);
    struct err e;
    w->p = p;
    w->parser = json_parser_new();
    w->again = json_parser_new();
    w->corrupt = corrupt_worker_new(p->corruptor, &e);
    if (!w->corrupt)
        die_err(&e);
    return w;
}

struct corrupt_worker *corrupt_rows_judge(void *worker)
{
    struct rower *w = worker;
    return w->corrupt;
}

static void rower_free(struct rower *w, bool count)
{
    corrupt_worker_free(w->p->corruptor, w->corrupt, count);
    json_parser_free(w->parser);
    json_parser_free(w->again);
    buf_free(&w->changed);
    arena_free(&w->arena);
    vec_free(&w->targets);
    vec_free(&w->edits);
    mem_free(w);
}

void corrupt_rows_free(void *ctx, void *worker)
{
    (void)ctx;
    rower_free(worker, true);
}

void corrupt_rows_drop(void *worker)
{
    rower_free(worker, false);
}

void corrupt_rows_stats(void *ctx, struct buf *json)
{
    const struct corrupt_rows *p = ctx;
    corruptor_stats(p->corruptor, json);
}

/* The row without its errors; with copies, every id is a string and those
 * from the second on end in "#2", "#3", … */
static void open_row(struct buf *out, const struct rower *w,
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

/* The text itself: plain where the input was, else the row with it. */
static int put_applied(struct rower *w, const struct outcome *o, int64_t copy,
                       struct buf *out, struct err *e)
{
    enum input_format format = w->p->format;
    if (format == INPUT_TEXT || format == INPUT_PARA || format == INPUT_FILE) {
        output_text(o, 0, out);
        buf_cstr(out, format == INPUT_TEXT   ? "\n"
                      : format == INPUT_PARA ? "\n\n"
                                             : "");
        return 0;
    }
    struct record r = *o->record;
    w->changed.n = 0;
    output_line(o, &w->arena, &w->changed);
    buf_reserve(&w->changed, IO_PADDING);
    r.line = buf_view(&w->changed);
    if (json_parse(w->again, r.line, &r.root, e))
        return -1;
    open_row(out, w, &r, copy);
    buf_cstr(out, "}\n");
    return 0;
}

static int put_outcome(struct rower *w, const struct outcome *o, int64_t copy,
                       struct buf *out, struct err *e)
{
    switch (w->p->form) {
    case FORM_ERRORS:
        open_row(out, w, o->record, copy);
        record_put_edits(out, o->targets, o->edits);
        buf_cstr(out, "}\n");
        return 0;
    case FORM_APPLY:
        return put_applied(w, o, copy, out, e);
    case FORM_M2:
        output_m2(o, out);
        return 0;
    case FORM_REQUESTS:
        return 0;
    }
    return 0;
}

int corrupt_rows_work(void *worker, const struct row *row, struct buf *out,
                      struct err *e)
{
    struct rower *w = worker;
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
        struct corrupt_row draw = {.arena = &w->arena,
                                   .id = r.id,
                                   .copy = (uint64_t)copy,
                                   .targets = &w->targets,
                                   .record = &r,
                                   .answer = corrupt_answer(&r, &w->arena),
                                   .requests =
                                       w->p->form == FORM_REQUESTS ? out : NULL,
                                   .model = w->p->model,
                                   .edits = &w->edits};
        if (corrupt_record(w->corrupt, &draw, e))
            return e->status == STATUS_DATA
                       ? record_refuse(&r, e, "%s", e->text)
                       : -1;
        struct outcome o = {&r, &w->targets, &w->edits};
        if (put_outcome(w, &o, copy, out, e))
            return -1;
    }
    return 0;
}
