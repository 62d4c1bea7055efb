#include "theory/springs.h"

#include <math.h>
#include "theory/dist.h"
#include "theory/numeric.h"

double sb_springs_rest(double k)
{
    return 1 / (k + 1);
}

enum sb_status sb_springs_at(const double *p_p, const double *p_a, size_t n, double k, double w,
                             double *q, struct sb_springs *springs)
{
    if (!(w > 0 && w < 1) || !(k > 0 && isfinite(k)))
        return SB_DOMAIN;
    struct sb_sum sum = { 0 };
    for (size_t x = 0; x < n; x++) {
        double d = p_a[x] - p_p[x];
        q[x] = (1 - w) * p_p[x] + w * p_a[x];
        if (q[x] > 0)
            sb_sum_add(&sum, d * d / q[x]);
    }
    double chi = sb_sum_value(&sum);
    *springs = (struct sb_springs){ .extension_p = w,
                                    .extension_a = 1 - w,
                                    .energy_p_nats = k * sb_dist_kl_nats(p_p, q, n),
                                    .energy_a_nats = sb_dist_kl_nats(p_a, q, n),
                                    .force_p_nats = -k * w * chi,
                                    .force_a_nats = (1 - w) * chi };
    return SB_OK;
}

static double product(const double *a, const double *b, size_t n)
{
    struct sb_sum sum = { 0 };
    for (size_t i = 0; i < n; i++)
        sb_sum_add(&sum, a[i] * b[i]);
    return sb_sum_value(&sum);
}

struct sb_force_ratio sb_force_ratio(const double *g_p, const double *g_a, size_t n)
{
    double pp = product(g_p, g_p, n), aa = product(g_a, g_a, n), ap = product(g_a, g_p, n);
    return (struct sb_force_ratio){ .lambda = pp > 0 ? -ap / pp : NAN,
                                    .cosine = pp > 0 && aa > 0 ? ap / sqrt(pp) / sqrt(aa) : NAN };
}
