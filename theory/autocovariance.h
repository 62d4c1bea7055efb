/* The autocovariance of one long sequence, and the error of its mean.
 *
 *     gamma_h = 1/n sum_{t=0}^{n-1-h} (x_t - m)(x_{t+h} - m),     m the mean,   rho_h = gamma_h / gamma_0
 *
 * The mean of a stationary sequence has variance Omega / n to first order, Omega = sum_h gamma_h over all
 * lags of both signs, the long-run variance. It is estimated with the flat-top window of Politis and
 * Romano,
 *
 *     Omega = gamma_0 + 2 sum_{h>=1} w(h/M) gamma_h,   w(x) = 1 for x <= 1/2, 2 (1 - x) for x <= 1, 0 beyond
 *
 * whose bias vanishes as fast as the autocovariance itself. Bandwidth by the rule of Politis (2003):
 * M = 2m, m the least lag after which five correlations in a row are below 2 sqrt(log10(n) / n); at
 * most n/20. Rules from a first-order autoregression (Andrews, Newey and West)
 * miss weak dependence that lasts, which text has: its topic. Where the window, which is not positive
 * definite, gives Omega <= 0, Bartlett's 1 - h/M takes its place. Consistent for sequences whose
 * correlations die out within the window (heuristic for others).
 *
 * Degrees of freedom of the estimate, for Student's t: nu = n / (M int w^2) = 3n/(4M), at most n - 1
 * (heuristic: that of a normal sequence).
 */
#ifndef SB_THEORY_AUTOCOVARIANCE_H
#define SB_THEORY_AUTOCOVARIANCE_H

#include <stdbool.h>
#include <stddef.h>
#include "theory/status.h"

/* gamma_0 .. gamma_{n_lags-1} of x[0..n-1] into gamma. By FFT of the sequence padded with zeros:
 * O(N log N) time and 8 N bytes, N the power of two from n + n_lags on. Domain: 1 <= n_lags <= n, x
 * finite (SB_DOMAIN); n + n_lags <= 2^26 (SB_LIMIT). Rounding: a few ulp of gamma_0 each. */
enum sb_status sb_autocovariance(const double *x, size_t n, size_t n_lags, double *gamma);

/* w(h/M); 1 at h = 0 whatever M is. */
double sb_flat_top_window(size_t lag, size_t bandwidth);

struct sb_long_run {
    size_t n;
    double mean;
    double variance;          /* gamma_0 */
    double long_run_variance; /* Omega >= 0 */
    size_t bandwidth;         /* M; 0: no correlation is seen */
    double threshold;         /* of |rho_h|: 2 sqrt(log10(n) / n) */
    double freedom;           /* nu */
    bool is_capped;           /* dependence reaches beyond n/20: Omega is too small */
    bool is_bartlett;         /* the window was */
};
/* The weight that gamma_h has in the estimate. */
double sb_long_run_window(const struct sb_long_run *run, size_t lag);

enum { SB_LONG_RUN_MIN = 40 }; /* n at least */

/* The estimate for x[0..n-1]. n < SB_LONG_RUN_MIN, or x not finite: SB_DOMAIN. Constant x gives 0. Time
 * and memory of sb_autocovariance with n/10 lags. */
enum sb_status sb_long_run_variance(const double *x, size_t n, struct sb_long_run *result);

#endif
