/* Writing JSON. */
#include <endian.h>
#include <math.h>
#include <stdio.h>

#include "json.h"

/* 0: as it is; 'u': \u00XX; else the letter behind the backslash. */
static const char escape_of[256] = {
    ['\b'] = 'b', ['\f'] = 'f',  ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
    ['"'] = '"',  ['\\'] = '\\', [0] = 'u',    [1] = 'u',    [2] = 'u',
    [3] = 'u',    [4] = 'u',     [5] = 'u',    [6] = 'u',    [7] = 'u',
    [11] = 'u',   [14] = 'u',    [15] = 'u',   [16] = 'u',   [17] = 'u',
    [18] = 'u',   [19] = 'u',    [20] = 'u',   [21] = 'u',   [22] = 'u',
    [23] = 'u',   [24] = 'u',    [25] = 'u',   [26] = 'u',   [27] = 'u',
    [28] = 'u',   [29] = 'u',    [30] = 'u',   [31] = 'u',
};

/* How many of the next 16 bytes need no escape, from the first on. */
static inline size_t plain16(const char *p)
{
    typedef unsigned char vec __attribute__((vector_size(16)));
    vec v;
    uint64_t hit[2];
    memcpy(&v, p, sizeof v);
    vec escaped = (vec)((v < 0x20) | (v == '"') | (v == '\\'));
    memcpy(hit, &escaped, sizeof hit);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    hit[0] = __builtin_bswap64(hit[0]);
    hit[1] = __builtin_bswap64(hit[1]);
#endif
    if (hit[0])
        return (size_t)__builtin_ctzll(hit[0]) / 8;
    return hit[1] ? 8 + (size_t)__builtin_ctzll(hit[1]) / 8 : 16;
}

void json_put_string(struct buf *b, struct str s)
{
    static const char hex[] = "0123456789abcdef";
    buf_reserve(b, s.n + 2);
    buf_char(b, '"');
    size_t from = 0, i = 0;
    for (;;) {
        size_t plain = 16;
        while (s.n - i >= 16 && plain == 16)
            i += plain = plain16(s.p + i);
        if (plain == 16)
            while (i < s.n && !escape_of[(unsigned char)s.p[i]])
                i++;
        buf_add(b, s.p + from, i - from);
        if (i == s.n)
            break;
        unsigned char c = (unsigned char)s.p[i];
        char out[6] = {'\\', escape_of[c], '0', '0', hex[c >> 4], hex[c & 15]};
        buf_add(b, out, escape_of[c] == 'u' ? 6 : 2);
        from = ++i;
    }
    buf_char(b, '"');
}

void json_put_base64(struct buf *b, struct str s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    buf_char(b, '"');
    for (size_t i = 0; i < s.n; i += 3) {
        uint32_t v = 0;
        for (size_t k = 0; k < 3; k++)
            v = v << 8 | (i + k < s.n ? (unsigned char)s.p[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            buf_char(b, i + k <= s.n ? digits[v >> (18 - 6 * k) & 63] : '=');
    }
    buf_char(b, '"');
}

void json_put_key(struct buf *b, const char *name)
{
    if (b->n && b->p[b->n - 1] != '{')
        buf_char(b, ',');
    json_put_string(b, str_of(name));
    buf_char(b, ':');
}

void json_put_field(struct buf *b, const char *name, struct str s)
{
    json_put_key(b, name);
    json_put_string(b, s);
}

void json_put_i64(struct buf *b, const char *name, int64_t v)
{
    json_put_key(b, name);
    buf_i64(b, v);
}

/* The shortest of %.15g, %.16g, %.17g that reads back the same; JSON has no
 * infinities, so those are a caller's mistake and become 0. */
void json_put_f64(struct buf *b, const char *name, double v)
{
    json_put_key(b, name);
    if (!isfinite(v))
        v = 0;
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        double back;
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (sscanf(text, "%lf", &back) == 1 && back == v)
            break;
    }
    buf_cstr(b, text);
}

/* v < 10^8 at p without leading zeros; 8 bytes are written.  Returns where
 * the next byte goes.  All eight digits are made at once, halves, quarters
 * and eighths of a word, the first in the lowest byte. */
static inline char *put_digits(char *p, uint32_t v)
{
    uint64_t halves = v / 10000 | (uint64_t)(v % 10000) << 32;
    uint64_t top = halves * 10486u >> 20 & 0x7f0000007fu; /* / 100 */
    uint64_t pairs = top + ((halves - 100 * top) << 16);
    uint64_t tens = pairs * 103 >> 10 & 0xf000f000f000fu; /* / 10 */
    uint64_t digits = tens + ((pairs - 10 * tens) << 8);
    unsigned zeros = (unsigned)__builtin_ctzll(digits | 1ull << 56) & ~7u;
    digits = htole64((digits | 0x3030303030303030u) >> zeros);
    memcpy(p, &digits, 8);
    return p + 8 - zeros / 8;
}

void json_put_i32s(struct buf *b, const int32_t *v, size_t n)
{
    buf_reserve(b, 12 * n + 16);
    buf_char(b, '[');
    char *p = b->p + b->n;
    for (size_t i = 0; i < n; i++) {
        uint32_t u = v[i] < 0 ? -(uint32_t)v[i] : (uint32_t)v[i];
        *p = '-';
        p += v[i] < 0;
        if (UNLIKELY(u >= 100000000u)) {
            p = put_digits(p, u / 100000000u);
            *p = (char)('0' + u / 10000000u % 10);
            char rest[8];
            put_digits(rest, u % 10000000u + 10000000u); /* keeps zeros */
            memcpy(p + 1, rest + 1, 7);
            p += 8;
        } else {
            p = put_digits(p, u);
        }
        *p++ = ',';
    }
    b->n = (size_t)(p - b->p) - (n > 0);
    buf_char(b, ']');
}

/* Text and comma from the lowest byte on, the length of both in the highest. */
uint64_t *json_number_texts(size_t n)
{
    uint64_t *texts = mem_alloc(size_max(n, 1) * sizeof *texts);
    for (size_t i = 0; i < n; i++) {
        char text[16];
        size_t len = (size_t)(put_digits(text, (uint32_t)i) - text);
        text[len++] = ',';
        memcpy(&texts[i], text, 8);
        texts[i] = (le64toh(texts[i]) & 0xffffffffffffffu) | (uint64_t)len
                                                                 << 56;
    }
    return texts;
}

void json_put_small(struct buf *b, const int32_t *v, size_t n,
                    const uint64_t *texts)
{
    buf_reserve(b, 8 * n + 16);
    buf_char(b, '[');
    char *p = b->p + b->n;
    for (size_t i = 0; i < n; i++) {
        uint64_t text = texts[v[i]], bytes = htole64(text);
        memcpy(p, &bytes, 8);
        p += text >> 56;
    }
    b->n = (size_t)(p - b->p) - (n > 0);
    buf_char(b, ']');
}
