/* How the program was called, for those who want to do it again. */
#include "filter.h"
#include "json.h"

/* An argument may be any bytes; what is not UTF-8 becomes U+FFFD. */
static void put_argument(struct buf *json, struct str s)
{
    struct buf text = {0};
    utf8_repair(&text, s);
    json_put_string(json, buf_view(&text));
    buf_free(&text);
}

void filter_put_arguments(struct buf *json)
{
    struct buf b = {0};
    struct err e;
    json_put_key(json, "arguments");
    buf_char(json, '[');
    if (io_slurp("/proc/self/cmdline", &b, &e) < 0)
        b.n = 0;
    struct str rest = buf_view(&b);
    for (size_t i = 0; rest.n > 0; i++) {
        size_t end = str_find(rest, STR("\0"), 0);
        if (i > 1)
            buf_char(json, ',');
        if (i > 0)
            put_argument(json, str_sub(rest, 0, end));
        rest = str_sub(rest, size_min(end + 1, rest.n), rest.n);
    }
    buf_char(json, ']');
    buf_free(&b);
}
