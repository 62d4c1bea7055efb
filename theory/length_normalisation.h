/* What averaging L(x)/|x| per response does to the force balance (docs/theory.md, R13).
 *
 * With a weight omega(x) on each response, 1/|x| for its length |x|, the averaged rates are
 *
 *   gamma_i  = -sum_x p_i omega ln q
 *   gamma_i' = -(1/S) sum_x omega p_i (p_t - q)/q
 *            = -(1/S) [ sum omega delta_i delta_t/q + sum (omega - c) delta_t ],  delta_i = p_i - q,
 *
 * for any constant c, and their balance is
 *
 *   k gamma_p' + gamma_a' + l gamma_t' = E_q[omega] - E_t[omega]              imbalance
 *
 * (proved: sum_i v_i p_i = S q). Unless that is O(1/k), the -k law is lost: as k -> inf at l = 0,
 *
 *   gamma_a'/gamma_p' -> (E_a[omega] - sum omega p_a p_t/p_p)/(E_p[omega] - E_t[omega])   ratio_limit
 *
 * where disjoint parts leave E_a[omega] alone above. Constant weights change nothing but the unit.
 * Rates that divide total bits by total length are such a constant per dataset, and then the law
 * holds, with volumes counted in the same unit: if bits per response give the ratio -k, bits per
 * length of the datasets' mean lengths m_i give -k m_p/m_a, the ratio of the volumes in lengths.
 */
#ifndef SB_THEORY_LENGTH_NORMALISATION_H
#define SB_THEORY_LENGTH_NORMALISATION_H

#include "theory/elasticity.h"
#include "theory/status.h"

struct sb_length_normalised {
    double slope_p_nats, slope_a_nats, slope_t_nats; /* averaged rates, by l */
    double imbalance_nats;
    double ratio;       /* gamma_a'/gamma_p'; NaN for 0/0 */
    double ratio_limit; /* k -> inf at l = 0; -inf where E_p[omega] = E_t[omega], the -k law; NaN
                           where p_t has mass and p_p has none */
};

/* weights[0..n_leaves-1] > 0 and finite. SB_DOMAIN for those, for volumes as in theory/elasticity.h,
 * and where q is 0 but p_p, p_a or p_t is not (a rate is infinite). O(n). */
enum sb_status sb_length_normalised_at(const struct sb_parts *parts, const double *weights,
                                       struct sb_length_normalised *normalised);

#endif
