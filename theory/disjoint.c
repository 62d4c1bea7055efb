#include "theory/disjoint.h"

#include <float.h>
#include <math.h>
#include "theory/dist.h"
#include "theory/numeric.h"

enum sb_status sb_disjoint_check(const struct sb_disjoint *d, struct sb_error *error)
{
    if (!isfinite(d->k) || d->k <= 0)
        return sb_fail(error, SB_DOMAIN, "k is %g; it must be finite and > 0", d->k);
    if (!isfinite(d->l) || d->l < 0)
        return sb_fail(error, SB_DOMAIN, "l is %g; it must be finite and >= 0", d->l);
    if (!(d->nu >= 0 && d->nu <= 1))
        return sb_fail(error, SB_DOMAIN, "nu is %g; it must lie between 0 and 1", d->nu);
    const double pi[] = { d->pi_1, d->pi_a, d->pi_t };
    if (sb_dist_check(pi, 3, "pi", error))
        return SB_DOMAIN;
    if (d->pi_t == 0)
        return sb_fail(error, SB_DOMAIN,
                       "pi[2] (pi_t) is 0; it must be > 0: nu is the share of p_t that p_p lacks");
    return SB_OK;
}

/* gamma_i(l) - gamma_i(0) from the growth of the masses of the parts: S by 1 + x, T by 1 + y, with the
 * parts of ln(1 + x) and ln(1 + y) that cancel taken out. */
static void set_changes(const struct sb_disjoint *d, struct sb_disjoint_values *values)
{
    double k = d->k, l = d->l, rest = d->pi_1 + d->pi_a;
    double x = l / (k + 1), y = l * (1 - d->nu) / (k * d->pi_t);
    double linear = l * ((k + 1) * d->nu - 1) / (k * (k + 1)); /* x - pi_t y */
    values->change_a_nats = log1p(x);
    values->change_p_nats = sb_log1p_minus_x(x) - d->pi_t * sb_log1p_minus_x(y) + linear;
    if (d->nu > 0)
        values->change_t_nats = l > 0 ? -INFINITY : 0;
    else /* y - x = l(k rest + 1)/(k pi_t (k + 1)); 0 - ... makes no negative zero */
        values->change_t_nats = 0 - log1p(x * ((k * rest + 1) / (k * d->pi_t)) / (1 + x));
}

struct sb_disjoint_values sb_disjoint_at(const struct sb_disjoint *d)
{
    double k = d->k, l = d->l, nu = d->nu, pi_t = d->pi_t, rest = d->pi_1 + d->pi_a;
    double S = k + 1 + l, T = k * pi_t + l * (1 - nu), B = k * rest + 1;
    double D = (k + 1) * (1 - nu) - k * pi_t;
    double pull = pi_t * (1 - (k + 1) * nu), push = l * (1 - nu) * rest;
    double error = 8 * DBL_EPSILON * (pi_t * (1 + (k + 1) * nu) + push);
    double novelty = nu > 0 ? nu * (k + 1) * (k + 1) / l : 0;
    int sign_p = (push - pull > error) - (pull - push > error);

    struct sb_disjoint_values values = {
        .slope_a_nats = 1 / S,
        .slope_p_nats = (push - pull) / (S * T),
        .slope_t_nats = -(B + (D / T) * D + novelty) / S / S,
        .R = sign_p ? T / (k * (pull - push)) : NAN,
        .l_star = pull / ((1 - nu) * rest),
        .R_upper = NAN,
        .verdict = sb_verdict_of(sign_p, 1),
    };
    if (nu == 0 && sign_p < 0)
        values.R_upper = (1 + l / (k * pi_t)) / (1 - l / values.l_star);
    set_changes(d, &values);
    return values;
}
