/*
 * Each mask says which of 64 bytes are of a class; the bit of the byte before
 * comes by a shift to the left, of the one behind by a shift to the right.
 */
#include "scan_bits.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct masks {
    uint64_t letter, upper, number, white;
    uint64_t space, line; /* ' '; CR, LF */
    uint64_t apostrophe, slash;
    uint64_t other; /* ASCII, and none of the first four */
    int end;        /* below this bit the byte behind is known, and ASCII */
};

#ifdef __SSE2__
static inline uint64_t bits(__m128i v, int block)
{
    return (uint64_t)(uint32_t)_mm_movemask_epi8(v) << (16 * block);
}

/* Bytes from low to low + range. */
static inline __m128i within(__m128i v, char low, char range)
{
    __m128i from = _mm_sub_epi8(v, _mm_set1_epi8(low));
    return _mm_cmpeq_epi8(_mm_min_epu8(from, _mm_set1_epi8(range)), from);
}

static inline __m128i is(__m128i v, char c)
{
    return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

static inline uint64_t classify(const uint8_t *p, struct masks *m)
{
    uint64_t wide = 0;
    for (int k = 0; k < 4; k++) {
        __m128i v = _mm_loadu_si128((const __m128i *)(p + 16 * k));
        __m128i folded = _mm_or_si128(v, _mm_set1_epi8(0x20));
        __m128i space = is(v, ' ');
        m->letter |= bits(within(folded, 'a', 25), k);
        m->upper |= bits(within(v, 'A', 25), k);
        m->number |= bits(within(v, '0', 9), k);
        m->space |= bits(space, k);
        m->white |= bits(_mm_or_si128(space, within(v, '\t', 4)), k);
        m->line |= bits(_mm_or_si128(is(v, '\n'), is(v, '\r')), k);
        m->apostrophe |= bits(is(v, '\''), k);
        m->slash |= bits(is(v, '/'), k);
        wide |= bits(v, k);
    }
    return wide;
}
#else
static inline uint64_t classify(const uint8_t *p, struct masks *m)
{
    uint64_t wide = 0;
    for (int i = 0; i < 64; i++) {
        uint64_t bit = (uint64_t)1 << i;
        uint8_t c = p[i], folded = c | 0x20;
        m->letter |= folded >= 'a' && folded <= 'z' ? bit : 0;
        m->upper |= c >= 'A' && c <= 'Z' ? bit : 0;
        m->number |= c >= '0' && c <= '9' ? bit : 0;
        m->space |= c == ' ' ? bit : 0;
        m->white |= c == ' ' || (c >= '\t' && c <= '\r') ? bit : 0;
        m->line |= c == '\n' || c == '\r' ? bit : 0;
        m->apostrophe |= c == '\'' ? bit : 0;
        m->slash |= c == '/' ? bit : 0;
        wide |= c >= 0x80 ? bit : 0;
    }
    return wide;
}
#endif

static inline struct masks masks_of(const uint8_t *p)
{
    struct masks m = {0};
    uint64_t wide = classify(p, &m);
    m.other = ~(m.letter | m.number | m.white | wide);
    m.end = wide ? __builtin_ctzll(wide) - 1 : 63;
    return m;
}

static inline uint64_t below(int i)
{
    return ((uint64_t)1 << i) - 1;
}

/* Runs of `in` upwards from the bits of `from`. */
static inline uint64_t up(uint64_t from, uint64_t in)
{
    for (int k = 1; k < 64; k *= 2) {
        from |= in & from << k;
        in &= in << k;
    }
    return from;
}

static inline uint64_t down(uint64_t from, uint64_t in)
{
    for (int k = 1; k < 64; k *= 2) {
        from |= in & from >> k;
        in &= in >> k;
    }
    return from;
}

/* Length of 's 't 'm 'd 're 've 'll at p, or 0. */
static inline int contraction(const uint8_t *p, bool fold)
{
    uint8_t mask = fold ? 0x20 : 0, a = p[1] | mask, b = p[2] | mask;
    if (a == 's' || a == 't' || a == 'm' || a == 'd')
        return 2;
    return ((a == 'r' || a == 'v') && b == 'e') || (a == 'l' && b == 'l') ? 3
                                                                          : 0;
}

/* Takes out the starts within the contractions at the bits of at, and puts one
 * behind each; one right behind another does not count where apart.  Where a
 * contraction could reach out of what is known, *end comes down. */
static inline uint64_t contract(const uint8_t *p, uint64_t at, uint64_t starts,
                                struct masks *m, enum scan_kind kind)
{
    bool suffix = kind == SCAN_O200K;
    int done = -1;
    for (; at; at &= at - 1) {
        int i = __builtin_ctzll(at);
        if (i + 3 > m->end) {
            if (i + 1 - suffix < m->end)
                m->end = i + 1 - suffix;
            break;
        }
        int n = contraction(p + i, kind != SCAN_GPT2);
        if (!n || (suffix && i == done))
            continue;
        done = i + n;
        starts &= ~(below(done) & ~below(i + !suffix));
        starts |= (uint64_t)1 << done;
    }
    return starts;
}

static inline uint64_t gpt2(const uint8_t *p, struct masks *m)
{
    uint64_t apart = ~(m->space << 1);
    uint64_t starts = m->letter & ~(m->letter << 1) & apart;
    starts |= m->number & ~(m->number << 1) & apart;
    uint64_t other = m->other & ~(m->other << 1) & apart;
    starts |= other;
    starts |= m->white & ~(m->white << 1 & m->white >> 1);
    return contract(p, other & m->apostrophe, starts, m, SCAN_GPT2);
}

/* White space, of which `taken` belongs to signs before it: a run of it begins
 * a piece, so does what is behind its last line break, and its last byte. */
static inline uint64_t white_starts(const struct masks *m, uint64_t taken)
{
    uint64_t blank = m->white & ~m->line, left = m->white & ~taken;
    uint64_t last = blank & ~(m->white >> 1) & below(m->end);
    uint64_t starts = (left & ~(left << 1)) | last;
    if (m->line << 1 & blank)
        starts |= down(last, blank) & m->line << 1;
    return starts;
}

/* Digits in threes, or one by one. */
static inline uint64_t number_starts(uint64_t number, bool threes)
{
    uint64_t first = number & ~(number << 1), starts = first;
    if (!threes)
        return number;
    uint64_t four = number & number << 1 & number << 2 & number << 3;
    while ((first = first << 3 & four))
        starts |= first;
    return starts;
}

static inline uint64_t cl100k(const uint8_t *p, struct masks *m, bool threes)
{
    uint64_t behind = m->line & m->other << 1;
    uint64_t taken = ((m->line + behind) ^ m->line) & m->line;
    uint64_t other = m->other & ~(m->other << 1 | m->space << 1);
    uint64_t led = (m->white & ~m->line) << 1 | other << 1;
    uint64_t starts = m->letter & ~(m->letter << 1) & ~led;
    starts |= other | number_starts(m->number, threes) | white_starts(m, taken);
    return contract(p, other & m->apostrophe, starts, m, SCAN_CL100K);
}

static inline uint64_t o200k(const uint8_t *p, struct masks *m)
{
    uint64_t behind = m->line & m->other << 1;
    uint64_t taken = ((m->line + behind) ^ m->line) & m->line;
    if (m->slash & m->line << 1) /* they may take turns */
        taken = up(behind, m->line | m->slash);
    uint64_t signs = m->other & ~taken;
    uint64_t other = signs & ~(signs << 1 | m->space << 1);
    uint64_t led = (m->white & ~m->line) << 1 | other << 1;
    uint64_t starts = m->letter & ~(m->letter << 1) & ~led;
    starts |= m->upper & (m->letter & ~m->upper) << 1;
    starts |= other | number_starts(m->number, true) | white_starts(m, taken);
    uint64_t suffix = m->apostrophe & m->letter << 1;
    return contract(p, suffix, starts, m, SCAN_O200K);
}

/* from + i for every bit i of bits, which is not 0.  Eight at a time, so that
 * the loop seldom ends otherwise than foreseen. */
static inline size_t put(uint64_t bits, size_t from, size_t *ends)
{
    size_t all = (size_t)__builtin_popcountll(bits);
    for (size_t n = 0; n < all; n += 8)
        for (size_t k = n; k < n + 8; k++) {
            ends[k] = from + (size_t)__builtin_ctzll(bits | 1ull << 63);
            bits &= bits - 1;
        }
    return all;
}

static inline bool ascii8(const uint8_t *p)
{
    uint64_t w;
    memcpy(&w, p, 8);
    return !(w & 0x8080808080808080u);
}

size_t scan_bits(enum scan_kind kind, const uint8_t *text, size_t from,
                 size_t *ends)
{
    const uint8_t *p = text + from;
    if (!ascii8(p))
        return 0;
    struct masks m = masks_of(p);
    uint64_t starts;
    if (kind == SCAN_GPT2)
        starts = gpt2(p, &m);
    else if (kind == SCAN_O200K)
        starts = o200k(p, &m);
    else
        starts = cl100k(p, &m, kind == SCAN_CL100K);
    return put(starts & below(m.end) & ~(uint64_t)1, from, ends);
}
