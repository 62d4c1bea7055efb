#include "theory/random.h"

#include <math.h>
#include "theory/portable.h"

static uint64_t splitmix64(uint64_t *x)
{
    uint64_t z = *x += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void sb_random_init(struct sb_random *random, uint64_t seed, uint64_t stream)
{
    uint64_t x = seed;
    x = splitmix64(&x) ^ stream;
    for (int i = 0; i < 4; i++)
        random->state[i] = splitmix64(&x);
}

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t sb_random_bits(struct sb_random *random)
{
    uint64_t *s = random->state, result = rotate_left(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t sb_random_below(struct sb_random *random, uint64_t n)
{
    /* The high half of x n is uniform once the low halves below 2^64 mod n are refused. */
    __extension__ typedef unsigned __int128 uint128;
    uint128 product = (uint128)sb_random_bits(random) * n;
    if ((uint64_t)product < n) {
        uint64_t threshold = (0 - n) % n;
        while ((uint64_t)product < threshold)
            product = (uint128)sb_random_bits(random) * n;
    }
    return (uint64_t)(product >> 64);
}

double sb_random_unit(struct sb_random *random)
{
    return (double)(sb_random_bits(random) >> 11) * 0x1p-53;
}

double sb_random_normal(struct sb_random *random)
{
    const double two_pi = 6.283185307179586;
    double radius = sqrt(-2 * sb_portable_log(1 - sb_random_unit(random)));
    return radius * sb_portable_cos(two_pi * sb_random_unit(random));
}

void sb_random_permutation(struct sb_random *random, size_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t j = (size_t)sb_random_below(random, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}
