/* Joint training of a model with few parameters: an exponential family (docs/theory.md, R8).
 *
 *   notation     meaning                                                  name here
 *   T(x)         features of leaf x                                       features[x*m + j]
 *   b(x)         base measure                                             base (NULL: 1)
 *   q(x)         b(x) exp(theta . T(x) - Lambda(theta))                   sb_family_model
 *   mu_i         E_{p_i} T
 *   mu           sum v_i mu_i/S: the optimum has E_q T = mu
 *   Sigma        covariance of T under q
 *   J            sum v_i gamma_i = S (Lambda - theta . mu) + a constant
 *   epsilon      J at theta minus the least J                             gap_nats
 *
 * J is convex. Newton's method with halved steps finds its optimum, and a duality gap says how far J
 * is from it (proved): q'(x) = q(x)(1 + s . (T(x) - E_q T)), with Newton's step s = Sigma^-1 (mu -
 * E_q T), has the moments mu; if it is a distribution, no member of the family codes the joint data
 * in less than what q' says, and
 *
 *   epsilon <= S KL(q' || q).
 *
 * R2 holds here with these epsilon; its derivatives are influence functions,
 *
 *   gamma_i' = -(mu - mu_i)' Sigma^-1 (mu - mu_t)/S
 *
 * which is R1 with likelihood ratios projected on the span of T. The signs of R4 need not hold.
 */
#ifndef SB_THEORY_EXPONENTIAL_FAMILY_H
#define SB_THEORY_EXPONENTIAL_FAMILY_H

#include <stddef.h>
#include "theory/mixture.h"
#include "theory/status.h"

enum { SB_FAMILY_FEATURES_MAX = 16 };

/* A view. m = n_features, 1 to SB_FAMILY_FEATURES_MAX; features is (n_leaves, m), finite; base is
 * positive and finite, or NULL. */
struct sb_family {
    size_t n_leaves, n_features;
    const double *features, *base;
};

struct sb_family_fit {
    double gap_nats;      /* bound on epsilon; inf before Newton's steps become small */
    double gradient_norm; /* of J/S: largest |E_q T - mu| */
    int n_iterations;     /* Newton steps taken */
};

/* Minimises J over theta[0..m-1], from the theta given, until gap_nats <= tolerance_nats or no step
 * makes progress. Domain: mixture and family on the same leaves, every volume as in
 * theory/mixture.h, theta finite, tolerance_nats >= 0. SB_NUMERIC where Sigma is singular (features
 * that are dependent on the leaves) or 200 steps do not do. Where mu is on the border of what the
 * family reaches, no theta is optimal; theta then goes out as far as the tolerance asks. theta and *fit are
 * written on SB_OK only. O(n m^2) per step. */
enum sb_status sb_family_fit(const struct sb_family *family, const struct sb_mixture *mixture,
                             double tolerance_nats, double *theta, struct sb_family_fit *fit);

/* q[0..n_leaves-1] at theta. O(n m). */
void sb_family_model(const struct sb_family *family, const double *theta, double *q);

/* gamma_i at theta, in nats. O(n m). */
double sb_family_rate_nats(const struct sb_family *family, const double *theta, const double *p);

/* gamma_i at `to` minus gamma_i at `from`, without cancellation: ln E_{q_from} exp((to - from) .
 * (T - mu_i)). O(n m). */
double sb_family_change_nats(const struct sb_family *family, const double *from, const double *to,
                             const double *p);

/* The influence functions at an optimum theta: slopes_nats[i] = d gamma_i/d v_growing for each dataset
 * of the mixture, with mu - mu_i formed from pairwise differences. SB_NUMERIC where Sigma is singular.
 * O(n m^2 + N^2 m). */
enum sb_status sb_family_respond(const struct sb_family *family, const struct sb_mixture *mixture,
                                 size_t growing, const double *theta, double *slopes_nats);

#endif
