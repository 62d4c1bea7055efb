#include "theory/reach.h"

#include <math.h>
#include <stdbool.h>

struct question {
    struct sb_parts parts;
    double factor;
};

/* g; see the header. NaN out of range. */
static double surplus(const struct question *q)
{
    struct sb_elasticity e;
    double k = q->parts.k, S = k + 1 + q->parts.l;
    if (sb_elasticity_at(&q->parts, &e))
        return NAN;
    return -S * (q->factor * k * e.p.slope_nats + e.a.slope_nats);
}

static double surplus_at_l(double l, const void *context)
{
    struct question q = *(const struct question *)context;
    q.parts.l = l;
    return surplus(&q);
}

/* Negated and in the logarithm of k: the sign is that of sb_root_between. */
static double deficit_at_log_k(double log_k, const void *context)
{
    struct question q = *(const struct question *)context;
    q.parts.k = exp(log_k);
    return -surplus(&q);
}

static bool is_factor(double factor)
{
    return isfinite(factor) && factor > 1;
}

enum sb_status sb_reach_l(const struct sb_parts *parts, double factor, struct sb_reach *reach)
{
    struct question q = { *parts, factor };
    struct sb_elasticity start;
    q.parts.l = 0;
    if (!is_factor(factor) || !(parts->k > 0) || sb_elasticity_at(&q.parts, &start))
        return SB_DOMAIN;
    struct sb_reach new = { .kind = SB_REACH_NONE };
    if (start.verdict == SB_THEOREM && start.R < factor) {
        double low = parts->k + 1, high = low, last = ldexp(low, 60);
        while (high < last && surplus_at_l(high, &q) > 0) {
            low = high;
            high *= 2;
        }
        while (low > 0 && !(surplus_at_l(low, &q) > 0)) {
            high = low;
            low /= 2;
        }
        new.kind = high < last ? SB_REACH_ROOT : SB_REACH_ALL;
        if (new.kind == SB_REACH_ROOT &&
            sb_root_between(surplus_at_l, &q, low, high, 1e-15 * low, &new.root))
            return SB_NUMERIC;
    }
    *reach = new;
    return SB_OK;
}

/* From log k to k. */
static struct sb_root exponential_of(struct sb_root root)
{
    root.root = exp(root.root);
    root.low = exp(root.low);
    root.high = exp(root.high);
    return root;
}

enum sb_status sb_reach_k(const struct sb_parts *parts, double factor, struct sb_reach *reach)
{
    enum { DECADES_LOW = -6, DECADES_HIGH = 12, EACH = 8 };
    struct question q = { *parts, factor };
    if (!is_factor(factor) || !(parts->l > 0))
        return SB_DOMAIN;
    struct sb_reach new = { .kind = SB_REACH_NONE };
    double step = log(10) / EACH, low = 0;
    for (int i = DECADES_LOW * EACH; i <= DECADES_HIGH * EACH; i++) {
        double high = i * step, deficit = deficit_at_log_k(high, &q);
        if (isnan(deficit))
            return SB_DOMAIN;
        if (deficit <= 0) {
            new.kind = i == DECADES_LOW *EACH ? SB_REACH_ALL : SB_REACH_ROOT;
            if (new.kind == SB_REACH_ROOT &&
                sb_root_between(deficit_at_log_k, &q, low, high, 1e-15, &new.root))
                return SB_NUMERIC;
            new.root = exponential_of(new.root);
            break;
        }
        low = high;
    }
    *reach = new;
    return SB_OK;
}

double sb_disjoint_reach_l(const struct sb_disjoint *d, double factor)
{
    return d->k * d->pi_t * (factor - 1) / (1 + factor * d->k * (d->pi_1 + d->pi_a));
}

double sb_disjoint_reach_k(const struct sb_disjoint *d, double factor)
{
    double margin = factor * (d->pi_t - d->l * (d->pi_1 + d->pi_a)) - d->pi_t;
    return margin > 0 ? d->l / margin : NAN;
}
