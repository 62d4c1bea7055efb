/* Random numbers that are the same on every machine: xoshiro256** (Blackman and Vigna 2021), seeded
 * through SplitMix64 from a seed and a stream number, so that replicate b of anything draws from
 * (seed, b) whatever thread runs it. State is an argument; nothing is global.
 */
#ifndef SB_THEORY_RANDOM_H
#define SB_THEORY_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct sb_random {
    uint64_t state[4];
};

/* Different (seed, stream) pairs give unrelated sequences. */
void sb_random_init(struct sb_random *random, uint64_t seed, uint64_t stream);

/* 64 uniform bits. */
uint64_t sb_random_bits(struct sb_random *random);

/* Uniform on 0..n-1, exactly (Lemire's rejection). Domain: n >= 1. */
uint64_t sb_random_below(struct sb_random *random, uint64_t n);

/* Uniform on [0, 1), a multiple of 2^-53. */
double sb_random_unit(struct sb_random *random);

/* Standard normal (Box and Muller: two uniforms, one value): the same bits everywhere. */
double sb_random_normal(struct sb_random *random);

/* A uniformly random permutation of 0..n-1 into order (Fisher-Yates). */
void sb_random_permutation(struct sb_random *random, size_t *order, size_t n);

#endif
