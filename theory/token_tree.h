/* Token trees: documents as bit strings, most significant bit first, counted in a binary tree
 * (docs/theory.md, "Token trees").
 *
 *   blocks    a document is cut from its start into blocks of `depth` bits; each block is a path from
 *             the root to a leaf of layer `depth`. A short last block is not counted.
 *   prefix    a document is one path. It ends in a leaf of layer `depth` if it has that many bits,
 *             else in an end leaf below the node where it stops; so a node has up to three children:
 *             0, 1 and the end.
 *
 * A tree is built once, at its largest depth. What is asked at a smaller depth d is read off the same
 * tree: pruned at d, the mass below layer d is merged into the leaves of layer d.
 *
 *   n         documents (prefix) or blocks counted         n_v     those that pass through node v
 *   M_d       leaves with n_v > 0 of the tree pruned at d   N       the largest depth
 *
 * A node is named by its bit string: `bits`, left-aligned in 64 bits with zeros behind, and `length`.
 * The nodes of layer r are the leaves of length r of the tree pruned at r, so that walking the leaves
 * at 0, 1, 2, ... walks the tree layer by layer.
 *
 * Held as the sorted bit strings of the leaves and their cumulative counts: 17 bytes per leaf of the
 * largest depth, whatever the depth. A finished tree does not change: any number of threads may read.
 */
#ifndef SB_THEORY_TOKEN_TREE_H
#define SB_THEORY_TOKEN_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

enum { SB_TREE_DEPTH_MAX = 64 };

enum sb_reading { SB_READING_BLOCKS, SB_READING_PREFIX };

struct sb_token_tree;

struct sb_leaf {
    uint64_t bits;   /* left-aligned; zeros behind */
    uint64_t count;  /* n_v >= 1 */
    unsigned length; /* the depth asked for, or less for an end leaf */
};

/* ---- building -------------------------------------------------------------------------------- */

/* An empty tree. Domain: 1 <= depth <= 64; else SB_DOMAIN and *tree = NULL. */
enum sb_status sb_token_tree_create(enum sb_reading reading, unsigned depth,
                                    struct sb_token_tree **tree);
void sb_token_tree_free(struct sb_token_tree *tree);

/* Counts one document (n_bytes may be 0). Amortised O(1) per block, for a radix sort. Memory is that of
 * the tree and of a buffer, with as much again for sorting it, of at most twice as many blocks as the
 * tree has leaves (at least 2^18). After SB_MEMORY the tree can only be freed. */
enum sb_status sb_token_tree_add(struct sb_token_tree *tree, const uint8_t *bytes, size_t n_bytes);

/* Ends the building; everything below wants a finished tree, and add an unfinished one. The result
 * does not depend on the order of the documents. */
enum sb_status sb_token_tree_finish(struct sb_token_tree *tree);

/* ---- counts ---------------------------------------------------------------------------------- */

enum sb_reading sb_token_tree_reading(const struct sb_token_tree *tree);
unsigned sb_token_tree_depth(const struct sb_token_tree *tree);
uint64_t sb_token_tree_n(const struct sb_token_tree *tree);

/* n_v of the node `bits`, `length` (not of an end leaf); n for length 0.
 * Domain: length <= depth, zeros behind. O(log leaves). */
uint64_t sb_token_tree_node_count(const struct sb_token_tree *tree, uint64_t bits, unsigned length);

/* Documents that stop at this node, above layer `depth` (0 in blocks). Domain as above. */
uint64_t sb_token_tree_end_count(const struct sb_token_tree *tree, uint64_t bits, unsigned length);

/* The leaves of the tree pruned at d <= depth in order of their bits, an end leaf before what else
 * begins with its bits. Start with *cursor = 0; false after the last. O(1) amortised, O(leaves at
 * the largest depth) for the walk. */
bool sb_token_tree_next_leaf(const struct sb_token_tree *tree, unsigned d, size_t *cursor,
                             struct sb_leaf *leaf);

/* M_d. Domain: d <= depth. O(leaves). */
size_t sb_token_tree_n_leaves(const struct sb_token_tree *tree, unsigned d);

/* The leaves that a tree pruned at d could have: 2^d, and in the prefix reading the ends of documents of
 * whole bytes above. Exact below 2^53. Domain: d <= 64. */
double sb_token_tree_n_possible(enum sb_reading reading, unsigned d);

/* The counts of those M_d leaves, in their order, as a new array of *n_leaves numbers (exact below
 * 2^53): what Huffman codes and estimators of entropy take. */
enum sb_status sb_token_tree_leaf_counts(const struct sb_token_tree *tree, unsigned d,
                                         double **counts, size_t *n_leaves);

/* Plug-in entropy -sum (n_v/n) log2 (n_v/n) over the leaves of the tree pruned at d, in bits per block
 * (per document in the prefix reading); 0 for an empty tree. Domain: d <= depth. O(leaves). */
double sb_token_tree_entropy_bits(const struct sb_token_tree *tree, unsigned d);

/* Rarefaction: the expected number of leaves at depth d among m of the n blocks, drawn without
 * replacement:  E M = sum_v 1 - C(n - n_v, m) / C(n, m).  Domain: d <= depth, 1 <= m <= n; else
 * SB_DOMAIN. At m = n it is M_d. The binomials are multiplied out in steps that the leaves share, so
 * that no large logarithms cancel: O(leaves + min(largest n_v, 40 n/m)). */
enum sb_status sb_token_tree_rarefied_leaves(const struct sb_token_tree *tree, unsigned d,
                                             uint64_t m, double *n_leaves);

/* ---- code lengths ---------------------------------------------------------------------------- */

/* Bits that the first n_bytes bytes of a document cost under a tree of blocks (docs/theory.md,
 * "tree:d=N"):
 *
 *     p(block) = (n_block + 2^-N) / (n + 1)
 *
 * and a short last block of r bits costs the mass of its node, (n_v + 2^-r) / (n + 1), which is the
 * sum of p over the leaves below it. The masses of all 2^N leaves sum to 1; an unseen leaf costs
 * N + log2(n + 1) bits. By the chain rule the bits of bytes[b..e-1] given what precedes them are the
 * difference of the costs of the first e and of the first b bytes.
 * Domain: reading blocks. O(log leaves) per block, and less where the first 16 bits decide. */
double sb_token_tree_block_bits(const struct sb_token_tree *tree, const uint8_t *bytes,
                                size_t n_bytes);

#endif
