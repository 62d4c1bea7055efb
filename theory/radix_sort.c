#include "theory/radix_sort.h"

#include <string.h>

enum { DIGIT_BITS = 11, N_VALUES = 1 << DIGIT_BITS, N_DIGITS = (63 + DIGIT_BITS) / DIGIT_BITS };

static size_t digit_at(uint64_t key, int digit)
{
    return (size_t)(key >> (digit * DIGIT_BITS)) & (N_VALUES - 1);
}

/* How often each value of each digit occurs, in one pass. An item is `stride` words, its key first;
 * stride is a constant wherever this is inlined. */
static inline void count_digits(const uint64_t *items, size_t n, size_t stride,
                                size_t counts[N_DIGITS][N_VALUES])
{
    memset(counts, 0, N_DIGITS * sizeof *counts);
    for (size_t i = 0; i < n; i++)
        for (int digit = 0; digit < N_DIGITS; digit++)
            counts[digit][digit_at(items[i * stride], digit)]++;
}

/* Moves the items into the order of one digit; places[v], how often its value is v, becomes where the
 * next of these goes. */
static inline void sort_digit(const uint64_t *from, uint64_t *to, size_t n, size_t stride,
                              int digit, size_t places[N_VALUES])
{
    size_t sum = 0;
    for (size_t v = 0; v < N_VALUES; v++) {
        size_t count = places[v];
        places[v] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++) {
        size_t place = places[digit_at(from[i * stride], digit)]++;
        for (size_t w = 0; w < stride; w++)
            to[place * stride + w] = from[i * stride + w];
    }
}

static inline uint64_t *sort(uint64_t *items, uint64_t *scratch, size_t n, size_t stride)
{
    size_t counts[N_DIGITS][N_VALUES];
    if (n < 2)
        return items;
    count_digits(items, n, stride, counts);
    for (int digit = 0; digit < N_DIGITS; digit++) {
        if (counts[digit][digit_at(items[0], digit)] == n)
            continue; /* the same in all */
        sort_digit(items, scratch, n, stride, digit, counts[digit]);
        uint64_t *swap = items;
        items = scratch;
        scratch = swap;
    }
    return items;
}

uint64_t *sb_radix_sort(uint64_t *keys, uint64_t *scratch, size_t n)
{
    return sort(keys, scratch, n, 1);
}

uint64_t *sb_radix_sort_pairs(uint64_t *pairs, uint64_t *scratch, size_t n)
{
    return sort(pairs, scratch, n, 2);
}
