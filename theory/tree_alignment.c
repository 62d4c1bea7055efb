#include "theory/tree_alignment.h"

#include <stdlib.h>

/* A walk through the leaves of one tree. */
struct walk {
    const struct sb_token_tree *tree;
    unsigned depth;
    size_t cursor;
    bool at_leaf;
    struct sb_leaf leaf;
};

static void advance(struct walk *walk)
{
    walk->at_leaf = sb_token_tree_next_leaf(walk->tree, walk->depth, &walk->cursor, &walk->leaf);
}

static bool precedes(const struct sb_leaf *a, const struct sb_leaf *b)
{
    return a->bits < b->bits || (a->bits == b->bits && a->length < b->length);
}

/* The first leaf at which any of the walks stands; NULL when all are over. */
static const struct sb_leaf *first_leaf(const struct walk *walks, size_t n_trees)
{
    const struct sb_leaf *first = NULL;
    for (size_t i = 0; i < n_trees; i++)
        if (walks[i].at_leaf && (!first || precedes(&walks[i].leaf, first)))
            first = &walks[i].leaf;
    return first;
}

/* Walks all trees in step and returns the number of leaves of their union; fills what is not NULL. */
static size_t walk_union(struct walk *walks, size_t n_trees, struct sb_tree_alignment *fill)
{
    for (size_t i = 0; i < n_trees; i++) {
        walks[i].cursor = 0;
        advance(&walks[i]);
    }
    size_t x = 0;
    for (const struct sb_leaf *first; (first = first_leaf(walks, n_trees)); x++) {
        struct sb_leaf leaf = *first;
        leaf.count = 0;
        for (size_t i = 0; i < n_trees; i++) {
            struct walk *walk = &walks[i];
            bool here =
                walk->at_leaf && walk->leaf.bits == leaf.bits && walk->leaf.length == leaf.length;
            uint64_t count = here ? walk->leaf.count : 0;
            leaf.count += count;
            if (fill)
                fill->p[i * fill->n_leaves + x] =
                    (double)count / (double)sb_token_tree_n(walk->tree);
            if (here)
                advance(walk);
        }
        if (fill)
            fill->leaves[x] = leaf;
    }
    return x;
}

static enum sb_status check(const struct sb_token_tree *const *trees, size_t n_trees,
                            unsigned depth)
{
    if (n_trees == 0)
        return SB_DOMAIN;
    for (size_t i = 0; i < n_trees; i++)
        if (sb_token_tree_reading(trees[i]) != sb_token_tree_reading(trees[0]) ||
            depth > sb_token_tree_depth(trees[i]) || sb_token_tree_n(trees[i]) == 0)
            return SB_DOMAIN;
    return SB_OK;
}

enum sb_status sb_tree_alignment_init(struct sb_tree_alignment *alignment,
                                      const struct sb_token_tree *const *trees, size_t n_trees,
                                      unsigned depth)
{
    enum sb_status status = check(trees, n_trees, depth);
    if (status)
        return status;
    struct walk *walks = malloc(n_trees * sizeof *walks);
    if (!walks)
        return SB_MEMORY;
    for (size_t i = 0; i < n_trees; i++)
        walks[i] = (struct walk){ .tree = trees[i], .depth = depth };
    size_t n_leaves = walk_union(walks, n_trees, NULL);
    struct sb_tree_alignment new = { .depth = depth, .n_trees = n_trees, .n_leaves = n_leaves };
    new.leaves = malloc(n_leaves * sizeof *new.leaves);
    new.p = malloc(n_trees * n_leaves * sizeof *new.p);
    if (new.leaves &&new.p) {
        walk_union(walks, n_trees, &new);
        *alignment = new;
    } else {
        sb_tree_alignment_clear(&new);
        status = SB_MEMORY;
    }
    free(walks);
    return status;
}

void sb_tree_alignment_clear(struct sb_tree_alignment *alignment)
{
    free(alignment->leaves);
    free(alignment->p);
    *alignment = (struct sb_tree_alignment){ 0 };
}

static bool is_parent(const struct sb_leaf *parent, unsigned depth, const struct sb_leaf *leaf)
{
    unsigned length = leaf->length < depth ? leaf->length : depth;
    uint64_t mask = length == 0 ? 0 : UINT64_MAX << (64 - length);
    return parent->length == length && parent->bits == (leaf->bits & mask);
}

void sb_tree_alignment_parents(const struct sb_tree_alignment *coarse,
                               const struct sb_tree_alignment *fine, size_t *parents)
{
    /* Pruning keeps the order, so that one pass finds all. */
    size_t parent = 0;
    for (size_t x = 0; x < fine->n_leaves; x++) {
        while (!is_parent(&coarse->leaves[parent], coarse->depth, &fine->leaves[x]))
            parent++;
        parents[x] = parent;
    }
}
