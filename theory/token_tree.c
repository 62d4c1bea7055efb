#include "theory/token_tree.h"

#include <math.h>
#include <stdlib.h>
#include "theory/code_length.h"
#include "theory/numeric.h"
#include "theory/radix_sort.h"

/* Full buffers are sorted into the tree. A buffer takes as many bit strings as the tree has leaves, so
 * that merging is linear in all, and at least this many, which are sorted within the cache. */
static const size_t BUFFER_MIN = (size_t)1 << 18;

enum {
    N_BUFFERS = SB_TREE_DEPTH_MAX / 8 + 1, /* end leaves of 0, 8, ..., 56 bits; all others */
    FULL = N_BUFFERS - 1,
    INDEX_BITS_MAX = 16
};

/* Leaves in order of (bits, length); leaf i was counted before[i + 1] - before[i] times. */
struct leaves {
    size_t n;
    uint64_t *bits;
    uint8_t *lengths;
    uint64_t *before; /* n + 1 of them, before[0] = 0 */
};

/* Bit strings of one length, in the order in which they came, and room for sorting them. */
struct buffer {
    uint64_t *bits, *scratch;
    size_t n, capacity;
};

struct sb_token_tree {
    enum sb_reading reading;
    unsigned depth;
    struct leaves leaves;
    struct buffer buffers[N_BUFFERS];
    unsigned index_bits; /* first[p]: the first leaf whose leading index_bits are >= p */
    size_t *first;
};

/* ---- bit strings ----------------------------------------------------------------------------- */

static uint64_t leading_bits(uint64_t bits, unsigned length)
{
    return length == 0 ? 0 : bits & UINT64_MAX << (64 - length);
}

