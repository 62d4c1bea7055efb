/* Cross-entropy and Kullback-Leibler divergence of two datasets from the counts of their leaves
 * (docs/estimators.md, "Divergence of leaves"). Leaf i is seen x_i times in n observations of p, y_i
 * times in m observations of q; nats here:
 *
 *   smoothed         C = -sum (x_i/n) ln q_i,  q_i = (y_i + 1/K)/(m + 1),
 *                    KL = C - plug-in entropy of p
 *   Zhang-Grabchak   C = sum (x_i/n) (psi(m + 1) - psi(y_i + 1)),           (2014)
 *                    KL = C - sum (x_i/n) (psi(n) - psi(x_i))
 *
 * Smoothed is what a tree that has counted q charges for p (K leaves there could be, one observation
 * spread over them: tree:d=N). Zhang and Grabchak's C is sum_v (1/v) E[(1 - q)^v] with each power
 * estimated without bias as far as m reaches, in closed form; its bias falls faster than any power of m
 * where q has every leaf of p. Where q has no mass on a leaf of p the truth is inf, and no estimate
 * from counts can say so: both stay finite and grow like ln m.
 *
 * Standard errors: delete-one jackknife over both samples, exact and O(leaves); observations are taken
 * as independent.
 */
#ifndef SB_ESTIMATORS_DIVERGENCE_H
#define SB_ESTIMATORS_DIVERGENCE_H

#include "estimators/entropy.h"

enum sb_divergence_method {
    SB_DIVERGENCE_SMOOTHED,
    SB_DIVERGENCE_ZHANG_GRABCHAK,
    SB_N_DIVERGENCE_METHODS
};

/* "smoothed", "zhang-grabchak"; and back, SB_FORMAT for another name. */
const char *sb_divergence_method_name(enum sb_divergence_method method);
enum sb_status sb_divergence_method_parse(const char *name, enum sb_divergence_method *method);

struct sb_divergence {
    struct sb_entropy cross_entropy, kl; /* errors NaN where a sample has one observation */
};

/* Counts of the same n_leaves leaves, whole numbers >= 0, a positive sum below 2^53 each. n_possible is
 * K, at least the leaves of q that are seen; only `smoothed` reads it. SB_DOMAIN otherwise. */
enum sb_status sb_divergence_estimate(enum sb_divergence_method method, const double *counts_p,
                                      const double *counts_q, size_t n_leaves, double n_possible,
                                      struct sb_divergence *divergence);

#endif
