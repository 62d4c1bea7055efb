#include "estimators/gram_counts.h"

#include <stdlib.h>
#include "theory/radix_sort.h"

enum { BATCH_MAX = 1 << 22, BATCH_MIN = 1 << 10 };

/* A quarter of the bound for a batch and its scratch, the rest for two lists. */
static size_t batch_most(const struct sb_gram_counts *counts)
{
    size_t n = counts->n_bytes_max / 4 / (2 * sizeof *counts->batch);
    return n < BATCH_MAX ? n : BATCH_MAX;
}

/* Two sorted lists into one. The second is of keys, with repetitions. */
static size_t merge(const uint64_t *pairs, size_t n, const uint64_t *keys, size_t n_keys,
                    uint64_t *merged)
{
    size_t i = 0, j = 0, n_merged = 0;
    while (i < n || j < n_keys) {
        uint64_t key = j == n_keys || (i < n && pairs[2 * i] <= keys[j]) ? pairs[2 * i] : keys[j];
        uint64_t count = 0;
        if (i < n && pairs[2 * i] == key)
            count = pairs[2 * i++ + 1];
        for (; j < n_keys && keys[j] == key; j++)
            count++;
        merged[2 * n_merged] = key;
        merged[2 * n_merged++ + 1] = count;
    }
    return n_merged;
}

static enum sb_status merge_batch(struct sb_gram_counts *counts)
{
    if (!counts->n_batch)
        return SB_OK;
    uint64_t *scratch = malloc(counts->n_batch * sizeof *scratch);
    if (!scratch)
        return SB_MEMORY;
    const uint64_t *keys = sb_radix_sort(counts->batch, scratch, counts->n_batch);
    size_t n_new = 0;
    for (size_t i = 0; i < counts->n_batch; i++)
        n_new += i == 0 || keys[i] != keys[i - 1];
    size_t n_most = counts->n + n_new, pair_bytes = 2 * sizeof *counts->pairs;
    uint64_t *merged = NULL;
    enum sb_status status = SB_LIMIT;
    if (counts->n + n_most <= counts->n_bytes_max / 4 * 3 / pair_bytes) {
        merged = malloc(n_most * pair_bytes);
        status = merged ? SB_OK : SB_MEMORY;
    }
    if (!status) {
        counts->n = merge(counts->pairs, counts->n, keys, counts->n_batch, merged);
        free(counts->pairs);
        counts->pairs = merged;
        counts->n_batch = 0;
    }
    free(scratch);
    return status;
}

enum sb_status sb_gram_counts_add(struct sb_gram_counts *counts, uint64_t key)
{
    if (counts->n_batch == batch_most(counts)) {
        enum sb_status status = merge_batch(counts);
        if (status)
            return status;
    }
    if (counts->n_batch == counts->batch_capacity) {
        size_t capacity = counts->batch_capacity ? 2 * counts->batch_capacity : BATCH_MIN;
        if (capacity > batch_most(counts))
            capacity = batch_most(counts);
        uint64_t *batch = realloc(counts->batch, capacity * sizeof *batch);
        if (!batch)
            return SB_MEMORY;
        counts->batch = batch;
        counts->batch_capacity = capacity;
    }
    counts->batch[counts->n_batch++] = key;
    return SB_OK;
}

enum sb_status sb_gram_counts_finish(struct sb_gram_counts *counts)
{
    enum sb_status status = merge_batch(counts);
    free(counts->batch);
    counts->batch = NULL;
    counts->n_batch = counts->batch_capacity = 0;
    return status;
}

enum sb_status sb_gram_counts_shorten(struct sb_gram_counts *counts, uint64_t mask, int how_many)
{
    uint64_t *pairs = counts->pairs, *scratch = malloc((counts->n + 1) * 2 * sizeof *scratch);
    if (!scratch)
        return SB_MEMORY;
    for (size_t i = 0; i < counts->n; i++) {
        pairs[2 * i] &= mask;
        if (how_many)
            pairs[2 * i + 1] = 1;
    }
    uint64_t *sorted = counts->n ? sb_radix_sort_pairs(pairs, scratch, counts->n) : pairs;
    size_t n = 0;
    for (size_t i = 0; i < counts->n; i++) {
        if (n && sorted[2 * n - 2] == sorted[2 * i]) {
            sorted[2 * n - 1] += sorted[2 * i + 1];
        } else {
            sorted[2 * n] = sorted[2 * i];
            sorted[2 * n + 1] = sorted[2 * i + 1];
            n++;
        }
    }
    free(sorted == pairs ? scratch : pairs);
    counts->pairs = sorted;
    counts->n = n;
    return SB_OK;
}

void sb_gram_counts_clear(struct sb_gram_counts *counts)
{
    free(counts->pairs);
    free(counts->batch);
    *counts = (struct sb_gram_counts){ .n_bytes_max = counts->n_bytes_max };
}
