/* What every file may assume: widths, attributes, exit statuses. */
#ifndef INSEC_BASE_H
#define INSEC_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNTOF(a)           (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(fmt, va) __attribute__((format(printf, fmt, va)))
#define MUST_USE             __attribute__((warn_unused_result))
#define NORETURN             __attribute__((noreturn))
#define LIKELY(x)            __builtin_expect(!!(x), 1)
#define UNLIKELY(x)          __builtin_expect(!!(x), 0)

#ifdef __cplusplus
#define C_BEGIN extern "C" {
#define C_END   }
#else
#define C_BEGIN
#define C_END
#endif

/* Exit statuses, the same in every program; see insec(7). */
enum status {
    STATUS_OK = 0,     /* done */
    STATUS_DATA = 1,   /* the data was refused */
    STATUS_USAGE = 2,  /* called wrongly */
    STATUS_SYSTEM = 3, /* the system failed: I/O, memory */
};

static inline size_t size_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t size_max(size_t a, size_t b)
{
    return a > b ? a : b;
}

#endif
