/* The statistics against values worked out by hand or by other programs. */
#include <math.h>

#include "metrics.h"
#include "tap.h"

static bool near(double x, double y)
{
    return fabs(x - y) < 5e-5;
}

static void rates(void)
{
    /* Wilson 1927, as in R's prop.test(correct = FALSE) */
    struct estimate e = metrics_rate(8, 10);
    ok(near(e.value, 0.8) && near(e.low, 0.49016) && near(e.high, 0.94332),
       "8 of 10: %f %f %f", e.value, e.low, e.high);
    e = metrics_rate(0, 20);
    ok(e.value == 0 && e.low == 0 && near(e.high, 0.16113), "0 of 20: %f",
       e.high);
    e = metrics_rate(20, 20);
    ok(e.value == 1 && near(e.low, 0.83887) && e.high == 1, "20 of 20: %f",
       e.low);
    e = metrics_rate(0, 0);
    ok(isnan(e.value) && isnan(e.low) && isnan(e.high), "0 of 0");
    ok(isnan(metrics_mean(0, 0).value), "a mean of nothing");
    ok(metrics_mean(3, 2).value == 1.5, "a mean");
}

static void differences(void)
{
    /* 0.6 - 0.5, variances 0.0024 and 0.0025: 1.96 * 0.07 */
    struct estimate e = metrics_difference(60, 100, 50, 100);
    ok(near(e.value, 0.1) && near(e.high - e.value, 0.13720), "difference %f",
       e.high - e.value);
    ok(isnan(metrics_difference(1, 2, 0, 0).value), "to nothing");
    /* (10 - 2) / 100, variance (0.12 - 0.0064) / 100 */
    e = metrics_change(10, 2, 100);
    ok(near(e.value, 0.08) && near(e.high, 0.14606), "change %f", e.high);
    /* 1 - 0.2 / 0.8; (0.2 / 0.64)^2 0.0016 + (1 / 0.8)^2 0.0016 = 0.00265625 */
    e = metrics_blind_spot(20, 100, 80, 100);
    ok(near(e.value, 0.75) && near((e.high - e.low) / 2, 1.95996 * 0.0515388),
       "blind spot %f %f", e.value, e.high);
    ok(isnan(metrics_blind_spot(1, 10, 0, 10).value),
       "no blind spot where nothing is right outside");
}

static void tests(void)
{
    ok(metrics_mcnemar(0, 0) == 1, "no pair differs");
    /* 2 (1 + 10 + 45) / 1024 */
    ok(near(metrics_mcnemar(2, 8), 0.109375), "2 and 8");
    ok(metrics_mcnemar(2, 8) == metrics_mcnemar(8, 2), "and the other way");
    ok(metrics_mcnemar(5, 5) == 1, "even");
    ok(near(metrics_mcnemar(0, 6), 0.03125), "0 and 6");
    /* chi-squared (200 - 1)^2 / 20000 = 1.98005: p = 0.15939 */
    ok(near(metrics_mcnemar(10100, 9900), 0.15939), "many: %f",
       metrics_mcnemar(10100, 9900));
}

static void edits(void)
{
    static const struct {
        const char *x, *y;
        double ratio;
    } cases[] = {
        {"", "", 0},           {"abc", "abc", 0},
        {"", "abc", 1},        {"kitten", "sitting", 3. / 13},
        {"abcd", "acbd", .25}, {"a\xC3\xA9", "ae", 1. / 4},
        {"flaw", "lawn", .25}, {"xaby", "xy", 2. / 6},
    };
    struct arena a = {0};
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        double r =
            metrics_edit_ratio(str_of(cases[i].x), str_of(cases[i].y), &a);
        ok(near(r, cases[i].ratio), "%s to %s: %f", cases[i].x, cases[i].y, r);
    }
    struct buf x = {0}, y = {0};
    for (int i = 0; i <= METRICS_EDIT; i++) {
        buf_cstr(&x, "ab");
        buf_cstr(&y, "cd");
    }
    ok(isnan(metrics_edit_ratio(buf_view(&x), buf_view(&y), &a)), "too long");
    buf_free(&x);
    buf_free(&y);
    arena_free(&a);
}

int main(void)
{
    rates();
    differences();
    tests();
    edits();
    return tap_end();
}
