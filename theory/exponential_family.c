#include "theory/exponential_family.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_linalg.h>
#include "theory/dist.h"
#include "theory/numeric.h"

enum { MOST = SB_FAMILY_FEATURES_MAX, MOST_STEPS = 200, MOST_HALVINGS = 60 };

/* ---- the model ------------------------------------------------------------------------------ */

static double dot(const double *a, const double *b, size_t m)
{
    double sum = 0;
    for (size_t j = 0; j < m; j++)
        sum += a[j] * b[j];
    return sum;
}

static const double *features_of(const struct sb_family *f, size_t x)
{
    return f->features + x * f->n_features;
}

static double log_weight(const struct sb_family *f, const double *theta, size_t x)
{
    double base = f->base ? log(f->base[x]) : 0;
    return base + dot(theta, features_of(f, x), f->n_features);
}

/* Lambda(theta): log-sum-exp over the leaves. */
static double log_partition(const struct sb_family *f, const double *theta)
{
    double most = -INFINITY;
    for (size_t x = 0; x < f->n_leaves; x++)
        most = fmax(most, log_weight(f, theta, x));
    struct sb_sum sum = { 0 };
    for (size_t x = 0; x < f->n_leaves; x++)
        sb_sum_add(&sum, exp(log_weight(f, theta, x) - most));
    return most + log(sb_sum_value(&sum));
}

void sb_family_model(const struct sb_family *f, const double *theta, double *q)
{
    double lambda = log_partition(f, theta);
    for (size_t x = 0; x < f->n_leaves; x++)
        q[x] = exp(log_weight(f, theta, x) - lambda);
    sb_dist_normalise(q, f->n_leaves);
}

double sb_family_rate_nats(const struct sb_family *f, const double *theta, const double *p)
{
    double lambda = log_partition(f, theta);
    struct sb_sum rate = { 0 };
    for (size_t x = 0; x < f->n_leaves; x++)
        if (p[x] > 0)
            sb_sum_add(&rate, p[x] * (lambda - log_weight(f, theta, x)));
    return sb_sum_value(&rate);
}

static void mean_of(const struct sb_family *f, const double *p, double *mean)
{
    for (size_t j = 0; j < f->n_features; j++) {
        struct sb_sum sum = { 0 };
        for (size_t x = 0; x < f->n_leaves; x++)
            sb_sum_add(&sum, p[x] * features_of(f, x)[j]);
        mean[j] = sb_sum_value(&sum);
    }
}

double sb_family_change_nats(const struct sb_family *f, const double *from, const double *to,
                             const double *p)
{
    double step[MOST], mean[MOST], lambda = log_partition(f, from);
    mean_of(f, p, mean);
    for (size_t j = 0; j < f->n_features; j++)
        step[j] = to[j] - from[j];
    double shift = dot(step, mean, f->n_features);
    struct sb_sum growth = { 0 };
    for (size_t x = 0; x < f->n_leaves; x++)
        sb_sum_add(&growth, exp(log_weight(f, from, x) - lambda) *
                                expm1(dot(step, features_of(f, x), f->n_features) - shift));
    return log1p(sb_sum_value(&growth));
}

/* ---- Newton's method ------------------------------------------------------------------------ */

/* Sigma under q, factored in place (Cholesky). */
static enum sb_status factor_covariance(const struct sb_family *f, const double *q,
                                        const double *mean, double *sigma)
{
    size_t m = f->n_features;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j <= i; j++) {
            struct sb_sum sum = { 0 };
            for (size_t x = 0; x < f->n_leaves; x++) {
                const double *T = features_of(f, x);
                sb_sum_add(&sum, q[x] * (T[i] - mean[i]) * (T[j] - mean[j]));
            }
            sigma[i * m + j] = sigma[j * m + i] = sb_sum_value(&sum);
        }
    double least[MOST];
    for (size_t i = 0; i < m; i++)
        least[i] = 64 * DBL_EPSILON * sigma[i * m + i];
    gsl_matrix_view view = gsl_matrix_view_array(sigma, m, m);
    if (gsl_linalg_cholesky_decomp1(&view.matrix))
        return SB_NUMERIC;
    for (size_t i = 0; i < m; i++) /* the square is what the features before i leave of i */
        if (!(sigma[i * m + i] * sigma[i * m + i] > least[i]))
            return SB_NUMERIC;
    return SB_OK;
}

