/*
 * The multiply-add peak: independent chains of fused multiply-adds, as many as
 * keep every unit busy, and nothing else.
 */
#include "kern_peak.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>

#include "progress.h"

#if defined(__x86_64__)
#include <immintrin.h>

enum { FMA_CHAINS = 16 };

__attribute__((target("avx512f"), optimize("O3"))) static float
fma_512(long rounds)
{
    __m512 x[FMA_CHAINS], a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(1);
#pragma GCC unroll 16
    for (int i = 0; i < FMA_CHAINS; i++)
        x[i] = _mm512_set1_ps((float)i);
    while (rounds-- > 0) {
#pragma GCC unroll 16
        for (int i = 0; i < FMA_CHAINS; i++)
            x[i] = _mm512_fmadd_ps(x[i], a, b);
    }
#pragma GCC unroll 16
    for (int i = 1; i < FMA_CHAINS; i++)
        x[0] = _mm512_add_ps(x[0], x[i]);
    return _mm512_reduce_add_ps(x[0]);
}

__attribute__((target("avx2,fma"), optimize("O3"))) static float
fma_256(long rounds)
{
    __m256 x[FMA_CHAINS], a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(1);
    float out[8];
#pragma GCC unroll 16
    for (int i = 0; i < FMA_CHAINS; i++)
        x[i] = _mm256_set1_ps((float)i);
    while (rounds-- > 0)
#pragma GCC unroll 16
        for (int i = 0; i < FMA_CHAINS; i++)
            x[i] = _mm256_fmadd_ps(x[i], a, b);
#pragma GCC unroll 16
    for (int i = 1; i < FMA_CHAINS; i++)
        x[0] = _mm256_add_ps(x[0], x[i]);
    _mm256_storeu_ps(out, x[0]);
    return out[0];
}
#endif

/* Operations per second of one try. */
static double probe(void)
{
    double from = progress_clock(), ops = 0;
#if defined(__x86_64__)
    const long rounds = 300000;
    volatile float sink = 0;
    bool wide = __builtin_cpu_supports("avx512f");
    if (!wide && !__builtin_cpu_supports("fma"))
        return 0;
#pragma omp parallel reduction(+ : ops)
    {
        sink = wide ? fma_512(rounds) : fma_256(rounds);
        ops += 2.0 * FMA_CHAINS * (wide ? 16 : 8) * (double)rounds;
    }
    (void)sink;
#endif
    return ops / (progress_clock() - from);
}

double kern_peak(int tries)
{
    double best = 0;
    while (tries-- > 0)
        best = fmax(best, probe());
    return best;
}
