#include "estimators/pareto_tail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "theory/numeric.h"
#include "theory/portable.h"

enum { SHORTEST_TAIL = 5, PRIOR_OBSERVATIONS = 10 };

double sb_pareto_tail_limit(size_t n)
{
    double limit = n > 1 ? 1 - sb_portable_log(10) / sb_portable_log((double)n) : -INFINITY;
    return limit < 0.7 ? limit : 0.7;
}

/* The shape that is likeliest for -shape/scale = b: mean log(1 - b x). */
static double shape_at(const double *x, size_t n, double b)
{
    struct sb_sum sum = { 0 };
    for (size_t i = 0; i < n; i++)
        sb_sum_add(&sum, sb_portable_log(1 - b * x[i]));
    return sb_sum_value(&sum) / (double)n;
}

/* n exceedances, ascending, the last and the quartile above 0. */
static enum sb_status fit(const double *x, size_t n, double *k)
{
    size_t n_points = 30 + (size_t)sqrt((double)n);
    double quartile = x[(size_t)((double)n / 4 + 0.5) - 1];
    double *b = malloc(2 * n_points * sizeof *b);
    if (!b)
        return SB_MEMORY;
    double *likelihood = b + n_points;
    for (size_t j = 0; j < n_points; j++) {
        b[j] = 1 / x[n - 1] + (1 - sqrt((double)n_points / ((double)j + 0.5))) / (3 * quartile);
        double shape = shape_at(x, n, b[j]);
        likelihood[j] = (double)n * (sb_portable_log(-b[j] / shape) - shape - 1);
    }
    double mean = 0;
    for (size_t j = 0; j < n_points; j++) {
        double sum = 0;
        for (size_t i = 0; i < n_points; i++)
            sum += sb_portable_exp(likelihood[i] - likelihood[j]);
        mean += b[j] / sum;
    }
    *k = ((double)n * shape_at(x, n, mean) + PRIOR_OBSERVATIONS * 0.5) /
         (double)(n + PRIOR_OBSERVATIONS);
    free(b);
    return SB_OK;
}

enum sb_status sb_pareto_tail(const double *x, size_t n, double *k)
{
    double by_root = 3 * sqrt((double)n), by_share = (double)n / 5;
    size_t n_tail = (size_t)ceil(by_root < by_share ? by_root : by_share);
    *k = NAN;
    if (n_tail < SHORTEST_TAIL || n_tail >= n)
        return SB_OK;
    double *sorted = malloc(n * sizeof *sorted);
    if (!sorted)
        return SB_MEMORY;
    memcpy(sorted, x, n * sizeof *sorted);
    sb_sort(sorted, n);
    /* In units of the largest, above the first that is not in the tail. */
    double *tail = sorted + n - n_tail, below = tail[-1], largest = sorted[n - 1];
    for (size_t i = 0; i < n_tail; i++)
        tail[i] = (tail[i] - below) / largest;
    enum sb_status status = SB_OK;
    if (tail[(size_t)((double)n_tail / 4 + 0.5) - 1] > 0)
        status = fit(tail, n_tail, k);
    free(sorted);
    return status;
}
