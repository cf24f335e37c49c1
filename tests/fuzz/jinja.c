/* Chat templates: any bytes are a template, or are refused with a reason; a
 * run has an origin for each byte, and ends. */
#include "fuzz.h"
#include "jinja.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct err e = {0};
    struct arena a = {0};
    struct jinja_output out = {0};
    struct str text = {(const char *)data, n};
    if (utf8_check(text) < n)
        return 0;
    struct jinja *t = jinja_compile(text, &e);
    must(t || e.text[0]);
    if (t) {
        struct jinja_value vars = jinja_map(&a), list = jinja_list(&a, 2);
        for (size_t i = 0; i < 2; i++) {
            struct jinja_value m = jinja_map(&a);
            jinja_put(&a, m, STR("role"),
                      jinja_own(i ? STR("assistant") : STR("user")));
            jinja_put(&a, m, STR("content"),
                      jinja_data(&a, STR(" a\xc3\xa9</x> "), 8 * (uint32_t)i));
            list.as.list->v[i] = m;
        }
        jinja_put(&a, vars, STR("messages"), list);
        int bad = jinja_run(t, &a, vars, 20000, &out, &e);
        must(bad ? e.text[0] != '\0' : out.from.n == out.text.n);
        must(out.text.n <= 20000);
    }
    jinja_output_free(&out);
    jinja_free(t);
    arena_free(&a);
    return 0;
}