static void solve(double *sigma, size_t m, const double *right, double *x)
{
    gsl_matrix_view matrix = gsl_matrix_view_array(sigma, m, m);
    gsl_vector_const_view b = gsl_vector_const_view_array(right, m);
    gsl_vector_view solution = gsl_vector_view_array(x, m);
    gsl_linalg_cholesky_solve(&matrix.matrix, &b.vector, &solution.vector);
}

/* KL(q' || q) with q' = q (1 + u), u = step . (T - mean): sum q [(1+u) ln(1+u) - u]. */
static double dual_gap(const struct sb_family *f, const double *q, const double *mean,
                       const double *step)
{
    struct sb_sum gap = { 0 };
    for (size_t x = 0; x < f->n_leaves; x++) {
        double u = 0;
        for (size_t j = 0; j < f->n_features; j++)
            u += step[j] * (features_of(f, x)[j] - mean[j]);
        if (!(u > -1))
            return INFINITY;
        sb_sum_add(&gap, q[x] * ((1 + u) * sb_log1p_minus_x(u) + u * u));
    }
    return fmax(sb_sum_value(&gap), 0);
}

/* mu, and S. */
static double joint_mean(const struct sb_family *f, const struct sb_mixture *mixture, double *mu)
{
    struct sb_sum total = { 0 }, sums[MOST] = { { 0 } };
    for (size_t i = 0; i < mixture->n_datasets; i++) {
        double mean[MOST];
        mean_of(f, mixture->p[i], mean);
        sb_sum_add(&total, mixture->volumes[i]);
        for (size_t j = 0; j < f->n_features; j++)
            sb_sum_add(&sums[j], mixture->volumes[i] * mean[j]);
    }
    for (size_t j = 0; j < f->n_features; j++)
        mu[j] = sb_sum_value(&sums[j]) / sb_sum_value(&total);
    return sb_sum_value(&total);
}

/* Where the iteration stands: Newton's step from theta and what it says. */
struct newton {
    double q_mean[MOST], gradient[MOST], step[MOST], gap_nats, gradient_norm;
};

static enum sb_status newton_at(const struct sb_family *f, const double *theta, const double *mu,
                                double S, double *q, struct newton *at)
{
    size_t m = f->n_features;
    double sigma[MOST * MOST], right[MOST];
    sb_family_model(f, theta, q);
    mean_of(f, q, at->q_mean);
    at->gradient_norm = 0;
    for (size_t j = 0; j < m; j++) {
        at->gradient[j] = at->q_mean[j] - mu[j];
        right[j] = -at->gradient[j];
        at->gradient_norm = fmax(at->gradient_norm, fabs(right[j]));
    }
    if (!isfinite(at->gradient_norm) || factor_covariance(f, q, at->q_mean, sigma))
        return SB_NUMERIC;
    solve(sigma, m, right, at->step);
    at->gap_nats = S * dual_gap(f, q, at->q_mean, at->step);
    return SB_OK;
}

/* The change of J/S along a step: Lambda's, by log1p, minus step . mu. */
static double objective_change(const struct sb_family *f, const double *q, const double *q_mean,
                               const double *gradient, const double *step)
{
    struct sb_sum growth = { 0 };
    double shift = dot(step, q_mean, f->n_features);
    for (size_t x = 0; x < f->n_leaves; x++)
        sb_sum_add(&growth, q[x] * expm1(dot(step, features_of(f, x), f->n_features) - shift));
    return log1p(sb_sum_value(&growth)) + dot(step, gradient, f->n_features);
}

/* Halves Newton's step until J falls by a tenth of what its slope promises. False: no progress. */
static bool advance(const struct sb_family *f, const double *q, const struct newton *at,
                    double *theta)
{
    size_t m = f->n_features;
    double step[MOST], slope = dot(at->step, at->gradient, m);
    memcpy(step, at->step, m * sizeof *step);
    for (int halving = 0; halving < MOST_HALVINGS; halving++) {
        double factor = ldexp(1, -halving);
        if (objective_change(f, q, at->q_mean, at->gradient, step) <= 0.1 * factor * slope) {
            for (size_t j = 0; j < m; j++)
                theta[j] += step[j];
            return true;
        }
        for (size_t j = 0; j < m; j++)
            step[j] /= 2;
    }
    return false;
}

