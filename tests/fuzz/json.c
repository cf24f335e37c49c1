/* JSON: what is taken covers its text, and comes back when written again. */
#include "fuzz.h"
#include "io.h"
#include "json.h"

static void check_string(const struct json *v, struct json_parser *p)
{
    struct arena a = {0};
    struct buf b = {0};
    const struct json *again;
    struct err e;
    struct str s = json_string(v, &a);
    must(utf8_check(s) == s.n && s.n <= v->n - 2);
    json_put_string(&b, s);
    buf_reserve(&b, IO_PADDING);
    must(json_parse(p, buf_view(&b), &again, &e) == 0);
    must(again->type == JSON_STRING && str_eq(json_string(again, &a), s));
    arena_free(&a);
    buf_free(&b);
}

/* Children lie within their parent, one behind another; returns the end. */
static const struct json *check(const struct json *v, struct json_parser *p)
{
    const struct json *end = v + v->span;
    const char *at = v->p;
    must(v->n > 0 && v->span > 0);
    if (v->type == JSON_STRING)
        check_string(v, p);
    if (v->type != JSON_ARRAY && v->type != JSON_OBJECT)
        must(v->span == 1);
    for (const struct json *c = v + 1; c < end;) {
        must(c->p > at && c->p + c->n < v->p + v->n);
        at = c->p + c->n - 1;
        c = check(c, p);
    }
    return end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct json_parser *p = json_parser_new(), *q = json_parser_new();
    char *text = mem_alloc(n + IO_PADDING);
    const struct json *root;
    struct err e = {0};
    if (n)
        memcpy(text, data, n);
    struct str s = {text, n};
    if (json_parse(p, s, &root, &e) == 0) {
        check(root, q);
        must(utf8_check(s) == n);
    } else {
        must(e.status == STATUS_DATA && e.at.col >= 1 && e.at.col <= n + 1);
    }
    json_parser_free(p);
    json_parser_free(q);
    mem_free(text);
    return 0;
}
