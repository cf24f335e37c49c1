/* The bfloat16 kernels for processors with AVX512-BF16. */
#include <string.h>

#include "kern_pack.h"

#ifdef __AVX512BF16__
#include "kern_bf16_body.h"

enum { ROWS = 12 };

/* rows rows by one panel; rows is a constant where this is called. */
static inline __attribute__((always_inline)) void
block(const struct pack_product *p, size_t i, size_t j, size_t rows)
{
    const uint16_t *b = (const uint16_t *)p->b + j / PACK_PANEL * p->panel;
    const uint16_t *a = (const uint16_t *)p->a + i * p->lda;
    float *y = p->y + i * p->ldy + j;
    const size_t n = p->n - j;
    const __mmask16 lo = LANES(n), hi = n > 16 ? LANES(n - 16) : 0;
    __m512 sums[ROWS][2];
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; r++) {
        sums[r][0] = p->add ? _mm512_maskz_loadu_ps(lo, y + r * p->ldy)
                            : _mm512_setzero_ps();
        sums[r][1] = p->add ? _mm512_maskz_loadu_ps(hi, y + r * p->ldy + 16)
                            : _mm512_setzero_ps();
    }
    for (size_t t = 0; t < p->k; t += 2, b += 2 * PACK_PANEL) {
        __m512bh b0 = (__m512bh)_mm512_loadu_si512(b);
        __m512bh b1 = (__m512bh)_mm512_loadu_si512(b + PACK_PANEL);
#pragma GCC unroll 12
        for (size_t r = 0; r < rows; r++) {
            int32_t pair;
            memcpy(&pair, a + r * p->lda + t, sizeof pair);
            __m512bh x = (__m512bh)_mm512_set1_epi32(pair);
            sums[r][0] = _mm512_dpbf16_ps(sums[r][0], x, b0);
            sums[r][1] = _mm512_dpbf16_ps(sums[r][1], x, b1);
        }
    }
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; r++) {
        _mm512_mask_storeu_ps(y + r * p->ldy, lo, sums[r][0]);
        if (hi)
            _mm512_mask_storeu_ps(y + r * p->ldy + 16, hi, sums[r][1]);
    }
}

static void product(const struct pack_product *p)
{
    for (size_t j = 0; j < p->n; j += PACK_PANEL) {
        size_t i = 0;
        for (; i + ROWS <= p->m; i += ROWS)
            block(p, i, j, ROWS);
        for (; i + 4 <= p->m; i += 4)
            block(p, i, j, 4);
        for (; i < p->m; i++)
            block(p, i, j, 1);
    }
}

const struct kern_pack *kern_bf16_avx512(void)
{
    static const struct kern_pack table = {"avx512", sizeof(uint16_t),
                                           pack_rows, pack_panel, product};
    return __builtin_cpu_supports("avx512bf16") &&
                   __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512vl")
               ? &table
               : NULL;
}
#else
const struct kern_pack *kern_bf16_avx512(void)
{
    return NULL;
}
#endif
