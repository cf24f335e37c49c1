/* Records: what is read can be written, and is read the same again. */
#include "record.h"
#include "fuzz.h"
#include "io.h"

struct parts {
    struct json_parser *parser;
    struct arena arena;
    struct buf text;
    struct record r;
    struct target_vec targets;
    struct edit_vec edits;
    struct segment_vec segments;
    struct error_classes classes;
    struct tokens tokens;
    bool has_edits, has_segments, has_classes, has_tokens;
};

static void parts_free(struct parts *x)
{
    json_parser_free(x->parser);
    arena_free(&x->arena);
    buf_free(&x->text);
    vec_free(&x->targets);
    vec_free(&x->edits);
    vec_free(&x->segments);
    classes_free(&x->classes);
    vec_free(&x->tokens.ids);
    vec_free(&x->tokens.kinds);
}

static bool take(struct parts *x, struct str line)
{
    struct err e = {0};
    const struct where at = {"in", 1, 0};
    *x = (struct parts){.parser = json_parser_new()};
    buf_str(&x->text, line);
    buf_reserve(&x->text, IO_PADDING);
    if (record_parse(x->parser, &x->arena, buf_view(&x->text), at, &x->r, &e)) {
        must(e.status == STATUS_DATA && e.at.line == 1);
        return false;
    }
    x->has_edits =
        record_targets(&x->r, &x->arena, &x->targets, &e) == 0 &&
        record_edits(&x->r, &x->arena, &x->targets, &x->edits, &e) == 0;
    x->has_segments = record_segments(&x->r, &x->arena, &x->segments, &e) == 0;
    x->has_classes = record_error_classes(&x->r, &x->arena, &x->classes);
    x->has_tokens = record_tokens(&x->r, &x->tokens, &e) == 0;
    return true;
}

static void put(const struct parts *x, struct buf *out)
{
    const char *const drop[] = {x->has_edits ? "errors" : "",
                                x->has_segments ? "segments" : "",
                                x->has_tokens ? "input_ids" : "",
                                x->has_tokens ? "kinds" : "",
                                x->has_tokens ? "tokenizer" : "",
                                x->has_classes ? "error_classes" : "",
                                NULL};
    record_open(out, &x->r, drop);
    if (x->has_edits)
        record_put_edits(out, &x->targets, &x->edits);
    if (x->has_segments)
        record_put_segments(out, &x->segments);
    if (x->has_classes)
        record_put_error_classes(out, &x->classes);
    if (x->has_tokens)
        record_put_tokens(out, &x->tokens);
    buf_char(out, '}');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct parts a, b;
    struct buf first = {0}, second = {0};
    if (take(&a, (struct str){(const char *)data, n})) {
        put(&a, &first);
        must(take(&b, buf_view(&first)));
        must(a.has_edits == b.has_edits && a.has_tokens == b.has_tokens &&
             a.has_segments == b.has_segments && a.edits.n == b.edits.n &&
             a.has_classes == b.has_classes &&
             a.classes.names.n == b.classes.names.n);
        put(&b, &second);
        must(str_eq(buf_view(&first), buf_view(&second)));
        parts_free(&b);
    }
    parts_free(&a);
    buf_free(&first);
    buf_free(&second);
    return 0;
}
