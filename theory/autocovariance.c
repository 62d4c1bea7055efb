#include "theory/autocovariance.h"

#include <math.h>
#include <stdlib.h>
#include "theory/fft.h"
#include "theory/numeric.h"

/* ---- autocovariance -------------------------------------------------------------------------- */

static double mean_of(const double *x, size_t n)
{
    struct sb_sum sum = { 0 };
    for (size_t t = 0; t < n; t++)
        sb_sum_add(&sum, x[t]);
    return sb_sum_value(&sum) / (double)n;
}

/* The power spectrum in the place of the transform. */
static void square_spectrum(struct sb_fft *fft)
{
    double *data = sb_fft_data(fft);
    for (size_t j = 0; j <= sb_fft_size(fft) / 2; j++) {
        data[2 * j] = data[2 * j] * data[2 * j] + data[2 * j + 1] * data[2 * j + 1];
        data[2 * j + 1] = 0;
    }
}

enum sb_status sb_autocovariance(const double *x, size_t n, size_t n_lags, double *gamma)
{
    if (n_lags < 1 || n_lags > n)
        return SB_DOMAIN;
    for (size_t t = 0; t < n; t++)
        if (!isfinite(x[t]))
            return SB_DOMAIN;
    unsigned log2_n = 1;
    while (log2_n <= SB_FFT_LOG2_MAX && ((size_t)1 << log2_n) < n + n_lags)
        log2_n++;
    if (log2_n > SB_FFT_LOG2_MAX)
        return SB_LIMIT;
    struct sb_fft *fft;
    enum sb_status status = sb_fft_create(log2_n, &fft);
    if (status)
        return status;
    double *data = sb_fft_data(fft), mean = mean_of(x, n);
    size_t size = sb_fft_size(fft);
    for (size_t t = 0; t < size; t++)
        data[t] = t < n ? x[t] - mean : 0;
    sb_fft_forward(fft);
    square_spectrum(fft);
    sb_fft_backward(fft);
    for (size_t h = 0; h < n_lags; h++)
        gamma[h] = data[h] / (double)size / (double)n;
    sb_fft_free(fft);
    return SB_OK;
}

/* ---- the long-run variance --------------------------------------------------------------------- */

double sb_flat_top_window(size_t lag, size_t bandwidth)
{
    double x = lag ? (double)lag / (double)bandwidth : 0;
    return x <= 0.5 ? 1 : x < 1 ? 2 * (1 - x) : 0;
}

static double bartlett_window(size_t lag, size_t bandwidth)
{
    return lag < bandwidth ? 1 - (double)lag / (double)bandwidth : 0;
}

/* The least m after which five correlations in a row are small, or n_lags. */
static size_t last_correlated_lag(const double *gamma, size_t n_lags, double threshold)
{
    enum { IN_A_ROW = 5 };
    size_t run = 0;
    for (size_t h = 1; h < n_lags; h++) {
        run = fabs(gamma[h]) < threshold * gamma[0] ? run + 1 : 0;
        if (run == IN_A_ROW)
            return h - IN_A_ROW;
    }
    return n_lags;
}

double sb_long_run_window(const struct sb_long_run *run, size_t lag)
{
    if (lag == 0)
        return 1;
    return run->is_bartlett ? bartlett_window(lag, run->bandwidth)
                            : sb_flat_top_window(lag, run->bandwidth);
}

static double windowed_sum(const struct sb_long_run *run, const double *gamma)
{
    struct sb_sum sum = { gamma[0], 0 };
    for (size_t h = 1; h < run->bandwidth; h++)
        sb_sum_add(&sum, 2 * sb_long_run_window(run, h) * gamma[h]);
    return sb_sum_value(&sum);
}

enum sb_status sb_long_run_variance(const double *x, size_t n, struct sb_long_run *result)
{
    if (n < SB_LONG_RUN_MIN)
        return SB_DOMAIN;
    size_t n_lags = n / 10 + 10;
    double *gamma = malloc(n_lags * sizeof *gamma);
    if (!gamma)
        return SB_MEMORY;
    struct sb_long_run r = { .n = n, .threshold = 2 * sqrt(log10((double)n) / (double)n) };
    enum sb_status status = sb_autocovariance(x, n, n_lags, gamma);
    if (!status) {
        size_t m = last_correlated_lag(gamma, n_lags, r.threshold), most = n / 40;
        r.is_capped = m > most;
        r.bandwidth = 2 * (r.is_capped ? most : m);
        r.mean = mean_of(x, n);
        r.variance = gamma[0];
        r.long_run_variance = windowed_sum(&r, gamma);
        r.is_bartlett = r.long_run_variance <= 0 && gamma[0] > 0;
        if (r.is_bartlett)
            r.long_run_variance = windowed_sum(&r, gamma);
        r.freedom = r.bandwidth ? fmin((double)n - 1, 0.75 * (double)n / (double)r.bandwidth)
                                : (double)n - 1;
        *result = r;
    }
    free(gamma);
    return status;
}
