/* A training procedure: its seeds and the documents, crossed.
 *
 * One checkpoint is a fixed model, whose rate is inferred from a sample of documents
 * (estimators/uncertainty.h). A training procedure is a population of checkpoints, of which S seeds
 * were trained; all of them score the same n documents. What is inferred is T, the mean of T_s over
 * seeds and over documents, T_s a combination of ratios of sums as for one model. Of
 *
 *     y_sc = T_s + n u_sc,   u_sc the linear influence of document c on T_s   (mean over c: T_s)
 *
 * the two-way analysis of variance with random seeds, documents and their interaction gives
 *
 *     seeds          v_S = sum_s (T_s - T)^2 / (S (S-1))           interaction included
 *     documents      v_D = max(0, (MS_D - MS_R) / (S n))
 *                    MS_D = S n^2 sum_c u_.c^2 / (n-1)
 *                    MS_R = n^2 sum_sc (u_sc - u_.c)^2 / ((S-1)(n-1)),   u_.c the mean over seeds
 *
 * and two intervals:
 *
 *     these documents   T -+ t_(S-1) sqrt(v_S): Student's t over seed means, documents taken as fixed
 *     crossed           T -+ t_nu sqrt(v_S + v_D), nu by Satterthwaite: documents sampled, too; v_D has
 *                       the degrees of freedom of t intervals
 *
 * Several samples of documents add their v_D. Differences are paired within each seed: T_s is the
 * difference under seed s. A bootstrap of a few seeds has no place here: of 3 seeds it knows 10
 * samples, and covers far too little.
 */
#ifndef SB_ESTIMATORS_SEEDS_H
#define SB_ESTIMATORS_SEEDS_H

#include <stddef.h>
#include "estimators/uncertainty.h"
#include "theory/status.h"

struct sb_seeds_estimate {
    struct sb_estimate crossed;         /* documents sampled, too */
    struct sb_estimate these_documents; /* value, error, n_seeds - 1 degrees of freedom */
    double seed_error, document_error;  /* sqrt(v_S), sqrt(v_D): the standard errors' two parts */
};

/* terms[s n_terms + j] is term j under seed s: the same coefficient, sample and n for all seeds.
 * Domain: n_seeds >= 1. With one seed, a value that is not finite or a sample with fewer than two
 * documents of weight there is no interval, and the notes say so. values[0..n_seeds-1] takes the T_s,
 * or is NULL. O(n_seeds n_terms n). */
enum sb_status sb_estimate_seeds(const struct sb_ratio *terms, size_t n_terms, size_t n_seeds,
                                 double confidence, double *values,
                                 struct sb_seeds_estimate *estimate);

#endif
