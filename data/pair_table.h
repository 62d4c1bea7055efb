/* A hash table from pairs of 32-bit numbers to one: (left, right) -> value. */
#ifndef SB_DATA_PAIR_TABLE_H
#define SB_DATA_PAIR_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

#define SB_PAIR_NONE UINT32_MAX /* no value */

struct sb_pair {
    uint32_t left, right, value; /* value SB_PAIR_NONE: an empty slot */
};

/* Starts as { 0 }. */
struct sb_pair_table {
    struct sb_pair *slots; /* open addressing */
    size_t n, n_slots;     /* n_slots: a power of 2, or 0 */
};

/* Sets the value of a pair, below SB_PAIR_NONE. O(1) amortised. */
enum sb_status sb_pair_table_put(struct sb_pair_table *table, uint32_t left, uint32_t right,
                                 uint32_t value);
void sb_pair_table_clear(struct sb_pair_table *table);

/* The value of a pair, or SB_PAIR_NONE. O(1). */
uint32_t sb_pair_table_find(const struct sb_pair_table *table, uint32_t left, uint32_t right);

#endif
