#include "theory/huffman.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "theory/numeric.h"
#include "theory/radix_sort.h"

enum { CODE_BITS_MAX = 64 };

/* The symbols of positive weight in order of weight, then of index. */
struct sorted {
    size_t n;
    uint64_t *memory;      /* 4 n words: the pairs and the spare half of the sort */
    const uint64_t *pairs; /* (weight, symbol), the weight as a double's bits */
    uint64_t *spare;       /* 2 n words, free for use */
};

static double weight_at(const struct sorted *sorted, size_t i)
{
    double weight;
    memcpy(&weight, &sorted->pairs[2 * i], sizeof weight);
    return weight;
}

static size_t symbol_at(const struct sorted *sorted, size_t i)
{
    return (size_t)sorted->pairs[2 * i + 1];
}

static enum sb_status check_weights(const double *weights, size_t n, size_t *n_positive)
{
    size_t positive = 0;
    double sum = 0;
    for (size_t x = 0; x < n; x++) {
        if (!(weights[x] >= 0))
            return SB_DOMAIN;
        positive += weights[x] > 0;
        sum += weights[x];
    }
    if (!(sum > 0) || isinf(sum))
        return SB_DOMAIN;
    *n_positive = positive;
    return SB_OK;
}

static enum sb_status sort_symbols(const double *weights, size_t n, struct sorted *sorted)
{
    size_t n_positive = 0;
    enum sb_status status = check_weights(weights, n, &n_positive);
    if (status)
        return status;
    uint64_t *memory = malloc(4 * n_positive * sizeof *memory), *pair = memory;
    if (!memory)
        return SB_MEMORY;
    for (size_t x = 0; x < n; x++)
        if (weights[x] > 0) {
            memcpy(pair, &weights[x], sizeof weights[x]);
            pair[1] = x;
            pair += 2;
        }
    uint64_t *pairs = sb_radix_sort_pairs(memory, pair, n_positive);
    *sorted = (struct sorted){ n_positive, memory, pairs, pairs == memory ? pair : memory };
    return SB_OK;
}

/* ---- Huffman's algorithm --------------------------------------------------------------------- */

/* Nodes 0..n-1 are the sorted symbols, n..2n-2 the merged nodes in the order of their making, which is
 * ascending too: the two lightest nodes are always at the heads of the two queues. */
static void merge_lightest(const struct sorted *sorted, double *merged, uint64_t *parents)
{
    size_t n = sorted->n, leaf = 0, node = 0;
    for (size_t made = 0; made + 1 < n; made++) {
        double weight = 0;
        for (int child = 0; child < 2; child++) {
            bool take_leaf = leaf < n && (node == made || weight_at(sorted, leaf) <= merged[node]);
            weight += take_leaf ? weight_at(sorted, leaf) : merged[node];
            parents[take_leaf ? leaf++ : n + node++] = made;
        }
        merged[made] = weight;
    }
}

/* Depths from the root, the last merged node, downwards. */
static void assign_depths(const struct sorted *sorted, const uint64_t *parents,
                          uint16_t *node_depths, uint16_t *lengths)
{
    size_t n = sorted->n;
    node_depths[n - 2] = 0;
    for (size_t node = n - 2; node-- > 0;)
        node_depths[node] = (uint16_t)(node_depths[parents[n + node]] + 1);
    for (size_t leaf = 0; leaf < n; leaf++)
        lengths[symbol_at(sorted, leaf)] = (uint16_t)(node_depths[parents[leaf]] + 1);
}

enum sb_status sb_huffman_lengths(const double *weights, size_t n, uint16_t *lengths)
{
    struct sorted sorted;
    enum sb_status status = sort_symbols(weights, n, &sorted);
    if (status)
        return status;
    double *merged = malloc(sorted.n * sizeof *merged);
    uint16_t *node_depths = malloc(sorted.n * sizeof *node_depths);
    if (merged && node_depths) {
        memset(lengths, 0, n * sizeof *lengths);
        if (sorted.n > 1) {
            merge_lightest(&sorted, merged, sorted.spare);
            assign_depths(&sorted, sorted.spare, node_depths, lengths);
        }
    } else {
        status = SB_MEMORY;
    }
    free(merged);
    free(node_depths);
    free(sorted.memory);
    return status;
}

/* ---- package-merge --------------------------------------------------------------------------- */

/* One round: the symbols merged with packages of two neighbours of the list before. Writes the weights
 * of the new list, and which of its items are symbols. A symbol precedes a package of equal weight. */
