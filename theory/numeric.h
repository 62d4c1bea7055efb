/* Small numerics with names: x log x at zero, log-sum-exp, compensated sums, units, and numbers as
 * people write them. Everything here is pure and needs libm alone.
 */
#ifndef SB_THEORY_NUMERIC_H
#define SB_THEORY_NUMERIC_H

#include <stddef.h>
#include "theory/status.h"

/* Nats to bits: the one place where theory's nats become everybody else's bits. bits = nats / ln 2.
 */
double sb_bits_from_nats(double nats);
double sb_nats_from_bits(double bits);

/* x ln x and x log2 x with 0 log 0 = 0. Domain: x >= 0. */
double sb_xlogx(double x);
double sb_xlog2x(double x);

/* ln(1 + x) - x without cancellation near 0. Domain: x > -1. Relative error of a few ulp. */
double sb_log1p_minus_x(double x);

/* ln sum_i exp(x_i) for i < n; -inf for n = 0 or when all are -inf. O(n). */
double sb_log_sum_exp(const double *x, size_t n);

/* A sum with Neumaier's compensation: error about one ulp of the result plus n eps^2 sum |x_i|.
 * Start from { 0 }. Infinite terms are allowed and give an infinite (or NaN) total. */
struct sb_sum {
    double total, compensation;
};
void sb_sum_add(struct sb_sum *sum, double x);
double sb_sum_value(const struct sb_sum *sum);

/* Sorts x[0..n-1] ascending, NaN last. O(n log n). */
void sb_sort(double *x, size_t n);

/* Quantile of an ascending x[0..n-1] by linear interpolation (Hyndman-Fan type 7).
 * Domain: n >= 1, 0 <= p <= 1. */
double sb_quantile_sorted(const double *x, size_t n, double p);

/* A number as people write it: "20", "1e-3", "1/3", "inf". The whole string must be consumed; NaN
 * is refused. *value is written only on SB_OK; SB_FORMAT otherwise. */
enum sb_status sb_parse_number(const char *text, double *value);

/* A list or range: "1,10,1e3", "1/3,1/3,1/3", "0:0.45" (n_default points), "0:0.45:10" (10 points,
 * both ends included), "1:1e6:log7" (7 points, equal ratios; both ends > 0).
 * On SB_OK *values is a new array of *n >= 1 finite numbers, to be freed by the caller. */
enum sb_status sb_parse_grid(const char *text, size_t n_default, double **values, size_t *n);

#endif
