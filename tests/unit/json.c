/* The JSON room: what is accepted, what is refused and where, and that every
 * byte passes. */
#include <stdlib.h>

#include "json.h"
#include "rng.h"
#include "tap.h"

static struct json_parser *parser;
static struct arena arena;

/* Parses a copy with padding; the column of the refusal, 0 if accepted. */
static uint64_t column(struct str s, const struct json **root, struct err *e)
{
    static struct buf b;
    b.n = 0;
    buf_reserve(&b, s.n + 64);
    buf_add(&b, s.p, s.n);
    memset(b.p + b.n, 'x', 64);
    if (json_parse(parser, buf_view(&b), root, e) == 0)
        return 0;
    return e->at.col ? e->at.col : UINT64_MAX;
}

static void accepts(const char *text, uint32_t nodes)
{
    const struct json *v;
    struct err e;
    uint64_t col = column(str_of(text), &v, &e);
    ok(col == 0 && v->span == nodes, "accepts %s", text);
}

static void refuses(const char *text, uint64_t at)
{
    const struct json *v;
    struct err e = {0};
    uint64_t col = column(str_of(text), &v, &e);
    ok(col == at, "refuses %s at %llu (got %llu: %s)", text,
       (unsigned long long)at, (unsigned long long)col, e.text);
}

static void strings(void)
{
    const struct json *v;
    struct err e;
    const char *text = "\"a\\u00e9\\ud83d\\ude00\\ud800x\\/\\\"\\n\"";
    ok(column(str_of(text), &v, &e) == 0, "escapes parse");
    struct str s = json_string(v, &arena);
    ok(str_eq(s, STR("aé😀\xef\xbf\xbdx/\"\n")),
       "escapes mean what they say, half a pair becomes U+FFFD");
    struct buf b = {0};
    json_put_string(&b, STR("a\"\\\x01\x1f\t\xc3\xa9 plain text \x7f"));
    ok(str_eq(buf_view(&b),
              STR("\"a\\\"\\\\\\u0001\\u001f\\t\xc3\xa9 plain text \x7f\"")),
       "writing escapes what it must");
    buf_free(&b);
}

/* Every string of bytes below 0x80 that is written reads back the same. */
static void round_trips(void)
{
    struct buf b = {0};
    bool same = true;
    for (int n = 0; n < 40; n++)
        for (int c = 0; c < 128; c++) {
            char text[40];
            memset(text, 'a', sizeof text);
            if (n)
                text[n / 2] = (char)c;
            b.n = 0;
            json_put_string(&b, (struct str){text, (size_t)n});
            const struct json *v;
            struct err e;
            same &= column(buf_view(&b), &v, &e) == 0;
            same &=
                str_eq(json_string(v, &arena), (struct str){text, (size_t)n});
        }
    ok(same, "what is written reads back");
    buf_free(&b);
}

static void deep(void)
{
    struct buf b = {0};
    for (int i = 0; i < 1000000; i++)
        buf_char(&b, '[');
    const struct json *v;
    struct err e;
    ok(column(buf_view(&b), &v, &e) == JSON_DEPTH + 1,
       "a million brackets are refused at the limit");
    b.n = 0;
    for (int i = 0; i < JSON_DEPTH; i++)
        buf_char(&b, '[');
    for (int i = 0; i < JSON_DEPTH; i++)
        buf_char(&b, ']');
    ok(column(buf_view(&b), &v, &e) == 0, "depth up to the limit is fine");
    buf_free(&b);
}

static void numbers(void)
{
    const struct json *v;
    struct err e;
    int64_t n;
    double d;
    column(STR("-9223372036854775808"), &v, &e);
    ok(json_i64(v, &n) && n == INT64_MIN, "the smallest integer");
    column(STR("9223372036854775808"), &v, &e);
    ok(!json_i64(v, &n), "one more than the largest is none");
    column(STR("1.5e3"), &v, &e);
    ok(!json_i64(v, &n) && json_f64(v, &d) && d == 1500, "a real");
    struct buf b = {0};
    json_put_f64(&b, "x", 0.1);
    ok(str_eq(buf_view(&b), STR("\"x\":0.1")), "the shortest form is written");
    buf_free(&b);
}

static void values(void)
{
    const struct json *v;
    struct err e;
    column(STR(" {\"a\":1,\"b\":{\"c\":[1,2,{}]},\"a\":\"z\" } "), &v, &e);
    ok(json_count(v) == 3, "members are counted");
    ok(json_get(v, "a")->type == JSON_STRING, "the last of two keys wins");
    ok(str_eq(json_raw(json_get(v, "b")), STR("{\"c\":[1,2,{}]}")),
       "a member's own bytes");
    ok(!json_get(v, "c"), "no such key");
    struct i32_vec ids = {0};
    ok(!json_i32s(json_get(json_get(v, "b"), "c"), &ids), "not all integers");
    vec_free(&ids);
}

/* Numbers with a comma right behind them are read by a shorter way than those
 * with a blank between: it must not make a difference. */
