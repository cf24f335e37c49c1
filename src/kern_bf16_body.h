/*
 * Laying out bfloat16 factors with AVX512-BF16, for each table that has it.
 * A source is read in squares of 16 rows by 16 pairs of its summed dimension,
 * a pair being one 32-bit number.
 */
#include "kern_square.h"

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
static inline void square_read(const struct pack_source *s, size_t i, size_t t,
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

static void pack_rows(void *out, size_t ld, const struct pack_source *s)
{
    uint16_t *to = out;
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

static void pack_panel(void *out, const struct pack_source *s)
{
    uint16_t *to = out;
    for (size_t t = 0; t < s->k; t += 32)
        for (size_t i = 0; i < PACK_PANEL; i += 16) {
            __m512i v[16];
            if (i < s->m)
                square_read(s, i, t, true, v);
            for (size_t r = 0; r < 16; r++)
                _mm512_storeu_si512(to + (t / 2 + r) * 2 * PACK_PANEL + 2 * i,
                                    i < s->m ? v[r] : _mm512_setzero_si512());
        }
}
