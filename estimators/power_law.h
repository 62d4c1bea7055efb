/* Do the masses of leaves follow a power law? The discrete likelihood on counts (Clauset, Shalizi and
 * Newman 2009): for x >= x_min
 *
 *   P(X = x) = x^-a/zeta(a, x_min),   X the count of a leaf drawn at random from those seen.
 *
 * Three exponents that are easily confused, for one and the same law (docs/theory.md, R11):
 *
 *   density exponent   a          P(X = x) ~ x^-a                    what is estimated
 *   tail exponent      a - 1      P(X >= x) ~ x^-(a-1)               alpha of Pareto masses
 *   Zipf exponent      1/(a - 1)  mass of the leaf of rank j ~ j^-s  s
 *
 * Counts see the law of the masses only where they are large: hence x_min, chosen where the
 * Kolmogorov-Smirnov distance of the tail is least. Everything depends on the size of the sample, so
 * datasets are compared at equal sizes (sb_thin_counts).
 */
#ifndef SB_ESTIMATORS_POWER_LAW_H
#define SB_ESTIMATORS_POWER_LAW_H

#include <stddef.h>
#include <stdint.h>
#include "theory/random.h"
#include "theory/status.h"

struct sb_power_law {
    double x_min;
    size_t n, n_tail;        /* leaves; those with counts >= x_min */
    double density_exponent; /* a, maximum likelihood given x_min */
    double standard_error;   /* of a, from the information at a, given x_min */
    double ks_distance;      /* sup |P(X >= x) - share of the tail with counts >= x| */
};

enum { SB_POWER_LAW_TAIL_MIN = 25, SB_POWER_LAW_CANDIDATES = 60 };

/* Fits counts[0..n-1], whole numbers >= 1 below 2^53. x_min is sought among the distinct counts that
 * leave a tail of at least SB_POWER_LAW_TAIL_MIN leaves and two distinct counts (at most
 * SB_POWER_LAW_CANDIDATES of them, evenly spaced by rank). SB_DOMAIN if there is none, or no a in
 * [1.01, 30] fits. O(n log n + candidates x distinct counts). */
enum sb_status sb_power_law_fit(const double *counts, size_t n, struct sb_power_law *fit);

/* Goodness of fit: the share (1 + r)/(1 + n_replicates) of semiparametric bootstrap samples, of which
 * r, fitted in the same way, lie at least as far from their fits. Below x_min a sample draws from the
 * counts, above it from the fit. Small values speak against the power law. Replicate b draws from
 * (seed, b): the same at any number of threads. Cost: n_replicates fits and draws. */
enum sb_status sb_power_law_p_value(const double *counts, size_t n, const struct sb_power_law *fit,
                                    size_t n_replicates, uint64_t seed, size_t n_threads,
                                    double *p_value, struct sb_error *error);

/* A lognormal law, rounded to whole numbers and cut off below x_min, on the same tail; and Vuong's
 * comparison with the power law. z is the difference of the log-likelihoods over its standard error:
 * positive where the power law is nearer; p its two-sided level under equal nearness (normal). The
 * lognormal contains the power law as a limit (mu -> -inf), where the maximum may lie: then mu is
 * just where the search stopped, and z near 0. */
struct sb_lognormal {
    double mu, sigma; /* of ln x */
    double vuong_z, vuong_p;
};

/* SB_NUMERIC if the search fails. O(distinct counts) per step of the search, about 200 of them. */
enum sb_status sb_lognormal_fit(const double *counts, size_t n, const struct sb_power_law *fit,
                                struct sb_lognormal *lognormal);

/* P(X >= x | X >= x_min) under either. Domain: x >= x_min. */
double sb_power_law_survival(const struct sb_power_law *fit, double x);
double sb_lognormal_survival(const struct sb_lognormal *lognormal, double x_min, double x);

/* Draws m of the sum(counts) observations without replacement, in place. Leaves left without any keep
 * count 0. Domain: m <= sum(counts) < 2^53. O(sum(counts)). */
void sb_thin_counts(struct sb_random *random, double *counts, size_t n, uint64_t m);

#endif
