#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/tree_drawing.h"
#include "theory/huffman.h"
#include "theory/numeric.h"

/* A leaf that is drawn, and its codeword. */
struct drawn_leaf {
    struct sb_leaf leaf;
    uint64_t codeword;
    unsigned codeword_length;
};

/* ---- which leaves -------------------------------------------------------------------------- */

/* The codewords of all leaves. */
static enum sb_status find_codewords(const double *counts, size_t n, uint16_t **lengths,
                                     uint64_t **codewords)
{
    uint16_t *new_lengths = malloc(n * sizeof *new_lengths);
    uint64_t *new_codewords = malloc(n * sizeof *new_codewords);
    enum sb_status status = new_lengths && new_codewords ? SB_OK : SB_MEMORY;
    if (!status)
        status = sb_huffman_lengths(counts, n, new_lengths);
    if (!status)
        status = sb_huffman_codes(new_lengths, n, new_codewords);
    if (status) {
        free(new_lengths);
        free(new_codewords);
        return status;
    }
    *lengths = new_lengths;
    *codewords = new_codewords;
    return SB_OK;
}

/* The heaviest leaves: those above *threshold, and the first *n_equal at it. */
static enum sb_status find_threshold(const double *counts, size_t n, size_t most, double *threshold,
                                     size_t *n_equal)
{
    double *sorted = malloc(n * sizeof *sorted);
    if (!sorted)
        return SB_MEMORY;
    memcpy(sorted, counts, n * sizeof *sorted);
    sb_sort(sorted, n);
    size_t first = n - most;
    *threshold = sorted[first];
    *n_equal = 0;
    while (first + *n_equal < n && sorted[first + *n_equal] == *threshold)
        ++*n_equal;
    free(sorted);
    return SB_OK;
}

static enum sb_status choose_leaves(struct tree_drawing *drawing, const struct sb_token_tree *tree,
                                    const double *counts, struct drawn_leaf *leaves)
{
    uint16_t *lengths;
    uint64_t *codewords;
    double threshold;
    size_t n_equal;
    enum sb_status status =
        find_threshold(counts, drawing->n_leaves, drawing->n_drawn, &threshold, &n_equal);
    if (!status)
        status = find_codewords(counts, drawing->n_leaves, &lengths, &codewords);
    if (status)
        return status;
    struct sb_leaf leaf;
    size_t k = 0, x = 0;
    uint64_t count = 0;
    for (size_t cursor = 0;
         sb_token_tree_next_leaf(tree, sb_token_tree_depth(tree), &cursor, &leaf); x++) {
        if (counts[x] < threshold || (counts[x] == threshold && n_equal == 0))
            continue;
        n_equal -= counts[x] == threshold;
        count += leaf.count;
        leaves[k++] = (struct drawn_leaf){ leaf, codewords[x], lengths[x] };
    }
    drawing->drawn_mass = (double)count / (double)drawing->n;
    free(lengths);
    free(codewords);
    return SB_OK;
}

/* ---- nodes --------------------------------------------------------------------------------- */

static bool bit_at(uint64_t bits, unsigned position)
{
    return bits >> (63 - position) & 1;
}

static unsigned common_length(const struct sb_leaf *a, const struct sb_leaf *b)
{
    unsigned length = 0;
    while (length < a->length && length < b->length &&
           bit_at(a->bits, length) == bit_at(b->bits, length))
        length++;
    return length;
}

/* What the recursion over the leaves shares. */
struct layout {
    const struct sb_token_tree *tree;
    const struct drawn_leaf *leaves;
    struct tree_drawing *drawing;
};

static size_t add_node(const struct layout *layout, size_t begin, size_t end, size_t parent);

/* The end leaf, the paths that go on with 0, those that go on with 1: what there is of them. */
static void add_children(const struct layout *layout, size_t begin, size_t end, size_t id)
{
    struct tree_node *nodes = layout->drawing->nodes;
    unsigned length = nodes[id].length;
    size_t ends = begin + (layout->leaves[begin].leaf.length == length), middle = ends;
    while (middle < end && !bit_at(layout->leaves[middle].leaf.bits, length))
        middle++;
    const size_t bounds[] = { begin, ends, middle, end };
    size_t first = 0, last = 0;
    for (int child = 0; child < 3; child++)
        if (bounds[child] < bounds[child + 1]) {
            last = add_node(layout, bounds[child], bounds[child + 1], id);
            first = first ? first : last;
        }
    nodes[last].is_last = true;
    nodes[id].x = (nodes[first].x + nodes[last].x) / 2;
}

