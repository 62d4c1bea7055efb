/* For which k the signs hold at small l (docs/theory.md, R5).
 *
 *   notation     meaning                                                     name here
 *   w            k/(k + 1), the share of pre-training data in q0
 *   chi(w)       X_a = sum p_a p_t/(w p_p + (1-w) p_a), over p_a > 0
 *   kappa_k      1 - chi(w)
 *   k*           the k at which kappa_k turns from + to -                    k_star
 *
 * chi is convex in w with chi(0) = p_t(supp p_a) <= 1, so that two comparisons decide (proved):
 * kappa_k is positive near k = 0 iff chi(0) < 1, or chi(0) = 1 and chi'(0) < 0; if it is, it stays
 * so for ever iff chi(1) = chi <= 1. For novelty nu = 0, kappa_k > 0 is the theorem's signs near
 * l = 0; in general they need kappa_k > (k + 1) nu (R4).
 */
#ifndef SB_THEORY_THRESHOLD_H
#define SB_THEORY_THRESHOLD_H

#include "theory/elasticity.h"
#include "theory/root.h"
#include "theory/status.h"

enum sb_elastic_for {
    SB_ELASTIC_ALWAYS, /* kappa_k > 0 for every k > 0 */
    SB_ELASTIC_BELOW,  /* kappa_k > 0 exactly for 0 < k < k* */
    SB_ELASTIC_NEVER   /* kappa_k <= 0 for every k > 0 */
};

/* "always", "below_k_star" or "never". */
const char *sb_elastic_for_name(enum sb_elastic_for elastic);

struct sb_threshold {
    enum sb_elastic_for elastic;
    struct sb_root k_star; /* if SB_ELASTIC_BELOW: bracketed to 1e-15; residual is kappa_k */
    double chi_start;      /* chi(0) */
    double chi;            /* chi(1), inf where p_p = 0 < p_a p_t */
};

/* k and l of the parts are ignored. A comparison that the rounding of the inputs leaves open counts
 * as equal. Beyond w = 1/2 nothing is computed from w: kappa_k comes from differences of the
 * distributions at k itself (theory/mixture.h), to k = 1e12 and beyond. O(n), and about 60 times that
 * for a root. SB_NUMERIC where k* cannot be told from 0 or infinity. */
enum sb_status sb_threshold_of(const struct sb_parts *parts, struct sb_threshold *threshold);

/* k* as a number: inf for always, 0 for never. */
double sb_threshold_k_star(const struct sb_threshold *threshold);

#endif
