/* Contexts and the decisions made in them: the memory of a context tree (estimators/context_tree.h).
 *
 * A byte is eight binary decisions, most significant bit first. For one context, the decisions of half
 * a byte are the 15 inner nodes of a binary tree of depth 4, numbered 1 (no bit known), 2..3, 4..7,
 * 8..15 as in a heap: they lie together in one page of 128 bytes. A page belongs to a key of 56 bits:
 *
 *     context (the bits before the byte, 48 at most) | level (3 bits) | half (5 bits)
 *
 * half is 1 for the first half, 16 + the first half's bits for the second. Keys are kept whole: two
 * contexts never share a page. Pages stand in the order in which they were made; an index of 8 bytes per
 * slot, doubled when three quarters full, leads to them.
 *
 * The table never takes more than its bound. Once that is reached it is full for good: pages that it
 * has remain, and can change, no page is added.
 */
#ifndef SB_ESTIMATORS_CONTEXT_TABLE_H
#define SB_ESTIMATORS_CONTEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

struct sb_context_node {
    float ratio;   /* of the weights: stopping here over going on; 1 in a new page */
    uint16_t n[2]; /* of each bit that came; 0 in a new page */
};

struct sb_context_page {
    uint64_t key;
    struct sb_context_node nodes[15]; /* nodes[i - 1] is number i */
};

struct sb_context_table;

/* Memory bound in bytes, at least SB_CONTEXT_BYTES_MIN. An empty table is small. */
enum { SB_CONTEXT_BYTES_MIN = 1 << 20 };
enum sb_status sb_context_table_create(size_t n_bytes_max, struct sb_context_table **table);
void sb_context_table_free(struct sb_context_table *table);

/* The page of a key, or NULL where there is none. Any number of threads at the same time. O(1). */
struct sb_context_page *sb_context_find(const struct sb_context_table *table, uint64_t key);

/* Makes it where there is none; NULL when the table is full. Pages never move. The system refusing
 * memory below the bound is SB_MEMORY, not fullness: results must not depend on it. */
enum sb_status sb_context_obtain(struct sb_context_table *table, uint64_t key,
                                 struct sb_context_page **page);

/* Asks the processor to bring what finding the key needs. Changes nothing else. */
void sb_context_prefetch(const struct sb_context_table *table, uint64_t key);

bool sb_context_is_full(const struct sb_context_table *table);
size_t sb_context_n_pages(const struct sb_context_table *table);
size_t sb_context_n_bytes(const struct sb_context_table *table); /* memory in use */

/* Page i < n_pages, in the order of making. */
const struct sb_context_page *sb_context_page(const struct sb_context_table *table, size_t i);

#endif
