#include "theory/staircase.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "theory/huffman.h"

enum { BLOCKS_MAX = 1 << 20, WORD_MAX = 76 };
static const int64_t EXACT = (int64_t)1 << 53;

/* Scratch for one Huffman code. */
struct coder {
    const struct sb_counts *counts;
    int64_t fixed_sum, growing_sum;
    double *weights;
    uint16_t *lengths;
};

static enum sb_status coder_init(struct coder *coder, const struct sb_counts *counts)
{
    *coder = (struct coder){ .counts = counts };
    for (size_t x = 0; x < counts->n_leaves; x++) {
        int64_t a = counts->fixed[x], b = counts->growing[x];
        if (a < 0 || b < 0)
            return SB_DOMAIN;
        if (a >= EXACT - coder->fixed_sum || b >= EXACT - coder->growing_sum)
            return SB_LIMIT;
        coder->fixed_sum += a;
        coder->growing_sum += b;
    }
    if (coder->fixed_sum == 0)
        return SB_DOMAIN;
    coder->weights = malloc(counts->n_leaves * sizeof *coder->weights);
    coder->lengths = malloc(counts->n_leaves * sizeof *coder->lengths);
    return coder->weights && coder->lengths ? SB_OK : SB_MEMORY;
}

static void coder_clear(struct coder *coder)
{
    free(coder->weights);
    free(coder->lengths);
}

/* The line of a code that is optimal at l = a/b, from the weights b A + a B. */
static enum sb_status cheapest(struct coder *coder, struct sb_rational l, struct sb_step *step)
{
    const struct sb_counts *counts = coder->counts;
    int64_t a = l.numerator, b = l.denominator;
    if (b > EXACT / coder->fixed_sum ||
        (coder->growing_sum && a > (EXACT - b * coder->fixed_sum) / coder->growing_sum))
        return SB_LIMIT;
    for (size_t x = 0; x < counts->n_leaves; x++)
        coder->weights[x] = (double)(b * counts->fixed[x] + a * counts->growing[x]);
    enum sb_status status = sb_huffman_lengths(coder->weights, counts->n_leaves, coder->lengths);
    if (status)
        return status;
    *step = (struct sb_step){ .l = l };
    for (size_t x = 0; x < counts->n_leaves; x++) {
        step->fixed_bits += counts->fixed[x] * coder->lengths[x];
        step->growing_bits += counts->growing[x] * coder->lengths[x];
    }
    return SB_OK;
}

/* b times the cost at l = a/b. */
static int64_t cost(const struct sb_step *step, struct sb_rational l)
{
    return l.denominator * step->fixed_bits + l.numerator * step->growing_bits;
}

struct list {
    struct sb_step *steps;
    size_t n, capacity;
};

static enum sb_status append(struct list *list, struct sb_step step)
{
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 8;
        struct sb_step *steps = realloc(list->steps, capacity * sizeof *steps);
        if (!steps)
            return SB_MEMORY;
        list->steps = steps;
        list->capacity = capacity;
    }
    list->steps[list->n++] = step;
    return SB_OK;
}

/* A line that is the cheapest at one point only, where a step ends, has no step of its own. */
static enum sb_status append_step(struct list *list, struct sb_step step)
{
    if (sb_rational_compare(list->steps[list->n - 1].l, step.l) == 0) {
        list->steps[list->n - 1] = step;
        return SB_OK;
    }
    return append(list, step);
}

/* Appends the steps after `left`, up to and including `right`, in order; both lines are the cheapest
 * somewhere. `pending` is a stack of lines to the right: depth is bounded by the number of steps. */
static enum sb_status split(struct coder *coder, struct sb_step left, struct sb_step right,
                            struct list *found)
{
    struct list pending = { 0 };
    enum sb_status status = append(&pending, right);
    while (!status && pending.n) {
        right = pending.steps[pending.n - 1];
        if (right.growing_bits == left.growing_bits) { /* the same line */
            pending.n--;
            continue;
        }
        struct sb_rational l = sb_rational_of(right.fixed_bits - left.fixed_bits,
                                              left.growing_bits - right.growing_bits);
        struct sb_step between;
        status = cheapest(coder, l, &between);
        if (status)
            break;
        if (cost(&between, l) < cost(&left, l)) {
            status = append(&pending, between);
            continue;
        }
        pending.n--;
        left = right;
        left.l = l;
        status = append_step(found, left);
    }
    free(pending.steps);
    return status;
}

static bool domain_ok(const struct sb_counts *counts, struct sb_rational l_min,
                      struct sb_rational l_max)
{
    if (l_min.numerator < 0 || sb_rational_compare(l_min, l_max) >= 0)
        return false;
    for (size_t x = 0; l_min.numerator == 0 && x < counts->n_leaves; x++)
        if (counts->fixed[x] == 0 && counts->growing[x] > 0)
            return false;
    return true;
}

