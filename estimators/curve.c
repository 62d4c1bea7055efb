#include "estimators/curve.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/parallel.h"
#include "estimators/fieller.h"
#include "theory/dist.h"
#include "theory/mixture.h"
#include "theory/numeric.h"
#include "theory/sum_distribution.h"

enum { LOG2_POINTS = 14 };

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

/* The jackknife of a value from those without each group, `stride` apart. */
static void jackknife(const double *without, size_t stride, size_t n_groups, double value,
                      double *corrected, double *standard_error)
{
    double mean = 0, squares = 0, n = (double)n_groups;
    for (size_t g = 0; g < n_groups; g++)
        mean += without[g * stride] / n;
    for (size_t g = 0; g < n_groups; g++)
        squares += (without[g * stride] - mean) * (without[g * stride] - mean);
    /* inf - inf is NaN: an infinite value has no standard error, and stays what it is. */
    *corrected = n_groups && isfinite(value) ? value + (n - 1) * (value - mean) : value;
    *standard_error = n_groups ? sqrt(squares * (n - 1) / n) : NAN;
}

/* The covariance of values i and j by the jackknife. */
static double jackknife_covariance(double without[][SB_N_CURVE_VALUES], size_t n_groups, size_t i,
                                   size_t j)
{
    double mean_i = 0, mean_j = 0, products = 0, n = (double)n_groups;
    for (size_t g = 0; g < n_groups; g++) {
        mean_i += without[g][i] / n;
        mean_j += without[g][j] / n;
    }
    for (size_t g = 0; g < n_groups; g++)
        products += (without[g][i] - mean_i) * (without[g][j] - mean_j);
    return products * (n - 1) / n;
}

/* R of the corrected slopes, its error, and the intervals of both. */
static void set_ratios(double without[][SB_N_CURVE_VALUES], size_t n_groups,
                       const double volumes[SB_N_ROLES], struct sb_curve_point *point)
{
    double v_p = volumes[SB_ROLE_P], v_a = volumes[SB_ROLE_A];
    double error_p = v_p * point->standard_error[SB_SLOPE_P_NATS];
    double error_a = v_a * point->standard_error[SB_SLOPE_A_NATS];
    bool has_interval =
        n_groups > 1 && !isnan(point->value[SB_RATIO]) && isfinite(error_p) && isfinite(error_a);
    point->corrected[SB_RATIO] = point->value[SB_RATIO];
    point->corrected_ratio_error = NAN;
    point->ratio_low[0] = point->ratio_high[0] = point->ratio_low[1] = point->ratio_high[1] = NAN;
    if (!has_interval)
        return;
    double covariance =
        -v_a * v_p * jackknife_covariance(without, n_groups, SB_SLOPE_A_NATS, SB_SLOPE_P_NATS);
    for (int i = 0; i < 2; i++) {
        const double *slopes = i ? point->corrected : point->value;
        sb_fieller(-v_a * slopes[SB_SLOPE_A_NATS], v_p * slopes[SB_SLOPE_P_NATS], error_a * error_a,
                   error_p * error_p, covariance, gsl_cdf_tdist_Pinv(0.975, (double)(n_groups - 1)),
                   &point->ratio_low[i], &point->ratio_high[i]);
    }
    double below = v_p * point->corrected[SB_SLOPE_P_NATS];
    double r = below != 0 ? -v_a * point->corrected[SB_SLOPE_A_NATS] / below : NAN;
    double variance = error_a * error_a - 2 * r * covariance + r * r * error_p * error_p;
    point->corrected[SB_RATIO] = r;
    point->corrected_ratio_error = sqrt(fmax(0, variance)) / fabs(below);
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
        point->value[i] = value[i];
        jackknife(&without[0][i], SB_N_CURVE_VALUES, n_groups, value[i], &point->corrected[i],
                  &point->standard_error[i]);
    }
    set_ratios(without, n_groups, volumes, point);
    return SB_OK;
}

/* ---- bands ------------------------------------------------------------------------------------- */

struct bands {
    const struct sb_curve_source *source;
    const double *volumes;
    enum sb_curve_role growing;
    size_t n_points;
    double *influences; /* (SB_N_CURVE_VALUES, groups, n_points) */
};

/* The influence of group g on a value: sqrt((G-1)/G) (value without it - their mean), so that the
 * squares add up to the jackknife's se^2. */
static enum sb_status influences_at(void *context, size_t point, size_t thread,
                                    struct sb_error *error)
{
    (void)thread;
    const struct bands *b = context;
    double without[SB_CURVE_GROUPS][SB_N_CURVE_VALUES];
    size_t n = b->source->n_groups;
    for (size_t g = 0; g < n; g++)
        if (evaluate(b->source, 1 + g, b->volumes + 3 * point, b->growing, without[g]))
            return sb_fail(error, SB_DOMAIN, "bands: volumes are out of range");
    for (size_t i = 0; i < SB_N_CURVE_VALUES; i++) {
        double mean = 0;
        for (size_t g = 0; g < n; g++)
            mean += without[g][i] / (double)n;
        for (size_t g = 0; g < n; g++)
            b->influences[(i * n + g) * b->n_points + point] =
                sqrt((double)(n - 1) / (double)n) * (without[g][i] - mean);
    }
    return SB_OK;
}

