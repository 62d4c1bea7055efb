/* A token tree laid out for drawing: the heaviest leaves, and the nodes where their paths part. Nodes
 * with a single child that is drawn are joined with it, so that abracadabra fits on a screen.
 */
#ifndef SB_CLI_TREE_DRAWING_H
#define SB_CLI_TREE_DRAWING_H

#include "theory/status.h"
#include "theory/token_tree.h"

enum { TREE_TEXT_SIZE = SB_TREE_DEPTH_MAX + 2 };

struct tree_node {
    size_t parent;        /* before it in the list; the root is its own */
    uint64_t bits, count; /* as in struct sb_leaf */
    unsigned length;      /* depth in bits */
    bool is_leaf, is_end; /* is_end: a leaf above the largest depth */
    bool is_last;         /* among its parent's children */
    double x, y;          /* place of the leaf, or the middle of the children; depth, ends below */
    uint64_t codeword;    /* of a leaf: in the Huffman code of the whole tree */
    unsigned codeword_length;
};

struct tree_drawing {
    uint64_t n;      /* blocks or responses */
    size_t n_leaves; /* of the tree; n_drawn of them are among the nodes */
    size_t n_drawn;
    double drawn_mass;       /* of those */
    struct tree_node *nodes; /* each before its children, from left to right */
    size_t n_nodes;
};

/* Lays out the tree at its largest depth, with at most most_leaves >= 1 leaves. n >= 1. SB_LIMIT
 * where a codeword is beyond 64 bits. */
enum sb_status tree_drawing_init(struct tree_drawing *drawing, const struct sb_token_tree *tree,
                                 size_t most_leaves);
void tree_drawing_clear(struct tree_drawing *drawing);

/* The bits of a node from one depth on, as '0' and '1', and a '.' behind those of an end leaf. */
void tree_node_bits(const struct tree_node *node, unsigned from, char text[TREE_TEXT_SIZE]);
/* The bytes of a leaf in quotes, <0a> for what is no printable ASCII; bits where they are no bytes. */
void tree_node_label(const struct tree_node *node, char text[TREE_TEXT_SIZE]);
/* The codeword of a leaf as '0' and '1'. */
void tree_node_codeword(const struct tree_node *node, char text[TREE_TEXT_SIZE]);

#endif
