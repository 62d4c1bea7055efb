#include "theory/counting_tree.h"

#include <stdlib.h>

enum { NOWHERE = 0 }; /* nodes count from 1 */

static const uint32_t NODES_MAX = UINT32_MAX - 2;

/* A branching node (length < depth) or a leaf, at the lower end of its edge. */
struct node {
    uint64_t bits; /* from the root; left-aligned, zeros behind */
    uint64_t count;
    uint32_t children[2]; /* both, or of a leaf none */
    unsigned length;
};

struct sb_counting_tree {
    unsigned depth;
    uint32_t root, n, capacity; /* n: nodes in use, with the unused first one */
    struct node *nodes;
};

enum sb_status sb_counting_tree_create(unsigned depth, struct sb_counting_tree **tree)
{
    *tree = NULL;
    if (depth < 1 || depth > 64)
        return SB_DOMAIN;
    struct sb_counting_tree *new = calloc(1, sizeof *new);
    if (!new || !(new->nodes = calloc(64, sizeof *new->nodes))) {
        free(new);
        return SB_MEMORY;
    }
    new->depth = depth;
    new->capacity = 64;
    new->n = 1;
    *tree = new;
    return SB_OK;
}

void sb_counting_tree_free(struct sb_counting_tree *tree)
{
    if (tree)
        free(tree->nodes);
    free(tree);
}

uint64_t sb_counting_tree_n(const struct sb_counting_tree *tree)
{
    return tree->nodes[tree->root].count; /* 0 of nowhere */
}

static unsigned bit_at(uint64_t bits, unsigned position)
{
    return (unsigned)(bits >> (63 - position) & 1);
}

/* The number of leading bits in which two strings agree, at most length. */
static unsigned common_length(uint64_t a, uint64_t b, unsigned length)
{
    unsigned r = 0;
    for (uint64_t differ = a ^ b; r < length && !(differ >> 63); differ <<= 1)
        r++;
    return r;
}

/* Room for the two nodes that a new block can take. */
static enum sb_status make_room(struct sb_counting_tree *tree)
{
    if (tree->n > NODES_MAX - 2)
        return SB_LIMIT;
    if (tree->capacity - tree->n >= 2)
        return SB_OK;
    uint32_t capacity = tree->capacity > NODES_MAX / 2 ? NODES_MAX : 2 * tree->capacity;
    struct node *nodes = realloc(tree->nodes, capacity * sizeof *nodes);
    if (!nodes)
        return SB_MEMORY;
    tree->nodes = nodes;
    tree->capacity = capacity;
    return SB_OK;
}

static uint32_t new_leaf(struct sb_counting_tree *tree, uint64_t bits, uint64_t count)
{
    tree->nodes[tree->n] = (struct node){ bits, count, { NOWHERE, NOWHERE }, tree->depth };
    return tree->n++;
}

/* Cuts the edge above a node after `length` bits, where a new leaf branches off. */
static uint32_t branch(struct sb_counting_tree *tree, uint32_t below, uint64_t bits, uint64_t count,
                       unsigned length)
{
    uint64_t shared = length ? bits & UINT64_MAX << (64 - length) : 0;
    struct node new = { shared, tree->nodes[below].count + count, { below, below }, length };
    new.children[bit_at(bits, length)] = new_leaf(tree, bits, count);
    tree->nodes[tree->n] = new;
    return tree->n++;
}

enum sb_status sb_counting_tree_add(struct sb_counting_tree *tree, uint64_t bits, uint64_t count)
{
    enum sb_status status = make_room(tree);
    if (status)
        return status;
    uint32_t *link = &tree->root;
    while (*link != NOWHERE) {
        struct node *node = &tree->nodes[*link];
        unsigned length = common_length(bits, node->bits, node->length);
        if (length < node->length) {
            *link = branch(tree, *link, bits, count, length);
            return SB_OK;
        }
        node->count += count;
        if (length == tree->depth)
            return SB_OK;
        link = &node->children[bit_at(bits, length)];
    }
    *link = new_leaf(tree, bits, count);
    return SB_OK;
}

struct sb_counting_walk sb_counting_tree_root(const struct sb_counting_tree *tree)
{
    return (struct sb_counting_walk){ sb_counting_tree_n(tree), 0, tree->root };
}

void sb_counting_tree_children(const struct sb_counting_tree *tree,
                               const struct sb_counting_walk *walk, uint64_t counts[2])
{
    const struct node *node = &tree->nodes[walk->node];
    counts[0] = counts[1] = 0;
    if (walk->node == NOWHERE)
        return;
    if (walk->length < node->length)
        counts[bit_at(node->bits, walk->length)] = node->count;
    else
        for (int b = 0; b < 2; b++)
            counts[b] = tree->nodes[node->children[b]].count;
}

void sb_counting_tree_step(const struct sb_counting_tree *tree, struct sb_counting_walk *walk,
                           unsigned bit)
{
    const struct node *node = &tree->nodes[walk->node];
    unsigned length = walk->length++;
    if (walk->node == NOWHERE)
        return;
    if (length == node->length)
        walk->node = node->children[bit];
    else if (bit_at(node->bits, length) != bit)
        walk->node = NOWHERE;
    walk->count = tree->nodes[walk->node].count;
}
