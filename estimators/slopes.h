/* Slopes of rates from noisy curves gamma_i(l), i = p, a, t, each measured by several replicates (seeds, or
 * groups of documents), and what they say about the theorem (docs/estimators.md, "Rates as slopes").
 *
 * Common random numbers: replicate r is measured with the same seed and documents at every l, so that
 * what is random in it moves its whole curve and cancels from its slope. Slopes are therefore
 * taken within each replicate, and errors between replicates; nothing is assumed about how the errors
 * of one curve hang together.
 *
 * Local polynomials: the slope at l is that of the weighted least-squares parabola through the points
 * within h, weights (1 - |u|^3)^3 of u = distance/h: a fixed combination sum_j w_j gamma(l_j).
 * Twelve bandwidths h are tried, from the fourth neighbour to more than the whole curve; over all l and
 * datasets the one is taken whose estimated risk is least,
 *
 *   sum of (s_h - s_1)^2 - var(s_h - s_1) + var(s_h), in units of var(s_1),
 *
 * s_1 the slope at the smallest bandwidth, taken as unbiased, and variances those of means over
 * replicates: an unbiased estimate of bias^2 + variance. One bandwidth serves all datasets, so that the
 * force balance is one combination of measured rates. Intervals do not cover the bias that is left.
 *
 *   R        = -v_a gamma_a'/(v_p gamma_p')        interval by Fieller's theorem
 *   balance  = v_p gamma_p' + v_a gamma_a' + l gamma_t'      (R2: 0 for the best model of its class)
 */
#ifndef SB_ESTIMATORS_SLOPES_H
#define SB_ESTIMATORS_SLOPES_H

#include <stddef.h>
#include "estimators/curve.h"
#include "theory/status.h"

/* weights[0..n-1] of the slope at `at` by the parabola with bandwidth h, on ascending distinct x. SB_DOMAIN
 * if fewer than three points have a weight. O(n). */
enum sb_status sb_local_slope(const double *x, size_t n, double at, double h, double *weights);

/* y[i][r n_points + j]: dataset i in replicate r at x[j]. */
struct sb_noisy_curves {
    const double *x, *y[SB_N_ROLES];
    size_t n_points, n_replicates;
    double volume_p, volume_a;
};

struct sb_slope {
    double value, standard_error, low, high;
};

struct sb_slopes {
    double x, bandwidth; /* NaN where slopes were given */
    struct sb_slope slope[SB_N_ROLES], balance;
    double R, R_low, R_high;
    /* Replicates like these after which a t interval excludes 0 with probability 0.95, on the right side
     * (normal approximation); inf beyond 10^6. */
    double n_for_sign[SB_N_ROLES];
};

/* results[0..n_points-1] from rates. Intervals by Student's t with n_replicates - 1 degrees of freedom.
 * Domain: at least 2 replicates and 4 ascending distinct x, finite values (SB_DOMAIN with the place).
 * O(n_points^2 n_replicates). */
enum sb_status sb_slopes_of_rates(const struct sb_noisy_curves *curves, double confidence,
                                  struct sb_slopes *results, struct sb_error *error);

/* The same where y are slopes already: exact derivatives of counted models, replicate by replicate. */
enum sb_status sb_slopes_given(const struct sb_noisy_curves *slopes, double confidence,
                               struct sb_slopes *results, struct sb_error *error);

#endif
