#include "estimators/entropy_rate.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include "theory/numeric.h"

static const double POSSIBLE_MAX = 0x1p80, MATCHES_A_BATCH = 5;

/* ---- blocks ---------------------------------------------------------------------------------- */

/* Sums over places of -log2 p(last symbol | those before it). */
struct surprise {
    struct sb_sum mean, square;
    double n;
};

static void add_surprise(struct surprise *s, double count, double context)
{
    double bits = log2(context / count);
    sb_sum_add(&s->mean, count * bits);
    sb_sum_add(&s->square, count * bits * bits);
    s->n += count;
}

static double standard_error(const struct surprise *s)
{
    double mean = sb_sum_value(&s->mean) / s->n;
    return sqrt(fmax(0, sb_sum_value(&s->square) / s->n - mean * mean) / s->n);
}

/* Counts of blocks of this length and, for each, of those that begin in the same way (its context), both
 * at the same places: a walk along the suffixes. */
static void walk(const struct sb_suffixes *s, size_t length, double *counts, size_t *n_distinct,
                 struct surprise *surprise)
{
    size_t n = 0, first = 0, shared = 0; /* first: of the blocks with the current context */
    double context = 0;
    for (size_t k = 0; k < s->n; k++) {
        shared = k > 0 && s->common[k] < shared ? s->common[k] : shared;
        if (s->order[k] + length > s->n)
            continue;
        if (n > 0 && shared + 1 < length) {
            for (; first < n; first++)
                add_surprise(surprise, counts[first], context);
            context = 0;
        }
        if (n > 0 && shared >= length)
            counts[n - 1]++;
        else
            counts[n++] = 1;
        context++;
        shared = s->n;
    }
    for (; first < n; first++)
        add_surprise(surprise, counts[first], context);
    *n_distinct = n;
}

static double n_possible(uint32_t n_symbols, size_t length)
{
    return fmin(POSSIBLE_MAX, pow(n_symbols, (double)length));
}

enum sb_status sb_block_entropies(const struct sb_suffixes *suffixes, uint32_t n_symbols,
                                  enum sb_entropy_method method, size_t n_max,
                                  struct sb_block_entropy *blocks)
{
    if (n_max > suffixes->n || n_max > SB_BLOCKS_MAX)
        return SB_DOMAIN;
    double *counts = malloc(suffixes->n * sizeof *counts);
    if (!counts)
        return SB_MEMORY;
    enum sb_status status = SB_OK;
    for (size_t length = 1; length <= n_max && !status; length++) {
        struct sb_block_entropy *b = &blocks[length - 1];
        struct surprise surprise = { .n = 0 };
        struct sb_entropy entropy;
        double n_once = 0, n_places = (double)(suffixes->n - length + 1);
        *b = (struct sb_block_entropy){ .length = length };
        walk(suffixes, length, counts, &b->n_distinct, &surprise);
        for (size_t i = 0; i < b->n_distinct; i++)
            n_once += counts[i] == 1;
        status = sb_entropy_estimate(method, counts, b->n_distinct, n_possible(n_symbols, length),
                                     &entropy);
        if (status)
            break;
        b->coverage = 1 - n_once / n_places;
        b->block_bits = entropy.bits;
        b->increment_bits = entropy.bits - (length > 1 ? blocks[length - 2].block_bits : 0);
        b->increment_se_bits = standard_error(&surprise);
    }
    free(counts);
    return status;
}

enum sb_status sb_block_extrapolate(const struct sb_block_entropy *blocks, size_t n,
                                    double least_coverage, struct sb_scaling_fit *fit,
                                    size_t *n_used, struct sb_error *error)
{
    double x[SB_BLOCKS_MAX], y[SB_BLOCKS_MAX], se[SB_BLOCKS_MAX];
    size_t m = 0;
    while (m < n && blocks[m].coverage >= least_coverage && blocks[m].increment_se_bits > 0) {
        x[m] = (double)blocks[m].length;
        y[m] = blocks[m].increment_bits;
        se[m] = blocks[m].increment_se_bits;
        m++;
    }
    if (m < 4)
        return sb_fail(error, SB_DOMAIN,
                       "blocks of %zu symbols are the longest of which %g %% are seen again: four "
                       "lengths are needed to extrapolate",
                       m, 100 * least_coverage);
    const struct sb_scaling_data data = { x, y, se, m };
    struct sb_scaling_fit power, exponential;
    enum sb_status status = sb_scaling_fit(&data, SB_SCALING_POWER, 0.95, &power, error);
    if (!status)
        status = sb_scaling_fit(&data, SB_SCALING_EXPONENTIAL, 0.95, &exponential, error);
    if (status)
        return status;
    /* As many parameters: AICc differs by chi2 alone. A power that grows has no limit. */
    bool falls = power.parameters[2].value > 0;
    *fit = falls && power.chi2 < exponential.chi2 ? power : exponential;
    *n_used = m;
    return SB_OK;
}

