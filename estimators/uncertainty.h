/* Errors of ratios of sums: the bootstrap clustered by document, and the linearised error.
 *
 * A rate is a ratio  A / B = sum_c a_c / sum_c b_c  over clusters c: documents, or groups of them. The
 * tokens within a document depend on each other, so whole clusters are drawn, never tokens. What is
 * estimated is a linear combination of such ratios,
 *
 *     T = sum_j coefficient_j A_j / B_j,
 *
 * where terms of the same sample share their clusters (two models on the same documents, or two
 * datasets with the same documents: paired), and different samples are independent of each other.
 *
 * Replicate b of a sample draws its n clusters with replacement from the random stream
 * (seed, stream + b), whatever is computed from them: everything that is measured on a sample is
 * resampled with the same draws. Results are the same bits at any number of threads.
 *
 * Intervals at confidence C, with z and Phi of the normal law:
 *   percentile  the (1-C)/2 and (1+C)/2 quantiles of the replicates
 *   bca         quantiles at Phi(z0 + (z0 + z)/(1 - a (z0 + z))) instead (Efron 1987): z0 =
 *               Phi^-1(share of replicates below T, ties half), a from the jackknife
 *   t           T -+ t_nu s, with s the linearised standard error; no replicates needed. The degrees
 *               of freedom are Satterthwaite's for clusters whose errors have standard deviations in
 *               proportion to w_c, w_c^2 = sum_j (coefficient_j b_c / B_j)^2: of a sample
 *               nu = (n-1)/n (sum w_c^2)^2 / sum w_c^4, which is n - 1 when all sizes are equal and
 *               less where a few clusters hold most; of several, with variances s_i^2,
 *               (sum s_i^2)^2 / sum s_i^4/nu_i
 *   studentised T - q s at the same two quantiles q of (T_b - T) / s_b, T_b and s_b computed from
 *               replicate b as T and s are from the sample (the bootstrap-t)
 *
 * What each covers where the truth is known: docs/estimators.md.
 */
#ifndef SB_ESTIMATORS_UNCERTAINTY_H
#define SB_ESTIMATORS_UNCERTAINTY_H

#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

enum sb_interval {
    SB_INTERVAL_T, /* the default of springback rate */
    SB_INTERVAL_BCA,
    SB_INTERVAL_PERCENTILE,
    SB_INTERVAL_STUDENTISED,
    SB_N_INTERVALS
};

/* "t", "bca", "percentile", "studentised". */
extern const char *const sb_interval_names[SB_N_INTERVALS];

struct sb_interval_options {
    enum sb_interval kind;
    double confidence;   /* in (0, 1) */
    size_t n_replicates; /* >= 1; not read for SB_INTERVAL_T */
    uint64_t seed;       /* of the bootstrap */
    size_t n_threads;    /* >= 1 */
};

/* Sums of columns over clusters drawn with replacement: sums[j n_replicates + b] is the sum of
 * columns[j][0 .. n_clusters-1] in replicate b. Domain: n_clusters >= 1 and < 2^32; finite columns
 * (a column with infinities gives sums that are not to be used). Time O(n_replicates n_clusters
 * (1 + n_columns)), scratch 4 n_clusters bytes per thread. */
enum sb_status sb_bootstrap_sums(const double *const *columns, size_t n_columns, size_t n_clusters,
                                 size_t n_replicates, uint64_t seed, uint64_t stream,
                                 size_t n_threads, double *sums, struct sb_error *error);

/* One term of T. Clusters without weight have a_c = b_c = 0. */
struct sb_ratio {
    double coefficient;
    size_t sample; /* terms of the same sample have the same n and the same clusters */
    size_t n;
    const double *numerator, *denominator;           /* a_c >= 0 (inf allowed) and b_c >= 0 */
    const double *numerator_sums, *denominator_sums; /* by replicate, for percentile and BCa */
    uint64_t stream; /* of the sample: replicate b draws from (seed, stream + b); for studentised */
};

struct sb_estimate {
    double value; /* T; inf where a numerator is infinite; NaN where it is inf - inf or 0/0 */
    double standard_error; /* linearised; NaN where there is no interval */
    double freedom;        /* its degrees of freedom nu, as for t; NaN likewise */
    double low, high;      /* NaN where there is no interval */
    const char *note;      /* why there is none, or another than asked for; NULL: all is well */
};

/* Estimates T. Every sample must have two clusters with weight for an interval. If all clusters of
 * each sample agree, the interval has no width. Where BCa is degenerate (all replicates on one side
 * of T, or no acceleration) the percentile interval is given instead, and where the studentised one
 * is (replicates of very few documents that agree have no error) that of t; the note says so.
 * O(n_terms (n + n_replicates) + n_replicates log n_replicates); studentised, which draws again,
 * O(n_replicates n n_terms) and 4 bytes per cluster and thread. */
enum sb_status sb_estimate_ratios(const struct sb_ratio *terms, size_t n_terms,
                                  const struct sb_interval_options *options,
                                  struct sb_estimate *estimate);

/* Two-sided p value of T = 0, from Student's t: P(|t_nu| >= |T/s|), whatever the kind of interval. 0 or
 * 1 where s is 0; NaN where there is no interval. */
double sb_estimate_p_value(const struct sb_estimate *estimate);

#endif
