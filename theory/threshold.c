#include "theory/threshold.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include "theory/dist.h"
#include "theory/numeric.h"

const char *sb_elastic_for_name(enum sb_elastic_for elastic)
{
    static const char *const names[] = { "always", "below_k_star", "never" };
    return names[elastic];
}

/* Bound on the rounding error of a - b whose terms are rounded; equal doubles are equal. */
static double difference_error(double a, double b)
{
    return a == b ? 0 : (a + b) * DBL_EPSILON;
}

/* Sign of kappa(a, t; q), 0 where the rounding of its terms leaves it open. */
static int kappa_sign(const double *a, const double *t, const double *q, size_t n)
{
    struct sb_sum error = { 0 };
    for (size_t x = 0; x < n; x++) {
        double e_a = difference_error(a[x], q[x]), e_t = difference_error(t[x], q[x]);
        if (q[x] > 0)
            sb_sum_add(&error, (fabs(a[x] - q[x]) * e_t + fabs(t[x] - q[x]) * e_a) / q[x]);
    }
    double kappa = sb_dist_kappa(a, t, q, n), bound = sb_sum_value(&error);
    return (kappa > bound) - (kappa < -bound);
}

/* chi(0) = 1 is decided by supports; chi'(0) is then kappa(p_p, p_t; p_a). */
static bool starts_positive(const struct sb_parts *parts)
{
    for (size_t x = 0; x < parts->n_leaves; x++)
        if (parts->p_a[x] == 0 && parts->p_t[x] > 0)
            return true;
    return kappa_sign(parts->p_p, parts->p_t, parts->p_a, parts->n_leaves) < 0;
}

static double kappa_at(double k, const void *context)
{
    struct sb_parts parts = *(const struct sb_parts *)context;
    struct sb_elasticity e;
    parts.k = k;
    parts.l = 0;
    return sb_elasticity_at(&parts, &e) ? NAN : e.kappa_k;
}

/* Doubles or halves from 1 until the sign of kappa_k has changed within a factor of 2. */
static enum sb_status find_k_star(const struct sb_parts *parts, struct sb_root *root)
{
    double low = 1, high = 1;
    while (kappa_at(high, parts) > 0) {
        low = high;
        high *= 2;
    }
    while (low > DBL_MIN && kappa_at(low, parts) <= 0) {
        high = low;
        low /= 2;
    }
    if (!(kappa_at(high, parts) <= 0) || !(kappa_at(low, parts) > 0))
        return SB_NUMERIC;
    return sb_root_between(kappa_at, parts, low, high, 1e-15 * low, root);
}

enum sb_status sb_threshold_of(const struct sb_parts *parts, struct sb_threshold *threshold)
{
    size_t n = parts->n_leaves;
    struct sb_threshold new = { .elastic = SB_ELASTIC_NEVER,
                                .chi = sb_dist_chi(parts->p_a, parts->p_t, parts->p_p, n) };
    struct sb_sum start = { 0 };
    for (size_t x = 0; x < n; x++)
        sb_sum_add(&start, parts->p_a[x] > 0 ? parts->p_t[x] : 0);
    new.chi_start = sb_sum_value(&start);
    if (starts_positive(parts)) {
        bool stays = kappa_sign(parts->p_a, parts->p_t, parts->p_p, n) >= 0;
        new.elastic = stays ? SB_ELASTIC_ALWAYS : SB_ELASTIC_BELOW;
    }
    if (new.elastic == SB_ELASTIC_BELOW && find_k_star(parts, &new.k_star))
        return SB_NUMERIC;
    *threshold = new;
    return SB_OK;
}

double sb_threshold_k_star(const struct sb_threshold *threshold)
{
    switch (threshold->elastic) {
    case SB_ELASTIC_ALWAYS:
        return INFINITY;
    case SB_ELASTIC_BELOW:
        return threshold->k_star.root;
    default:
        return 0;
    }
}
