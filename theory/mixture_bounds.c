#include "theory/mixture_bounds.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include "theory/dist.h"
#include "theory/numeric.h"

void sb_composition_blend(const struct sb_composition *c, double *p_p)
{
    for (size_t x = 0; x < c->n_leaves; x++)
        p_p[x] = c->pi_1 * c->P_1[x] + c->pi_a * c->P_a[x] + c->pi_t * c->P_t[x];
}

const char *sb_bound_condition_name(enum sb_bound_condition condition)
{
    static const char *const names[] = { "holds", "p_p >= c p_t fails", "kappa_l <= 0",
                                         "l too large" };
    return names[condition];
}

/* (k c + l)/(k (c - l resistance)), where resistance is what each condition compares with c/l. */
static struct sb_ratio_bound bound_of(double k, double l, double c, double kappa_l,
                                      double resistance)
{
    struct sb_ratio_bound bound = { NAN, SB_BOUND_HOLDS };
    double margin = c - l * resistance;
    if (!(c > 0))
        bound.condition = SB_BOUND_NO_SHARE;
    else if (!(kappa_l > 0))
        bound.condition = SB_BOUND_KAPPA;
    else if (!(margin > 0))
        bound.condition = SB_BOUND_VOLUME;
    else
        bound.R_upper = (k * c + l) / (k * margin);
    return bound;
}

static enum sb_status check(const struct sb_composition *c)
{
    const double pi[] = { c->pi_1, c->pi_a, c->pi_t };
    bool volumes = isfinite(c->k) && c->k > 0 && isfinite(c->l) && c->l >= 0;
    return volumes && c->pi_t > 0 && !sb_dist_check(pi, 3, "pi", NULL) ? SB_OK : SB_DOMAIN;
}

static double bhattacharyya(const double *p, const double *q, size_t n)
{
    struct sb_sum sum = { 0 };
    for (size_t x = 0; x < n; x++)
        sb_sum_add(&sum, sqrt(p[x]) * sqrt(q[x]));
    return sb_sum_value(&sum);
}

/* The parts, and not p_p, are the datasets of the mixture: N = k pi_1 P_1 + A P_a + T P_t, and T
 * grows with l. By R2, gamma_p' = -gamma_a'/(k R). */
enum sb_status sb_composition_at(const struct sb_composition *c,
                                 struct sb_composition_values *values)
{
    enum { ONE, A, T, N_PARTS };
    const double *const p[N_PARTS] = { c->P_1, c->P_a, c->P_t };
    const double volumes[N_PARTS] = { c->k * c->pi_1, c->k * c->pi_a + 1, c->k * c->pi_t + c->l };
    const struct sb_mixture mixture = { N_PARTS, c->n_leaves, p, volumes };
    struct sb_response r[N_PARTS];
    struct sb_mixture_summary summary;
    if (check(c) || sb_mixture_respond(&mixture, T, r, &summary))
        return SB_DOMAIN;
    double S = summary.total_volume, kappa_l = S * r[A].slope_nats;
    double rho = r[ONE].slope_nats / r[A].slope_nats;
    double push = c->pi_a * r[A].slope_nats; /* gamma_a' (pi_a + pi_1 rho) */
    if (c->pi_1 > 0)
        push += c->pi_1 * r[ONE].slope_nats;
    double pull = c->pi_t * r[A].slope_nats - c->l * push;
    double overlap = bhattacharyya(c->P_a, c->P_t, c->n_leaves);
    double resistance = c->pi_a + (c->pi_1 > 0 ? c->pi_1 / kappa_l : 0);
    int sign_a = sb_response_sign(&r[A]);
    *values = (struct sb_composition_values){
        .slope_1_nats = r[ONE].slope_nats,
        .slope_a_nats = r[A].slope_nats,
        .slope_p_nats = -pull / volumes[T],
        .slope_t_nats = r[T].slope_nats,
        .kappa_l = kappa_l,
        .rho = sign_a ? rho : NAN,
        .R = sign_a ? volumes[T] / c->k * (r[A].slope_nats / pull) : NAN,
        .chi_l_upper = S / (volumes[A] + volumes[T]),
        .kappa_lower = 1 - 1 / (c->pi_a + c->pi_t),
        .chi_bhattacharyya = overlap > 0 ? overlap / (2 * sqrt(c->pi_a * c->pi_t)) : 0,
        .bound = bound_of(c->k, c->l, c->pi_t, kappa_l, resistance),
    };
    return SB_OK;
}

double sb_largest_share(const double *p_p, const double *p_t, size_t n)
{
    double share = 1;
    for (size_t x = 0; x < n; x++)
        if (p_t[x] > 0)
            share = fmin(share, p_p[x] / p_t[x]);
    return share;
}

enum sb_status sb_ratio_bound_of(const struct sb_parts *parts, double share,
                                 struct sb_ratio_bound *bound)
{
    struct sb_elasticity e;
    if (!(share >= 0 && share <= 1) || !(parts->k > 0) || sb_elasticity_at(parts, &e))
        return SB_DOMAIN;
    double largest = sb_largest_share(parts->p_p, parts->p_t, parts->n_leaves);
    if (share > largest * (1 + 4 * DBL_EPSILON))
        share = 0; /* the condition fails */
    *bound = bound_of(parts->k, parts->l, share, e.kappa_l, (1 - share) / e.kappa_l);
    return SB_OK;
}
