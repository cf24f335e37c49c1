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
/* Mixes one more word into a key. */
uint64_t rng_mix(uint64_t key, uint64_t word);

struct rng rng_from(uint64_t key);
uint64_t rng_u64(struct rng *r);
uint64_t rng_below(struct rng *r, uint64_t n); /* uniform in [0,n), n > 0 */
double rng_unit(struct rng *r);                /* uniform in [0,1) */
double rng_normal(struct rng *r);              /* mean 0, variance 1 */

C_END
#endif
