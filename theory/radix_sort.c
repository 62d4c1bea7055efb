#include "theory/radix_sort.h"

#include <stdbool.h>
#include <string.h>

enum {
    DIGIT_BITS = 11,
    N_VALUES = 1 << DIGIT_BITS,
    N_DIGITS = (63 + DIGIT_BITS) / DIGIT_BITS,
    LEADING = N_DIGITS - 1,
    IN_CACHE = 1 << 18 /* words: 2 MiB */
};

static size_t digit_at(uint64_t key, int digit)
{
    return (size_t)(key >> (digit * DIGIT_BITS)) & (N_VALUES - 1);
}

/* How often each value of the first n_digits digits occurs, in one pass. An item is `stride` words, its
 * key first; stride is a constant wherever this is inlined. */
static inline void count_digits(const uint64_t *items, size_t n, size_t stride, int n_digits,
                                size_t counts[][N_VALUES])
{
    memset(counts, 0, (size_t)n_digits * sizeof *counts);
    for (size_t i = 0; i < n; i++)
        for (int digit = 0; digit < n_digits; digit++)
            counts[digit][digit_at(items[i * stride], digit)]++;
}

/* Moves the items into the order of one digit; places[v], how often its value is v, becomes where the
 * next of these would go. */
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

/* Sorts by those of the first n_digits digits that vary, from the last on. */
static inline uint64_t *sort_digits(uint64_t *items, uint64_t *scratch, size_t n, size_t stride,
                                    int n_digits, const bool *varies, size_t counts[][N_VALUES])
{
    for (int digit = 0; digit < n_digits; digit++) {
        if (!varies[digit])
            continue;
        sort_digit(items, scratch, n, stride, digit, counts[digit]);
        uint64_t *swap = items;
        items = scratch;
        scratch = swap;
    }
    return items;
}

/* More items than the cache holds are first parted by the leading digit, and the parts sorted one by
 * one. All take the same steps, so that all come to lie in the same memory. */
static inline uint64_t *sort_parts(uint64_t *items, uint64_t *scratch, size_t n, size_t stride,
                                   const bool *varies, size_t counts[N_DIGITS][N_VALUES])
{
    uint64_t *sorted = items;
    size_t ends[N_VALUES], begin = 0;
    sort_digit(items, scratch, n, stride, LEADING, counts[LEADING]);
    memcpy(ends, counts[LEADING], sizeof ends);
    for (size_t v = 0; v < N_VALUES; begin = ends[v++]) {
        size_t n_part = ends[v] - begin, at = begin * stride;
        if (n_part == 0)
            continue;
        count_digits(scratch + at, n_part, stride, LEADING, counts);
        sorted =
            sort_digits(scratch + at, items + at, n_part, stride, LEADING, varies, counts) - at;
    }
    return sorted;
}

static inline uint64_t *sort(uint64_t *items, uint64_t *scratch, size_t n, size_t stride)
{
    size_t counts[N_DIGITS][N_VALUES];
    bool varies[N_DIGITS];
    if (n < 2)
        return items;
    count_digits(items, n, stride, N_DIGITS, counts);
    for (int digit = 0; digit < N_DIGITS; digit++)
        varies[digit] = counts[digit][digit_at(items[0], digit)] < n;
    if (n * stride > IN_CACHE && varies[LEADING])
        return sort_parts(items, scratch, n, stride, varies, counts);
    return sort_digits(items, scratch, n, stride, N_DIGITS, varies, counts);
}

uint64_t *sb_radix_sort(uint64_t *keys, uint64_t *scratch, size_t n)
{
    return sort(keys, scratch, n, 1);
}

uint64_t *sb_radix_sort_pairs(uint64_t *pairs, uint64_t *scratch, size_t n)
{
    return sort(pairs, scratch, n, 2);
}