/* The node at which the paths to leaves begin..end-1 part, and all below it. Returns its place. */
static size_t add_node(const struct layout *layout, size_t begin, size_t end, size_t parent)
{
    const struct drawn_leaf *first = &layout->leaves[begin], *last = &layout->leaves[end - 1];
    size_t id = layout->drawing->n_nodes++;
    struct tree_node *node = &layout->drawing->nodes[id];
    *node = (struct tree_node){ .parent = parent, .is_leaf = end - begin == 1 };
    node->length = node->is_leaf ? first->leaf.length : common_length(&first->leaf, &last->leaf);
    node->bits = node->length == 0 ? 0 : first->leaf.bits & UINT64_MAX << (64 - node->length);
    node->is_end = node->is_leaf && node->length < sb_token_tree_depth(layout->tree);
    node->y = node->length + node->is_end;
    if (node->is_leaf) {
        node->count = first->leaf.count;
        node->x = (double)begin;
        node->codeword = first->codeword;
        node->codeword_length = first->codeword_length;
    } else {
        node->count = sb_token_tree_node_count(layout->tree, node->bits, node->length);
        add_children(layout, begin, end, id);
    }
    return id;
}

enum sb_status tree_drawing_init(struct tree_drawing *drawing, const struct sb_token_tree *tree,
                                 size_t most_leaves)
{
    double *counts;
    struct tree_drawing new = { .n = sb_token_tree_n(tree) };
    if (sb_token_tree_leaf_counts(tree, sb_token_tree_depth(tree), &counts, &new.n_leaves))
        return SB_MEMORY;
    new.n_drawn = new.n_leaves < most_leaves ? new.n_leaves : most_leaves;
    struct drawn_leaf *leaves = malloc(new.n_drawn * sizeof *leaves);
    new.nodes = malloc(2 * new.n_drawn * sizeof *new.nodes);
    enum sb_status status = leaves && new.nodes ? SB_OK : SB_MEMORY;
    if (!status)
        status = choose_leaves(&new, tree, counts, leaves);
    if (!status) {
        const struct layout layout = { tree, leaves, &new };
        add_node(&layout, 0, new.n_drawn, 0);
        *drawing = new;
    } else {
        free(new.nodes);
    }
    free(counts);
    free(leaves);
    return status;
}

void tree_drawing_clear(struct tree_drawing *drawing)
{
    free(drawing->nodes);
    *drawing = (struct tree_drawing){ 0 };
}

/* ---- text ---------------------------------------------------------------------------------- */

void tree_node_bits(const struct tree_node *node, unsigned from, char text[TREE_TEXT_SIZE])
{
    for (unsigned b = from; b < node->length; b++)
        *text++ = bit_at(node->bits, b) ? '1' : '0';
    if (node->is_end)
        *text++ = '.';
    *text = 0;
}

void tree_node_label(const struct tree_node *node, char text[TREE_TEXT_SIZE])
{
    if (node->length % 8 != 0) {
        tree_node_bits(node, 0, text);
        return;
    }
    char *end = text;
    *end++ = '\'';
    for (unsigned b = 0; b < node->length; b += 8) {
        unsigned byte = (unsigned)(node->bits >> (56 - b)) & 0xff;
        bool plain = byte >= 0x20 && byte < 0x7f && byte != '\\' && byte != '<';
        end += plain ? sprintf(end, "%c", byte) : sprintf(end, "<%02x>", byte);
    }
    strcpy(end, node->is_end ? "'." : "'");
}

void tree_node_codeword(const struct tree_node *node, char text[TREE_TEXT_SIZE])
{
    for (unsigned b = node->codeword_length; b-- > 0;)
        *text++ = node->codeword >> b & 1 ? '1' : '0';
    *text = 0;
}
