/* How estimators of entropy and divergence fare where the truth is known: samples of growing size from
 * given distributions, many times over.
 */
#ifndef SB_ESTIMATORS_ENTROPY_TRIALS_H
#define SB_ESTIMATORS_ENTROPY_TRIALS_H

#include <stdint.h>
#include "estimators/divergence.h"

/* The methods for H(p), then those for KL(p || q). */
enum { SB_N_ENTROPY_TRIALS = SB_N_ENTROPY_METHODS + SB_N_DIVERGENCE_METHODS };

struct sb_entropy_trial {
    double truth_bits, mean_bits;
    double sd_bits;             /* of the estimates; NaN from one replicate */
    double low_bits, high_bits; /* their 2.5 % and 97.5 % quantiles */
    double mean_se_bits;        /* of the standard errors that came with them */
    double coverage;            /* share of replicates with the truth within 1.96 of those */
};

struct sb_entropy_trials {
    const double *p, *q; /* probability vectors on n_leaves leaves */
    size_t n_leaves;
    double n_possible;   /* K, for the methods that ask: at least n_leaves */
    const double *sizes; /* ascending whole numbers >= 2, below 2^53 */
    size_t n_sizes, n_replicates;
    uint64_t seed;
};

/* trials[s SB_N_ENTROPY_TRIALS + method] for samples of sizes[s] from p and as many from q. Replicate b
 * draws from (seed, b), and its smaller samples are the beginnings of its larger ones; the same bits at
 * any number of threads. SB_DOMAIN for other sizes. */
enum sb_status sb_entropy_trials_run(const struct sb_entropy_trials *trials, size_t n_threads,
                                     struct sb_entropy_trial *results, struct sb_error *error);

#endif
