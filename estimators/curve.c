#include "estimators/curve.h"

#include <math.h>
#include <stdlib.h>
#include "theory/dist.h"
#include "theory/mixture.h"

void sb_curve_source_clear(struct sb_curve_source *source)
{
    free(source->p);
    *source = (struct sb_curve_source){ 0 };
}

/* kappa_k = 1 - X_a = (v_p + v_a) gamma_a' at v_t = 0 (R4). */
static enum sb_status kappa_k(const struct sb_mixture *mixture, double *value)
{
    const double volumes[SB_N_ROLES] = { mixture->volumes[SB_ROLE_P], mixture->volumes[SB_ROLE_A],
                                         0 };
    struct sb_mixture start = *mixture;
    start.volumes = volumes;
    struct sb_response responses[SB_N_ROLES];
    struct sb_mixture_summary summary;
    if (volumes[SB_ROLE_A] == 0) { /* there is nothing that could spring back */
        *value = NAN;
        return SB_OK;
    }
    enum sb_status status = sb_mixture_respond(&start, SB_ROLE_T, responses, &summary);
    if (!status)
        *value = summary.total_volume * responses[SB_ROLE_A].slope_nats;
    return status;
}

static double ratio(const struct sb_mixture *mixture, const struct sb_response *responses)
{
    const struct sb_response *p = &responses[SB_ROLE_P], *a = &responses[SB_ROLE_A];
    if (sb_response_sign(p) == 0 || mixture->volumes[SB_ROLE_P] == 0)
        return NAN;
    return -(mixture->volumes[SB_ROLE_A] * a->slope_nats) /
           (mixture->volumes[SB_ROLE_P] * p->slope_nats);
}

/* The values for replicate g of the source: 0 has all documents. */
static enum sb_status evaluate(const struct sb_curve_source *source, size_t g,
                               const double volumes[SB_N_ROLES], enum sb_curve_role growing,
                               double value[SB_N_CURVE_VALUES])
{
    const double *p[SB_N_ROLES];
    for (size_t i = 0; i < SB_N_ROLES; i++)
        p[i] = source->p + (g * SB_N_ROLES + i) * source->n_leaves;
    const struct sb_mixture mixture = { SB_N_ROLES, source->n_leaves, p, volumes };
    struct sb_response responses[SB_N_ROLES];
    struct sb_mixture_summary summary;
    enum sb_status status = sb_mixture_respond(&mixture, growing, responses, &summary);
    if (!status)
        status = kappa_k(&mixture, &value[SB_KAPPA_K]);
    if (status)
        return status;
    for (size_t i = 0; i < SB_N_ROLES; i++) {
        value[SB_GAMMA_P_NATS + i] = responses[i].gamma_nats + source->common_nats;
        value[SB_SLOPE_P_NATS + i] = responses[i].slope_nats;
    }
    value[SB_RATIO] = growing == SB_ROLE_T ? ratio(&mixture, responses) : NAN;
    value[SB_KAPPA] = sb_dist_kappa(p[SB_ROLE_A], p[SB_ROLE_T], p[SB_ROLE_P], source->n_leaves);
    value[SB_BALANCE_NATS] = summary.balance_nats;
    return SB_OK;
}

enum sb_status sb_curve_at(const struct sb_curve_source *source, const double volumes[SB_N_ROLES],
                           enum sb_curve_role growing, struct sb_curve_point *point)
{
    double value[SB_N_CURVE_VALUES], without[SB_CURVE_GROUPS][SB_N_CURVE_VALUES];
    size_t n_groups = source->n_groups;
    enum sb_status status = evaluate(source, 0, volumes, growing, value);
    for (size_t g = 0; g < n_groups && !status; g++)
        status = evaluate(source, 1 + g, volumes, growing, without[g]);
    if (status)
        return status;
    for (size_t i = 0; i < SB_N_CURVE_VALUES; i++) {
        double mean = 0, squares = 0, n = (double)n_groups;
        for (size_t g = 0; g < n_groups; g++)
            mean += without[g][i] / n;
        for (size_t g = 0; g < n_groups; g++)
            squares += (without[g][i] - mean) * (without[g][i] - mean);
        point->value[i] = value[i];
        /* inf - inf is NaN: an infinite value has no standard error. */
        point->standard_error[i] = n_groups ? sqrt(squares * (n - 1) / n) : NAN;
    }
    return SB_OK;
}
