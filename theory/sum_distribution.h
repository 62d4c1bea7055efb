/* The distribution of a total: X = sum of n independent terms, each v_x with probability p_x. With
 * v_x = -log2 q(x) it is the code length of n responses, whose mean per response is a rate and whose
 * variance per response is the varentropy; with v_x = p_t(x)/q(x) and x from p_a its sign around n is
 * what n documents show of the theorem (docs/theory.md, "Totals").
 *
 * Method. Terms are put on a grid v_0 + h i: where they are all on one (integer codes; two values)
 * as they are, else each v is split between its two neighbours so that its mean stays. The n-th power
 * of the grid's Fourier transform is the transform of the total. In the tails the terms are tilted
 * first, p e^{theta i}, with the saddlepoint's theta, which moves the total's mean to where one looks;
 * undoing the tilt is exact. Two transforms of 2^m points per place.
 *
 * Bounds. Let X' = X + E be the total on the grid, E the n rounding errors.
 *   rounding   errors have mean 0 given X and range h, so P(E >= delta) <= exp(-2 delta^2/(n h^2))
 *              (Hoeffding), and P(X >= x) lies between P(X' >= x +- delta) -+ that. Proved. On a grid
 *              of their own (values within 4 ulp of it count as on it) E = 0.
 *   aliasing   the transform folds what is outside its window of 2^m points into it: bounded by
 *              Chernoff's inequality at both ends of the window. Proved.
 *   transform  each mass within 16 sqrt(m) n ulp of the largest, by the usual model of rounding in an
 *              FFT; heuristic in its constant, which the tests compare with closed forms.
 * All three are in `ln_low` and `ln_high`.
 */
#ifndef SB_THEORY_SUM_DISTRIBUTION_H
#define SB_THEORY_SUM_DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

/* A view. p_x >= 0 sum to 1 (sb_dist_check), v_x is finite where p_x > 0. 1 <= n <= 2^40. */
struct sb_terms {
    const double *values, *p;
    size_t n_values;
    uint64_t n;
};

struct sb_sum_distribution;

/* Takes a copy of the terms; 2^log2_points doubles, and a plan. 8 <= log2_points <= SB_FFT_LOG2_MAX.
 * The grid is fine enough that the window is 24 standard deviations of X wide, or all of its range.
 * SB_DOMAIN for terms out of domain. */
enum sb_status sb_sum_distribution_create(const struct sb_terms *terms, unsigned log2_points,
                                          struct sb_sum_distribution **sum);
void sb_sum_distribution_free(struct sb_sum_distribution *sum);

/* Of X, from the terms as given, not from the grid. */
double sb_sum_distribution_mean(const struct sb_sum_distribution *sum);
double sb_sum_distribution_sd(const struct sb_sum_distribution *sum);

/* The grid's step h in the values' unit; 0 where the terms lie on it as they are. */
double sb_sum_distribution_rounding(const struct sb_sum_distribution *sum);

/* Natural logarithms: tails far below the smallest double are no special case. */
struct sb_tail {
    double ln_probability, ln_low, ln_high;
};

/* P(X >= x) if upper, else P(X <= x). On a grid of the terms' own, x counts as the grid point from
 * which it differs by rounding. Two transforms, or none where the last were for a place nearby. */
enum sb_status sb_sum_distribution_tail(struct sb_sum_distribution *sum, double x, bool upper,
                                        struct sb_tail *tail);

/* The smallest x with P(X <= x) >= p; if upper, the largest with P(X >= x) >= p. low and high are for
 * the same bounds. Domain: 0 < p < 1. */
struct sb_quantile {
    double value, low, high;
};
enum sb_status sb_sum_distribution_quantile(struct sb_sum_distribution *sum, double p, bool upper,
                                            struct sb_quantile *quantile);

/* The probability that n documents show a mean below `bound`: P(X < n bound), with its bounds. */
struct sb_sign {
    double probability, low, high;
};
enum sb_status sb_sum_below(const struct sb_terms *terms, double bound, unsigned log2_points,
                            struct sb_sign *sign);

/* An n with P(X < n bound) >= wanted at n and not at n - 1 (or n = 1), by doubling and bisection:
 * the smallest one where the probability grows with n, as it does but for the steps of a coarse grid
 * (heuristic). *n = 0 if there is none: the mean is not below the bound, or n would pass 2^30.
 * terms->n is ignored. Domain: 0 < wanted < 1. About 2 log2 n calls of sb_sum_below. */
enum sb_status sb_sum_below_least_n(const struct sb_terms *terms, double bound, double wanted,
                                    unsigned log2_points, uint64_t *n);

#endif
