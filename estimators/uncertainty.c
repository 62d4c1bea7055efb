#include "estimators/uncertainty.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/parallel.h"
#include "theory/numeric.h"
#include "theory/random.h"

const char *const sb_interval_names[SB_N_INTERVALS] = { "t", "bca", "percentile", "studentised" };

/* ---- replicates ---------------------------------------------------------------------------- */

/* Replicates are handed to threads in blocks, so that an item is worth its overhead. */
enum { BLOCK = 16 };

struct bootstrap {
    const double *const *columns;
    size_t n_columns, n_clusters, n_replicates;
    uint64_t seed, stream;
    double *sums;
    uint32_t *counts; /* of each thread: how often each cluster was drawn */
};

/* Four partial sums, so that additions need not wait for each other; their order is fixed. */
static double weighted_sum(const uint32_t *counts, const double *x, size_t n)
{
    double sum[4] = { 0 };
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t j = 0; j < 4; j++)
            sum[j] += counts[i + j] * x[i + j];
    for (; i < n; i++)
        sum[0] += counts[i] * x[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* How often each of n clusters is drawn in a replicate. */
static void draw_counts(uint64_t seed, uint64_t stream, size_t n, uint32_t *counts)
{
    struct sb_random random;
    sb_random_init(&random, seed, stream);
    memset(counts, 0, n * sizeof *counts);
    for (size_t i = 0; i < n; i++)
        counts[sb_random_below(&random, n)]++;
}

static enum sb_status draw_block(void *context, size_t item, size_t thread, struct sb_error *error)
{
    (void)error;
    const struct bootstrap *b = context;
    size_t n = b->n_clusters, end = (item + 1) * BLOCK;
    uint32_t *counts = b->counts + thread * n;
    for (size_t r = item * BLOCK; r < end && r < b->n_replicates; r++) {
        draw_counts(b->seed, b->stream + r, n, counts);
        for (size_t j = 0; j < b->n_columns; j++)
            b->sums[j * b->n_replicates + r] = weighted_sum(counts, b->columns[j], n);
    }
    return SB_OK;
}

enum sb_status sb_bootstrap_sums(const double *const *columns, size_t n_columns, size_t n_clusters,
                                 size_t n_replicates, uint64_t seed, uint64_t stream,
                                 size_t n_threads, double *sums, struct sb_error *error)
{
    if (n_clusters < 1 || n_clusters > UINT32_MAX)
        return sb_fail(error, SB_DOMAIN, "the bootstrap takes 1 to 2^32 - 1 documents, not %zu",
                       n_clusters);
    size_t n_blocks = (n_replicates + BLOCK - 1) / BLOCK;
    struct bootstrap b = { columns, n_columns, n_clusters, n_replicates, seed, stream, sums, NULL };
    b.counts = calloc(n_clusters, n_threads * sizeof *b.counts);
    if (!b.counts)
        return sb_fail_memory(error);
    enum sb_status status = sb_parallel_for(n_threads, n_blocks, draw_block, &b, error);
    free(b.counts);
    return status;
}

/* ---- the statistic, its linearisation and its jackknife ------------------------------------ */

struct statistic {
    const struct sb_ratio *terms;
    size_t n_terms;
    double *numerators, *denominators; /* the sums of each term */
    double value;
    double scale; /* sum of |coefficient A/B|: what rounding is measured against */
};

static double sum_of(const double *x, size_t n)
{
    struct sb_sum sum = { 0 };
    for (size_t i = 0; i < n; i++)
        sb_sum_add(&sum, x[i]);
    return sb_sum_value(&sum);
}

static enum sb_status statistic_init(struct statistic *s, const struct sb_ratio *terms, size_t n)
{
    *s = (struct statistic){ .terms = terms, .n_terms = n };
    s->numerators = malloc(2 * n * sizeof *s->numerators);
    if (!s->numerators)
        return SB_MEMORY;
    s->denominators = s->numerators + n;
    for (size_t j = 0; j < n; j++) {
        s->numerators[j] = sum_of(terms[j].numerator, terms[j].n);
        s->denominators[j] = sum_of(terms[j].denominator, terms[j].n);
        double ratio = terms[j].coefficient * (s->numerators[j] / s->denominators[j]);
        s->value += ratio;
        s->scale += fabs(ratio);
    }
    return SB_OK;
}

static bool first_of_sample(const struct statistic *s, size_t j)
{
    for (size_t i = 0; i < j; i++)
        if (s->terms[i].sample == s->terms[j].sample)
            return false;
    return true;
}

/* The number of clusters of term j's sample in which some term has weight. */
static size_t weighted_clusters(const struct statistic *s, size_t j)
{
    size_t n = 0;
    for (size_t c = 0; c < s->terms[j].n; c++) {
        bool weighted = false;
        for (size_t i = 0; i < s->n_terms; i++)
            if (s->terms[i].sample == s->terms[j].sample)
                weighted |= s->terms[i].denominator[c] != 0;
        n += weighted;
    }
    return n;
}

/* Influence of cluster c of term j's sample to first order: sum of coefficient (a_c - R b_c) / B. */
static double linear_influence(const struct statistic *s, size_t j, size_t c)
{
    double influence = 0;
    for (size_t i = 0; i < s->n_terms; i++) {
        const struct sb_ratio *t = &s->terms[i];
        double ratio = s->numerators[i] / s->denominators[i];
        if (t->sample == s->terms[j].sample)
            influence +=
                t->coefficient * (t->numerator[c] - ratio * t->denominator[c]) / s->denominators[i];
    }
    return influence;
}

/* T without cluster c of term j's sample. */
static double leave_one_out(const struct statistic *s, size_t j, size_t c)
{
    double value = 0;
    for (size_t i = 0; i < s->n_terms; i++) {
        const struct sb_ratio *t = &s->terms[i];
        bool same = t->sample == s->terms[j].sample;
        double a = s->numerators[i] - (same ? t->numerator[c] : 0);
        double b = s->denominators[i] - (same ? t->denominator[c] : 0);
        value += t->coefficient * (a / b);
    }
    return value;
}

/* The degrees of freedom of one sample's variance, n of whose clusters have weight. */
static double sample_freedom(const struct statistic *s, size_t j, double n)
{
    struct sb_sum sum = { 0 }, squares = { 0 };
    for (size_t c = 0; c < s->terms[j].n; c++) {
        double w2 = 0; /* w_c^2 */
        for (size_t i = 0; i < s->n_terms; i++) {
            const struct sb_ratio *t = &s->terms[i];
            if (t->sample != s->terms[j].sample)
                continue; /* another number of clusters */
            double share = t->coefficient * t->denominator[c] / s->denominators[i];
            w2 += share * share;
        }
        sb_sum_add(&sum, w2);
        sb_sum_add(&squares, w2 * w2);
    }
    double total = sb_sum_value(&sum);
    return (n - 1) / n * (total * total / sb_sum_value(&squares));
}

/* Variance by linearisation, and its degrees of freedom. */
static void linearise(const struct statistic *s, double *standard_error, double *freedom)
{
    double variance = 0, spread = 0;
    for (size_t j = 0; j < s->n_terms; j++) {
        if (!first_of_sample(s, j))
            continue;
        double n = (double)weighted_clusters(s, j);
        struct sb_sum squares = { 0 };
        for (size_t c = 0; c < s->terms[j].n; c++) {
            double influence = linear_influence(s, j, c);
            sb_sum_add(&squares, influence * influence);
        }
        double v = sb_sum_value(&squares) * n / (n - 1);
        variance += v;
        spread += v * v / sample_freedom(s, j, n);
    }
    *standard_error = sqrt(variance);
    *freedom = variance * variance / spread;
}

/* Acceleration: sum u^3 / (6 (sum u^2)^(3/2)) over the clusters of all samples, with
 * u = (n-1)/n (mean of leave-one-out values - leave-one-out value). NaN where it has no value. */
static double acceleration(const struct statistic *s)
{
    struct sb_sum squares = { 0 }, cubes = { 0 };
    for (size_t j = 0; j < s->n_terms; j++) {
        if (!first_of_sample(s, j))
            continue;
        size_t n = s->terms[j].n;
        struct sb_sum total = { 0 };
        for (size_t c = 0; c < n; c++)
            sb_sum_add(&total, leave_one_out(s, j, c));
        double mean = sb_sum_value(&total) / (double)n, shrink = (double)(n - 1) / (double)n;
        for (size_t c = 0; c < n; c++) {
            double u = shrink * (mean - leave_one_out(s, j, c));
            sb_sum_add(&squares, u * u);
            sb_sum_add(&cubes, u * u * u);
        }
    }
    return sb_sum_value(&cubes) / (6 * pow(sb_sum_value(&squares), 1.5));
}

/* ---- intervals ----------------------------------------------------------------------------- */

/* The finite replicates of T, ascending. A replicate that drew no weight at all has none. */
static size_t replicate_values(const struct statistic *s, size_t n_replicates, double *values)
{
    size_t n = 0;
    for (size_t b = 0; b < n_replicates; b++) {
        double value = 0;
        for (size_t i = 0; i < s->n_terms; i++)
            value += s->terms[i].coefficient *
                     (s->terms[i].numerator_sums[b] / s->terms[i].denominator_sums[b]);
        if (isfinite(value))
            values[n++] = value;
    }
    sb_sort(values, n);
    return n;
}

/* The share of values below x, ties counted half. With few documents many replicates equal x but for
 * the rounding of their sums, and must count as ties. */
static double share_below(const double *values, size_t n, double x, double tolerance)
{
    double below = 0;
    for (size_t i = 0; i < n; i++)
        below += values[i] < x - tolerance ? 1 : values[i] <= x + tolerance ? 0.5 : 0;
    return below / (double)n;
}

/* The two levels at which BCa takes its quantiles; false where they have no value. */
static bool bca_levels(double z0, double a, double confidence, double level[2])
{
    for (int side = 0; side < 2; side++) {
        double z = gsl_cdf_ugaussian_Pinv((side ? 1 + confidence : 1 - confidence) / 2);
        double scale = 1 - a * (z0 + z);
        if (!isfinite(z0) || !isfinite(a) || !(scale > 0))
            return false;
        level[side] = gsl_cdf_ugaussian_P(z0 + (z0 + z) / scale);
    }
    return true;
}

static enum sb_status bootstrap_interval(const struct statistic *s,
                                         const struct sb_interval_options *options,
                                         struct sb_estimate *e)
{
    double *values = malloc(options->n_replicates * sizeof *values);
    if (!values)
        return SB_MEMORY;
    size_t n = replicate_values(s, options->n_replicates, values);
    double level[2] = { (1 - options->confidence) / 2, (1 + options->confidence) / 2 };
    if (n && options->kind == SB_INTERVAL_BCA) {
        double z0 = gsl_cdf_ugaussian_Pinv(share_below(values, n, s->value, 1e-12 * s->scale));
        if (!bca_levels(z0, acceleration(s), options->confidence, level))
            e->note = "BCa is degenerate here: percentile interval";
    }
    if (n) {
        e->low = sb_quantile_sorted(values, n, level[0]);
        e->high = sb_quantile_sorted(values, n, level[1]);
    } else {
        e->note = "no replicate has any weight: no interval";
    }
    free(values);
    return SB_OK;
}

/* ---- the bootstrap-t ----------------------------------------------------------------------- */

struct studentised {
    const struct statistic *s;
    const struct sb_interval_options *options;
    double linear_error; /* s */
    size_t n_most;       /* clusters of the largest sample */
    uint32_t *counts;    /* (n_threads, n_most) */
    double *ratios;      /* (n_threads, 2, n_terms): A/B, then B, of the drawn clusters */
    double *values;      /* (n_replicates): (T_b - T) / s_b */
};

/* The drawn ratios of term j's sample, into ratios; the sample's part of T_b is returned. */
static double redrawn_part(const struct statistic *s, size_t j, const uint32_t *counts,
                           double *ratios)
{
    double part = 0;
    for (size_t i = 0; i < s->n_terms; i++) {
        const struct sb_ratio *t = &s->terms[i];
        if (t->sample != s->terms[j].sample)
            continue;
        double b = weighted_sum(counts, t->denominator, t->n);
        ratios[i] = weighted_sum(counts, t->numerator, t->n) / b;
        ratios[s->n_terms + i] = b;
        part += t->coefficient * ratios[i];
    }
    return part;
}

/* Variance of that part by linearisation at the drawn ratios. */
static double redrawn_variance(const struct statistic *s, size_t j, const uint32_t *counts,
                               const double *ratios)
{
    double squares = 0, n = (double)weighted_clusters(s, j);
    for (size_t c = 0; c < s->terms[j].n; c++) {
        double influence = 0;
        for (size_t i = 0; counts[c] && i < s->n_terms; i++) {
            const struct sb_ratio *t = &s->terms[i];
            if (t->sample == s->terms[j].sample)
                influence += t->coefficient * (t->numerator[c] - ratios[i] * t->denominator[c]) /
                             ratios[s->n_terms + i];
        }
        squares += counts[c] * influence * influence;
    }
    return squares * n / (n - 1);
}

static enum sb_status studentise_block(void *context, size_t item, size_t thread,
                                       struct sb_error *error)
{
    (void)error;
    const struct studentised *z = context;
    const struct statistic *s = z->s;
    uint32_t *counts = z->counts + thread * z->n_most;
    double *ratios = z->ratios + thread * 2 * s->n_terms;
    for (size_t r = item * BLOCK; r < (item + 1) * BLOCK && r < z->options->n_replicates; r++) {
        double value = 0, variance = 0;
        for (size_t j = 0; j < s->n_terms; j++) {
            if (!first_of_sample(s, j))
                continue;
            draw_counts(z->options->seed, s->terms[j].stream + r, s->terms[j].n, counts);
            value += redrawn_part(s, j, counts, ratios);
            variance += redrawn_variance(s, j, counts, ratios);
        }
        /* Where all drawn clusters agree there is no error to divide by, but for rounding. */
        bool agree = !(sqrt(variance) > 8 * DBL_EPSILON * s->scale);
        z->values[r] = agree ? NAN : (value - s->value) / sqrt(variance);
    }
    return SB_OK;
}

/* Quantiles of the studentised replicates; those without an error count on both sides, as infinities,
 * so that too many of them leave no finite quantile. */
static void studentised_limits(const struct studentised *z, struct sb_estimate *e)
{
    size_t n = z->options->n_replicates, n_without = 0;
    sb_sort(z->values, n); /* NaN last */
    while (n_without < n && isnan(z->values[n - 1 - n_without]))
        n_without++;
    double tail = (1 - z->options->confidence) / 2 * (double)(n - 1) - (double)n_without;
    if (tail < 0)
        return;
    double level = tail > 0 ? tail / (double)(n - 1 - n_without) : 0; /* of one replicate 0/0 */
    e->low = e->value - sb_quantile_sorted(z->values, n - n_without, 1 - level) * z->linear_error;
    e->high = e->value - sb_quantile_sorted(z->values, n - n_without, level) * z->linear_error;
}

/* Sets the limits of *e, or leaves them NaN where there are none. */
static enum sb_status studentised_interval(const struct statistic *s,
                                           const struct sb_interval_options *options,
                                           struct sb_estimate *e)
{
    struct studentised z = { .s = s, .options = options, .linear_error = e->standard_error };
    for (size_t j = 0; j < s->n_terms; j++)
        if (s->terms[j].n > z.n_most)
            z.n_most = s->terms[j].n;
    z.counts = malloc(options->n_threads * z.n_most * sizeof *z.counts);
    z.ratios = malloc(options->n_threads * 2 * s->n_terms * sizeof *z.ratios);
    z.values = malloc(options->n_replicates * sizeof *z.values);
    size_t n_blocks = (options->n_replicates + BLOCK - 1) / BLOCK;
    enum sb_status status = SB_MEMORY;
    if (z.counts && z.ratios && z.values)
        status = sb_parallel_for(options->n_threads, n_blocks, studentise_block, &z, NULL);
    if (!status)
        studentised_limits(&z, e);
    free(z.counts);
    free(z.ratios);
    free(z.values);
    return status;
}

static void t_interval(const struct sb_interval_options *options, struct sb_estimate *e)
{
    double t = gsl_cdf_tdist_Pinv((1 + options->confidence) / 2, e->freedom);
    e->low = e->value - t * e->standard_error;
    e->high = e->value + t * e->standard_error;
}

/* Why T has no interval, or NULL. */
static const char *obstacle(const struct statistic *s)
{
    if (!isfinite(s->value))
        return "infinite: a probability is zero; no interval";
    for (size_t j = 0; j < s->n_terms; j++)
        if (first_of_sample(s, j) && weighted_clusters(s, j) < 2)
            return "fewer than two documents: no interval (--split line or block makes more of a text)";
    return NULL;
}

static enum sb_status estimate_statistic(const struct statistic *s,
                                         const struct sb_interval_options *options,
                                         struct sb_estimate *e)
{
    *e = (struct sb_estimate){ s->value, NAN, NAN, NAN, NAN, obstacle(s) };
    if (e->note)
        return SB_OK;
    linearise(s, &e->standard_error, &e->freedom);
    /* All clusters agree, up to rounding, which the quantiles would otherwise blow up into a width. */
    if (e->standard_error <= 8 * DBL_EPSILON * s->scale) {
        e->standard_error = 0;
        e->low = e->high = e->value;
        e->note = "all documents agree: an interval without width";
        return SB_OK;
    }
    enum sb_status status = SB_OK;
    if (options->kind == SB_INTERVAL_STUDENTISED)
        status = studentised_interval(s, options, e);
    else if (options->kind != SB_INTERVAL_T)
        return bootstrap_interval(s, options, e);
    if (options->kind == SB_INTERVAL_STUDENTISED && isnan(e->low))
        e->note = "too few documents to studentise: Student's t interval";
    if (isnan(e->low))
        t_interval(options, e);
    return status;
}

enum sb_status sb_estimate_ratios(const struct sb_ratio *terms, size_t n_terms,
                                  const struct sb_interval_options *options,
                                  struct sb_estimate *estimate)
{
    struct statistic s;
    enum sb_status status = statistic_init(&s, terms, n_terms);
    if (status)
        return status;
    struct sb_estimate e;
    status = estimate_statistic(&s, options, &e);
    free(s.numerators);
    if (!status)
        *estimate = e;
    return status;
}

double sb_estimate_p_value(const struct sb_estimate *estimate)
{
    if (estimate->standard_error == 0)
        return estimate->value == 0;
    double t = fabs(estimate->value / estimate->standard_error);
    return isnan(t) ? NAN : 2 * gsl_cdf_tdist_Q(t, estimate->freedom);
}
