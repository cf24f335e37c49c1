/*
 * Products of floats laid out, for processors with AVX-512.  Twelve rows by a
 * panel are summed in registers.  While they are, the next sums and a part of
 * the next panel are asked for: the caches' own guesses come too late.
 */
#include <string.h>

#include "kern.h"
#include "kern_pack.h"

#ifdef __AVX512F__
#include "kern_square.h"

enum { ROWS = 12, UNROLL = 8, AHEAD = 32 };

/* The square at row i, place t of the source: v[row] has the numbers along
 * the summed dimension.  down: v[number] has the rows instead. */
static inline void square_read(const struct pack_source *s, size_t i, size_t t,
                               bool down, __m512i v[16])
{
    const size_t lines = s->turned ? s->k - t : s->m - i;
    const size_t along = s->turned ? s->m - i : s->k - t;
    const float *x = s->x + (s->turned ? t * s->ld + i : i * s->ld + t);
#pragma GCC unroll 16
    for (size_t r = 0; r < 16; r++) {
        const float *from = x + r * s->ld;
        if (s->turned)
            __builtin_prefetch(from + AHEAD * s->ld);
        v[r] = r < lines ? (__m512i)_mm512_maskz_loadu_ps(LANES(along), from)
                         : _mm512_setzero_si512();
    }
    if (down != s->turned)
        square_turn(v);
}

static void pack_rows(void *to, size_t ld, const struct pack_source *s)
{
    const size_t fill = pack_fill(s->k);
    float *a = to;
    for (size_t i = 0; i < s->m && !s->turned; i++) {
        memcpy(a + i * ld, s->x + i * s->ld, s->k * sizeof *a);
        memset(a + i * ld + s->k, 0, (fill - s->k) * sizeof *a);
    }
    for (size_t t = 0; t < fill && s->turned; t += 16)
        for (size_t i = 0; i < s->m; i += 16) {
            __m512i v[16] = {0};
            if (t < s->k)
                square_read(s, i, t, false, v);
            for (size_t r = 0; r < 16 && i + r < s->m; r++)
                _mm512_storeu_si512(a + (i + r) * ld + t, v[r]);
        }
}

static void pack_panel(void *to, const struct pack_source *s)
{
    const size_t fill = pack_fill(s->k);
    float *b = to;
    for (size_t t = 0; t < fill; t += 16)
        for (size_t i = 0; i < PACK_PANEL; i += 16) {
            __m512i v[16] = {0};
            if (t < s->k && i < s->m)
                square_read(s, i, t, true, v);
#pragma GCC unroll 16
            for (size_t r = 0; r < 16; r++)
                _mm512_storeu_si512(b + (t + r) * PACK_PANEL + i, v[r]);
        }
}

/* Where to work, and what is needed next. */
struct place {
    const float *a, *b;
    float *y;
    const float *next_b;
    const float *next_y;
};

/* rows rows by one panel; rows is a constant where this is called. */
static inline __attribute__((always_inline)) void
block(const struct pack_product *p, struct place at, size_t n, size_t rows)
{
    const __mmask16 lo = LANES(n), hi = n > 16 ? LANES(n - 16) : 0;
    const size_t lda = p->lda, ldy = p->ldy;
    /* so that the addresses of all rows fit into few registers */
    const float *a[] = {at.a, at.a + 3 * lda, at.a + 6 * lda, at.a + 9 * lda};
    __m512 sums[ROWS][2];
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; r++) {
        __builtin_prefetch(at.next_y + r * ldy, 1);
        __builtin_prefetch(at.next_y + r * ldy + 16, 1);
    }
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; r++) {
        const float *y = at.y + r * ldy;
        sums[r][0] =
            p->add ? _mm512_maskz_loadu_ps(lo, y) : _mm512_setzero_ps();
        sums[r][1] =
            p->add ? _mm512_maskz_loadu_ps(hi, y + 16) : _mm512_setzero_ps();
    }
    for (size_t t = 0; t < p->k; t += UNROLL) {
        __builtin_prefetch(at.next_b + 4 * t, 0, 2);
        __builtin_prefetch(at.next_b + 4 * t + 16, 0, 2);
#pragma GCC unroll 8
        for (size_t u = t; u < t + UNROLL; u++) {
            __m512 b0 = _mm512_loadu_ps(at.b + u * PACK_PANEL);
            __m512 b1 = _mm512_loadu_ps(at.b + u * PACK_PANEL + 16);
#pragma GCC unroll 12
            for (size_t r = 0; r < rows; r++) {
                __m512 x = _mm512_set1_ps(a[r / 3][r % 3 * lda + u]);
                sums[r][0] = _mm512_fmadd_ps(x, b0, sums[r][0]);
                sums[r][1] = _mm512_fmadd_ps(x, b1, sums[r][1]);
            }
        }
    }
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; r++) {
        _mm512_mask_storeu_ps(at.y + r * ldy, lo, sums[r][0]);
        if (hi)
            _mm512_mask_storeu_ps(at.y + r * ldy + 16, hi, sums[r][1]);
    }
}

/* All rows by the panel at column j. */
static void panel_product(const struct pack_product *p, size_t j)
{
    const float *b = (const float *)p->b + j / PACK_PANEL * p->panel;
    struct place at = {p->a, b, p->y + j, b + p->panel, NULL};
    const size_t n = p->n - j;
    size_t i = 0;
#define ROUND(rows)                                                            \
    for (; i + (rows) <= p->m; i += (rows)) {                                  \
        at.next_y = i + 2 * (rows) <= p->m ? at.y + (rows)*p->ldy              \
                                           : p->y + j + PACK_PANEL;            \
        block(p, at, n, rows);                                                 \
        at.a += (rows)*p->lda;                                                 \
        at.y += (rows)*p->ldy;                                                 \
        at.next_b += 4 * p->k;                                                 \
    }
    ROUND(ROWS)
    ROUND(8)
    ROUND(4)
    ROUND(1)
#undef ROUND
}

static void product(const struct pack_product *p)
{
    struct pack_product filled = *p;
    filled.k = pack_fill(p->k);
    for (size_t j = 0; j < p->n; j += PACK_PANEL)
        panel_product(&filled, j);
}

const struct kern_pack *kern_f32_avx512(void)
{
    static const struct kern_pack table = {"avx512", sizeof(float), pack_rows,
                                           pack_panel, product};
    return kern_avx512() ? &table : NULL;
}
#else
const struct kern_pack *kern_f32_avx512(void)
{
    return NULL;
}
#endif
