/*
 * Laying out bfloat16 factors with AVX512-BF16, for each table that has it.
 * A source is read in squares of 16 rows by 16 pairs of its summed dimension,
 * a pair being one 32-bit number.
 */
#include <immintrin.h>

#define LANES(n) ((__mmask16)((n) >= 16 ? 0xffff : (1u << (n)) - 1))

/* A square transposed. */
static inline void square_turn(__m512i v[16])
{
    __m512i t[16];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        t[2 * i] = _mm512_unpacklo_epi32(v[2 * i], v[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_epi32(v[2 * i], v[2 * i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        v[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
        v[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
        v[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
        v[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(v[i], v[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(v[i], v[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_i32x4(v[i + 8], v[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(v[i + 8], v[i + 12], 0xdd);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        v[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        v[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
        v[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
        v[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

/* n <= 32 numbers of a row, the rest 0: 16 pairs. */
static inline __m512i pairs_along(const float *x, size_t n)
{
    __m512 lo = _mm512_maskz_loadu_ps(LANES(n), x);
    __m512 hi = n > 16 ? _mm512_maskz_loadu_ps(LANES(n - 16), x + 16)
                       : _mm512_setzero_ps();
    return (__m512i)_mm512_cvtne2ps_pbh(hi, lo);
}

/* Each number of one row paired with that below it: n <= 16 pairs. */
static inline __m512i pairs_across(const float *x, const float *below, size_t n)
{
    const __m512i weave = _mm512_set_epi16(
        31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22,
        6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    __m512 lo = _mm512_maskz_loadu_ps(LANES(n), x);
    __m512 hi =
        below ? _mm512_maskz_loadu_ps(LANES(n), below) : _mm512_setzero_ps();
    return _mm512_permutexvar_epi16(weave,
                                    (__m512i)_mm512_cvtne2ps_pbh(hi, lo));
}

/* The square at row i, place t of the source: v[row] has the pairs along the
 * summed dimension.  down: v[pair] has the rows instead. */
static inline void square_read(const struct bf16_source *s, size_t i, size_t t,
                               bool down, __m512i v[16])
{
    size_t left = s->m - i;
    for (size_t r = 0; r < 16; r++)
        if (!s->turned) {
            v[r] = r < left ? pairs_along(s->x + (i + r) * s->ld + t, s->k - t)
                            : _mm512_setzero_si512();
        } else if (t + 2 * r < s->k) {
            const float *x = s->x + (t + 2 * r) * s->ld + i;
            v[r] =
                pairs_across(x, t + 2 * r + 1 < s->k ? x + s->ld : NULL, left);
        } else {
            v[r] = _mm512_setzero_si512();
        }
    if (down != s->turned)
        square_turn(v);
}

static void pack_rows(uint16_t *to, size_t ld, const struct bf16_source *s)
{
    if (!s->turned) {
        for (size_t i = 0; i < s->m; i++)
            for (size_t t = 0; t < s->k; t += 32)
                _mm512_storeu_si512(
                    to + i * ld + t,
                    pairs_along(s->x + i * s->ld + t, s->k - t));
        return;
    }
    for (size_t i = 0; i < s->m; i += 16)
        for (size_t t = 0; t < s->k; t += 32) {
            __m512i v[16];
            square_read(s, i, t, false, v);
            for (size_t r = 0; r < 16 && i + r < s->m; r++)
                _mm512_storeu_si512(to + (i + r) * ld + t, v[r]);
        }
}

static void pack_panel(uint16_t *to, const struct bf16_source *s)
{
    for (size_t t = 0; t < s->k; t += 32)
        for (size_t i = 0; i < BF16_PANEL; i += 16) {
            __m512i v[16];
            if (i < s->m)
                square_read(s, i, t, true, v);
            for (size_t r = 0; r < 16; r++)
                _mm512_storeu_si512(to + (t / 2 + r) * 2 * BF16_PANEL + 2 * i,
                                    i < s->m ? v[r] : _mm512_setzero_si512());
        }
}
