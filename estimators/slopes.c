#include "estimators/slopes.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include "estimators/fieller.h"

enum { N_BANDWIDTHS = 12, N_ROLES = SB_N_ROLES };
static const double N_MAX = 1e6, POWER = 0.95;

/* ---- local parabolas ------------------------------------------------------------------------- */

static double kernel(double u)
{
    double a = fabs(u);
    return a < 1 ? pow(1 - a * a * a, 3) : 0;
}

/* Row 1 of the inverse of the symmetric 3 x 3 matrix of moments m[i + j]; false if it is singular. */
static bool slope_row(const double m[5], double row[3])
{
    double c0 = m[2] * m[4] - m[3] * m[3], c1 = m[2] * m[3] - m[1] * m[4];
    double c2 = m[1] * m[3] - m[2] * m[2], determinant = m[0] * c0 + m[1] * c1 + m[2] * c2;
    if (!(determinant > 1e-12 * m[0] * m[2] * m[4]))
        return false;
    row[0] = c1 / determinant;
    row[1] = (m[0] * m[4] - m[2] * m[2]) / determinant;
    row[2] = (m[1] * m[2] - m[0] * m[3]) / determinant;
    return true;
}

enum sb_status sb_local_slope(const double *x, size_t n, double at, double h, double *weights)
{
    double moments[5] = { 0 }, row[3];
    for (size_t j = 0; j < n; j++) {
        double u = (x[j] - at) / h, power = kernel(u);
        for (int i = 0; i < 5; i++, power *= u)
            moments[i] += power;
    }
    if (!slope_row(moments, row))
        return SB_DOMAIN;
    for (size_t j = 0; j < n; j++) {
        double u = (x[j] - at) / h;
        weights[j] = kernel(u) * (row[0] + u * (row[1] + u * row[2])) / h;
    }
    return SB_OK;
}

/* ---- means over replicates ------------------------------------------------------------------- */

static struct sb_slope summarise(const double *values, size_t n, double t)
{
    double mean = 0, squares = 0;
    for (size_t r = 0; r < n; r++)
        mean += values[r] / (double)n;
    for (size_t r = 0; r < n; r++)
        squares += (values[r] - mean) * (values[r] - mean);
    double error = sqrt(squares / ((double)n * (double)(n - 1)));
    return (struct sb_slope){ mean, error, mean - t * error, mean + t * error };
}

static double covariance(const double *a, const double *b, double mean_a, double mean_b, size_t n)
{
    double sum = 0;
    for (size_t r = 0; r < n; r++)
        sum += (a[r] - mean_a) * (b[r] - mean_b);
    return sum / ((double)n * (double)(n - 1));
}

/* Whether n replicates suffice: a condition that holds from some n on. */
static bool suffices(double n, double ratio, double confidence)
{
    double t = gsl_cdf_tdist_Pinv(0.5 + 0.5 * confidence, n - 1);
    double needed = (t + gsl_cdf_ugaussian_Pinv(POWER)) * ratio;
    return needed * needed <= n;
}