static void plain_numbers(void)
{
    struct rng rng = rng_from(7);
    struct buf with = {0};
    size_t wrong = 0, good = 0;
    for (int round = 0; round < 200000; round++) {
        char text[24] = "[";
        size_t n = 2 + (size_t)rng_below(&rng, 18);
        for (size_t i = 1; i < n; i++)
            text[i] =
                "0123401,,,,[]{}-.e"[rng_below(&rng, round % 2 ? 18 : 11)];
        text[n++] = ']';
        with.n = 0;
        for (size_t i = 0; i < n; i++) {
            if (text[i] == ',')
                buf_char(&with, ' ');
            buf_char(&with, text[i]);
        }
        const struct json *v;
        struct err e;
        struct buf copy = {0};
        uint64_t short_way = column((struct str){text, n}, &v, &e);
        for (uint32_t i = 0; short_way == 0 && i < v->span; i++)
            buf_printf(&copy, "%d %u %.*s;", v[i].type, v[i].span,
                       v[i].type == JSON_NUMBER ? (int)v[i].n : 0, v[i].p);
        uint64_t long_way = column(buf_view(&with), &v, &e);
        struct buf same = {0};
        for (uint32_t i = 0; long_way == 0 && i < v->span; i++)
            buf_printf(&same, "%d %u %.*s;", v[i].type, v[i].span,
                       v[i].type == JSON_NUMBER ? (int)v[i].n : 0, v[i].p);
        wrong += (short_way == 0) != (long_way == 0) ||
                 !str_eq(buf_view(&copy), buf_view(&same));
        good += short_way == 0;
        buf_free(&copy);
        buf_free(&same);
    }
    buf_free(&with);
    ok(wrong == 0 && good > 1000, "arrays of numbers: %zu of them good", good);
    refuses("[1,02]", 4);
    refuses("[1,2", 5);
    refuses("[1,2}", 5);
    refuses("[1,]", 4);
    refuses("[1,2,x]", 6);
    accepts("{\"a\":[1,2],\"b\":3,\"c\":[4,-5,6.0,7]}", 13);
    refuses("{\"a\":1,2}", 8);
}

/* Lists of numbers, against printf. */
static void lists(void)
{
    static const int32_t edges[] = {0,         9,         10,      99999999,
                                    100000000, 123456789, 1 << 30, INT32_MAX,
                                    INT32_MIN, -1,        -100,    2000000001};
    struct buf b = {0}, want = {0};
    struct i32_vec v = {0};
    for (size_t i = 0; i < COUNTOF(edges); i++)
        vec_push(&v, edges[i]);
    for (int64_t i = INT32_MIN; i <= INT32_MAX; i += 99991)
        vec_push(&v, (int32_t)i);
    for (int32_t i = 0; i < 20000; i++)
        vec_push(&v, i);
    for (size_t i = 0; i < v.n; i++)
        buf_printf(&want, "%c%d", i ? ',' : '[', v.v[i]);
    buf_char(&want, ']');
    json_put_i32s(&b, v.v, v.n);
    ok(str_eq(buf_view(&b), buf_view(&want)), "a list of %zu numbers", v.n);
    b.n = 0;
    json_put_i32s(&b, NULL, 0);
    ok(str_eq(buf_view(&b), STR("[]")), "a list of none");
    uint64_t *texts = json_number_texts(1000000);
    v.n = b.n = want.n = 0;
    for (int32_t i = 0; i < 1000000; i++)
        vec_push(&v, i);
    json_put_i32s(&want, v.v, v.n);
    json_put_small(&b, v.v, v.n, texts);
    ok(str_eq(buf_view(&b), buf_view(&want)), "small ones from a table");
    mem_free(texts);
    vec_free(&v);
    buf_free(&b);
    buf_free(&want);
}

int main(void)
{
    parser = json_parser_new();
    accepts("{}", 1);
    accepts("[]", 1);
    accepts("{\"a\":[1,-0,0.5,1e9,true,false,null,\"\"]}", 11);
    accepts("[123456789012345678901234567890,1e999]", 3);
    accepts("[[[]],{},[{}]]", 6);
    refuses("", 1);
    refuses("  ", 1);
    refuses("tru", 1);
    refuses("{\"a\":tru}", 6);
    refuses("[01]", 2);
    refuses("[1.]", 2);
    refuses("[-]", 2);
    refuses("[+1]", 2);
    refuses("[1e]", 2);
    refuses("[0x1]", 2);
    refuses("[NaN]", 2);
    refuses("{\"b\":garbage}", 6);
    refuses("{\"b\":{\"c\":[1,2 3]}}", 16);
    refuses("{\"a\" 1}", 6);
    refuses("{\"a\":}", 6);
    refuses("{a:1}", 2);
    refuses("{\"a\":1,}", 8);
    refuses("[1,]", 4);
    refuses("[1", 3);
    refuses("{\"a\":1", 7);
    refuses("[1]]", 4);
    refuses("{} {}", 4);
    refuses("[\"abc\"d]", 7);
    refuses("[\"a\\x\"]", 2);
    refuses("[\"\\u12g4\"]", 2);
    refuses("[\"a\tb\"]", 4);
    refuses("[\"abc]", 7);
    refuses("[\"a\xff\"]", 4);
    refuses("[\"\xed\xa0\x80\"]", 3);
    strings();
    round_trips();
    deep();
    numbers();
    plain_numbers();

    lists();
    values();
    json_parser_free(parser);
    arena_free(&arena);
    return tap_end();
}
