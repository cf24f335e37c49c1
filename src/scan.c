/*
 * One function per pattern finds where the piece that begins at a byte ends.
 * ASCII goes through a table, other characters through pages of 256, each
 * filled when the first of them turns up.
 */
#include "scan.h"

#include <endian.h>

#include "mem.h"
#include "scan_bits.h"
#include "scan_class.h"

struct scan {
    enum scan_kind kind;
    uint8_t ascii[256]; /* 0: not ASCII */
    struct scan_classes classes;
};

#define LIKE_CL100K(numbers)                                                   \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" numbers      \
    "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
#define LEAD_  "[^\\r\\n\\p{L}\\p{N}]?"
#define UPPER_ "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
#define LOWER_ "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"
#define TAIL_  "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"

const char *scan_pattern(enum scan_kind kind)
{
    static const char *const patterns[] = {
        [SCAN_NONE] = "",
        [SCAN_GPT2] = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+|"
                      " ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
        [SCAN_CL100K] = LIKE_CL100K("\\p{N}{1,3}"),
        [SCAN_QWEN2] = LIKE_CL100K("\\p{N}"),
        [SCAN_O200K] = LEAD_ UPPER_
        "*" LOWER_ "+" TAIL_ "|" LEAD_ UPPER_ "+" LOWER_ "*" TAIL_
        "|\\p{N}{1,3}|"
        " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    };
    return patterns[kind];
}

enum scan_kind scan_of(struct str pattern)
{
    for (enum scan_kind k = SCAN_GPT2; k <= SCAN_O200K; k++)
        if (str_eq(pattern, str_of(scan_pattern(k))))
            return k;
    return SCAN_NONE;
}

struct scan *scan_new(enum scan_kind kind)
{
    struct scan *s = mem_zero(1, sizeof *s);
    s->kind = kind;
    scan_classes_fill(&s->classes, 0, s->ascii);
    memset(s->ascii + 128, 0, 128);
    s->ascii['\r'] |= BREAK;
    s->ascii['\n'] |= BREAK;
    return s;
}

void scan_free(struct scan *s)
{
    if (!s)
        return;
    scan_classes_free(&s->classes);
    mem_free(s);
}

/* ---- characters */

struct text {
    struct scan *s;
    const uint8_t *p;
    size_t n;
};

static unsigned class_of(struct scan_classes *c, uint32_t cp)
{
    uint8_t **page = &c->pages[cp >> 8];
    if (UNLIKELY(!*page)) {
        *page = mem_alloc(256);
        scan_classes_fill(c, cp & ~0xffu, *page);
    }
    return (*page)[cp & 255];
}

/* The class of the character at i, which is not ASCII, and its size. */
static inline unsigned wide(struct text t, size_t i, size_t *size)
{
    const uint8_t *p = t.p + i;
    uint32_t cp = (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
    *size = 2;
    if (p[0] >= 0xe0) {
        cp = (cp & 0x3ff) << 6 | (p[2] & 0x3fu);
        *size = 3;
    }
    if (p[0] >= 0xf0) {
        cp = (cp & 0x7fff) << 6 | (p[3] & 0x3fu);
        *size = 4;
    }
    return class_of(&t.s->classes, cp);
}

/* The class of the character at i; 0 at the end. */
static inline unsigned class_at(struct text t, size_t i, size_t *size)
{
    *size = 1;
    if (i >= t.n)
        return 0;
    unsigned c = t.s->ascii[t.p[i]];
    return LIKELY(c) ? c : wide(t, i, size);
}

/* Behind the characters of class want from i on. */
static inline size_t run(struct text t, size_t i, unsigned want)
{
    const uint8_t *ascii = t.s->ascii;
    for (;;) {
        while (i < t.n && ascii[t.p[i]] & want)
            i++;
        if (i >= t.n || ascii[t.p[i]])
            return i;
        size_t size;
        if (!(wide(t, i, &size) & want))
            return i;
        i += size;
    }
}

/* Behind the ASCII letters from i on, eight at a time while there are eight;
 * fold: capitals too.  A byte's high bit tells whether it is one. */
static inline size_t letters(struct text t, size_t i, bool fold)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x80 * ones;
    while (t.n - i >= 8) {
        uint64_t w;
        memcpy(&w, t.p + i, 8);
        w = le64toh(w);
        uint64_t low = (fold ? w | 0x20 * ones : w) & ~high;
        uint64_t from_a = low + (0x80 - 'a') * ones;
        uint64_t past_z = low + (0x7f - 'z') * ones;
        uint64_t other = ~(from_a & ~past_z & ~w) & high;
        if (other)
            return i + ((size_t)__builtin_ctzll(other) >> 3);
        i += 8;
    }
    return i;
}

/* As run(t, i, LETTER). */
static inline size_t word_end(struct text t, size_t i)
{
    return run(t, letters(t, i, true), LETTER);
}

/* ---- what the patterns share */

/* 's 't 'm 'd 're 've 'll at i, of either case where fold; its end, or i. */
static size_t contraction(struct text t, size_t i, bool fold)
{
    if (i + 1 >= t.n || t.p[i] != '\'')
        return i;
    uint8_t mask = fold ? 0x20 : 0;
    uint8_t a = t.p[i + 1] | mask, b = i + 2 < t.n ? t.p[i + 2] | mask : 0;
    if (a == 's' || a == 't' || a == 'm' || a == 'd')
        return i + 2;
    if (((a == 'r' || a == 'v') && b == 'e') || (a == 'l' && b == 'l'))
        return i + 3;
    /* U+017F is an s to who does not look at case. */
    if (fold && t.p[i + 1] == 0xc5 && i + 2 < t.n && t.p[i + 2] == 0xbf)
        return i + 3;
    return i;
}

/* White space from i on: all of it at the end of the text; else without its
 * last character, unless it has only that. */
static size_t blanks(struct text t, size_t i)
{
    size_t end = run(t, i, SPACE);
    if (end == t.n)
        return end;
    size_t last = end - 1;
    while ((t.p[last] & 0xc0) == 0x80)
        last--;
    return last > i ? last : end;
}

/* The same, but to its last line break where it has one. */
static size_t lines(struct text t, size_t i)
{
    size_t end = run(t, i, SPACE);
    for (size_t k = end; k > i; k--)
        if (t.p[k - 1] == '\n' || t.p[k - 1] == '\r')
            return k;
    return blanks(t, i);
}

static inline size_t gpt2(struct text t, size_t i)
{
    size_t size = 1, next;
    unsigned c = t.s->ascii[t.p[i]];
    if (t.p[i] == ' ') {
        c = class_at(t, i + 1, &size);
        size++;
        if (!c || c & SPACE)
            return blanks(t, i);
    } else if (UNLIKELY(t.p[i] == '\'')) {
        next = contraction(t, i, false);
        if (next > i)
            return next;
    } else if (UNLIKELY(!c)) {
        c = wide(t, i, &size);
    }
    if (c & LETTER)
        return word_end(t, i + size);
    if (c & SPACE)
        return blanks(t, i);
    return run(t, i + size, c & (LETTER | NUMBER | OTHER));
}

/* At most `most` numbers from i on. */
static size_t numbers(struct text t, size_t i, int most)
{
    size_t size;
    while (most-- && class_at(t, i, &size) & NUMBER)
        i += size;
    return i;
}

/* What is neither letter nor number, a space perhaps in front; i where it is
 * white space. */
static size_t signs(struct text t, size_t i, bool slash)
{
    size_t size;
    size_t from = i + (t.p[i] == ' ');
    if (!(class_at(t, from, &size) & OTHER))
        return i;
    size_t end = run(t, from + size, OTHER);
    while (end < t.n &&
           (t.s->ascii[t.p[end]] & BREAK || (slash && t.p[end] == '/')))
        end++;
    return end;
}

static inline size_t cl100k(struct text t, size_t i, int digits)
{
    size_t size, more, next;
    if (UNLIKELY(t.p[i] == '\'') && (next = contraction(t, i, true)) > i)
        return next;
    unsigned c = class_at(t, i, &size);
    if (c & LETTER)
        return word_end(t, i + size);
    if (c & NUMBER)
        return numbers(t, i, digits);
    if (!(c & BREAK) && class_at(t, i + size, &more) & LETTER)
        return word_end(t, i + size + more);
    next = signs(t, i, false);
    return next > i ? next : lines(t, i);
}

/* UPPER* LOWER+, or else UPPER+, from i on; its end, or i.  Where the capitals
 * are followed by nothing small, the last of them that counts as small ends
 * the first form (*small then). */
static size_t word(struct text t, size_t i, bool *small)
{
    size_t at = i, size, last = i;
    unsigned c;
    *small = true;
    while ((c = class_at(t, at, &size)) & UPPER) {
        at += size;
        if (c & LOWER)
            last = at;
    }
    if (c & LOWER)
        return run(t, letters(t, at + size, false), LOWER);
    *small = last > i;
    return *small ? last : at;
}

static size_t o200k(struct text t, size_t i)
{
    size_t size, end = i;
    bool small = false;
    unsigned c = class_at(t, i, &size);
    if (c & NUMBER)
        return numbers(t, i, 3);
    bool lead = !(c & (LETTER | BREAK));
    if (lead) {
        size_t from = i + size;
        end = word(t, from, &small);
        if (end == from)
            end = i;
        if (!small && c & LOWER) /* a mark is a word without its lead */
            end = from;
    } else if (c & LETTER) {
        end = word(t, i, &small);
    }
    if (end > i && end < t.n && t.p[end] == '\'')
        return contraction(t, end, true);
    if (end > i)
        return end;
    end = signs(t, i, true);
    return end > i ? end : lines(t, i);
}

/* The end of the piece that begins at i. */
static inline size_t piece_end(struct text t, size_t i)
{
    switch (t.s->kind) {
    case SCAN_GPT2:
        return gpt2(t, i);
    case SCAN_O200K:
        return o200k(t, i);
    default:
        return cl100k(t, i, t.s->kind == SCAN_QWEN2 ? 1 : 3);
    }
}

size_t scan_cut(struct scan *s, struct str text, size_t from, size_t *ends,
                size_t max)
{
    struct text t = {s, (const uint8_t *)text.p, text.n};
    size_t n = 0, more;
    while (n < max && from < t.n) {
        bool many = max >= 64 && t.n - from >= 64;
        if (many && max - n < 64)
            break;
        more = many ? scan_bits(s->kind, t.p, from, ends + n) : 0;
        if (!more)
            ends[n++] = piece_end(t, from);
        n += more;
        from = ends[n - 1];
    }
    return n;
}
