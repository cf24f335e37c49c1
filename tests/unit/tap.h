/* The few lines of TAP that the unit tests share.  A failed check makes the
 * program end with 1. */
#ifndef TAP_H
#define TAP_H

#include <stdio.h>

static int tap_done, tap_failed;

#define ok(cond, ...)                                                          \
    do {                                                                       \
        bool good_ = (cond);                                                   \
        tap_failed += !good_;                                                  \
        printf("%sok %d - ", good_ ? "" : "not ", ++tap_done);                 \
        printf(__VA_ARGS__);                                                   \
        printf("\n");                                                          \
        if (!good_)                                                            \
            printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond);                \
    } while (0)

static int tap_end(void)
{
    printf("1..%d\n", tap_done);
    return tap_failed != 0;
}

#endif
