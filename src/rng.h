/*
 * Counter-based random numbers.
 *
 * What is drawn depends only on what the key was made of (seed, record id,
 * copy, rule, place), never on what was drawn elsewhere: so threads, block
 * size, order and splitting of the input cannot change a byte.
 */
#ifndef INSEC_RNG_H
#define INSEC_RNG_H

#include "base.h"

C_BEGIN

struct rng {
    uint64_t key;
    uint64_t n; /* draws so far */
};

/* Hash of some bytes (XXH3, 64 bits), continuing from seed. */
uint64_t rng_hash(uint64_t seed, const void *p, size_t n);

/* A finaliser (Steele, Lea, Flood 2014: SplitMix): every bit of z tells on
 * every bit. */
static inline uint64_t rng_finalise(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

#define RNG_STEP UINT64_C(0x9e3779b97f4a7c15)

/* Mixes one more word into a key. */
static inline uint64_t rng_mix(uint64_t key, uint64_t word)
{
    return rng_finalise(key ^ rng_finalise(word + RNG_STEP));
}

static inline struct rng rng_from(uint64_t key)
{
    struct rng r = {rng_finalise(key + RNG_STEP), 0};
    return r;
}

static inline uint64_t rng_u64(struct rng *r)
{
    return rng_finalise(r->key + ++r->n * RNG_STEP);
}

/* Uniform in [0,1). */
static inline double rng_unit(struct rng *r)
{
    return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

uint64_t rng_below(struct rng *r, uint64_t n); /* uniform in [0,n), n > 0 */
double rng_normal(struct rng *r);              /* mean 0, variance 1 */

C_END
#endif
