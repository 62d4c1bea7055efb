/* The three-part theorem: pre-training, alignment and perturbation data with volumes k : 1 : l, and
 * what happens to the first two when the third grows (docs/theory.md, D1-D3, R1, R2, R4, R9).
 * A special case of theory/mixture.h.
 *
 *   notation            meaning                                              name here
 *   p_p, p_a, p_t       leaf distributions of the three datasets             p_p, p_a, p_t
 *   S, q, q0            k + 1 + l; the model; the model at l = 0
 *   gamma_i, ', ''      rate of dataset i, first and second derivative in l  p, a, t
 *   R                   -gamma_a'/(k gamma_p')                               R
 *   nu                  p_t(q0 = 0), novelty                                 nu
 *   chi_l, kappa_l      sum p_a p_t/q, and 1 - chi_l = S gamma_a'            chi_l, kappa_l
 *   X_i                 sum_{q0>0} p_i p_t/q0                                X_p, X_a
 *   kappa_k             1 - X_a = (k + 1) gamma_a'(0+)                       kappa_k
 *   chi, kappa          sum p_a p_t/p_p, and 1 - chi                         chi, kappa
 *   V                   chi^2(p_t||q) = -S gamma_t'                          V
 *   l*, l_a*            volumes at which gamma_p', gamma_a' turn from - to + l_star, l_star_a
 *
 * Signs (R4, by R2 never both negative). At most one of l*, l_a* exists, and the verdict is
 *   theorem    gamma_p' < 0 < gamma_a'   exactly for l < l*   (exists iff X_p > 1)
 *   reversed   gamma_a' < 0 < gamma_p'   exactly for l < l_a* (exists iff X_a > 1)
 *   both_rise  otherwise, but for
 *   boundary   a slope that is 0: smaller than the rounding error of its own terms.
 */
#ifndef SB_THEORY_ELASTICITY_H
#define SB_THEORY_ELASTICITY_H

#include <stddef.h>
#include "theory/mixture.h"
#include "theory/status.h"

/* A view of three probability vectors (sb_dist_check) on the same n leaves, and the volumes. */
struct sb_parts {
    const double *p_p, *p_a, *p_t;
    size_t n_leaves;
    double k, l; /* finite, >= 0 */
};

enum sb_verdict { SB_THEOREM, SB_REVERSED, SB_BOTH_RISE, SB_BOUNDARY };

/* "theorem", "reversed", "both_rise" or "boundary". */
const char *sb_verdict_name(enum sb_verdict verdict);

/* From the signs of gamma_p' and gamma_a', each -1, 0 or 1. */
enum sb_verdict sb_verdict_of(int sign_p, int sign_a);

/* Everything of D1-D3 at one l. Infinite where the formula is; NaN where it has no value: R where
 * gamma_p' is 0 or k is 0. balance_nats is k gamma_p' + gamma_a' + l gamma_t', with the limit -nu
 * for the last term at l = 0: 0 but for rounding. */
struct sb_elasticity {
    struct sb_response p, a, t;
    double nu, chi_l, kappa_l, X_p, X_a, kappa_k, chi, kappa, V, R, balance_nats;
    enum sb_verdict verdict;
};

/* SB_DOMAIN where k or l is out of range. O(n). Relative accuracy is that of the inputs up to
 * k = 1e12 and beyond (to 1e150, where k^-2 underflows): nothing here is a difference of rates or
 * of overlaps. */
enum sb_status sb_elasticity_at(const struct sb_parts *parts, struct sb_elasticity *elasticity);

/* l* and l_a*; parts->l is ignored. sb_turning_volume makes numbers of them: NaN where the rate
 * never falls, inf where it falls for ever. Cost of sb_mixture_turning, twice. */
enum sb_status sb_elasticity_turning(const struct sb_parts *parts, struct sb_turning *l_star,
                                     struct sb_turning *l_star_a);

/* R9: what splitting the nodes of one layer of a tree into their children adds to
 * chi = sum_v P_a(v) P_t(v)/Q(v). Q is p_p for chi, q0 for X_a, q for chi_l.
 *
 *   increment = sum_c (P_a(c) - P_a(v) f)(P_t(c) - P_t(v) f)/Q(c),   v = parent[c], f = Q(c)/Q(v)
 *
 * which is the theorem's sum with its fractions cleared. Any number of children; a node that is not
 * split has itself as its one child (and adds 0). Masses are arrays by node; parent[c] indexes the
 * parents. Children without Q-mass add their limit: inf where both P_a(c) and P_t(c) are positive,
 * else -(P_a(c) P_t(v) + P_t(c) P_a(v))/Q(v). NaN where chi is infinite before the split. O(n). */
struct sb_layer {
    const double *a, *t, *q;
};
double sb_chi_increment(const struct sb_layer *parents, const struct sb_layer *children,
                        const size_t *parent, size_t n_children);

#endif
