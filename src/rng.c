/* Random numbers from a counter: XXH3 makes keys, a 64-bit finaliser
 * (Steele, Lea, Flood 2014: SplitMix) makes draws. */
#include "rng.h"

#include <math.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

static uint64_t finalise(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t rng_hash(uint64_t seed, const void *p, size_t n)
{
    return XXH3_64bits_withSeed(p, n, seed);
}

uint64_t rng_mix(uint64_t key, uint64_t word)
{
    return finalise(key ^ finalise(word + 0x9e3779b97f4a7c15u));
}

struct rng rng_from(uint64_t key)
{
    return (struct rng){finalise(key + 0x9e3779b97f4a7c15u), 0};
}

uint64_t rng_u64(struct rng *r)
{
    return finalise(r->key + ++r->n * 0x9e3779b97f4a7c15u);
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

double rng_unit(struct rng *r)
{
    return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

/* Box and Muller; the second value is not kept, so that a draw depends on
 * nothing but its number. */
double rng_normal(struct rng *r)
{
    double u = 1.0 - rng_unit(r), v = rng_unit(r);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}
