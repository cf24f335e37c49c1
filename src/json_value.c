/* Taking values out of parsed JSON. */
#include <errno.h>
#include <stdlib.h>

#include "json.h"

bool json_key_is(const struct json *key, struct str name)
{
    if (!key->escaped)
        return key->n == name.n + 2 && memcmp(key->p + 1, name.p, name.n) == 0;
    struct arena a = {0};
    bool same = str_eq(json_string(key, &a), name);
    arena_free(&a);
    return same;
}

const struct json *json_get(const struct json *v, const char *key)
{
    const struct json *found = NULL;
    struct str name = str_of(key);
    if (v->type != JSON_OBJECT)
        return NULL;
    for (const struct json *k = json_begin(v); k < json_end(v);
         k = json_next(k + 1))
        if (json_key_is(k, name))
            found = k + 1;
    return found;
}

size_t json_count(const struct json *v)
{
    size_t n = 0;
    for (const struct json *c = json_begin(v); c < json_end(v);
         c = json_next(c))
        n++;
    return v->type == JSON_OBJECT ? n / 2 : n;
}

static uint32_t hex4(const char *p)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t c = (unsigned char)p[i];
        v = v << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return v;
}

/* One \uXXXX (p behind the u), or the pair of a surrogate; returns what it
 * took.  Half a pair becomes U+FFFD. */
static size_t unicode_escape(const char *p, const char *end, uint32_t *cp)
{
    *cp = hex4(p);
    if (*cp < 0xd800 || *cp > 0xdfff)
        return 4;
    if (*cp < 0xdc00 && end - p >= 10 && p[4] == '\\' && p[5] == 'u') {
        uint32_t low = hex4(p + 6);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *cp = 0x10000 + ((*cp - 0xd800) << 10) + (low - 0xdc00);
            return 10;
        }
    }
    *cp = 0xfffd;
    return 4;
}

struct str json_string(const struct json *v, struct arena *a)
{
    struct str s = {v->p + 1, v->n - 2};
    if (!v->escaped)
        return s;
    /* An escape is never shorter than what it stands for. */
    struct buf b = {arena_alloc(a, s.n + 4), 0, s.n + 4};
    const char *p = s.p, *end = s.p + s.n;
    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((slash ? slash : end) - p);
        buf_add(&b, p, plain);
        if (!slash)
            break;
        p = slash + 2;
        uint32_t cp;
        switch (slash[1]) {
        case 'b':
            buf_char(&b, '\b');
            break;
        case 'f':
            buf_char(&b, '\f');
            break;
        case 'n':
            buf_char(&b, '\n');
            break;
        case 'r':
            buf_char(&b, '\r');
            break;
        case 't':
            buf_char(&b, '\t');
            break;
        case 'u':
            p += unicode_escape(p, end, &cp);
            utf8_put(&b, cp);
            break;
        default:
            buf_char(&b, slash[1]);
        }
    }
    return buf_view(&b);
}

bool json_i64(const struct json *v, int64_t *out)
{
    if (v->type != JSON_NUMBER)
        return false;
    bool minus = v->p[0] == '-';
    int64_t n = 0;
    if (v->n <= 18) { /* cannot overflow */
        for (size_t i = minus; i < v->n; i++) {
            unsigned digit = (unsigned)v->p[i] - '0';
            if (digit > 9)
                return false;
            n = 10 * n + digit;
        }
        *out = minus ? -n : n;
        return true;
    }
    for (size_t i = minus; i < v->n; i++) {
        if (v->p[i] < '0' || v->p[i] > '9')
            return false;
        int64_t digit = v->p[i] - '0';
        if (__builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, minus ? -digit : digit, &n))
            return false;
    }
    *out = n;
    return true;
}

bool json_f64(const struct json *v, double *out)
{
    char text[64];
    if (v->type != JSON_NUMBER || v->n >= sizeof text)
        return false;
    memcpy(text, v->p, v->n);
    text[v->n] = '\0';
    *out = strtod(text, NULL);
    return true;
}

bool json_bool(const struct json *v, bool *out)
{
    *out = v->type == JSON_TRUE;
    return v->type == JSON_TRUE || v->type == JSON_FALSE;
}

bool json_hash(const struct json *v, uint64_t *out)
{
    char digits[17] = {0};
    if (v->type != JSON_STRING || v->n != 18)
        return false;
    memcpy(digits, v->p + 1, 16);
    *out = strtoull(digits, NULL, 16);
    return strspn(digits, "0123456789abcdefABCDEF") == 16;
}

bool json_i32s(const struct json *v, struct i32_vec *out)
{
    if (v->type != JSON_ARRAY)
        return false;
    vec_reserve(out, (size_t)v->span);
    for (const struct json *c = json_begin(v); c < json_end(v);
         c = json_next(c)) {
        int64_t n;
        if (!json_i64(c, &n) || n < INT32_MIN || n > INT32_MAX)
            return false;
        out->v[out->n++] = (int32_t)n;
    }
    return true;
}
