/* The shape k of the generalised Pareto law that the largest of positive numbers follow: whether a mean
 * of ratios of probabilities can be trusted. (Not the exponents of estimators/power_law.h: a tail
 * P(X > x) ~ x^(-a) has k = 1/a.)
 *
 *   k < 1/2        the variance is finite
 *   1/2 <= k < 1   the mean is finite, the variance is not: means converge slowly
 *   1 <= k         there is no mean
 *
 * From n numbers the mean is usable up to  min(1 - 1/log10 n, 0.7)  (Vehtari, Simpson, Gelman, Yao and Gabry
 * 2024). The tail is the largest M = min(n/5, 3 sqrt n) numbers above the next one; the law is fitted by the
 * posterior mean of Zhang and Stephens (2009), and k drawn to 1/2 as by ten further observations.
 */
#ifndef SB_ESTIMATORS_PARETO_TAIL_H
#define SB_ESTIMATORS_PARETO_TAIL_H

#include <stddef.h>
#include "theory/status.h"

/* k of n numbers >= 0, finite. NaN: fewer than five of them lie in the tail, or it has no width. O(n log n).
 * SB_MEMORY is the one failure. */
enum sb_status sb_pareto_tail(const double *x, size_t n, double *k);

/* The largest k that n numbers allow. Domain: n >= 1. */
double sb_pareto_tail_limit(size_t n);

#endif
