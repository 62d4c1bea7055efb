/* Sorting 64-bit keys by their digits, least significant first: stable, O(n) per digit of 11 bits, and
 * digits in which all keys agree cost nothing. Several times faster than comparisons from some
 * thousand keys on. Doubles >= 0 may be sorted by their representation, which has the same order.
 */
#ifndef SB_THEORY_RADIX_SORT_H
#define SB_THEORY_RADIX_SORT_H

#include <stddef.h>
#include <stdint.h>

/* Sorts keys[0..n-1] ascending. Returns where the result is: keys or scratch, both of n words; the
 * other one is overwritten. */
uint64_t *sb_radix_sort(uint64_t *keys, uint64_t *scratch, size_t n);

/* The same for pairs (key, value) that lie one after the other: arrays of 2 n words. Equal keys keep
 * their order. */
uint64_t *sb_radix_sort_pairs(uint64_t *pairs, uint64_t *scratch, size_t n);

#endif
