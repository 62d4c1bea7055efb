/* The closed form: parts with disjoint supports, any leaf law (docs/theory.md, D4 and R3).
 *
 *   p_p = pi_1 P_1 + pi_a P_a + pi_t P_t,   p_a = P_a,   p_t = (1 - nu) P_t + nu (new leaves)
 *
 * with volumes k : 1 : l. Within a part the model is exact: rates depend on four masses only. With
 * S = k + 1 + l, T = k pi_t + l(1 - nu), B = k(1 - pi_t) + 1 and D = (k + 1)(1 - nu) - k pi_t,
 *
 *   gamma_a' = 1/S
 *   gamma_p' = [l(1 - nu)(1 - pi_t) - pi_t(1 - (k + 1) nu)] / (S T)
 *   gamma_t' = -[B + D^2/T + nu (k + 1)^2/l] / S^2
 *   R        = T / (k [pi_t(1 - (k + 1) nu) - l(1 - nu)(1 - pi_t)])
 *   l*       = pi_t(1 - (k + 1) nu) / ((1 - nu)(1 - pi_t))
 *
 * For nu = 0 these are R3's, and R3 bounds R: for 0 <= l <= theta l*, theta < 1,
 *
 *   1 <= R <= (1 + theta/(k(1 - pi_t)))/(1 - theta),  both attained (proved).
 *
 * 1 - pi_t is taken as pi_1 + pi_a. Every value is accurate to a few ulp of its terms for any k.
 */
#ifndef SB_THEORY_DISJOINT_H
#define SB_THEORY_DISJOINT_H

#include "theory/elasticity.h"
#include "theory/status.h"

struct sb_disjoint {
    double k, l;             /* k > 0, l >= 0, finite */
    double pi_1, pi_a, pi_t; /* >= 0, pi_t > 0, summing to 1 within 1e-9 */
    double nu;               /* 0 <= nu <= 1 */
};

struct sb_disjoint_values {
    double slope_p_nats, slope_a_nats, slope_t_nats; /* slope_t is -inf at l = 0 < nu */
    double R;       /* NaN where gamma_p' is 0: smaller than the rounding error of its terms */
    double l_star;  /* <= 0 or NaN where gamma_p rises from the start; inf for pi_t = 1 */
    double R_upper; /* R3's bound at theta = l/l*; NaN where it has none: l >= l* or nu > 0 */
    enum sb_verdict verdict; /* never SB_REVERSED */
};

/* SB_DOMAIN unless the struct is as its comments say; the error names the field. */
enum sb_status sb_disjoint_check(const struct sb_disjoint *disjoint, struct sb_error *error);

/* Domain: as checked by sb_disjoint_check, which this does not repeat. O(1), no logarithm. */
struct sb_disjoint_values sb_disjoint_at(const struct sb_disjoint *disjoint);

/* gamma_i(l) - gamma_i(0) in nats, without cancellation. t_nats is -inf for l > 0 and nu > 0, where
 * gamma_t comes down from infinity. Domain as above. O(1): four logarithms. */
struct sb_disjoint_changes {
    double p_nats, a_nats, t_nats;
};
struct sb_disjoint_changes sb_disjoint_changes(const struct sb_disjoint *disjoint);

#endif
