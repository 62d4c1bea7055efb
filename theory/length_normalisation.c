#include "theory/length_normalisation.h"

#include <math.h>
#include <stdbool.h>
#include "theory/numeric.h"

/* p_i - q at x from the pairwise differences, so that nothing cancels at large volumes. */
struct deviations {
    double q, p, a, t;
};

static struct deviations deviations_at(const struct sb_parts *parts, size_t x)
{
    double p_p = parts->p_p[x], p_a = parts->p_a[x], p_t = parts->p_t[x];
    double k = parts->k, l = parts->l, S = k + 1 + l;
    return (struct deviations){ .q = (k * p_p + p_a + l * p_t) / S,
                                .p = ((p_p - p_a) + l * (p_p - p_t)) / S,
                                .a = (k * (p_a - p_p) + l * (p_a - p_t)) / S,
                                .t = (k * (p_t - p_p) + (p_t - p_a)) / S };
}

static bool in_domain(const struct sb_parts *parts, const double *weights)
{
    if (!(parts->k >= 0 && isfinite(parts->k) && parts->l >= 0 && isfinite(parts->l)))
        return false;
    for (size_t x = 0; x < parts->n_leaves; x++) {
        bool is_reached = parts->p_p[x] > 0 || parts->p_a[x] > 0 || parts->p_t[x] > 0;
        if (!(weights[x] > 0 && isfinite(weights[x])) ||
            (is_reached && !(deviations_at(parts, x).q > 0)))
            return false;
    }
    return true;
}

static double limit_of(const struct sb_parts *parts, const double *weights)
{
    struct sb_sum above = { 0 }, below = { 0 };
    for (size_t x = 0; x < parts->n_leaves; x++) {
        double p_p = parts->p_p[x], p_a = parts->p_a[x], p_t = parts->p_t[x];
        if (p_t > 0 && p_p == 0)
            return NAN;
        if (p_a > 0)
            sb_sum_add(&above, weights[x] * p_a * (p_t > 0 ? 1 - p_t / p_p : 1));
        sb_sum_add(&below, (weights[x] - weights[0]) * (p_p - p_t));
    }
    double numerator = sb_sum_value(&above), denominator = sb_sum_value(&below);
    return denominator == 0 ? -INFINITY : numerator / denominator;
}

enum sb_status sb_length_normalised_at(const struct sb_parts *parts, const double *weights,
                                       struct sb_length_normalised *normalised)
{
    if (!in_domain(parts, weights))
        return SB_DOMAIN;
    struct sb_sum p = { 0 }, a = { 0 }, t = { 0 }, imbalance = { 0 };
    for (size_t x = 0; x < parts->n_leaves; x++) {
        struct deviations d = deviations_at(parts, x);
        if (d.q == 0)
            continue;
        double pull = weights[x] * d.t / d.q;
        sb_sum_add(&p, -d.p * pull);
        sb_sum_add(&a, -d.a * pull);
        sb_sum_add(&t, -d.t * pull);
        sb_sum_add(&imbalance, -(weights[x] - weights[0]) * d.t);
    }
    double S = parts->k + 1 + parts->l, common = sb_sum_value(&imbalance);
    double slope_p = (sb_sum_value(&p) + common) / S, slope_a = (sb_sum_value(&a) + common) / S;
    *normalised = (struct sb_length_normalised){ .slope_p_nats = slope_p,
                                                 .slope_a_nats = slope_a,
                                                 .slope_t_nats = (sb_sum_value(&t) + common) / S,
                                                 .imbalance_nats = common,
                                                 .ratio = slope_a / slope_p,
                                                 .ratio_limit = limit_of(parts, weights) };
    return SB_OK;
}
