#include "theory/elasticity.h"

#include <math.h>
#include "theory/dist.h"
#include "theory/numeric.h"

enum { P, A, T, N_PARTS };

const char *sb_verdict_name(enum sb_verdict verdict)
{
    static const char *const names[] = { "theorem", "reversed", "both_rise", "boundary" };
    return names[verdict];
}

enum sb_verdict sb_verdict_of(int sign_p, int sign_a)
{
    if (sign_p < 0 && sign_a > 0)
        return SB_THEOREM;
    if (sign_p > 0 && sign_a < 0)
        return SB_REVERSED;
    if (sign_p > 0 && sign_a > 0)
        return SB_BOTH_RISE;
    return SB_BOUNDARY;
}

enum sb_status sb_elasticity_at(const struct sb_parts *parts, struct sb_elasticity *elasticity)
{
    const double *const p[N_PARTS] = { parts->p_p, parts->p_a, parts->p_t };
    const double start[N_PARTS] = { parts->k, 1, 0 }, now[N_PARTS] = { parts->k, 1, parts->l };
    struct sb_mixture mixture = { N_PARTS, parts->n_leaves, p, start };
    struct sb_response first[N_PARTS], r[N_PARTS];
    struct sb_mixture_summary at_first, at;
    if (sb_mixture_respond(&mixture, T, first, &at_first))
        return SB_DOMAIN;
    mixture.volumes = now;
    if (sb_mixture_respond(&mixture, T, r, &at))
        return SB_DOMAIN;

    int sign_p = sb_response_sign(&r[P]), sign_a = sb_response_sign(&r[A]);
    *elasticity = (struct sb_elasticity){
        .p = r[P],
        .a = r[A],
        .t = r[T],
        .nu = at_first.novelty,
        .chi_l = r[A].overlap,
        .kappa_l = at.total_volume * r[A].slope_nats,
        .X_p = first[P].overlap,
        .X_a = first[A].overlap,
        .kappa_k = at_first.total_volume * first[A].slope_nats,
        .chi = sb_dist_chi(p[A], p[T], p[P], parts->n_leaves),
        .kappa = sb_dist_kappa(p[A], p[T], p[P], parts->n_leaves),
        .V = -at.total_volume * r[T].slope_nats,
        .R = sign_p && parts->k > 0 ? -r[A].slope_nats / (parts->k * r[P].slope_nats) : NAN,
        .balance_nats = at.balance_nats,
        .verdict = sb_verdict_of(sign_p, sign_a),
    };
    return SB_OK;
}

enum sb_status sb_elasticity_turning(const struct sb_parts *parts, struct sb_turning *l_star,
                                     struct sb_turning *l_star_a)
{
    const double *const p[N_PARTS] = { parts->p_p, parts->p_a, parts->p_t };
    const double volumes[N_PARTS] = { parts->k, 1, 0 };
    const struct sb_mixture mixture = { N_PARTS, parts->n_leaves, p, volumes };
    struct sb_turning turning_p, turning_a;
    enum sb_status status = sb_mixture_turning(&mixture, T, P, &turning_p);
    if (!status)
        status = sb_mixture_turning(&mixture, T, A, &turning_a);
    if (status)
        return status;
    *l_star = turning_p;
    *l_star_a = turning_a;
    return SB_OK;
}

/* What child c of node v adds; see the header. */
static double increment_of(const struct sb_layer *parents, size_t v,
                           const struct sb_layer *children, size_t c)
{
    double a = children->a[c], t = children->t[c], q = children->q[c];
    if (parents->q[v] == 0)
        return parents->a[v] > 0 && parents->t[v] > 0 ? NAN : 0;
    if (q == 0)
        return a > 0 && t > 0 ? INFINITY : -(a * parents->t[v] + t * parents->a[v]) / parents->q[v];
    double share = q / parents->q[v];
    return (a - parents->a[v] * share) * ((t - parents->t[v] * share) / q);
}

double sb_chi_increment(const struct sb_layer *parents, const struct sb_layer *children,
                        const size_t *parent, size_t n_children)
{
    struct sb_sum sum = { 0 };
    for (size_t c = 0; c < n_children; c++)
        sb_sum_add(&sum, increment_of(parents, parent[c], children, c));
    return sb_sum_value(&sum);
}
