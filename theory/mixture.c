#include "theory/mixture.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include "theory/numeric.h"

/* ---- one point: a mixture with the growing volume set --------------------------------------- */

struct point {
    const struct sb_mixture *mixture;
    size_t growing;
    double volume;  /* of the growing dataset, whatever volumes[growing] says */
    double inverse; /* 1/S */
};

static double volume_of(const struct point *at, size_t j)
{
    return j == at->growing ? at->volume : at->mixture->volumes[j];
}

/* Fills *at; SB_DOMAIN where a volume or S is out of range. */
static enum sb_status point_at(const struct sb_mixture *mixture, size_t growing, double volume,
                               struct point *at)
{
    struct point new = { mixture, growing, volume, 0 };
    if (growing >= mixture->n_datasets)
        return SB_DOMAIN;
    struct sb_sum total = { 0 };
    for (size_t j = 0; j < mixture->n_datasets; j++) {
        double v = volume_of(&new, j);
        if (!isfinite(v) || v < 0)
            return SB_DOMAIN;
        sb_sum_add(&total, v);
    }
    double sum = sb_sum_value(&total);
    new.inverse = 1 / sum;
    if (!isfinite(sum) || !isfinite(new.inverse))
        return SB_DOMAIN;
    *at = new;
    return SB_OK;
}

static double weight_of(const struct point *at, size_t j)
{
    return volume_of(at, j) * at->inverse;
}

static double model_at(const struct point *at, size_t x)
{
    double q = 0;
    for (size_t j = 0; j < at->mixture->n_datasets; j++)
        q += weight_of(at, j) * at->mixture->p[j][x];
    return q;
}

/* ln q. Near q = 1 the small numbers are the 1 - p_j: q = 1 - sum_j (v_j/S)(1 - p_j). */
static double log_model_at(const struct point *at, size_t x, double q)
{
    if (q < 0.5)
        return log(q);
    double rest = 0;
    for (size_t j = 0; j < at->mixture->n_datasets; j++)
        rest += weight_of(at, j) * (1 - at->mixture->p[j][x]);
    return log1p(-rest);
}

/* delta_i = p_i - q and a bound on its rounding error in units of DBL_EPSILON/2, from the rounding
 * of the inputs (one ulp each), of the weights, and of the sum. */
struct deviation {
    double value, error;
};
static struct deviation deviation_at(const struct point *at, size_t i, size_t x)
{
    const double *const *p = at->mixture->p;
    struct deviation delta = { 0, 0 };
    for (size_t j = 0; j < at->mixture->n_datasets; j++)
        if (p[i][x] != p[j][x]) {
            delta.value += weight_of(at, j) * (p[i][x] - p[j][x]);
            delta.error += weight_of(at, j) * (p[i][x] + p[j][x]);
        }
    delta.error *= (double)at->mixture->n_datasets + 8;
    return delta;
}

/* A bound on the error of the product of two deviations, in the same units. */
static double product_error(struct deviation a, struct deviation b)
{
    return 2 * (fabs(a.value) * b.error + fabs(b.value) * a.error);
}

/* ---- rates and responses -------------------------------------------------------------------- */

/* Where p_i has mass that q lacks, and whether p_g reaches all of it. */
struct gap {
    bool exists, is_reached;
};

static struct gap gap_of(const struct point *at, size_t i)
{
    struct gap gap = { false, true };
    for (size_t x = 0; x < at->mixture->n_leaves; x++)
        if (at->mixture->p[i][x] > 0 && model_at(at, x) == 0) {
            gap.exists = true;
            gap.is_reached = gap.is_reached && at->mixture->p[at->growing][x] > 0;
        }
    return gap;
}

static double novelty_of(const struct point *at)
{
    struct sb_sum nu = { 0 };
    if (at->volume == 0)
        for (size_t x = 0; x < at->mixture->n_leaves; x++)
            if (model_at(at, x) == 0)
                sb_sum_add(&nu, at->mixture->p[at->growing][x]);
    return sb_sum_value(&nu);
}

