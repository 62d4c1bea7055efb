#include "theory/dist.h"

#include <math.h>
#include "theory/numeric.h"

enum sb_status sb_dist_check(const double *p, size_t n, const char *name, struct sb_error *error)
{
    if (n == 0)
        return sb_fail(error, SB_DOMAIN, "%s is empty; give at least one probability", name);
    struct sb_sum sum = { 0 };
    for (size_t x = 0; x < n; x++) {
        if (!isfinite(p[x]) || p[x] < 0)
            return sb_fail(error, SB_DOMAIN, "%s[%zu] is %g; probabilities are finite and >= 0",
                           name, x, p[x]);
        sb_sum_add(&sum, p[x]);
    }
    double total = sb_sum_value(&sum);
    if (!(fabs(total - 1) <= SB_DIST_TOLERANCE))
        return sb_fail(
            error, SB_DOMAIN,
            "%s sums to %.12g; probabilities sum to 1 (within %g): divide them by their sum", name,
            total, SB_DIST_TOLERANCE);
    return SB_OK;
}

void sb_dist_normalise(double *p, size_t n)
{
    struct sb_sum sum = { 0 };
    for (size_t x = 0; x < n; x++)
        sb_sum_add(&sum, p[x]);
    double total = sb_sum_value(&sum);
    for (size_t x = 0; x < n; x++)
        p[x] /= total;
}

double sb_dist_entropy_nats(const double *p, size_t n)
{
    return sb_dist_cross_entropy_nats(p, p, n);
}

double sb_dist_cross_entropy_nats(const double *p, const double *q, size_t n)
{
    struct sb_sum sum = { 0 };
    for (size_t x = 0; x < n; x++)
        if (p[x] > 0)
            sb_sum_add(&sum, -p[x] * log(q[x]));
    return sb_sum_value(&sum);
}

/* p ln(p/q) - (p - q) >= 0. Near q = p by the series of ln(1 + r) - r, r = (q - p)/p. */
static double kl_term(double p, double q)
{
    double r = (q - p) / p;
    return fabs(r) < 0.5 ? -p * sb_log1p_minus_x(r) : p * log(p / q) + (q - p);
}

/* The p - q that the terms leave out sum to q(p = 0). */
double sb_dist_kl_nats(const double *p, const double *q, size_t n)
{
    struct sb_sum sum = { 0 };
    for (size_t x = 0; x < n; x++)
        if (p[x] == 0)
            sb_sum_add(&sum, q[x]);
        else if (q[x] == 0)
            return INFINITY;
        else
            sb_sum_add(&sum, kl_term(p[x], q[x]));
    return sb_sum_value(&sum);
}

double sb_dist_chi_squared(const double *p, const double *q, size_t n)
{
    struct sb_sum sum = { 0 };
    for (size_t x = 0; x < n; x++)
        if (p[x] != q[x])
            sb_sum_add(&sum, (p[x] - q[x]) * ((p[x] - q[x]) / q[x]));
    return sb_sum_value(&sum);
}

double sb_dist_chi(const double *a, const double *t, const double *q, size_t n)
{
    struct sb_sum sum = { 0 };
    for (size_t x = 0; x < n; x++)
        if (a[x] > 0 && t[x] > 0)
            sb_sum_add(&sum, a[x] * (t[x] / q[x]));
    return sb_sum_value(&sum);
}

double sb_dist_kappa(const double *a, const double *t, const double *q, size_t n)
{
    struct sb_sum sum = { 0 };
    for (size_t x = 0; x < n; x++)
        if (q[x] > 0)
            sb_sum_add(&sum, -(a[x] - q[x]) * ((t[x] - q[x]) / q[x]));
        else if (a[x] > 0 && t[x] > 0)
            return -INFINITY;
        else
            sb_sum_add(&sum, a[x] + t[x]);
    return sb_sum_value(&sum);
}
