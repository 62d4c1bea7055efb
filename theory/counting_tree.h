/* A tree of blocks whose counts grow while it is walked: what coding with a token tree needs
 * (theory/token_tree.h is built once and then read; it holds the same counts in less room).
 *
 * A block is a path of `depth` bits from the root, most significant first. n_v is the number of
 * blocks counted that begin with node v. Nodes with a single child are joined into the edge above:
 * two nodes of 32 bytes for each block that differs from all others, whatever the depth.
 */
#ifndef SB_THEORY_COUNTING_TREE_H
#define SB_THEORY_COUNTING_TREE_H

#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

struct sb_counting_tree;

/* Domain: 1 <= depth <= 64; else SB_DOMAIN and *tree = NULL. */
enum sb_status sb_counting_tree_create(unsigned depth, struct sb_counting_tree **tree);
void sb_counting_tree_free(struct sb_counting_tree *tree);

/* Counts a block `count` times: its bits left-aligned in 64, zeros behind. Walks begun before are void.
 * O(depth). SB_MEMORY, or SB_LIMIT beyond 2^31 different blocks, leaves the tree as it was. */
enum sb_status sb_counting_tree_add(struct sb_counting_tree *tree, uint64_t bits, uint64_t count);

/* The blocks counted. */
uint64_t sb_counting_tree_n(const struct sb_counting_tree *tree);

/* A walk down from the root, at a node v of `length` bits. */
struct sb_counting_walk {
    uint64_t count;  /* n_v */
    unsigned length; /* of v */
    uint32_t node;   /* the walk's own: the first branching node or leaf at or below v */
};
struct sb_counting_walk sb_counting_tree_root(const struct sb_counting_tree *tree);

/* n of v's children 0 and 1, whose sum is n_v. Domain: length < depth. O(1). */
void sb_counting_tree_children(const struct sb_counting_tree *tree,
                               const struct sb_counting_walk *walk, uint64_t counts[2]);

/* Goes to child 0 or 1, whether or not blocks were counted there. Domain: length < depth. O(1). */
void sb_counting_tree_step(const struct sb_counting_tree *tree, struct sb_counting_walk *walk,
                           unsigned bit);

#endif
