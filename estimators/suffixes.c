#include "estimators/suffixes.h"

#include <stdlib.h>
#include <string.h>

static const size_t N_MAX = (size_t)1 << 31;

void sb_suffixes_clear(struct sb_suffixes *suffixes)
{
    free(suffixes->order);
    *suffixes = (struct sb_suffixes){ 0 };
}

/* One round: order is sorted by the first `step` symbols, rank holds those classes; sorts by twice as
 * many and returns the number of classes. moved and counts are scratch. */
static size_t double_order(size_t n, size_t step, uint32_t *order, uint32_t *rank, uint32_t *moved,
                           uint32_t *counts, size_t n_classes)
{
    /* By the second half: suffixes that have none come first, then those before the sorted ones. */
    size_t to = 0;
    for (size_t i = n - (step < n ? step : n); i < n; i++)
        moved[to++] = (uint32_t)i;
    for (size_t k = 0; k < n; k++)
        if (order[k] >= step)
            moved[to++] = order[k] - (uint32_t)step;
    /* By the first half, keeping that order. */
    memset(counts, 0, (n_classes + 1) * sizeof *counts);
    for (size_t i = 0; i < n; i++)
        counts[rank[i] + 1]++;
    for (size_t c = 0; c < n_classes; c++)
        counts[c + 1] += counts[c];
    for (size_t k = 0; k < n; k++)
        order[counts[rank[moved[k]]]++] = moved[k];
    /* New classes, in moved. */
    size_t classes = 0;
    for (size_t k = 0; k < n; k++) {
        if (k > 0) {
            size_t a = order[k - 1], b = order[k];
            uint32_t tail_a = a + step < n ? rank[a + step] + 1 : 0;
            uint32_t tail_b = b + step < n ? rank[b + step] + 1 : 0;
            classes += rank[a] != rank[b] || tail_a != tail_b;
        }
        moved[order[k]] = (uint32_t)classes;
    }
    memcpy(rank, moved, n * sizeof *rank);
    return classes + 1;
}

/* Kasai, Lee, Arimura, Arikawa and Park (2001): what suffix i shares with its neighbour, suffix i + 1
 * shares but for one symbol with something. */
static void find_common(const uint32_t *symbols, size_t n, const uint32_t *order,
                        const uint32_t *rank, uint32_t *common)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        if (rank[i] == 0) {
            common[0] = 0;
            length = 0;
            continue;
        }
        size_t j = order[rank[i] - 1];
        while (i + length < n && j + length < n && symbols[i + length] == symbols[j + length])
            length++;
        common[rank[i]] = (uint32_t)length;
        length -= length > 0;
    }
}

enum sb_status sb_suffixes_init(struct sb_suffixes *suffixes, const uint32_t *symbols, size_t n,
                                uint32_t n_symbols)
{
    if (n >= N_MAX || n_symbols >= N_MAX)
        return SB_LIMIT;
    for (size_t i = 0; i < n; i++)
        if (symbols[i] >= n_symbols)
            return SB_DOMAIN;
    if (n == 0)
        return SB_DOMAIN;
    size_t most_classes = n > n_symbols ? n : n_symbols;
    uint32_t *result = malloc(2 * n * sizeof *result);
    uint32_t *scratch = malloc((2 * n + most_classes + 1) * sizeof *scratch);
    if (!result || !scratch) {
        free(result);
        free(scratch);
        return SB_MEMORY;
    }
    uint32_t *order = result, *rank = scratch, *moved = scratch + n, *counts = scratch + 2 * n;
    memcpy(rank, symbols, n * sizeof *rank);
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    /* A step of 0 symbols leaves the order as it is and sorts by the first symbol. */
    memset(counts, 0, ((size_t)n_symbols + 1) * sizeof *counts);
    for (size_t i = 0; i < n; i++)
        counts[rank[i] + 1]++;
    for (size_t c = 0; c < n_symbols; c++)
        counts[c + 1] += counts[c];
    for (size_t i = 0; i < n; i++)
        order[counts[rank[i]]++] = (uint32_t)i;
    size_t n_classes = 0;
    for (size_t k = 0; k < n; k++) {
        n_classes += k > 0 && symbols[order[k]] != symbols[order[k - 1]];
        rank[order[k]] = (uint32_t)n_classes;
    }
    n_classes++;
    for (size_t step = 1; n_classes < n && step < n; step *= 2)
        n_classes = double_order(n, step, order, rank, moved, counts, n_classes);
    find_common(symbols, n, order, rank, result + n);
    free(scratch);
    *suffixes = (struct sb_suffixes){ n, order, result + n };
    return SB_OK;
}

enum sb_status sb_suffixes_matches(const struct sb_suffixes *s, uint32_t *before,
                                   uint32_t *elsewhere)
{
    size_t n = s->n;
    /* A list of ranks in order, from which places go, the last one first: what is left of it are the
     * places before; common[k] is what rank k shares with the one left before it in the list. */
    uint32_t *memory = malloc((4 * n + 2) * sizeof *memory);
    if (!memory)
        return SB_MEMORY;
    uint32_t *rank = memory, *common = rank + n, *previous = common + n + 1, *next = previous + n;
    for (size_t k = 0; k < n; k++) {
        rank[s->order[k]] = (uint32_t)k;
        common[k] = s->common[k];
        previous[k] = (uint32_t)(k - 1); /* of 0: never used */
        next[k] = (uint32_t)(k + 1);
    }
    common[n] = 0; /* the end of the list */
    for (size_t i = n; i-- > 0;) {
        size_t k = rank[i], after = next[k];
        uint32_t left = common[k], right = after < n ? common[after] : 0;
        before[i] = left > right ? left : right;
        left = s->common[k];
        right = k + 1 < n ? s->common[k + 1] : 0;
        elsewhere[i] = left > right ? left : right;
        if (after < n) {
            common[after] = common[k] < common[after] ? common[k] : common[after];
            previous[after] = previous[k];
        }
        if (previous[k] < n)
            next[previous[k]] = (uint32_t)after;
    }
    free(memory);
    return SB_OK;
}
