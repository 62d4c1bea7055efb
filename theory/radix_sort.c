#include "theory/radix_sort.h"

#include <string.h>

enum { DIGIT_BITS = 11, N_DIGITS = 6, N_VALUES = 1 << DIGIT_BITS };

static size_t digit_of(uint64_t key, int digit)
{
    return (size_t)(key >> (digit * DIGIT_BITS)) & (N_VALUES - 1);
}

/* Moves the items to where they belong by one digit. starts[v] is the place of the first with digit v.
 * An item is `stride` words, its key first; stride is a constant wherever this is inlined. */
static inline void scatter(const uint64_t *from, uint64_t *to, size_t n, size_t stride, int digit,
                           size_t *starts)
{
    for (size_t i = 0; i < n; i++) {
        size_t place = starts[digit_of(from[i * stride], digit)]++;
        for (size_t w = 0; w < stride; w++)
            to[place * stride + w] = from[i * stride + w];
    }
}

static inline uint64_t *sort(uint64_t *items, uint64_t *scratch, size_t n, size_t stride)
{
    size_t counts[N_DIGITS][N_VALUES];
    memset(counts, 0, sizeof counts);
    for (size_t i = 0; i < n; i++)
        for (int digit = 0; digit < N_DIGITS; digit++)
            counts[digit][digit_of(items[i * stride], digit)]++;
    for (int digit = 0; n > 1 && digit < N_DIGITS; digit++) {
        size_t *starts = counts[digit], sum = 0;
        if (starts[digit_of(items[0], digit)] == n)
            continue;
        for (size_t v = 0; v < N_VALUES; v++) {
            size_t count = starts[v];
            starts[v] = sum;
            sum += count;
        }
        scatter(items, scratch, n, stride, digit, starts);
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
