/* The distributions of several datasets on one set of leaves (docs/theory.md, D1): what mixtures, kappa
 * and the layers of R9 take. The leaves are the union of the leaves of the pruned trees.
 */
#ifndef SB_THEORY_TREE_ALIGNMENT_H
#define SB_THEORY_TREE_ALIGNMENT_H

#include <stddef.h>
#include "theory/status.h"
#include "theory/token_tree.h"

struct sb_tree_alignment {
    unsigned depth; /* at which the trees are pruned */
    size_t n_trees, n_leaves;
    struct sb_leaf
        *leaves; /* (n_leaves): in the order of a tree; count is the sum over the trees */
    double *p;   /* (n_trees, n_leaves): p[i * n_leaves + x] = n_x / n of tree i */
};

/* Aligns finished trees, pruned at `depth`. Domain: one reading, depth <= the depth of each tree,
 * n >= 1 in each, n_trees >= 1; else SB_DOMAIN. The alignment is to be cleared.
 * O(n_trees (leaves of the trees + leaves of the union)). */
enum sb_status sb_tree_alignment_init(struct sb_tree_alignment *alignment,
                                      const struct sb_token_tree *const *trees, size_t n_trees,
                                      unsigned depth);
void sb_tree_alignment_clear(struct sb_tree_alignment *alignment);

/* parents[x]: the leaf of `coarse` into which leaf x of `fine` is merged. Both align the same trees,
 * coarse->depth <= fine->depth. O(leaves). */
void sb_tree_alignment_parents(const struct sb_tree_alignment *coarse,
                               const struct sb_tree_alignment *fine, size_t *parents);

#endif