static struct sb_response respond(const struct point *at, size_t i, double novelty)
{
    const double *p = at->mixture->p[i], *p_g = at->mixture->p[at->growing];
    struct sb_sum gamma = { 0 }, overlap = { 0 }, covariance = { 0 }, square = { 0 };
    double error = 4 * novelty;
    for (size_t x = 0; x < at->mixture->n_leaves; x++) {
        double q = model_at(at, x);
        if (q == 0)
            continue;
        struct deviation delta = deviation_at(at, i, x), delta_g = deviation_at(at, at->growing, x);
        double u = delta_g.value / q;
        sb_sum_add(&covariance, delta.value * u);
        error += product_error(delta, delta_g) / q;
        if (p[x] > 0) {
            sb_sum_add(&gamma, -p[x] * log_model_at(at, x, q));
            sb_sum_add(&overlap, p[x] * (p_g[x] / q));
            sb_sum_add(&square, p[x] * u * u);
        }
    }
    double slope = (novelty - sb_sum_value(&covariance)) * at->inverse;
    struct sb_response response = {
        .gamma_nats = sb_sum_value(&gamma),
        .slope_nats = slope,
        .curvature_nats = (sb_sum_value(&square) * at->inverse - 2 * slope) * at->inverse,
        .overlap = sb_sum_value(&overlap),
        .slope_error_nats = error * at->inverse * (DBL_EPSILON / 2)
    };
    struct gap gap = gap_of(at, i);
    if (gap.exists) {
        response.gamma_nats = INFINITY;
        response.slope_nats = gap.is_reached ? -INFINITY : NAN;
        response.curvature_nats = gap.is_reached ? INFINITY : NAN;
        response.slope_error_nats = 0;
    }
    return response;
}

int sb_response_sign(const struct sb_response *response)
{
    double slope = response->slope_nats, error = response->slope_error_nats;
    return (slope > error) - (slope < -error);
}

enum sb_status sb_mixture_model(const struct sb_mixture *mixture, double *q)
{
    struct point at;
    if (mixture->n_datasets == 0 || point_at(mixture, 0, mixture->volumes[0], &at))
        return SB_DOMAIN;
    for (size_t x = 0; x < mixture->n_leaves; x++)
        q[x] = model_at(&at, x);
    return SB_OK;
}

enum sb_status sb_mixture_respond(const struct sb_mixture *mixture, size_t growing,
                                  struct sb_response *responses, struct sb_mixture_summary *summary)
{
    struct point at;
    if (growing >= mixture->n_datasets ||
        point_at(mixture, growing, mixture->volumes[growing], &at))
        return SB_DOMAIN;
    double novelty = novelty_of(&at);
    struct sb_sum balance = { 0 }, total = { 0 };
    sb_sum_add(&balance, -novelty);
    for (size_t i = 0; i < mixture->n_datasets; i++) {
        responses[i] = respond(&at, i, novelty);
        sb_sum_add(&total, mixture->volumes[i]);
        if (mixture->volumes[i] > 0)
            sb_sum_add(&balance, mixture->volumes[i] * responses[i].slope_nats);
    }
    if (summary)
        *summary = (struct sb_mixture_summary){ .total_volume = sb_sum_value(&total),
                                                .novelty = novelty,
                                                .balance_nats = sb_sum_value(&balance) };
    return SB_OK;
}

enum sb_status sb_mixture_change(const struct sb_mixture *mixture, size_t growing, double volume,
                                 size_t dataset, double *change_nats)
{
    struct point from, to;
    if (growing >= mixture->n_datasets || dataset >= mixture->n_datasets ||
        !(volume >= mixture->volumes[growing]) ||
        point_at(mixture, growing, mixture->volumes[growing], &from) ||
        point_at(mixture, growing, volume, &to))
        return SB_DOMAIN;
    struct gap gap = gap_of(&from, dataset);
    if (gap.exists) {
        *change_nats = gap.is_reached && volume > from.volume ? -INFINITY : NAN;
        return SB_OK;
    }
    double w = (volume - from.volume) * to.inverse, kept = to.inverse / from.inverse;
    struct sb_sum change = { 0 };
    sb_sum_add(&change, w * novelty_of(&from));
    for (size_t x = 0; x < mixture->n_leaves; x++) {
        double q = model_at(&from, x);
        if (q == 0)
            continue;
        double wu = w * deviation_at(&from, growing, x).value / q;
        double log_growth = log1p(wu), excess = sb_log1p_minus_x(wu);
        if (wu < -0.5) { /* most of q goes: 1 + w u is the sum of what stays and what comes */
            log_growth = log(kept + w * mixture->p[growing][x] / q);
            excess = log_growth - wu;
        }
        sb_sum_add(&change, -deviation_at(&from, dataset, x).value * log_growth);
        sb_sum_add(&change, -q * excess);
    }
    *change_nats = sb_sum_value(&change);
    return SB_OK;
}