/* ---- matches --------------------------------------------------------------------------------- */

/* The mean, with the error of batch means. */
static struct sb_entropy batch_mean(const double *values, size_t n)
{
    double batches[SB_RATE_BATCHES], mean = 0, squares = 0;
    for (size_t b = 0; b < SB_RATE_BATCHES; b++) {
        size_t from = b * n / SB_RATE_BATCHES, to = (b + 1) * n / SB_RATE_BATCHES;
        double sum = 0;
        for (size_t i = from; i < to; i++)
            sum += values[i];
        batches[b] = sum / (double)(to - from);
        mean += sum / (double)n;
    }
    for (size_t b = 0; b < SB_RATE_BATCHES; b++)
        squares += (batches[b] - mean) * (batches[b] - mean);
    return (struct sb_entropy){ mean, sqrt(squares / (SB_RATE_BATCHES * (SB_RATE_BATCHES - 1.0))) };
}

static struct sb_entropy inverse(struct sb_entropy mean)
{
    double error = mean.standard_error_bits / (mean.bits * mean.bits);
    return (struct sb_entropy){ 1 / mean.bits, error };
}

/* Lengths between powers of two, and a line through their means by log2 of the place. */
static struct sb_entropy match_slope(const uint32_t *before, size_t n, double *values)
{
    enum { FIRST = 64 };
    double x[64], y[64], se[64];
    size_t m = 0;
    for (size_t from = FIRST; 2 * from <= n; from *= 2) {
        struct sb_sum place = { 0 };
        for (size_t i = from; i < 2 * from; i++) {
            values[i - from] = 1 + (double)before[i];
            sb_sum_add(&place, log2((double)i + 1) / (double)from);
        }
        struct sb_entropy mean = batch_mean(values, from);
        if ((double)from < MATCHES_A_BATCH * SB_RATE_BATCHES * mean.bits)
            continue; /* parts as short as matches are not independent */
        x[m] = sb_sum_value(&place);
        y[m] = mean.bits;
        se[m++] = fmax(mean.standard_error_bits, 1e-9 * mean.bits);
    }
    const struct sb_scaling_data data = { x, y, se, m };
    struct sb_scaling_fit line;
    if (m < 3 || sb_scaling_fit(&data, SB_SCALING_LINE, 0.95, &line, NULL))
        return (struct sb_entropy){ NAN, NAN };
    return inverse(
        (struct sb_entropy){ line.parameters[1].value, line.parameters[1].standard_error });
}

enum sb_status sb_match_rates(const struct sb_suffixes *suffixes, struct sb_match_rates *rates)
{
    size_t n = suffixes->n;
    if (n < 2 * SB_RATE_BATCHES)
        return SB_DOMAIN;
    uint32_t *matches = malloc(2 * n * sizeof *matches);
    double *values = malloc(n * sizeof *values);
    enum sb_status status =
        matches && values ? sb_suffixes_matches(suffixes, matches, matches + n) : SB_MEMORY;
    if (!status) {
        for (size_t i = 1; i < n; i++)
            values[i - 1] = (1 + (double)matches[i]) / log2((double)i + 1);
        rates->before = inverse(batch_mean(values, n - 1));
        for (size_t i = 0; i < n; i++)
            values[i] = (1 + (double)matches[n + i]) / log2((double)n);
        rates->anywhere = inverse(batch_mean(values, n));
        rates->slope = match_slope(matches, n, values);
    }
    free(matches);
    free(values);
    return status;
}