static uint64_t load_big_endian(const uint8_t *bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* The 64 bits of a document from bit `position` on, with zeros behind its end. */
static uint64_t load_bits(const uint8_t *bytes, size_t n_bytes, size_t position)
{
    size_t byte = position / 8, left = n_bytes - byte;
    unsigned shift = position % 8;
    uint8_t tail[9] = { 0 };
    if (left >= sizeof tail) {
        bytes += byte;
    } else {
        for (size_t i = 0; i < left; i++)
            tail[i] = bytes[byte + i];
        bytes = tail;
    }
    return load_big_endian(bytes) << shift | (uint64_t)(bytes[8] >> (8 - shift));
}

/* ---- building -------------------------------------------------------------------------------- */

enum sb_status sb_token_tree_create(enum sb_reading reading, unsigned depth,
                                    struct sb_token_tree **tree)
{
    *tree = NULL;
    if (depth < 1 || depth > SB_TREE_DEPTH_MAX)
        return SB_DOMAIN;
    struct sb_token_tree *new = calloc(1, sizeof *new);
    if (!new || !(new->leaves.before = calloc(1, sizeof *new->leaves.before))) {
        free(new);
        return SB_MEMORY;
    }
    new->reading = reading;
    new->depth = depth;
    *tree = new;
    return SB_OK;
}

static void free_buffer(struct buffer *buffer)
{
    free(buffer->bits);
    free(buffer->scratch);
    *buffer = (struct buffer){ 0 };
}

void sb_token_tree_free(struct sb_token_tree *tree)
{
    if (!tree)
        return;
    for (int b = 0; b < N_BUFFERS; b++)
        free_buffer(&tree->buffers[b]);
    free(tree->leaves.bits);
    free(tree->leaves.lengths);
    free(tree->leaves.before);
    free(tree->first);
    free(tree);
}

/* Keeps one of each run of equal bit strings; ends[r] is the number of strings up to the end of run r.
 * Returns the number of runs. (Here and in merging, text decides every comparison anew, so that
 * branches would be mispredicted: the loops advance by the results of comparisons instead.) */
static size_t find_runs(uint64_t *sorted, size_t n, uint64_t *ends)
{
    size_t run = 0;
    for (size_t j = 0; j < n; j++) {
        run += sorted[j] != sorted[run];
        sorted[run] = sorted[j];
        ends[run] = j + 1;
    }
    return run + 1;
}

static bool leaf_precedes(const struct leaves *leaves, size_t i, uint64_t bits, unsigned length)
{
    return (leaves->bits[i] < bits) | ((leaves->bits[i] == bits) & (leaves->lengths[i] < length));
}

static bool leaf_follows(const struct leaves *leaves, size_t i, uint64_t bits, unsigned length)
{
    return (leaves->bits[i] > bits) | ((leaves->bits[i] == bits) & (leaves->lengths[i] > length));
}

/* How many of the runs are not leaves yet. */
static size_t count_new(const struct leaves *leaves, const uint64_t *runs, size_t n_runs,
                        unsigned length)
{
    size_t i = 0, j = 0, n_common = 0;
    while (i < leaves->n && j < n_runs) {
        bool precedes = leaf_precedes(leaves, i, runs[j], length);
        bool follows = leaf_follows(leaves, i, runs[j], length);
        n_common += !precedes & !follows;
        i += !follows;
        j += !precedes;
    }
    return n_runs - n_common;
}

static enum sb_status grow(struct leaves *leaves, size_t n)
{
    uint64_t *bits = realloc(leaves->bits, n * sizeof *bits);
    if (bits)
        leaves->bits = bits;
    uint8_t *lengths = realloc(leaves->lengths, n * sizeof *lengths);
    if (lengths)
        leaves->lengths = lengths;
    uint64_t *before = realloc(leaves->before, (n + 1) * sizeof *before);
    if (before)
        leaves->before = before;
    return bits && lengths && before ? SB_OK : SB_MEMORY;
}

/* Merges runs of bit strings of one length into the leaves, of which there will be n_merged, in place:
 * from the last leaf down, so that what is moved is moved into free room. */
static void merge(struct leaves *leaves, const uint64_t *runs, const uint64_t *ends, size_t n_runs,
                  unsigned length, size_t n_merged)
{
    size_t i = leaves->n, j = n_runs, k = n_merged;
    uint64_t before_leaf = leaves->before[i], before_run = ends[n_runs - 1];
    leaves->n = n_merged;
    leaves->before[k] = before_leaf + before_run;
    while (j > 0) {
        bool take_leaf = i > 0 && !leaf_precedes(leaves, i - 1, runs[j - 1], length);
        bool take_run = i == 0 || !leaf_follows(leaves, i - 1, runs[j - 1], length);
        i -= take_leaf;
        j -= take_run;
        k--;
        leaves->bits[k] = take_run ? runs[j] : leaves->bits[i];
        leaves->lengths[k] = take_run ? (uint8_t)length : leaves->lengths[i];
        before_leaf = take_leaf ? leaves->before[i] : before_leaf;
        before_run = j > 0 ? ends[j - 1] : 0;
        leaves->before[k] = before_leaf + before_run;
    }
}

/* Sorts a buffer into the tree and empties it. */
static enum sb_status flush(struct sb_token_tree *tree, int b)
{
    struct buffer *buffer = &tree->buffers[b];
    if (buffer->n == 0)
        return SB_OK;
    unsigned length = b == FULL ? tree->depth : 8 * (unsigned)b;
    uint64_t *runs = sb_radix_sort(buffer->bits, buffer->scratch, buffer->n);
    uint64_t *ends = runs == buffer->bits ? buffer->scratch : buffer->bits;
    size_t n_runs = find_runs(runs, buffer->n, ends);
    size_t n_new = count_new(&tree->leaves, runs, n_runs, length);
    size_t n_merged = tree->leaves.n + n_new;
    enum sb_status status = n_new > 0 ? grow(&tree->leaves, n_merged) : SB_OK;
    if (status)
        return status;
    merge(&tree->leaves, runs, ends, n_runs, length, n_merged);
    buffer->n = 0;
    return SB_OK;
}

/* Makes room for at least one more bit string: by a larger buffer, or by emptying it. */
static enum sb_status make_room(struct sb_token_tree *tree, int b)
{
    struct buffer *buffer = &tree->buffers[b];
    if (buffer->n < buffer->capacity)
        return SB_OK;
    if (buffer->capacity >= BUFFER_MIN && buffer->capacity >= tree->leaves.n)
        return flush(tree, b);
    size_t capacity = buffer->capacity ? 2 * buffer->capacity : 64;
    uint64_t *bits = realloc(buffer->bits, capacity * sizeof *bits);
    if (bits)
        buffer->bits = bits;
    uint64_t *scratch = realloc(buffer->scratch, capacity * sizeof *scratch);
    if (scratch)
        buffer->scratch = scratch;
    if (!bits || !scratch)
        return SB_MEMORY;
    buffer->capacity = capacity;
    return SB_OK;
}

static enum sb_status add_blocks(struct sb_token_tree *tree, const uint8_t *bytes, size_t n_bytes)
{
    unsigned depth = tree->depth;
    size_t n_left = n_bytes * 8 / depth, position = 0;
    struct buffer *buffer = &tree->buffers[FULL];
    while (n_left > 0) {
        enum sb_status status = make_room(tree, FULL);
        if (status)
            return status;
        size_t room = buffer->capacity - buffer->n, n = n_left < room ? n_left : room;
        for (size_t i = 0; i < n; i++, position += depth)
            buffer->bits[buffer->n + i] = leading_bits(load_bits(bytes, n_bytes, position), depth);
        buffer->n += n;
        n_left -= n;
    }
    return SB_OK;
}

static enum sb_status add_path(struct sb_token_tree *tree, const uint8_t *bytes, size_t n_bytes)
{
    int b = n_bytes < FULL && n_bytes * 8 < tree->depth ? (int)n_bytes : FULL;
    enum sb_status status = make_room(tree, b);
    if (status)
        return status;
    struct buffer *buffer = &tree->buffers[b];
    buffer->bits[buffer->n++] = leading_bits(load_bits(bytes, n_bytes, 0), tree->depth);
    return SB_OK;
}

enum sb_status sb_token_tree_add(struct sb_token_tree *tree, const uint8_t *bytes, size_t n_bytes)
{
    return tree->reading == SB_READING_BLOCKS ? add_blocks(tree, bytes, n_bytes)
                                              : add_path(tree, bytes, n_bytes);
}

static enum sb_status index_leaves(struct sb_token_tree *tree)
{
    unsigned index_bits = tree->depth < INDEX_BITS_MAX ? tree->depth : INDEX_BITS_MAX;
    size_t n_prefixes = (size_t)1 << index_bits, leaf = 0;
    size_t *first = malloc((n_prefixes + 1) * sizeof *first);
    if (!first)
        return SB_MEMORY;
    for (size_t prefix = 0; prefix <= n_prefixes; prefix++) {
        while (leaf < tree->leaves.n && tree->leaves.bits[leaf] >> (64 - index_bits) < prefix)
            leaf++;
        first[prefix] = leaf;
    }
    tree->first = first;
    tree->index_bits = index_bits;
    return SB_OK;
}

enum sb_status sb_token_tree_finish(struct sb_token_tree *tree)
{
    for (int b = 0; b < N_BUFFERS; b++) {
        enum sb_status status = flush(tree, b);
        if (status)
            return status;
        free_buffer(&tree->buffers[b]);
    }
    return index_leaves(tree);
}

/* ---- counts ---------------------------------------------------------------------------------- */

enum sb_reading sb_token_tree_reading(const struct sb_token_tree *tree)
{
    return tree->reading;
}

unsigned sb_token_tree_depth(const struct sb_token_tree *tree)
{
    return tree->depth;
}

uint64_t sb_token_tree_n(const struct sb_token_tree *tree)
{
    return tree->leaves.before[tree->leaves.n];
}

/* The first leaf that is not before (bits, length). */
static size_t find_leaf(const struct sb_token_tree *tree, uint64_t bits, unsigned length)
{
    const struct leaves *leaves = &tree->leaves;
    size_t prefix = (size_t)(bits >> (64 - tree->index_bits));
    size_t low = tree->first[prefix], high = tree->first[prefix + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint64_t there = leaves->bits[middle];
        if (there < bits || (there == bits && leaves->lengths[middle] < length))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint64_t count_at(const struct leaves *leaves, size_t leaf)
{
    return leaves->before[leaf + 1] - leaves->before[leaf];
}

uint64_t sb_token_tree_node_count(const struct sb_token_tree *tree, uint64_t bits, unsigned length)
{
    const struct leaves *leaves = &tree->leaves;
    if (length == 0)
        return sb_token_tree_n(tree);
    size_t begin = find_leaf(tree, bits, length);
    if (length == tree->depth)
        return begin < leaves->n && leaves->bits[begin] == bits ? count_at(leaves, begin) : 0;
    uint64_t next = bits + ((uint64_t)1 << (64 - length)); /* 0 behind the last node of the layer */
    size_t end = next == 0 ? leaves->n : find_leaf(tree, next, 0);
    return leaves->before[end] - leaves->before[begin];
}

uint64_t sb_token_tree_end_count(const struct sb_token_tree *tree, uint64_t bits, unsigned length)
{
    const struct leaves *leaves = &tree->leaves;
    if (length == tree->depth)
        return 0;
    size_t leaf = find_leaf(tree, bits, length);
    bool found = leaf < leaves->n && leaves->bits[leaf] == bits && leaves->lengths[leaf] == length;
    return found ? count_at(leaves, leaf) : 0;
}

static unsigned pruned_length(const struct leaves *leaves, size_t leaf, unsigned d)
{
    return leaves->lengths[leaf] < d ? leaves->lengths[leaf] : d;
}

bool sb_token_tree_next_leaf(const struct sb_token_tree *tree, unsigned d, size_t *cursor,
                             struct sb_leaf *leaf)
{
    const struct leaves *leaves = &tree->leaves;
    size_t begin = *cursor;
    if (begin == leaves->n)
        return false;
    uint64_t bits = leading_bits(leaves->bits[begin], d);
    unsigned length = pruned_length(leaves, begin, d);
    size_t end = begin + 1;
    while (end < leaves->n && leading_bits(leaves->bits[end], d) == bits &&
           pruned_length(leaves, end, d) == length)
        end++;
    *leaf = (struct sb_leaf){ bits, leaves->before[end] - leaves->before[begin], length };
    *cursor = end;
    return true;
}

size_t sb_token_tree_n_leaves(const struct sb_token_tree *tree, unsigned d)
{
    struct sb_leaf leaf;
    size_t n = 0;
    for (size_t cursor = 0; sb_token_tree_next_leaf(tree, d, &cursor, &leaf);)
        n++;
    return n;
}

double sb_token_tree_n_possible(enum sb_reading reading, unsigned d)
{
    double n = ldexp(1, (int)d);
    for (unsigned end = 0; reading == SB_READING_PREFIX && end < d; end += 8)
        n += ldexp(1, (int)end);
    return n;
}

enum sb_status sb_token_tree_leaf_counts(const struct sb_token_tree *tree, unsigned d,
                                         double **counts, size_t *n_leaves)
{
    size_t n = sb_token_tree_n_leaves(tree, d), i = 0;
    double *array = malloc((n ? n : 1) * sizeof *array);
    if (!array)
        return SB_MEMORY;
    struct sb_leaf leaf;
    for (size_t cursor = 0; sb_token_tree_next_leaf(tree, d, &cursor, &leaf);)
        array[i++] = (double)leaf.count;
    *counts = array;
    *n_leaves = n;
    return SB_OK;
}

double sb_token_tree_entropy_bits(const struct sb_token_tree *tree, unsigned d)
{
    uint64_t n = sb_token_tree_n(tree);
    struct sb_sum bits = { 0 };
    struct sb_leaf leaf;
    for (size_t cursor = 0; sb_token_tree_next_leaf(tree, d, &cursor, &leaf);) {
        double count = (double)leaf.count, rest = (double)(n - leaf.count);
        sb_sum_add(&bits, count / (double)n * sb_ideal_bits(count, rest));
    }
    return sb_sum_value(&bits);
}

/* E M from the counts in ascending order: ln C(n-c, m)/C(n, m) = sum_{i<c} ln(1 - m/(n-i)). */
static double rarefied(const uint64_t *counts, size_t n_leaves, uint64_t n, uint64_t m)
{
    const double negligible = -40; /* exp(-40) is far below the rounding of 1 */
    struct sb_sum expected = { 0 };
    double log_missing = 0;
    uint64_t i = 0;
    for (size_t leaf = 0; leaf < n_leaves; leaf++) {
        for (; i < counts[leaf] && log_missing > negligible; i++)
            log_missing += n - i <= m ? -INFINITY : log1p(-(double)m / (double)(n - i));
        sb_sum_add(&expected, -expm1(log_missing));
    }
    return sb_sum_value(&expected);
}

enum sb_status sb_token_tree_rarefied_leaves(const struct sb_token_tree *tree, unsigned d,
                                             uint64_t m, double *n_leaves)
{
    uint64_t n = sb_token_tree_n(tree);
    if (d > tree->depth || m < 1 || m > n)
        return SB_DOMAIN;
    size_t n_counts = sb_token_tree_n_leaves(tree, d), i = 0;
    uint64_t *counts = malloc(2 * n_counts * sizeof *counts);
    if (!counts)
        return SB_MEMORY;
    struct sb_leaf leaf;
    for (size_t cursor = 0; sb_token_tree_next_leaf(tree, d, &cursor, &leaf);)
        counts[i++] = leaf.count;
    *n_leaves = rarefied(sb_radix_sort(counts, counts + n_counts, n_counts), n_counts, n, m);
    free(counts);
    return SB_OK;
}

/* ---- code lengths ---------------------------------------------------------------------------- */

double sb_token_tree_block_bits(const struct sb_token_tree *tree, const uint8_t *bytes,
                                size_t n_bytes)
{
    size_t n_bits = n_bytes * 8;
    uint64_t n = sb_token_tree_n(tree);
    struct sb_sum bits = { 0 };
    for (size_t position = 0; position < n_bits; position += tree->depth) {
        size_t left = n_bits - position;
        unsigned length = left < tree->depth ? (unsigned)left : tree->depth;
        uint64_t node = leading_bits(load_bits(bytes, n_bytes, position), length);
        uint64_t count = sb_token_tree_node_count(tree, node, length);
        double unseen = ldexp(1, -(int)length);
        sb_sum_add(&bits,
                   sb_ideal_bits((double)count + unseen, (double)(n - count) + (1 - unseen)));
    }
    return sb_sum_value(&bits);
}
