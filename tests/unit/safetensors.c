/* The safetensors layout against bytes made by hand: what it gives, and what
 * it refuses. */
#include "safetensors.h"
#include "tap.h"

/* Header text and n bytes of data as a file; owned. */
static struct buf file_of(const char *header, size_t n)
{
    struct buf b = {0};
    size_t size = strlen(header);
    for (int i = 0; i < 8; i++)
        buf_char(&b, (char)(size >> (8 * i)));
    buf_cstr(&b, header);
    for (size_t i = 0; i < n; i++)
        buf_char(&b, (char)i);
    return b;
}

static void refused(const char *header, size_t n, const char *why)
{
    struct buf b = file_of(header, n);
    struct st_file f;
    struct err e = {0};
    int r = st_parse(buf_view(&b), &f, &e);
    ok(r < 0 && e.status == STATUS_DATA && strstr(e.text, why), "%s", why);
    if (r == 0)
        st_free(&f);
    else if (!strstr(e.text, why))
        printf("# %s\n", e.text);
    buf_free(&b);
}

#define T(type, shape, offsets)                                                \
    "{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void test_accepted(void)
{
    /* Out of order, with a scalar, an empty tensor, escapes, and spaces. */
    struct buf b = file_of(
        "{\"b\":" T("U8", "[3]", "[12,15]") ",\"\\u0061\":" T(
            "I32", "[1,3]",
            "[0,12]") ",\"none\":" T("F32", "[2,0]",
                                     "[12,12]") ",\"s\":" T("U8", "[]",
                                                            "[15,16]") ",\"__"
                                                                       "metadat"
                                                                       "a__\":{"
                                                                       "\"k\":"
                                                                       "\"v\\n"
                                                                       "\"}}  ",
        16);
    struct st_file f;
    struct err e = {0};
    ok(st_parse(buf_view(&b), &f, &e) == 0, "tensors in any order");
    ok(f.tensors.n == 4 && f.meta.n == 1, "all are there");
    const struct st_tensor *a = st_get(&f, "a"), *t = st_get(&f, "b");
    ok(a && a->type == ST_I32 && a->rank == 2 && a->shape[0] == 1 &&
           a->shape[1] == 3 && a->bytes == 12 && *(const char *)a->data == 0,
       "an escaped name, type, shape, place");
    ok(t && t->bytes == 3 && *(const char *)t->data == 12, "the one behind it");
    ok(st_get(&f, "s")->rank == 0 && st_get(&f, "s")->bytes == 1, "a scalar");
    ok(st_get(&f, "none")->bytes == 0, "an empty tensor");
    ok(!st_get(&f, "c") && !st_meta(&f, "c"), "what is not there");
    ok(strcmp(st_meta(&f, "k"), "v\n") == 0, "metadata");
    st_free(&f);

    size_t span = 0;
    size_t head = 8 + (size_t)st_header_bytes(b.p);
    ok(st_span(str_sub(buf_view(&b), 0, head), &span, &e) == 0 && span == 16,
       "the span from the header alone");
    buf_free(&b);
}

