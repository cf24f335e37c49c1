/* Slices, buffers and UTF-8. */
#include "str.h"

#include <stdarg.h>
#include <stdio.h>

#include "diag.h"
#include "mem.h"

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && memcmp(s.p, prefix.p, prefix.n) == 0;
}

size_t str_find(struct str s, struct str needle, size_t from)
{
    if (from > s.n)
        return s.n;
    const char *hit = memmem(s.p + from, s.n - from, needle.p, needle.n);
    return hit ? (size_t)(hit - s.p) : s.n;
}

size_t str_count(struct str s, char c)
{
    size_t n = 0;
    for (size_t at = 0; at < s.n;) { /* sums of bytes, as far as they hold */
        size_t stop = size_min(at + 255, s.n);
        uint8_t some = 0;
        for (; at < stop; at++)
            some += s.p[at] == c;
        n += some;
    }
    return n;
}

void buf_grow(struct buf *b, size_t more)
{
    if (more > SIZE_MAX / 2 - b->n)
        die(STATUS_SYSTEM, "out of memory: %zu bytes wanted", more);
    size_t cap = b->cap + b->cap / 2 + 64;
    if (cap < b->n + more)
        cap = b->n + more;
    b->p = mem_grow(b->p, cap, 1);
    b->cap = cap;
}

void buf_u64(struct buf *b, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + v % 10);
    while (v /= 10);
    buf_add(b, digits + at, sizeof digits - at);
}

void buf_i64(struct buf *b, int64_t v)
{
    if (v < 0)
        buf_char(b, '-');
    buf_u64(b, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    size_t need = 63;
    for (;;) { /* once, or again with all the room it takes */
        buf_reserve(b, need + 1);
        size_t room = b->cap - b->n;
        va_list ap;
        va_start(ap, fmt);
        int n = vsnprintf(b->p + b->n, room, fmt, ap);
        va_end(ap);
        if (n < 0)
            return;
        if ((size_t)n < room) {
            b->n += (size_t)n;
            return;
        }
        need = (size_t)n;
    }
}

void buf_free(struct buf *b)
{
    mem_free(b->p);
    *b = (struct buf){0};
}

/* Well-formed sequences as in table 3-7 of the Unicode standard: the second
 * byte's range depends on the first; no surrogates, nothing overlong. */
size_t utf8_step(const char *text, const char *end, uint32_t *cp)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t left = (size_t)(end - text);
    if (left == 0)
        return 0;
    unsigned a = p[0];
    if (a < 0x80) {
        *cp = a;
        return 1;
    }
    if (a >= 0xc2 && a <= 0xdf) {
        if (left < 2 || (p[1] & 0xc0) != 0x80)
            return 0;
        *cp = (a & 0x1f) << 6 | (p[1] & 0x3f);
        return 2;
    }
    if ((a & 0xf0) == 0xe0) {
        unsigned low = a == 0xe0 ? 0xa0 : 0x80, high = a == 0xed ? 0x9f : 0xbf;
        if (left < 3 || p[1] < low || p[1] > high || (p[2] & 0xc0) != 0x80)
            return 0;
        *cp = (a & 0x0f) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3f);
        return 3;
    }
    if (a >= 0xf0 && a <= 0xf4) {
        unsigned low = a == 0xf0 ? 0x90 : 0x80, high = a == 0xf4 ? 0x8f : 0xbf;
        if (left < 4 || p[1] < low || p[1] > high || (p[2] & 0xc0) != 0x80 ||
            (p[3] & 0xc0) != 0x80)
            return 0;
        *cp = (a & 0x07) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 |
              (p[3] & 0x3f);
        return 4;
    }
    return 0;
}

size_t utf8_check(struct str s)
{
    const char *p = s.p, *end = s.p + s.n;
    while (p < end) {
        uint64_t word;
        while (end - p >= 8) { /* eight ASCII bytes at a time */
            memcpy(&word, p, 8);
            if (word & 0x8080808080808080u)
                break;
            p += 8;
        }
        if (p == end)
            break;
        uint32_t cp;
        size_t n = utf8_step(p, end, &cp);
        if (n == 0)
            return (size_t)(p - s.p);
        p += n;
    }
    return s.n;
}

size_t utf8_count(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) /* vectorised: not a continuation byte */
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

size_t utf8_offset(struct str s, size_t cp)
{
    size_t i = 0;
    for (; i < s.n; i++) {
        if (((unsigned char)s.p[i] & 0xc0) == 0x80)
            continue;
        if (cp-- == 0)
            return i;
    }
    return cp == 0 ? s.n : SIZE_MAX;
}

void utf8_put(struct buf *b, uint32_t cp)
{
    char s[4];
    size_t n = 0;
    if (cp < 0x80) {
        s[n++] = (char)cp;
    } else if (cp < 0x800) {
        s[n++] = (char)(0xc0 | cp >> 6);
        s[n++] = (char)(0x80 | (cp & 0x3f));
    } else if (cp < 0x10000) {
        s[n++] = (char)(0xe0 | cp >> 12);
        s[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
        s[n++] = (char)(0x80 | (cp & 0x3f));
    } else {
        s[n++] = (char)(0xf0 | cp >> 18);
        s[n++] = (char)(0x80 | (cp >> 12 & 0x3f));
        s[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
        s[n++] = (char)(0x80 | (cp & 0x3f));
    }
    buf_add(b, s, n);
}

void utf8_repair(struct buf *b, struct str s)
{
    while (s.n > 0) {
        size_t good = utf8_check(s);
        buf_add(b, s.p, good);
        if (good < s.n)
            utf8_put(b, 0xfffd);
        s = str_sub(s, size_min(good + 1, s.n), s.n);
    }
}
