#include "theory/radix_sort.h"

enum { DIGIT_BITS = 11, N_VALUES = 1 << DIGIT_BITS };

static size_t digit_at(uint64_t key, int shift)
{
    return (size_t)(key >> shift) & (N_VALUES - 1);
}

/* Moves the items into the order of one digit. An item is `stride` words, its key first; stride is a
 * constant wherever this is inlined. */
static inline void sort_digit(const uint64_t *from, uint64_t *to, size_t n, size_t stride,
                              int shift)
{
    size_t places[N_VALUES] = { 0 }, sum = 0;
    for (size_t i = 0; i < n; i++)
        places[digit_at(from[i * stride], shift)]++;
    for (size_t v = 0; v < N_VALUES; v++) {
        size_t count = places[v];
        places[v] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++) {
        size_t place = places[digit_at(from[i * stride], shift)]++;
        for (size_t w = 0; w < stride; w++)
            to[place * stride + w] = from[i * stride + w];
    }
}

static inline uint64_t *sort(uint64_t *items, uint64_t *scratch, size_t n, size_t stride)
{
    uint64_t varying = 0;
    for (size_t i = 1; i < n; i++)
        varying |= items[i * stride] ^ items[0];
    for (int shift = 0; shift < 64; shift += DIGIT_BITS) {
        if (digit_at(varying, shift) == 0)
            continue;
        sort_digit(items, scratch, n, stride, shift);
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
