/* How often intervals hold the truth, by simulation where the truth is known.
 *
 * A sample is n documents; all kinds of intervals are computed from it, with the same bootstrap draws,
 * and compared with the true rate. The laws of documents:
 *
 *   language          documents of the controlled language's dialect 2, all of one length, under the
 *                     oracle of its pre-training mixture: the truth is the exact cross-entropy
 *   exponential,      lengths b = 1, 1 + Exp or exp(Z), or Pareto of exponent 3 or 1.5; the document
 *   lognormal,        has b (1 + b^(-1/2))/2 E bits, E = exp(Z/5 - 1/50) of mean 1: the rate falls with
 *   pareto3,          the length, as it does where there is more context, and the truth is
 *   pareto1.5         (1 + E b^(1/2) / E b)/2
 *   independent       lognormal lengths, and rates 1/2 E that do not depend on them
 *
 * Sample i draws from the stream (seed, i), and its bootstrap from a seed drawn there: results are the
 * same bits at any number of threads.
 */
#ifndef SB_ESTIMATORS_COVERAGE_H
#define SB_ESTIMATORS_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "estimators/uncertainty.h"
#include "theory/status.h"

enum sb_coverage_law {
    SB_LAW_LANGUAGE,
    SB_LAW_INDEPENDENT,
    SB_LAW_EXPONENTIAL,
    SB_LAW_LOGNORMAL,
    SB_LAW_PARETO_3,
    SB_LAW_PARETO_1_5,
    SB_N_LAWS
};
extern const char *const sb_coverage_law_names[SB_N_LAWS];
bool sb_coverage_law_has_variance(enum sb_coverage_law law); /* of the lengths */

struct sb_coverage_options {
    enum sb_coverage_law law;
    size_t n_documents, n_samples; /* >= 2, >= 1 */
    size_t n_replicates;           /* of each sample's bootstrap, >= 1 */
    double confidence;             /* in (0, 1) */
    uint64_t seed;
    size_t n_threads;
};

struct sb_coverage {
    double true_rate;
    size_t n_covered[SB_N_INTERVALS];
    size_t n_above[SB_N_INTERVALS], n_below[SB_N_INTERVALS]; /* interval above, below the truth */
    double mean_width[SB_N_INTERVALS];
    size_t n_heavy; /* samples whose sizes look heavy-tailed (estimators/document_sizes.h) */
};

/* Domain as above (SB_DOMAIN). O(n_samples n_replicates n_documents). */
enum sb_status sb_coverage_simulate(const struct sb_coverage_options *options,
                                    struct sb_coverage *coverage, struct sb_error *error);

#endif