static void test_refused(void)
{
    refused("{\"a\":" T("U8", "[4]", "[1,5]") "}", 5, "a hole");
    refused(
        "{\"a\":" T("U8", "[4]", "[0,4]") ",\"b\":" T("U8", "[4]", "[5,9]") "}",
        9, "a hole");
    refused(
        "{\"a\":" T("U8", "[4]", "[0,4]") ",\"b\":" T("U8", "[4]", "[3,7]") "}",
        7, "overlaps");
    refused(
        "{\"a\":" T("U8", "[4]", "[0,4]") ",\"b\":" T("U8", "[4]", "[0,4]") "}",
        4, "overlaps");
    refused(
        "{\"a\":" T("U8", "[4]", "[0,4]") ",\"a\":" T("U8", "[4]", "[4,8]") "}",
        8, "named twice");
    refused("{\"a\":" T("U8", "[4]", "[0,4]") "}", 5, "the header says 4");
    refused("{\"a\":" T("U8", "[4]", "[0,4]") "}", 3, "the header says 4");
    refused("{\"a\":" T("I32", "[4]", "[0,4]") "}", 4, "its shape takes 16");
    refused("{\"a\":" T("I32", "[4611686018427387904,4]", "[0,0]") "}", 0,
            "too large");
    refused("{\"a\":" T("U8", "[4294967296,4294967296]", "[0,0]") "}", 0,
            "too large");
    refused("{\"a\":" T("U8", "[4]", "[4,0]") "}", 4, "ends before");
    refused("{\"a\":" T("U8", "[-1]", "[0,0]") "}", 0, "not a whole number");
    refused("{\"a\":" T("U8", "[1.5]", "[0,0]") "}", 0, "not a whole number");
    refused("{\"a\":" T("U8", "[\"1\"]", "[0,1]") "}", 1, "not a whole number");
    refused("{\"a\":" T("U8", "[1]", "[0,99999999999999999999]") "}", 1,
            "not a whole number");
    refused("{\"a\":" T("U8", "[1]", "[0,1,2]") "}", 1, "not a pair");
    refused("{\"a\":" T("U8", "[1,1,1,1,1]", "[0,1]") "}", 1, "dimensions");
    refused("{\"a\":" T("U7", "[1]", "[0,1]") "}", 1, "not known");
    refused("{\"a\":{\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "no dtype");
    refused("{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, "no shape");
    refused("{\"a\":3}", 0, "no dtype");
    refused("[]", 0, "not an object");
    refused("{\"__metadata__\":3}", 0, "not an object");
    refused("{\"__metadata__\":{\"k\":3}}", 0, "not a string");
    refused("{\"a\":", 0, "header byte");
    refused("", 0, "header byte");
}

static void test_length(void)
{
    struct st_file f;
    struct err e = {0};
    ok(st_parse(STR("{}"), &f, &e) < 0, "too short for a length");
    ok(st_parse(STR("\3\0\0\0\0\0\0\0{}"), &f, &e) < 0,
       "a header that is longer than the file");
    ok(st_parse(STR("\377\377\377\377\377\377\377\377{}"), &f, &e) < 0,
       "a header of 2^64 - 1 bytes");
    ok(st_parse(STR("\2\0\0\0\0\0\0\0{}"), &f, &e) == 0, "no tensors at all");
    st_free(&f);
}

static void test_written(void)
{
    const struct st_tensor t[] = {
        {STR("x\"y"), ST_F32, 2, {2, 3}, NULL, 24},
        {STR("z"), ST_U8, 1, {0}, NULL, 0},
    };
    const struct st_pair meta[] = {{"k", STR("\"")}, {"l", STR("")}};
    struct buf b = {0};
    st_header(&b, t, COUNTOF(t), meta, COUNTOF(meta));
    ok(b.n % 8 == 0 && st_header_bytes(b.p) == b.n - 8,
       "data begins at a multiple of 8");
    for (int i = 0; i < 24; i++)
        buf_char(&b, 1);
    struct st_file f;
    struct err e = {0};
    ok(st_parse(buf_view(&b), &f, &e) == 0, "what is written can be read");
    const struct st_tensor *x = st_get(&f, "x\"y");
    ok(x && x->type == ST_F32 && x->shape[1] == 3, "name and shape survive");
    ok(strcmp(st_meta(&f, "k"), "\"") == 0 && !*st_meta(&f, "l"),
       "metadata survives");
    st_free(&f);
    b.n = 0;
    st_header(&b, NULL, 0, NULL, 0);
    ok(st_parse(buf_view(&b), &f, &e) == 0 && f.tensors.n == 0, "nothing");
    st_free(&f);
    buf_free(&b);
}

int main(void)
{
    test_accepted();
    test_refused();
    test_length();
    test_written();
    return tap_end();
}