enum sb_status sb_curve_bands(const struct sb_curve_source *source, const double *volumes,
                              size_t n_points, enum sb_curve_role growing,
                              const struct sb_sup_t_options *options,
                              double critical[SB_N_CURVE_VALUES], struct sb_error *error)
{
    size_t n = source->n_groups;
    double found[SB_N_CURVE_VALUES];
    struct sb_sup_t_options own = *options;
    if (n_points > SB_CURVE_BAND_POINTS)
        return sb_fail(error, SB_LIMIT, "bands: at most %d points, not %zu; coarsen the grid",
                       SB_CURVE_BAND_POINTS, n_points);
    for (size_t i = 0; i < SB_N_CURVE_VALUES; i++)
        found[i] = NAN;
    struct bands b = { source, volumes, growing, n_points, NULL };
    b.influences = malloc((SB_N_CURVE_VALUES * n * n_points + 1) * sizeof *b.influences);
    if (!b.influences)
        return sb_fail_memory(error);
    own.freedom = (double)n - 1;
    enum sb_status status = SB_OK;
    if (n)
        status = sb_parallel_for(own.n_threads, n_points, influences_at, &b, error);
    for (size_t i = 0; i < SB_N_CURVE_VALUES && n && !status; i++)
        status = sb_sup_t(b.influences + i * n * n_points, n, n_points, &own, &found[i], error);
    free(b.influences);
    if (!status)
        memcpy(critical, found, sizeof found);
    return status;
}

double sb_curve_error(const struct sb_curve_point *point, bool corrected, enum sb_curve_value value)
{
    return corrected && value == SB_RATIO ? point->corrected_ratio_error
                                          : point->standard_error[value];
}

double sb_curve_band(const struct sb_curve_point *point, const double critical[SB_N_CURVE_VALUES],
                     bool corrected, enum sb_curve_value value)
{
    const double *values = corrected ? point->corrected : point->value;
    double width = critical[value] * sb_curve_error(point, corrected, value);
    bool is_bounded = fabs(values[SB_SLOPE_P_NATS]) >
                      critical[SB_SLOPE_P_NATS] * point->standard_error[SB_SLOPE_P_NATS];
    return value == SB_RATIO && isfinite(width) && !is_bounded ? INFINITY : width;
}

/* ---- how many documents show a sign ------------------------------------------------------------ */

enum sb_status sb_curve_n_for_sign(const struct sb_curve_source *source,
                                   const double volumes[SB_N_ROLES], enum sb_curve_role role,
                                   double wanted, uint64_t *n)
{
    const double *p[SB_N_ROLES];
    for (size_t i = 0; i < SB_N_ROLES; i++)
        p[i] = source->p + i * source->n_leaves;
    const struct sb_mixture mixture = { SB_N_ROLES, source->n_leaves, p, volumes };
    double *values = malloc(source->n_leaves * sizeof *values), sign = role == SB_ROLE_A ? 1 : -1;
    if (!values)
        return SB_MEMORY;
    enum sb_status status = volumes[SB_ROLE_P] > 0 && volumes[SB_ROLE_A] > 0 && role != SB_ROLE_T
                                ? sb_mixture_model(&mixture, values)
                                : SB_DOMAIN;
    for (size_t x = 0; x < source->n_leaves && !status; x++)
        values[x] = values[x] > 0 ? sign * p[SB_ROLE_T][x] / values[x] : 0;
    const struct sb_terms terms = { values, p[role], source->n_leaves, 1 };
    if (!status)
        status = sb_sum_below_least_n(&terms, sign, wanted, LOG2_POINTS, n);
    free(values);
    return status;
}

/* ---- entropies ------------------------------------------------------------------------------- */

/* Of replicate g; counts are scratch. */
static enum sb_status entropy_of(const struct sb_curve_source *source, size_t g, size_t role,
                                 enum sb_entropy_method method, double *counts, double *bits)
{
    const double *p = source->p + (g * SB_N_ROLES + role) * source->n_leaves;
    struct sb_entropy entropy;
    for (size_t x = 0; x < source->n_leaves; x++)
        counts[x] = nearbyint(p[x] * source->sizes[g * SB_N_ROLES + role]);
    enum sb_status status =
        sb_entropy_estimate(method, counts, source->n_leaves, source->n_possible, &entropy);
    if (!status)
        *bits = entropy.bits + sb_bits_from_nats(source->common_nats);
    return status;
}

static double exact_entropy_bits(const struct sb_curve_source *source, size_t role)
{
    const double *p = source->p + role * source->n_leaves;
    struct sb_sum sum = { source->common_nats, 0 };
    for (size_t x = 0; x < source->n_leaves; x++)
        sb_sum_add(&sum, -sb_xlogx(p[x]));
    return sb_bits_from_nats(sb_sum_value(&sum));
}

enum sb_status sb_curve_entropy(const struct sb_curve_source *source, enum sb_curve_role role,
                                enum sb_entropy_method method, struct sb_entropy *entropy)
{
    if (source->n[role] == 0) {
        *entropy = (struct sb_entropy){ exact_entropy_bits(source, role), NAN };
        return SB_OK;
    }
    double *counts = malloc(source->n_leaves * sizeof *counts);
    if (!counts)
        return SB_MEMORY;
    double bits, corrected, error, without[SB_CURVE_GROUPS];
    enum sb_status status = entropy_of(source, 0, role, method, counts, &bits);
    for (size_t g = 0; g < source->n_groups && !status; g++)
        status = entropy_of(source, 1 + g, role, method, counts, &without[g]);
    free(counts);
    if (status)
        return status;
    jackknife(without, 1, source->n_groups, bits, &corrected, &error);
    *entropy = (struct sb_entropy){ bits, error };
    return SB_OK;
}