static size_t next_list(const struct sorted *sorted, const double *list, size_t n_list,
                        double *next, bool *is_symbol)
{
    size_t symbol = 0, package = 0, n_packages = n_list / 2, k = 0;
    while (symbol < sorted->n || package < n_packages) {
        double packed = package < n_packages ? list[2 * package] + list[2 * package + 1] : INFINITY;
        is_symbol[k] = symbol < sorted->n && weight_at(sorted, symbol) <= packed;
        next[k] = is_symbol[k] ? weight_at(sorted, symbol) : packed;
        symbol += is_symbol[k];
        package += !is_symbol[k];
        k++;
    }
    return k;
}

/* The 2n - 2 lightest items of the last list, unpacked: a symbol is one bit longer for each list in
 * which it is taken. */
static void unpack(const bool *is_symbol, size_t stride, unsigned n_lists,
                   const struct sorted *sorted, uint16_t *lengths)
{
    size_t n_taken = 2 * sorted->n - 2;
    for (unsigned list = n_lists; list-- > 0;) {
        size_t n_symbols = 0;
        for (size_t item = 0; item < n_taken; item++)
            n_symbols += is_symbol[list * stride + item];
        for (size_t symbol = 0; symbol < n_symbols; symbol++)
            lengths[symbol_at(sorted, symbol)]++;
        n_taken = 2 * (n_taken - n_symbols);
    }
}

static enum sb_status package_merge(const struct sorted *sorted, unsigned max_length,
                                    uint16_t *lengths, size_t n)
{
    size_t stride = 2 * sorted->n, n_list = 0;
    unsigned n_lists = max_length < sorted->n - 1 ? max_length : (unsigned)(sorted->n - 1);
    double *lists = malloc(2 * stride * sizeof *lists), *list = lists, *next = lists + stride;
    bool *is_symbol = calloc(n_lists, stride * sizeof *is_symbol);
    enum sb_status status = SB_MEMORY;
    if (lists && is_symbol) {
        for (unsigned round = 0; round < n_lists; round++) {
            n_list = next_list(sorted, list, n_list, next, is_symbol + round * stride);
            double *swap = list;
            list = next;
            next = swap;
        }
        memset(lengths, 0, n * sizeof *lengths);
        unpack(is_symbol, stride, n_lists, sorted, lengths);
        status = SB_OK;
    }
    free(lists);
    free(is_symbol);
    return status;
}

enum sb_status sb_huffman_limited_lengths(const double *weights, size_t n, unsigned max_length,
                                          uint16_t *lengths)
{
    struct sorted sorted;
    enum sb_status status = sort_symbols(weights, n, &sorted);
    if (status)
        return status;
    if (max_length < 64 && sorted.n > (uint64_t)1 << max_length)
        status = SB_DOMAIN;
    else if (sorted.n == 1)
        memset(lengths, 0, n * sizeof *lengths);
    else
        status = package_merge(&sorted, max_length, lengths, n);
    free(sorted.memory);
    return status;
}

/* ---- means and words ------------------------------------------------------------------------- */

enum sb_status sb_huffman_mean_bits(const double *weights, const uint16_t *lengths, size_t n,
                                    double *mean_bits)
{
    size_t n_positive;
    enum sb_status status = check_weights(weights, n, &n_positive);
    if (status)
        return status;
    struct sb_sum bits = { 0 }, sum = { 0 };
    for (size_t x = 0; x < n; x++) {
        sb_sum_add(&bits, weights[x] * lengths[x]);
        sb_sum_add(&sum, weights[x]);
    }
    *mean_bits = sb_sum_value(&bits) / sb_sum_value(&sum);
    return SB_OK;
}

enum sb_status sb_huffman_codes(const uint16_t *lengths, size_t n, uint64_t *codes)
{
    size_t counts[CODE_BITS_MAX + 1] = { 0 };
    for (size_t x = 0; x < n; x++) {
        if (lengths[x] > CODE_BITS_MAX)
            return SB_LIMIT;
        counts[lengths[x]]++;
    }
    /* The first word of a length follows the last of the length before, with a zero appended. `unused`
     * words of each length are left, capped where there are more than symbols. */
    uint64_t next[CODE_BITS_MAX + 1] = { 0 };
    uint64_t unused = 1;
    for (int length = 1; length <= CODE_BITS_MAX; length++) {
        unused = unused > n ? unused : 2 * unused;
        if (counts[length] > unused)
            return SB_DOMAIN;
        unused -= counts[length];
        if (length < CODE_BITS_MAX)
            next[length + 1] = (next[length] + counts[length]) << 1;
    }
    for (size_t x = 0; x < n; x++)
        codes[x] = lengths[x] == 0 ? 0 : next[lengths[x]]++;
    return SB_OK;
}