enum sb_status sb_staircase(const struct sb_counts *counts, struct sb_rational l_min,
                            struct sb_rational l_max, struct sb_step **steps, size_t *n_steps)
{
    if (!domain_ok(counts, l_min, l_max))
        return SB_DOMAIN;
    struct coder coder;
    struct list found = { 0 };
    struct sb_step first, last;
    enum sb_status status = coder_init(&coder, counts);
    if (!status)
        status = cheapest(&coder, l_min, &first);
    if (!status)
        status = cheapest(&coder, l_max, &last);
    if (!status)
        status = append(&found, first);
    if (!status)
        status = split(&coder, first, last, &found);
    coder_clear(&coder);
    if (status) {
        free(found.steps);
        return status;
    }
    if (found.n > 1 && sb_rational_compare(found.steps[found.n - 1].l, l_max) >= 0)
        found.n--;
    *steps = found.steps;
    *n_steps = found.n;
    return SB_OK;
}

/* ---- ties ------------------------------------------------------------------------------------ */

/* sum P c for the code c that is optimal for M W + sign P. */
static enum sb_status extreme(const int64_t *W, const int64_t *P, size_t n, int64_t M, int sign,
                              double *weights, uint16_t *lengths, int64_t *bits)
{
    for (size_t x = 0; x < n; x++)
        weights[x] = (double)(M * W[x] + sign * P[x]);
    enum sb_status status = sb_huffman_lengths(weights, n, lengths);
    *bits = 0;
    for (size_t x = 0; !status && x < n; x++)
        *bits += P[x] * lengths[x];
    return status;
}

/* A code that is worse for W by one bit would have to make up for it by M bits of P: more than any
 * code here spends on P. */
static enum sb_status factor_of(const int64_t *W, const int64_t *P, size_t n, int64_t *M)
{
    int64_t sum_W = 0, sum_P = 0;
    for (size_t x = 0; x < n; x++) {
        if (W[x] < 0 || P[x] < 0 || (P[x] > 0 && W[x] == 0))
            return SB_DOMAIN;
        if (W[x] >= EXACT - sum_W || P[x] >= EXACT - sum_P)
            return SB_LIMIT;
        sum_W += W[x];
        sum_P += P[x];
    }
    if (sum_W == 0)
        return SB_DOMAIN;
    int64_t longest = n - 1 < WORD_MAX ? (int64_t)n - 1 : WORD_MAX, factor = longest * sum_P + 1;
    if (factor > (EXACT - sum_P) / sum_W)
        return SB_LIMIT;
    *M = factor;
    return SB_OK;
}

enum sb_status sb_optimal_bits_range(const int64_t *W, const int64_t *P, size_t n, int64_t *least,
                                     int64_t *most)
{
    int64_t M, low = 0, high = 0;
    enum sb_status status = factor_of(W, P, n, &M);
    if (status)
        return status;
    double *weights = malloc(n * sizeof *weights);
    uint16_t *lengths = malloc(n * sizeof *lengths);
    status = weights && lengths ? SB_OK : SB_MEMORY;
    if (!status)
        status = extreme(W, P, n, M, 1, weights, lengths, &low);
    if (!status)
        status = extreme(W, P, n, M, -1, weights, lengths, &high);
    free(weights);
    free(lengths);
    if (status)
        return status;
    *least = low;
    *most = high;
    return SB_OK;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

enum sb_status sb_block_code_bits(const double *weights, size_t n, unsigned n_block,
                                  double *bits_per_leaf)
{
    size_t n_blocks = 1;
    if (n == 0 || n_block == 0)
        return SB_DOMAIN;
    double sum = 0;
    for (size_t x = 0; x < n; x++)
        sum += weights[x];
    for (unsigned i = 0; i < n_block; i++) {
        if (n_blocks > BLOCKS_MAX / n)
            return SB_LIMIT;
        n_blocks *= n;
    }
    double *masses = malloc(n_blocks * sizeof *masses);
    uint16_t *lengths = malloc(n_blocks * sizeof *lengths);
    enum sb_status status = masses && lengths ? SB_OK : SB_MEMORY;
    if (!status) {
        masses[0] = 1;
        for (size_t made = 1; made < n_blocks; made *= n)
            for (size_t x = n; x-- > 0;)
                for (size_t y = 0; y < made; y++)
                    masses[x * made + y] = masses[y] * (weights[x] / sum);
        status = sb_huffman_lengths(masses, n_blocks, lengths);
    }
    double mean = 0;
    if (!status)
        status = sb_huffman_mean_bits(masses, lengths, n_blocks, &mean);
    if (!status)
        *bits_per_leaf = mean / n_block;
    free(masses);
    free(lengths);
    return status;
}
