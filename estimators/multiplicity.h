/* Many claims at once: adjusted p values, and bands that hold everywhere at once.
 *
 *   Holm      of m p values in ascending order, adjusted p_(i) = max over j <= i of (m - j + 1) p_(j), at
 *             most 1 (Holm 1979). Rejecting those at most alpha errs anywhere in the family with
 *             probability at most alpha, however the claims depend on each other (proved).
 *   sup-t     T_j -+ c s_j for the points j of a curve, with c the C quantile of max_j |t_j|, t a
 *             multivariate Student's t with the points' correlations and nu degrees of freedom. One
 *             point gives Student's t; independent points Sidak's correction. Correlations are those of
 *             the influences of the clusters that all points are computed from (documents, or the
 *             groups of a jackknife), by the multiplier bootstrap: t* = sum_c xi_c u_cj / s_j,
 *             s_j^2 = sum_c u_cj^2, with xi_c standard normal, over sqrt(chi^2_nu / nu). Coverage is C
 *             for normal estimates as the clusters grow in number (heuristic for few).
 */
#ifndef SB_ESTIMATORS_MULTIPLICITY_H
#define SB_ESTIMATORS_MULTIPLICITY_H

#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

/* Adjusts p[0..n-1] in place; NaN stays, and does not count in m. Domain: 0 <= p <= 1 or NaN.
 * O(n log n). */
enum sb_status sb_holm(double *p, size_t n);

struct sb_sup_t_options {
    double confidence;   /* in (0, 1) */
    double freedom;      /* nu > 0 */
    size_t n_replicates; /* >= 1 */
    uint64_t seed;       /* replicate b draws from the stream (seed, b) */
    size_t n_threads;    /* >= 1 */
};

/* c for influences[c n_points + j] of n_clusters >= 1 clusters on n_points >= 1 points. Points with a
 * NaN, or without any influence (s_j = 0), do not count; if none counts *critical is NaN.
 * O(n_replicates n_clusters n_points); scratch 8 n_points bytes per thread. */
enum sb_status sb_sup_t(const double *influences, size_t n_clusters, size_t n_points,
                        const struct sb_sup_t_options *options, double *critical,
                        struct sb_error *error);

#endif
