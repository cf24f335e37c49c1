/*
 * Slices, buffers and UTF-8.
 *
 * Bytes are bytes: lengths travel with pointers and NUL is a byte like any
 * other, so data is never passed to a %s.
 */
#ifndef INSEC_STR_H
#define INSEC_STR_H

#include <string.h>

#include "base.h"

C_BEGIN

struct str { /* borrows; says at each use how long it lives */
    const char *p;
    size_t n;
};

struct buf { /* owns; zero-initialise to start */
    char *p;
    size_t n, cap;
};

#define STR(lit) ((struct str){"" lit, sizeof(lit) - 1})
/* For "%.*s" in messages: at most 60 bytes of data. */
#define STR_ARG(s) (int)size_min((s).n, 60), (s).p

static inline struct str str_of(const char *s)
{
    struct str r = {s, strlen(s)};
    return r;
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline struct str str_sub(struct str s, size_t from, size_t to)
{
    struct str r = {s.p + from, to - from};
    return r;
}

static inline struct str buf_view(const struct buf *b)
{
    struct str r = {b->p, b->n};
    return r;
}

bool str_starts(struct str s, struct str prefix);
/* Offset of the first needle at or after from, or s.n where there is none. */
size_t str_find(struct str s, struct str needle, size_t from);

/* How many bytes of s are c. */
size_t str_count(struct str s, char c);

void buf_grow(struct buf *b, size_t more); /* the slow half of buf_reserve */
static inline void buf_reserve(struct buf *b, size_t more)
{
    if (UNLIKELY(b->cap - b->n < more))
        buf_grow(b, more);
}
static inline void buf_char(struct buf *b, char c)
{
    buf_reserve(b, 1);
    b->p[b->n++] = c;
}
static inline void buf_add(struct buf *b, const void *p, size_t n)
{
    if (n == 0) /* then p may be NULL */
        return;
    buf_reserve(b, n);
    memcpy(b->p + b->n, p, n);
    b->n += n;
}
static inline void buf_str(struct buf *b, struct str s)
{
    buf_add(b, s.p, s.n);
}
static inline void buf_cstr(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}
void buf_i64(struct buf *b, int64_t v);
void buf_u64(struct buf *b, uint64_t v);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_free(struct buf *b);

/* Decodes one code point of [p,end) into *cp; returns its length in bytes,
 * or 0 where the bytes are not well-formed UTF-8 (or p == end). */
size_t utf8_step(const char *p, const char *end, uint32_t *cp);
/* Offset of the first byte that is not well-formed, or s.n. */
size_t utf8_check(struct str s);
/* Number of code points in well-formed text. */
size_t utf8_count(struct str s);
/* Byte offset of the code point number cp (from 0); s.n at the end,
 * SIZE_MAX where the text is shorter than that. */
size_t utf8_offset(struct str s, size_t cp);
void utf8_put(struct buf *b, uint32_t cp);
/* Appends s; each byte of it that is not well-formed becomes U+FFFD. */
void utf8_repair(struct buf *b, struct str s);

C_END
#endif
