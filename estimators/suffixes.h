/* All suffixes of a sequence of symbols in order, with the lengths of what neighbours have in common: from
 * it, counts of all blocks of any length, and for each place the longest match before it.
 */
#ifndef SB_ESTIMATORS_SUFFIXES_H
#define SB_ESTIMATORS_SUFFIXES_H

#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

struct sb_suffixes {
    size_t n;
    uint32_t *order;  /* (n): where the suffix of each rank begins */
    uint32_t *common; /* (n): symbols that it has in common with the one before; 0 for the first */
};

/* Of symbols[0..n-1], each below n_symbols. By doubling with counting sorts: O(n log n) time, 20 bytes per
 * symbol while it runs, 8 after. Domain: 1 <= n < 2^31 (SB_LIMIT), symbols in range (SB_DOMAIN). */
enum sb_status sb_suffixes_init(struct sb_suffixes *suffixes, const uint32_t *symbols, size_t n,
                                uint32_t n_symbols);
void sb_suffixes_clear(struct sb_suffixes *suffixes);

/* For each place i the longest match that begins before i (it may reach beyond i), and the longest that
 * begins anywhere else. O(n). */
enum sb_status sb_suffixes_matches(const struct sb_suffixes *suffixes, uint32_t *before,
                                   uint32_t *elsewhere);

#endif
