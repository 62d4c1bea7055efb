/* How often each n-gram occurred, n at most 7 bytes in a 64-bit key, as a sorted list of those that
 * differ: what a model of n-grams (estimators/ngram.h) is fitted on. Keys are collected, sorted a
 * batch at a time, and merged into the list.
 */
#ifndef SB_ESTIMATORS_GRAM_COUNTS_H
#define SB_ESTIMATORS_GRAM_COUNTS_H

#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

/* Starts as { .n_bytes_max = ... }, a bound of at least 1 MiB on the memory of everything below. */
struct sb_gram_counts {
    size_t n_bytes_max;
    uint64_t *pairs; /* key, count, key, count, ...: ascending keys */
    size_t n;        /* pairs */
    uint64_t *batch; /* keys not yet in pairs */
    size_t n_batch, batch_capacity;
};

/* One more occurrence. SB_LIMIT beyond the bound. O(1) on average, while few differ. */
enum sb_status sb_gram_counts_add(struct sb_gram_counts *counts, uint64_t key);

/* All that was added is in pairs afterwards, and the batch is released. */
enum sb_status sb_gram_counts_finish(struct sb_gram_counts *counts);

/* From finished counts of k-grams to those of their last bytes, the mask's: each count is the sum, or
 * with how_many the number, of the k-grams that end so. */
enum sb_status sb_gram_counts_shorten(struct sb_gram_counts *counts, uint64_t mask, int how_many);

void sb_gram_counts_clear(struct sb_gram_counts *counts);

#endif