static double n_for_sign(const struct sb_slope *slope, size_t n_replicates, double confidence)
{
    double ratio = slope->standard_error * sqrt((double)n_replicates) / fabs(slope->value);
    double low = 1, high = 2; /* not enough; enough */
    while (!suffices(high, ratio, confidence)) {
        if (high > N_MAX)
            return INFINITY;
        low = high;
        high *= 2;
    }
    while (high - low > 1) {
        double middle = floor(0.5 * (low + high));
        if (suffices(middle, ratio, confidence))
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* Everything at one x from the slopes of each replicate: slopes[i][r]. combined is scratch. */
static void conclude(const struct sb_noisy_curves *c, double x, double bandwidth,
                     const double *const slopes[N_ROLES], double confidence, double *combined,
                     struct sb_slopes *result)
{
    size_t n = c->n_replicates;
    double t = gsl_cdf_tdist_Pinv(0.5 + 0.5 * confidence, (double)(n - 1));
    *result = (struct sb_slopes){ .x = x, .bandwidth = bandwidth };
    for (size_t i = 0; i < N_ROLES; i++) {
        result->slope[i] = summarise(slopes[i], n, t);
        result->n_for_sign[i] = n_for_sign(&result->slope[i], n, confidence);
    }
    for (size_t r = 0; r < n; r++)
        combined[r] = c->volume_p * slopes[SB_ROLE_P][r] + c->volume_a * slopes[SB_ROLE_A][r] +
                      x * slopes[SB_ROLE_T][r];
    result->balance = summarise(combined, n, t);
    const struct sb_slope *p = &result->slope[SB_ROLE_P], *a = &result->slope[SB_ROLE_A];
    double v_p = c->volume_p, v_a = c->volume_a;
    double common = covariance(slopes[SB_ROLE_P], slopes[SB_ROLE_A], p->value, a->value, n);
    result->R = -v_a * a->value / (v_p * p->value);
    sb_fieller(-v_a * a->value, v_p * p->value, pow(v_a * a->standard_error, 2),
               pow(v_p * p->standard_error, 2), -v_a * v_p * common, t, &result->R_low,
               &result->R_high);
}

/* ---- the bandwidth --------------------------------------------------------------------------- */

struct scratch {
    double *weights;         /* (n_points) */
    double *slopes[N_ROLES]; /* (n_replicates) each */
    double *combined;        /* (n_replicates) */
};

static enum sb_status scratch_init(struct scratch *s, const struct sb_noisy_curves *c)
{
    s->weights = malloc((c->n_points + 4 * c->n_replicates) * sizeof *s->weights);
    if (!s->weights)
        return SB_MEMORY;
    for (size_t i = 0; i < N_ROLES; i++)
        s->slopes[i] = s->weights + c->n_points + i * c->n_replicates;
    s->combined = s->weights + c->n_points + 3 * c->n_replicates;
    return SB_OK;
}

static void slopes_of(const struct sb_noisy_curves *c, size_t i, const double *weights,
                      double *slopes)
{
    for (size_t r = 0; r < c->n_replicates; r++) {
        const double *y = c->y[i] + r * c->n_points;
        slopes[r] = 0;
        for (size_t j = 0; j < c->n_points; j++)
            slopes[r] += weights[j] * y[j];
    }
}

/* Bandwidth b of N_BANDWIDTHS at x: from four points (the fourth neighbour and a little) to all of them
 * with hardly any decay, in equal ratios. */
static double bandwidth_at(const struct sb_noisy_curves *c, double x, int b)
{
    double first = c->x[0], last = c->x[c->n_points - 1],
           nearest[4] = { INFINITY, INFINITY, INFINITY, INFINITY };
    for (size_t j = 0; j < c->n_points; j++) {
        double distance = fabs(c->x[j] - x);
        for (int i = 0; i < 4; i++)
            if (distance < nearest[i]) {
                double moved = nearest[i];
                nearest[i] = distance;
                distance = moved;
            }
    }
    double low = 1.2 * nearest[3], high = fmax(low, 2 * fmax(x - first, last - x));
    return low * pow(high / low, (double)b / (N_BANDWIDTHS - 1));
}

/* What bandwidth b adds to the criterion at x. inf where no parabola fits. */
static double risk_at(const struct sb_noisy_curves *c, double x, int b, struct scratch *s)
{
    double risk = 0;
    for (size_t i = 0; i < N_ROLES; i++) {
        if (sb_local_slope(c->x, c->n_points, x, bandwidth_at(c, x, 0), s->weights))
            return INFINITY;
        slopes_of(c, i, s->weights, s->combined);
        double least = pow(summarise(s->combined, c->n_replicates, 1).standard_error, 2);
        if (sb_local_slope(c->x, c->n_points, x, bandwidth_at(c, x, b), s->weights))
            return INFINITY;
        slopes_of(c, i, s->weights, s->slopes[i]);
        double variance = pow(summarise(s->slopes[i], c->n_replicates, 1).standard_error, 2);
        for (size_t r = 0; r < c->n_replicates; r++)
            s->combined[r] -= s->slopes[i][r];
        struct sb_slope moved = summarise(s->combined, c->n_replicates, 1);
        risk += (moved.value * moved.value - pow(moved.standard_error, 2) + variance) /
                (least + DBL_MIN);
    }
    return risk;
}

/* The bandwidth of least risk over the whole curve. */
static int choose_bandwidth(const struct sb_noisy_curves *c, struct scratch *s)
{
    double best_risk = INFINITY;
    int best = 0;
    for (int b = 0; b < N_BANDWIDTHS; b++) {
        double risk = 0;
        for (size_t j = 0; j < c->n_points; j++)
            risk += risk_at(c, c->x[j], b, s);
        if (risk < best_risk) {
            best_risk = risk;
            best = b;
        }
    }
    return best;
}

static enum sb_status check(const struct sb_noisy_curves *c, size_t n_least, struct sb_error *error)
{
    if (c->n_replicates < 2)
        return sb_fail(error, SB_DOMAIN, "one replicate: errors need at least two");
    if (c->n_points < n_least)
        return sb_fail(error, SB_DOMAIN, "%zu volumes: slopes need at least %zu", c->n_points,
                       n_least);
    for (size_t j = 1; j < c->n_points; j++)
        if (!(c->x[j] > c->x[j - 1]))
            return sb_fail(error, SB_DOMAIN, "volumes are distinct and ascending");
    for (size_t i = 0; i < N_ROLES; i++)
        for (size_t r = 0; r < c->n_replicates; r++)
            for (size_t j = 0; j < c->n_points; j++)
                if (!isfinite(c->y[i][r * c->n_points + j]))
                    return sb_fail(error, SB_DOMAIN, "a value at volume %g is not finite", c->x[j]);
    return SB_OK;
}

enum sb_status sb_slopes_of_rates(const struct sb_noisy_curves *curves, double confidence,
                                  struct sb_slopes *results, struct sb_error *error)
{
    struct scratch s;
    enum sb_status status = check(curves, 4, error);
    if (status)
        return status;
    if (scratch_init(&s, curves))
        return sb_fail_memory(error);
    int b = choose_bandwidth(curves, &s);
    for (size_t j = 0; j < curves->n_points && !status; j++) {
        double x = curves->x[j], h = bandwidth_at(curves, x, b);
        status = sb_local_slope(curves->x, curves->n_points, x, h, s.weights)
                     ? sb_fail(error, SB_NUMERIC, "no parabola fits around volume %g", x)
                     : SB_OK;
        for (size_t i = 0; i < N_ROLES && !status; i++)
            slopes_of(curves, i, s.weights, s.slopes[i]);
        if (!status)
            conclude(curves, x, h, (const double *const *)s.slopes, confidence, s.combined,
                     &results[j]);
    }
    free(s.weights);
    return status;
}

enum sb_status sb_slopes_given(const struct sb_noisy_curves *slopes, double confidence,
                               struct sb_slopes *results, struct sb_error *error)
{
    struct scratch s;
    enum sb_status status = check(slopes, 1, error);
    if (status)
        return status;
    if (scratch_init(&s, slopes))
        return sb_fail_memory(error);
    for (size_t j = 0; j < slopes->n_points; j++) {
        for (size_t i = 0; i < N_ROLES; i++)
            for (size_t r = 0; r < slopes->n_replicates; r++)
                s.slopes[i][r] = slopes->y[i][r * slopes->n_points + j];
        conclude(slopes, slopes->x[j], NAN, (const double *const *)s.slopes, confidence, s.combined,
                 &results[j]);
    }
    free(s.weights);
    return SB_OK;
}
