/* Slices and UTF-8, against a slow decoder of the same definition. */
#include "rng.h"
#include "str.h"
#include "tap.h"

/* The definition, read the other way: encode every scalar value. */
static bool every_code_point(void)
{
    struct buf b = {0};
    bool good = true;
    for (uint32_t cp = 0; cp < 0x110000; cp++) {
        if (cp >= 0xd800 && cp <= 0xdfff)
            continue;
        b.n = 0;
        utf8_put(&b, cp);
        uint32_t got = 0;
        good &= utf8_step(b.p, b.p + b.n, &got) == b.n && got == cp;
        for (size_t cut = 0; cut < b.n; cut++)
            good &= utf8_step(b.p, b.p + cut, &got) == 0;
    }
    buf_free(&b);
    return good;
}

/* A string is well formed if its steps, encoded again, are the string. */
static bool random_bytes(void)
{
    struct rng r = rng_from(1);
    struct buf back = {0};
    bool good = true;
    for (int i = 0; i < 200000; i++) {
        char text[12];
        size_t n = rng_below(&r, sizeof text + 1);
        for (size_t k = 0; k < n; k++)
            text[k] = (char)(rng_below(&r, 2) ? 0x80 + rng_below(&r, 128)
                                              : rng_below(&r, 256));
        struct str s = {text, n};
        size_t at = 0, step = 1, count = 0;
        back.n = 0;
        while (at < n && step) {
            uint32_t cp;
            step = utf8_step(text + at, text + n, &cp);
            at += step;
            count += step > 0;
            if (step)
                utf8_put(&back, cp);
        }
        good &= utf8_check(s) == at && back.n == at &&
                (at == 0 || memcmp(back.p, text, at) == 0);
        good &= utf8_count(str_sub(s, 0, at)) == count;
    }
    buf_free(&back);
    return good;
}

int main(void)
{
    ok(every_code_point(), "every code point comes back, no part of one does");
    ok(random_bytes(), "random bytes: checked as far as they are well formed");
    struct str s = STR("aé😀b");
    ok(utf8_count(s) == 4, "four code points");
    ok(utf8_offset(s, 0) == 0 && utf8_offset(s, 2) == 3 &&
           utf8_offset(s, 3) == 7 && utf8_offset(s, 4) == 8,
       "offsets of code points");
    ok(utf8_offset(s, 5) == SIZE_MAX, "beyond the end");
    ok(str_find(STR("abcabc"), STR("ca"), 0) == 2 &&
           str_find(STR("abcabc"), STR("ca"), 3) == 6,
       "finding");
    struct buf b = {0};
    buf_i64(&b, INT64_MIN);
    buf_char(&b, ' ');
    buf_u64(&b, UINT64_MAX);
    buf_printf(&b, " %s", "x");
    ok(str_eq(buf_view(&b), STR("-9223372036854775808 18446744073709551615 x")),
       "numbers");
    /* At every length around the room there is at first, and beyond. */
    size_t wrong = 0;
    for (int n = 0; n < 400; n++) {
        b.n = 0;
        buf_printf(&b, "%*d", n, 7);
        buf_printf(&b, "%*d", n, 8);
        size_t width = n ? (size_t)n : 1;
        wrong += b.n != 2 * width || b.p[width - 1] != '7' ||
                 b.p[2 * width - 1] != '8';
    }
    ok(wrong == 0, "buf_printf takes the room it needs");
    buf_free(&b);
    return tap_end();
}