/* ---- turning volumes
 * ------------------------------------------------------------------------------ */

struct pair {
    const struct sb_mixture *mixture;
    size_t growing, dataset;
};

/* C_i - 1 = -S gamma_i' at a positive volume of the growing dataset. NaN out of range. */
static double excess_overlap(double volume, const void *context)
{
    const struct pair *pair = context;
    struct point at;
    if (point_at(pair->mixture, pair->growing, volume, &at))
        return NAN;
    struct sb_sum covariance = { 0 };
    for (size_t x = 0; x < pair->mixture->n_leaves; x++) {
        double q = model_at(&at, x);
        if (q > 0)
            sb_sum_add(&covariance, deviation_at(&at, pair->dataset, x).value *
                                        (deviation_at(&at, pair->growing, x).value / q));
    }
    return sb_sum_value(&covariance);
}

/* With v = v_g/S, C_i is convex in v and C_i(1) = p_i(supp p_g). Where that is 1, C_i comes down to
 * it from above, and never crosses 1, iff its slope at v = 1 is <= 0: sum_{p_g>0} p_i q0/p_g - 1 =
 * sum_{p_g>0} (p_i - p_g)(q0 - p_g)/p_g - q0(p_g = 0) <= 0. */
static bool never_turns(const struct point *start, size_t i)
{
    const double *p = start->mixture->p[i], *p_g = start->mixture->p[start->growing];
    struct sb_sum slope = { 0 };
    double error = 0;
    for (size_t x = 0; x < start->mixture->n_leaves; x++) {
        if (p_g[x] == 0) {
            if (p[x] > 0)
                return false;
            sb_sum_add(&slope, -model_at(start, x));
            continue;
        }
        struct deviation q0 = deviation_at(start, start->growing, x);
        struct deviation p_i = { p_g[x] - p[x], p[x] == p_g[x] ? 0 : p[x] + p_g[x] };
        sb_sum_add(&slope, p_i.value * (q0.value / p_g[x]));
        error += product_error(p_i, q0) / p_g[x];
    }
    return sb_sum_value(&slope) <= error * (DBL_EPSILON / 2);
}

/* Doubles or halves from S until the sign of C_i - 1 has changed within a factor of 2. */
static enum sb_status find_turning(const struct pair *pair, double start, struct sb_root *root)
{
    double low = start, high = start;
    while (excess_overlap(high, pair) > 0) {
        low = high;
        high *= 2;
    }
    while (low > 0 && excess_overlap(low, pair) <= 0) {
        high = low;
        low /= 2;
    }
    if (!(excess_overlap(high, pair) <= 0) || !(low > 0))
        return SB_NUMERIC;
    return sb_root_between(excess_overlap, pair, low, high, 1e-15 * low, root);
}

enum sb_status sb_mixture_turning(const struct sb_mixture *mixture, size_t growing, size_t dataset,
                                  struct sb_turning *turning)
{
    struct point start;
    if (dataset >= mixture->n_datasets || dataset == growing ||
        point_at(mixture, growing, 0, &start))
        return SB_DOMAIN;
    struct sb_response response = respond(&start, dataset, novelty_of(&start));
    struct sb_turning result = { .kind = SB_TURNING_NONE };
    if (sb_response_sign(&response) < 0) {
        struct pair pair = { mixture, growing, dataset };
        result.kind = never_turns(&start, dataset) ? SB_TURNING_NEVER : SB_TURNING_FINITE;
        if (result.kind == SB_TURNING_FINITE &&
            find_turning(&pair, 1 / start.inverse, &result.volume))
            return SB_NUMERIC;
    }
    *turning = result;
    return SB_OK;
}

double sb_turning_volume(const struct sb_turning *turning)
{
    switch (turning->kind) {
    case SB_TURNING_FINITE:
        return turning->volume.root;
    case SB_TURNING_NEVER:
        return INFINITY;
    default:
        return NAN;
    }
}
