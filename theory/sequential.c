#include "theory/sequential.h"

#include <math.h>
#include <stdlib.h>
#include "theory/mixture.h"
#include "theory/numeric.h"
#include "theory/ode.h"

/* ---- closed forms --------------------------------------------------------------------------- */

struct sb_start sb_start_aligned(double align_time)
{
    return (struct sb_start){ exp(-align_time), -expm1(-align_time) };
}

struct sb_start sb_start_joint(double k)
{
    return (struct sb_start){ isinf(k) ? 1 : k / (k + 1), 1 / (k + 1) };
}

double sb_start_k(struct sb_start start)
{
    return start.p / start.a;
}

double sb_start_l(struct sb_start start, double perturb_time)
{
    return expm1(perturb_time) / start.a;
}

enum sb_status sb_flow_at(const double *p_p, const double *p_a, const double *p_t, size_t n,
                          struct sb_start start, double perturb_time, struct sb_flow *flow)
{
    enum { PERTURBATION = 2, PARTS = 3 };
    if (!(perturb_time >= 0 && perturb_time <= SB_FLOW_LONGEST))
        return SB_DOMAIN;
    const double *const p[PARTS] = { p_p, p_a, p_t };
    const double before[PARTS] = { start.p, start.a, 0 };
    const double after[PARTS] = { start.p, start.a, expm1(perturb_time) };
    const struct sb_mixture from = { PARTS, n, p, before }, to = { PARTS, n, p, after };
    struct sb_response response[PARTS];
    struct sb_flow_rate rates[PARTS];
    enum sb_status status = sb_mixture_respond(&to, PERTURBATION, response, NULL);
    for (size_t i = 0; i < PARTS && status == SB_OK; i++) {
        rates[i].speed_nats = exp(perturb_time) * response[i].slope_nats;
        status =
            sb_mixture_change(&from, PERTURBATION, after[PERTURBATION], i, &rates[i].change_nats);
    }
    if (status == SB_OK)
        *flow = (struct sb_flow){ rates[0], rates[1], rates[2] };
    return status;
}

enum sb_status sb_odds_at(const double pi[3], struct sb_start start, double perturb_time,
                          struct sb_odds *odds)
{
    if (!(perturb_time >= 0 && perturb_time <= SB_FLOW_LONGEST) || !(pi[1] > 0 && pi[2] > 0))
        return SB_DOMAIN;
    double kept = exp(-perturb_time);
    double q_a = kept * (start.p * pi[1] + start.a);
    double q_t = kept * start.p * pi[2] - expm1(-perturb_time);
    *odds = (struct sb_odds){ .q_rest = kept * start.p * pi[0],
                              .q_a = q_a,
                              .q_t = q_t,
                              .log_odds_nats = log(q_a) - log(q_t),
                              .speed_nats = -1 / q_t,
                              .logit_speed_nats = q_t - q_a - 1,
                              .halving_time = log1p(pi[2] * start.p),
                              .return_time = log1p(pi[2] / pi[1] * start.a) };
    return SB_OK;
}

/* ---- differential equations ----------------------------------------------------------------- */

struct pull {
    enum sb_descent descent;
    const double *target;
    size_t n;
};

static void pull_logits(const double *z, double *slope, const void *context)
{
    const struct pull *pull = context;
    double log_total = sb_log_sum_exp(z, pull->n);
    for (size_t x = 0; x < pull->n; x++) {
        double q = exp(z[x] - log_total), p = pull->target[x];
        slope[x] = pull->descent == SB_LOGIT_DESCENT ? p - q : p / q - 1;
    }
}

enum sb_status sb_flow_integrate(enum sb_descent descent, const double *target, size_t n,
                                 double time, double *q)
{
    const double tolerance = 1e-13;
    for (size_t x = 0; x < n; x++)
        if (!(q[x] > 0))
            return SB_DOMAIN;
    if (time == 0)
        return SB_OK; /* the very same q, not through logarithms and back */
    double *z = malloc((n + 1) * sizeof *z);
    if (!z)
        return SB_MEMORY;
    for (size_t x = 0; x < n; x++)
        z[x] = log(q[x]);
    const struct pull pull = { descent, target, n };
    enum sb_status status = sb_ode_integrate(pull_logits, &pull, n, time, tolerance, z);
    double log_total = sb_log_sum_exp(z, n);
    for (size_t x = 0; x < n && status == SB_OK; x++)
        q[x] = exp(z[x] - log_total);
    free(z);
    return status;
}