static bool is_in_domain(const struct sb_family *f, const struct sb_mixture *mixture)
{
    bool ok = f->n_features >= 1 && f->n_features <= MOST && f->n_leaves == mixture->n_leaves;
    double total = 0;
    for (size_t i = 0; ok && i < mixture->n_datasets; i++) {
        ok = isfinite(mixture->volumes[i]) && mixture->volumes[i] >= 0;
        total += mixture->volumes[i];
    }
    return ok && isfinite(total) && total > 0;
}

/* Where rounding ends the progress, what is left must be of its size. */
static enum sb_status iterate(const struct sb_family *f, const double *mu, double S,
                              double tolerance_nats, double *q, double *theta,
                              struct sb_family_fit *fit)
{
    double rounding = 1e-20 * S, previous = INFINITY;
    for (int n = 0; n <= MOST_STEPS; n++) {
        struct newton at;
        enum sb_status status = newton_at(f, theta, mu, S, q, &at);
        if (status)
            return status;
        bool is_settled = at.gap_nats <= rounding && at.gap_nats > previous / 2;
        if (at.gap_nats <= tolerance_nats || is_settled) {
            *fit = (struct sb_family_fit){ at.gap_nats, at.gradient_norm, n };
            return SB_OK;
        }
        previous = at.gap_nats;
        if (!advance(f, q, &at, theta) && !(at.gap_nats <= rounding))
            return SB_NUMERIC;
    }
    return SB_NUMERIC;
}

enum sb_status sb_family_fit(const struct sb_family *f, const struct sb_mixture *mixture,
                             double tolerance_nats, double *theta, struct sb_family_fit *fit)
{
    if (!is_in_domain(f, mixture) || !(tolerance_nats >= 0))
        return SB_DOMAIN;
    double mu[MOST], S = joint_mean(f, mixture, mu), new[MOST];
    double *q = malloc(f->n_leaves * sizeof *q);
    if (!q)
        return SB_MEMORY;
    memcpy(new, theta, f->n_features * sizeof *new);
    enum sb_status status = iterate(f, mu, S, tolerance_nats, q, new, fit);
    if (!status)
        memcpy(theta, new, f->n_features * sizeof *new);
    free(q);
    return status;
}

/* ---- influence functions -------------------------------------------------------------------- */

/* mu - mu_i = sum_j (v_j/S)(mu_j - mu_i), with means (N, m). */
static void mean_difference(const struct sb_mixture *mixture, const double *means, size_t m,
                            double S, size_t i, double *difference)
{
    for (size_t c = 0; c < m; c++) {
        struct sb_sum sum = { 0 };
        for (size_t j = 0; j < mixture->n_datasets; j++)
            sb_sum_add(&sum, mixture->volumes[j] / S * (means[j * m + c] - means[i * m + c]));
        difference[c] = sb_sum_value(&sum);
    }
}

enum sb_status sb_family_respond(const struct sb_family *f, const struct sb_mixture *mixture,
                                 size_t growing, const double *theta, double *slopes_nats)
{
    if (!is_in_domain(f, mixture) || growing >= mixture->n_datasets)
        return SB_DOMAIN;
    size_t m = f->n_features, n = f->n_leaves + mixture->n_datasets * m;
    double *q = malloc(n * sizeof *q);
    if (!q)
        return SB_MEMORY;
    double *means = q + f->n_leaves; /* (N, m) */
    double mu[MOST], sigma[MOST * MOST], pull[MOST], solved[MOST], S;
    S = joint_mean(f, mixture, mu);
    for (size_t i = 0; i < mixture->n_datasets; i++)
        mean_of(f, mixture->p[i], means + i * m);
    sb_family_model(f, theta, q);
    enum sb_status status = factor_covariance(f, q, mu, sigma);
    if (!status) {
        mean_difference(mixture, means, m, S, growing, pull);
        solve(sigma, m, pull, solved);
        for (size_t i = 0; i < mixture->n_datasets; i++) {
            mean_difference(mixture, means, m, S, i, pull);
            slopes_nats[i] = -dot(pull, solved, m) / S;
        }
    }
    free(q);
    return status;
}
