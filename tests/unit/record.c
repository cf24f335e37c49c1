/* Rows: ids, pass-through, targets, errors, segments, tokens. */
#include "record.h"
#include "tap.h"

static struct json_parser *parser;
static struct arena arena;
static struct buf line;

static int parse(const char *text, struct record *r, struct err *e)
{
    line.n = 0;
    buf_reserve(&line, strlen(text) + 64);
    buf_cstr(&line, text);
    memset(line.p + line.n, 0, 64);
    return record_parse(parser, &arena, buf_view(&line),
                        (struct where){"f", 3, 0}, r, e);
}

static void passes(const char *text, const char *want)
{
    static const char *const drop[] = {"errors", "text", NULL};
    struct record r;
    struct err e;
    struct buf out = {0};
    bool good = parse(text, &r, &e) == 0;
    if (good) {
        record_open(&out, &r, drop);
        json_put_i64(&out, "n", 1);
        buf_char(&out, '}');
    }
    ok(good && str_eq(buf_view(&out), str_of(want)), "%s gives %.*s", text,
       (int)out.n, out.p);
    buf_free(&out);
}

static void refused(const char *text, const char *want)
{
    struct record r;
    struct err e;
    struct target_vec t = {0};
    struct edit_vec x = {0};
    char got[600] = "accepted";
    if (parse(text, &r, &e) < 0 || record_targets(&r, &arena, &t, &e) < 0 ||
        record_edits(&r, &arena, &t, &x, &e) < 0)
        err_format(&e, got, sizeof got);
    ok(strcmp(got, want) == 0, "%s", got);
    vec_free(&t);
    vec_free(&x);
}

#define EDIT(start, end, right, wrong)                                         \
    "{\"field\":\"/text\",\"start\":" #start ",\"end\":" #end                  \
    ",\"right\":\"" right "\",\"wrong\":\"" wrong                              \
    "\",\"class\":\"c\",\"rule\":\"r\",\"reason\":\"\"}"

static void edits(void)
{
    struct record r;
    struct err e;
    struct target_vec t = {0};
    struct edit_vec x = {0};
    const char *text = "{\"id\":1,\"text\":\"aé\\n😀bc\",\"errors\":[" EDIT(
        1, 2, "é", "e") "," EDIT(3, 4, "😀",
                                 "x") "," EDIT(3, 4, "😀",
                                               "y") "," EDIT(5, 5, "",
                                                             "+") "]}";
    ok(parse(text, &r, &e) == 0 && record_targets(&r, &arena, &t, &e) == 0 &&
           record_edits(&r, &arena, &t, &x, &e) == 0 && x.n == 4,
       "errors are read");
    ok(x.v[0].from == 1 && x.v[0].to == 3 && x.v[1].from == 4 &&
           x.v[2].to == 8 && x.v[3].from == 9 && x.v[3].to == 9,
       "code points become bytes");
    struct buf out = {0};
    buf_char(&out, '{');
    record_put_edits(&out, &t, &x);
    struct str whole = str_of(text);
    size_t at = str_find(whole, STR("\"errors\""), 0);
    ok(str_eq(str_sub(buf_view(&out), 1, out.n),
              str_sub(whole, at, whole.n - 1)),
       "and are written as they were");
    buf_free(&out);
    vec_free(&t);
    vec_free(&x);
}

static void tokens(void)
{
    struct record r;
    struct err e;
    struct tokens t = {0};
    const char *text =
        "{\"id\":\"a\",\"input_ids\":[5,6,7],\"kinds\":[[2,1],[3,2]],"
        "\"tokenizer\":{\"hash\":\"00000000000000ff\",\"vocab_size\":9,"
        "\"pad_id\":0}}";
    static const char *const drop[] = {"input_ids", "kinds", "tokenizer", NULL};
    ok(parse(text, &r, &e) == 0 && record_tokens(&r, &t, &e) == 0 &&
           t.ids.n == 3 && t.kinds.v[0] == 2 && t.kinds.v[2] == 3 &&
           t.hash == 255 && t.vocab == 9 && t.pad == 0,
       "tokens are read");
    struct buf out = {0};
    record_open(&out, &r, drop);
    record_put_tokens(&out, &t);
    buf_char(&out, '}');
    ok(str_eq(buf_view(&out), str_of(text)), "and written as they were");
    const char *bad[] = {
        "{\"input_ids\":[1,2],\"kinds\":[[2,1]]}",
        "{\"input_ids\":[1,2],\"kinds\":[[2,3]]}",
        "{\"input_ids\":[1,2],\"kinds\":[[9,2]]}",
        "{\"input_ids\":[1,2],\"kinds\":[[2,0],[2,2]]}",
        "{\"input_ids\":[1,2.5],\"kinds\":[[2,2]]}",
        "{\"input_ids\":[1,4294967296],\"kinds\":[[2,2]]}",
        "{\"kinds\":[]}",
        "{\"input_ids\":[1],\"kinds\":[[2,1]],\"tokenizer\":{}}",
    };
    for (size_t i = 0; i < COUNTOF(bad); i++)
        ok(parse(bad[i], &r, &e) == 0 && record_tokens(&r, &t, &e) < 0,
           "refused: %s", e.text);
    buf_free(&out);
    vec_free(&t.ids);
    vec_free(&t.kinds);
}

int main(void)
{
    parser = json_parser_new();
    passes("{\"id\": 12345678901234567890123 , \"x\":{ \"a\" : 1.50 }}",
           "{\"id\":12345678901234567890123,\"x\":{ \"a\" : 1.50 },\"n\":1}");
    passes("{\"text\":\"t\",\"id\":\"i\",\"errors\":[]}",
           "{\"id\":\"i\",\"n\":1}");
    passes("{\"a\":1}", "{\"id\":\"c5e3762ffc8453c6\",\"a\":1,\"n\":1}");
    refused("[1]", "f:3:1: a record must be an object");
    refused("{\"id\":null}", "f:3:7: id must be a string or a number");
    refused("{\"id\":1}", "f:3: no text, completion or messages in the record");
    refused("{\"text\":5}", "f:3:9: /text must be a string");
    refused("{\"messages\":[{\"role\":\"user\"}]}",
            "f:3:14: messages[0] needs a role and a content");
    refused("{\"text\":\"Pariz\",\"errors\":[" EDIT(0, 5, "Paris", "x") "]}",
            "f:3:27: errors[0]: right is \"Paris\", the text has \"Pariz\"");
    refused("{\"text\":\"abc\",\"errors\":[" EDIT(1, 2, "b", "b") "]}",
            "f:3:25: errors[0]: wrong equals right");
    refused("{\"text\":\"abc\",\"errors\":[" EDIT(2, 4, "c", "b") "]}",
            "f:3:25: errors[0]: it lies beyond the end of the text");
    refused("{\"text\":\"abc\",\"errors\":[" EDIT(1, 2, "b", "x") "," EDIT(
                0, 2, "ab", "x") "]}",
            "f:3:120: errors[1]: not in order, or it overlaps the one before");
    refused("{\"text\":\"abc\",\"errors\":[{\"start\":1}]}",
            "f:3:25: errors[0]: a member is missing or of the wrong type");
    edits();
    tokens();
    json_parser_free(parser);
    arena_free(&arena);
    buf_free(&line);
    return tap_end();
}
