/* Random numbers from a counter: XXH3 makes keys of bytes. */
#include "rng.h"

#include <math.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t rng_hash(uint64_t seed, const void *p, size_t n)
{
    return XXH3_64bits_withSeed(p, n, seed);
}

/* Lemire's multiplication; the rejected part keeps it exactly uniform. */
uint64_t rng_below(struct rng *r, uint64_t n)
{
    unsigned __int128 m = (unsigned __int128)rng_u64(r) * n;
    if ((uint64_t)m < n) {
        uint64_t floor = -n % n;
        while ((uint64_t)m < floor)
            m = (unsigned __int128)rng_u64(r) * n;
    }
    return (uint64_t)(m >> 64);
}

/* Box and Muller; the second value is not kept, so that a draw depends on
 * nothing but its number. */
double rng_normal(struct rng *r)
{
    double u = 1.0 - rng_unit(r), v = rng_unit(r);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}
