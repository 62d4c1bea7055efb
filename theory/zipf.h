/* Entropy of Zipf masses, p_j = j^-s/Z for ranks j = 1..M (docs/theory.md, R11).
 *
 *   Z = sum j^-s,   Lambda = sum j^-s ln j,   H = ln Z + s Lambda/Z
 *
 * that is zeta(s) - zeta(s, M + 1) and minus its derivative; here both are summed directly up to a
 * rank of about 30 and beyond it by Euler and Maclaurin's formula, which has no pole at s = 1 and
 * nothing to cancel. s is the exponent of the mass by rank, not that of the distribution of masses:
 * iid Pareto(alpha) masses, sorted, have s = 1/alpha.
 */
#ifndef SB_THEORY_ZIPF_H
#define SB_THEORY_ZIPF_H

#include "theory/status.h"

struct sb_zipf {
    double Z;
    double entropy_nats;     /* H */
    double minus_log_M_nats; /* H - ln M <= 0: minus the divergence from uniform; -inf at M = inf */
};

/* Domain: 0 <= s <= 60; M >= 1 a whole number, or inf if s > 1; else SB_DOMAIN. Relative error of
 * Z and H about 1e-14 (checked). O(min(M, 90)). */
enum sb_status sb_zipf_at(double s, double M, struct sb_zipf *zipf);

/* Z = sum over j >= first of j^-s = zeta(s, first), and the mean of ln j under masses j^-s/Z, which
 * falls as s grows. Domain: 1 < s <= 60, first >= 1 a whole number. O(30) and less: one pow for
 * first >= 30 + s. */
double sb_zipf_tail(double s, double first, double *mean_log);

/* lim (H - ln M) as M grows, in nats: -ln(1 - s) - s/(1 - s). Domain: 0 <= s < 1, else NaN (H - ln M
 * falls without bound: H is ln M/2 + ln ln M + o(1) for s = 1 and finite for s > 1). */
double sb_zipf_limit_nats(double s);

#endif
