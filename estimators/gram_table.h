/* The table of a model of n-grams (estimators/ngram.h): how often each k-gram and each context occurred,
 * and what follows each context, under 64-bit keys that are exact: no two k-grams share one.
 *
 * Symbols are bytes or token ids. A context of order k is the k - 1 symbols before one. Its name is a
 * number below 2^56 / 2^symbol_bits:
 *
 *   bytes (symbol_bits = 8)     the k - 1 bytes themselves, the last one lowest
 *   tokens (symbol_bits = 24)   the serial number of the (k-1)-gram in the table; 0 for none
 *
 *   key of a k-gram:   k << 56 | context << symbol_bits | symbol
 *   key of a context:  1 << 59 | k << 56 | context
 */
#ifndef SB_ESTIMATORS_GRAM_TABLE_H
#define SB_ESTIMATORS_GRAM_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

enum { SB_GRAM_ORDER_MAX = 7, SB_GRAM_BYTE_BITS = 8, SB_GRAM_TOKEN_BITS = 24 };

struct sb_gram_slot {
    uint64_t key;   /* 0: empty */
    uint32_t count; /* c(hw) or c(h) */
    /* Of a context: how many different symbols followed once, twice, more often.
     * Of a k-gram of tokens: its serial number. */
    uint32_t numbers[3];
};

struct sb_gram_table {
    unsigned symbol_bits;
    size_t n_bytes_max;         /* what it may take, with n_bytes_elsewhere */
    size_t n_bytes_elsewhere;   /* what its owner holds meanwhile */
    struct sb_gram_slot *slots; /* open addressing, three quarters full at most */
    size_t n_slots, n_used;
    uint32_t n_named; /* serial numbers given out */
};

/* Empty; on failure nothing is left to clear. */
enum sb_status sb_gram_table_init(struct sb_gram_table *table, unsigned symbol_bits,
                                  size_t n_bytes_max);
void sb_gram_table_clear(struct sb_gram_table *table);

static inline uint64_t sb_gram_key(const struct sb_gram_table *table, size_t order,
                                   uint64_t context, uint32_t symbol)
{
    return (uint64_t)order << 56 | context << table->symbol_bits | symbol;
}

static inline uint64_t sb_gram_context_key(size_t order, uint64_t context)
{
    return (uint64_t)1 << 59 | (uint64_t)order << 56 | context;
}

/* NULL where there is none. Both: a view until the next sb_gram_obtain. */
const struct sb_gram_slot *sb_gram_find(const struct sb_gram_table *table, uint64_t key);

/* The slot of a key, made with a count of 0 where there is none. SB_LIMIT beyond the bound. O(1). */
enum sb_status sb_gram_obtain(struct sb_gram_table *table, uint64_t key,
                              struct sb_gram_slot **slot);

/* What precedes a symbol: the names of its contexts, of orders 1 to n; longer ones are not in the table. */
struct sb_gram_history {
    uint64_t contexts[SB_GRAM_ORDER_MAX + 1];
    size_t n;
};

/* One symbol further, at most to contexts of the order named. */
void sb_gram_history_advance(const struct sb_gram_table *table, size_t order, uint32_t symbol,
                             struct sb_gram_history *history);

#endif
