/* Entropies of leaves from their counts, less of the bias (docs/estimators.md, "Entropy of leaves").
 * n observations, leaf i seen n_i times, M leaves seen, f1 of them once, p_i = n_i/n; nats here:
 *
 *   plug-in        -sum p_i ln p_i                               bias about -(M - 1)/(2 n)
 *   Miller-Madow   plug-in + (M - 1)/(2 n)                       (Miller 1955)
 *   Chao-Shen      -sum c_i ln c_i/(1 - (1 - c_i)^n),            (Chao and Shen 2003)
 *                  c_i = C p_i, coverage C = 1 - f1/n (Good-Turing; f1 = n counts as n - 1)
 *   NSB            posterior mean under Dirichlet priors on K leaves, mixed so that the prior of H is
 *                  about uniform on [0, ln K]                    (Nemenman, Shafee and Bialek 2002)
 *
 * NSB: given the concentration b, with k = n + K b,
 *
 *   E[H | b] = psi(k + 1) - sum_i (n_i + b)/k psi(n_i + b + 1)     over all K leaves, seen or not
 *   weight   = dxi/db Gamma(K b)/Gamma(k) prod_i Gamma(n_i + b)/Gamma(b),
 *   xi(b)    = psi(K b + 1) - psi(b + 1), the prior mean of H,
 *
 * integrated over ln b in logarithms, around the weight's maximum, by GSL's adaptive rule. Counts enter
 * through their classes and K as a number: K = 2^64 costs what K = 2 does.
 *
 * Standard errors take the observations as independent (the blocks of a document are not quite):
 * plug-in by the delta method, Miller-Madow and Chao-Shen by the delete-one jackknife, NSB the
 * posterior's standard deviation. They do not cover bias.
 */
#ifndef SB_ESTIMATORS_ENTROPY_H
#define SB_ESTIMATORS_ENTROPY_H

#include <stddef.h>
#include "theory/status.h"

enum sb_entropy_method {
    SB_ENTROPY_PLUG_IN,
    SB_ENTROPY_MILLER_MADOW,
    SB_ENTROPY_CHAO_SHEN,
    SB_ENTROPY_NSB,
    SB_N_ENTROPY_METHODS
};

/* "plug-in", "miller-madow", "chao-shen", "nsb". */
const char *sb_entropy_method_name(enum sb_entropy_method method);

/* The method of that name: SB_FORMAT if there is none. */
enum sb_status sb_entropy_method_parse(const char *name, enum sb_entropy_method *method);

struct sb_entropy {
    double bits;
    double standard_error_bits; /* NaN from one observation but for NSB */
};

/* counts[0..n-1]: whole numbers >= 0, their sum positive and below 2^53. n_possible is K, the leaves
 * that there could be: at least those seen, at most 2^80; only NSB reads it. SB_DOMAIN otherwise,
 * SB_NUMERIC where the integrals of NSB do not settle. O(n log n); NSB about 2000 times the distinct
 * counts. */
enum sb_status sb_entropy_estimate(enum sb_entropy_method method, const double *counts, size_t n,
                                   double n_possible, struct sb_entropy *entropy);

#endif
