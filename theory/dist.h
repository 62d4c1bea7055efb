/* Probability vectors: p[0..n-1], p_x >= 0, sum 1, the mass of each leaf of a tree (docs/theory.md,
 * D1).
 *
 *   notation          meaning                                   name here
 *   H(p)              -sum p ln p                               entropy
 *   -sum p ln q       what p costs under a code made for q      cross entropy
 *   KL(p||q)          sum p ln(p/q)                             kl
 *   chi^2(p||q)       sum (p-q)^2/q                             chi_squared
 *   chi(a,t;q)        sum a t/q = E_q[(a/q)(t/q)]               chi
 *   kappa(a,t;q)      1 - chi(a,t;q) = -Cov_q(a/q, t/q)         kappa
 *
 * 0 ln 0 = 0, and a term whose numerator is 0 is 0 even where q is 0. Divergences are computed from
 * differences of the vectors, never from differences of sums, so that they stay accurate to a few
 * ulp when the vectors almost agree. All sums are compensated. Units are nats; cost O(n) unless
 * stated.
 */
#ifndef SB_THEORY_DIST_H
#define SB_THEORY_DIST_H

#include <stddef.h>
#include "theory/status.h"

/* How far a sum of probabilities may be from 1. */
#define SB_DIST_TOLERANCE 1e-9

/* SB_DOMAIN unless n >= 1, every p_x is finite and >= 0, and the sum is within SB_DIST_TOLERANCE
 * of 1. The error names the vector, the entry (counted from 0) and what is wrong with it. */
enum sb_status sb_dist_check(const double *p, size_t n, const char *name, struct sb_error *error);

/* Divides p by its sum. Domain: p_x >= 0 and finite, sum > 0. A sum that rounds to 1 changes
 * nothing. */
void sb_dist_normalise(double *p, size_t n);

/* H(p) in nats: 0 <= H <= ln n. */
double sb_dist_entropy_nats(const double *p, size_t n);

/* -sum p ln q in nats; inf where q is 0 and p is not. q need not sum to 1. */
double sb_dist_cross_entropy_nats(const double *p, const double *q, size_t n);

/* KL(p||q) in nats, as a sum of terms that are each >= 0; inf where q is 0 and p is not. */
double sb_dist_kl_nats(const double *p, const double *q, size_t n);

/* chi^2(p||q) = sum p^2/q - 1 >= 0; inf where q is 0 and p is not. */
double sb_dist_chi_squared(const double *p, const double *q, size_t n);

/* chi(a,t;q) >= 0; inf where q is 0 and neither a nor t is. */
double sb_dist_chi(const double *a, const double *t, const double *q, size_t n);

/* kappa(a,t;q) = 1 - chi(a,t;q), without the cancellation of that difference; -inf where chi is
 * inf. Splitting at the support of q,  kappa = -sum_{q>0} (a-q)(t-q)/q + a(q=0) + t(q=0). */
double sb_dist_kappa(const double *a, const double *t, const double *q, size_t n);

#endif
