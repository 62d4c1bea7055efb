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
    return values;
}

/* S grows by 1 + x, T by 1 + y. The linear parts of ln(1 + x) - pi_t ln(1 + y) nearly cancel, as long
 * as they are what matters. */
struct sb_disjoint_changes sb_disjoint_changes(const struct sb_disjoint *d)
{
    double k = d->k, l = d->l, rest = d->pi_1 + d->pi_a;
    double x = l / (k + 1), y = l * (1 - d->nu) / (k * d->pi_t);
    double linear = l * ((k + 1) * d->nu - 1) / (k * (k + 1)); /* x - pi_t y */
    double ahead = x * ((k * rest + 1) / (k * d->pi_t));       /* y - x for nu = 0 */
    double p = sb_log1p_minus_x(x) - d->pi_t * sb_log1p_minus_x(y) + linear;
    return (struct sb_disjoint_changes){
        .p_nats = y > 1 ? log1p(x) - d->pi_t * log1p(y) : p,
        .a_nats = log1p(x),
        .t_nats = d->nu > 0 && l > 0 ? -INFINITY : 0 - log1p(ahead / (1 + x)), /* no -0 */
    };
}
