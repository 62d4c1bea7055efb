/* Pre-training data that contain the parts, which may overlap (docs/theory.md, D4, R6), and upper
 * bounds of R (R7).
 *
 *   notation     meaning                                                name here
 *   p_p          pi_1 P_1 + pi_a P_a + pi_t P_t;  p_a = P_a, p_t = P_t
 *   A, T         k pi_a + 1 and k pi_t + l
 *   gamma_1      rate of P_1
 *   rho          gamma_1'/gamma_a'                                      rho
 *   kappa_l      S gamma_a'                                             kappa_l
 *   R            (k pi_t + l)/(k (pi_t - l (pi_a + pi_1 rho)))          R
 *
 * Proved (R6): chi_l <= S/(A + T), hence 1 - 1/(pi_a + pi_t) <= kappa <= 1; and chi <=
 * BC(P_a, P_t)/(2 sqrt(pi_a pi_t)) with the Bhattacharyya coefficient BC = sum sqrt(P_a P_t).
 *
 * Proved (R7): with kappa_l > 0,
 *
 *   R <= (k pi_t + l)/(k (pi_t - l (pi_a + pi_1/kappa_l)))  for l (pi_a + pi_1/kappa_l) < pi_t
 *   R <= (k c + l)/(k (c - l (1 - c)/kappa_l))              for l (1 - c) < c kappa_l
 *
 * the second for any distributions with p_p >= c p_t pointwise. R >= 1 under either condition.
 */
#ifndef SB_THEORY_MIXTURE_BOUNDS_H
#define SB_THEORY_MIXTURE_BOUNDS_H

#include <stddef.h>
#include "theory/elasticity.h"
#include "theory/status.h"

/* A view. P_1, P_a, P_t are probability vectors on the same leaves; pi_1 + pi_a + pi_t = 1 within
 * 1e-9; k and pi_t > 0, l >= 0, all finite. */
struct sb_composition {
    const double *P_1, *P_a, *P_t;
    size_t n_leaves;
    double pi_1, pi_a, pi_t, k, l;
};

/* p_p[0..n_leaves-1]. O(n). */
void sb_composition_blend(const struct sb_composition *composition, double *p_p);

/* Which condition of R7 fails, in the order in which they are tested. */
enum sb_bound_condition {
    SB_BOUND_HOLDS,
    SB_BOUND_NO_SHARE, /* p_p >= c p_t for no c > 0 (or not for the c that was given) */
    SB_BOUND_KAPPA,    /* kappa_l <= 0 */
    SB_BOUND_VOLUME    /* l is too large for the bound, though perhaps not for R */
};

/* "holds", "p_p >= c p_t fails", "kappa_l <= 0" or "l too large". */
const char *sb_bound_condition_name(enum sb_bound_condition condition);

struct sb_ratio_bound {
    double R_upper; /* NaN unless condition is SB_BOUND_HOLDS */
    enum sb_bound_condition condition;
};

struct sb_composition_values {
    double slope_1_nats, slope_a_nats, slope_p_nats, slope_t_nats;
    double kappa_l, rho, R;   /* rho and R are NaN where gamma_a' is 0 within its rounding */
    double chi_l_upper;       /* S/(A + T) */
    double kappa_lower;       /* 1 - 1/(pi_a + pi_t) */
    double chi_bhattacharyya; /* upper bound of chi; inf where pi_a is 0 < BC */
    struct sb_ratio_bound bound;
};

/* R6 and R7's first bound. gamma_p' and R are formed without cancellation at large k. O(n).
 * SB_DOMAIN outside the domain above. */
enum sb_status sb_composition_at(const struct sb_composition *composition,
                                 struct sb_composition_values *values);

/* The largest c with p_p >= c p_t on all leaves: min p_p/p_t, at most 1; 0 where p_p misses a leaf of
 * p_t. O(n). */
double sb_largest_share(const double *p_p, const double *p_t, size_t n);

/* R7's second bound at the parts' k and l, with the share c. The larger c, the better the bound.
 * k > 0; SB_DOMAIN as sb_elasticity_at, or unless 0 <= c <= 1. O(n). */
enum sb_status sb_ratio_bound_of(const struct sb_parts *parts, double share,
                                 struct sb_ratio_bound *bound);

#endif
