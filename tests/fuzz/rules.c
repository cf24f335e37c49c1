/* Tables of rules: one that is taken finds sites within the text, and makes
 * candidates that are text. */
#include "rules.h"
#include "fuzz.h"

static void match(const struct rules *r)
{
    const struct str text = STR("It was 1887: 2 + 3 = 5, and Paris is not 7.");
    struct site_vec sites = {0};
    struct buf wrong = {0}, reason = {0};
    struct matcher *m = matcher_new(r);
    matcher_ask(m, STR("What is 2 + 3?"));
    matcher_look(m, text, (struct span){0, text.n});
    for (size_t c = 0; c < rules_classes(r); c++) {
        matcher_scan(m, c, &sites);
        for (size_t i = 0; i < sites.n; i++) {
            const struct site *s = &sites.v[i];
            must(s->from <= s->to && s->to <= text.n);
            wrong.n = reason.n = 0;
            if (!matcher_wrong(m, s, text, rng_from(i), &wrong))
                continue;
            must(utf8_check(buf_view(&wrong)) == wrong.n);
            matcher_reason(m, s, text, buf_view(&wrong), &reason);
            must(utf8_check(buf_view(&reason)) == reason.n);
        }
    }
    matcher_free(m);
    vec_free(&sites);
    buf_free(&wrong);
    buf_free(&reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct err e = {0};
    struct lexicon *x = lexicon_new();
    struct rules *r = rules_new(x);
    if (rules_add(r, "in", (struct str){(const char *)data, n}, &e) == 0) {
        rules_settle(r);
        lexicon_settle(x);
        match(r);
    } else {
        must(e.text[0]);
    }
    rules_free(r);
    lexicon_free(x);
    return 0;
}
