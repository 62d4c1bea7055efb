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
    double *weights;
    size_t *symbols;
};

static void free_sorted(struct sorted *sorted)
{
    free(sorted->weights);
    free(sorted->symbols);
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
    uint64_t *pairs = malloc(4 * n_positive * sizeof *pairs);
    struct sorted new = { n_positive, malloc(n_positive * sizeof *new.weights),
                          malloc(n_positive * sizeof *new.symbols) };
    if (!pairs || !new.weights || !new.symbols) {
        free(pairs);
        free_sorted(&new);
        return SB_MEMORY;
    }
    size_t k = 0;
    for (size_t x = 0; x < n; x++)
        if (weights[x] > 0) {
            memcpy(&pairs[2 * k], &weights[x], sizeof weights[x]);
            pairs[2 * k + 1] = x;
            k++;
        }
    const uint64_t *result = sb_radix_sort_pairs(pairs, pairs + 2 * n_positive, n_positive);
    for (size_t i = 0; i < n_positive; i++) {
        memcpy(&new.weights[i], &result[2 * i], sizeof new.weights[i]);
        new.symbols[i] = (size_t)result[2 * i + 1];
    }
    free(pairs);
    *sorted = new;
    return SB_OK;
}

/* ---- Huffman's algorithm --------------------------------------------------------------------- */

/* Nodes 0..n-1 are the sorted symbols, n..2n-2 the merged nodes in the order of their making, which is
 * ascending too: the two lightest nodes are always at the heads of the two queues. */
static void merge_lightest(const double *leaf_weights, size_t n, double *merged, size_t *parents)
{
    size_t leaf = 0, node = 0;
    for (size_t made = 0; made + 1 < n; made++) {
        double weight = 0;
        for (int child = 0; child < 2; child++) {
            bool take_leaf = leaf < n && (node == made || leaf_weights[leaf] <= merged[node]);
            weight += take_leaf ? leaf_weights[leaf] : merged[node];
            parents[take_leaf ? leaf++ : n + node++] = made;
        }
        merged[made] = weight;
    }
}

/* Depths from the root, the last merged node, downwards. */
static void assign_depths(const size_t *parents, size_t n, uint16_t *node_depths,
                          const size_t *symbols, uint16_t *lengths)
{
    node_depths[n - 2] = 0;
    for (size_t node = n - 2; node-- > 0;)
        node_depths[node] = (uint16_t)(node_depths[parents[n + node]] + 1);
    for (size_t leaf = 0; leaf < n; leaf++)
        lengths[symbols[leaf]] = (uint16_t)(node_depths[parents[leaf]] + 1);
}

enum sb_status sb_huffman_lengths(const double *weights, size_t n, uint16_t *lengths)
{
    struct sorted sorted;
    enum sb_status status = sort_symbols(weights, n, &sorted);
    if (status)
        return status;
    size_t n_codes = sorted.n;
    double *merged = malloc(n_codes * sizeof *merged);
    size_t *parents = malloc(2 * n_codes * sizeof *parents);
    uint16_t *node_depths = malloc(n_codes * sizeof *node_depths);
    if (merged && parents && node_depths) {
        memset(lengths, 0, n * sizeof *lengths);
        if (n_codes > 1) {
            merge_lightest(sorted.weights, n_codes, merged, parents);
            assign_depths(parents, n_codes, node_depths, sorted.symbols, lengths);
        }
    } else {
        status = SB_MEMORY;
    }
    free(merged);
    free(parents);
    free(node_depths);
    free_sorted(&sorted);
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
        is_symbol[k] = symbol < sorted->n && sorted->weights[symbol] <= packed;
        next[k] = is_symbol[k] ? sorted->weights[symbol] : packed;
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
            lengths[sorted->symbols[symbol]]++;
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
    free_sorted(&sorted);
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
