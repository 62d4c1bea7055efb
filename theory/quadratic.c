#include "theory/quadratic.h"

#include <math.h>
#include "theory/numeric.h"
#include "theory/ode.h"

static enum sb_status check(const struct sb_quadratic *quadratic, double time)
{
    if (quadratic->n == 0 || !(quadratic->align_time >= 0) || !(time >= 0))
        return SB_DOMAIN;
    for (size_t i = 0; i < quadratic->n; i++)
        if (!(quadratic->h[i] > 0 && isfinite(quadratic->h[i])) || !isfinite(quadratic->theta_a[i]))
            return SB_DOMAIN;
    return SB_OK;
}

static double learned(const struct sb_quadratic *quadratic, size_t i)
{
    return -expm1(-quadratic->h[i] * quadratic->align_time);
}

enum sb_status sb_quadratic_learned(const struct sb_quadratic *quadratic, double *a)
{
    if (check(quadratic, 0))
        return SB_DOMAIN;
    for (size_t i = 0; i < quadratic->n; i++)
        a[i] = learned(quadratic, i);
    return SB_OK;
}

enum sb_status sb_quadratic_at(const struct sb_quadratic *quadratic, double perturb_time,
                               struct sb_quadratic_values *values)
{
    if (check(quadratic, perturb_time))
        return SB_DOMAIN;
    struct sb_sum loss = { 0 }, memory = { 0 }, speed = { 0 }, spread = { 0 };
    for (size_t i = 0; i < quadratic->n; i++) {
        double h = quadratic->h[i], scale = quadratic->theta_a[i] * quadratic->theta_a[i];
        double weight = h * scale * learned(quadratic, i) * exp(-h * perturb_time);
        /* theta_a - theta = theta_a [(1 - e^-ht) + e^-h(s+t)] */
        double missing =
            -expm1(-h * perturb_time) + exp(-h * (perturb_time + quadratic->align_time));
        sb_sum_add(&loss, 0.5 * h * scale * missing * missing);
        sb_sum_add(&memory, weight);
        sb_sum_add(&speed, h * weight);
    }
    double m = sb_sum_value(&memory), mean = sb_sum_value(&speed) / m;
    for (size_t i = 0; i < quadratic->n; i++) {
        double h = quadratic->h[i], scale = quadratic->theta_a[i] * quadratic->theta_a[i];
        double weight = h * scale * learned(quadratic, i) * exp(-h * perturb_time);
        sb_sum_add(&spread, weight * (h - mean) * (h - mean));
    }
    *values =
        (struct sb_quadratic_values){ .excess_loss_nats = sb_sum_value(&loss),
                                      .memory_nats = m,
                                      .log_slope = m > 0 ? -mean : NAN,
                                      .log_curvature = m > 0 ? sb_sum_value(&spread) / m : NAN };
    return SB_OK;
}

/* ---- the second route ----------------------------------------------------------------------- */

struct pull {
    const double *h, *target;
    size_t n;
};

static void pull_parameters(const double *theta, double *slope, const void *context)
{
    const struct pull *pull = context;
    for (size_t i = 0; i < pull->n; i++)
        slope[i] = -pull->h[i] * (theta[i] - pull->target[i]);
}

enum sb_status sb_quadratic_move(const double *h, const double *target, size_t n, double time,
                                 double *theta)
{
    const struct pull pull = { h, target, n };
    return sb_ode_integrate(pull_parameters, &pull, n, time, 1e-13, theta);
}

void sb_quadratic_measure(const struct sb_quadratic *quadratic, const double *theta,
                          double *excess_loss_nats, double *memory_nats)
{
    struct sb_sum loss = { 0 }, memory = { 0 };
    for (size_t i = 0; i < quadratic->n; i++) {
        double h = quadratic->h[i], missing = theta[i] - quadratic->theta_a[i];
        sb_sum_add(&loss, 0.5 * h * missing * missing);
        sb_sum_add(&memory, h * quadratic->theta_a[i] * theta[i]);
    }
    *excess_loss_nats = sb_sum_value(&loss);
    *memory_nats = sb_sum_value(&memory);
}
