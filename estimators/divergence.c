#include "estimators/divergence.h"

#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <string.h>
#include "theory/numeric.h"

static const char *const names[SB_N_DIVERGENCE_METHODS] = { "smoothed", "zhang-grabchak" };
static const double OBSERVATIONS_MAX = 0x1p53;

const char *sb_divergence_method_name(enum sb_divergence_method method)
{
    return names[method];
}

enum sb_status sb_divergence_method_parse(const char *name, enum sb_divergence_method *method)
{
    for (int i = 0; i < SB_N_DIVERGENCE_METHODS; i++)
        if (strcmp(name, names[i]) == 0) {
            *method = (enum sb_divergence_method)i;
            return SB_OK;
        }
    return SB_FORMAT;
}

/* Both estimates are  A(m) - sum (x_i/n) a(y_i)  less  B(n) - (1/n) sum x_i b(x_i). */
struct problem {
    enum sb_divergence_method method;
    const double *x, *y;
    size_t n_leaves;
    double n, m, share; /* share = 1/K */
};

static double own_A(const struct problem *p, double m)
{
    return p->method == SB_DIVERGENCE_SMOOTHED ? log(m + 1) : gsl_sf_psi(m + 1);
}

static double own_a(const struct problem *p, double y)
{
    return p->method == SB_DIVERGENCE_SMOOTHED ? log(y + p->share) : gsl_sf_psi(y + 1);
}

static double own_B(const struct problem *p, double n)
{
    return p->method == SB_DIVERGENCE_SMOOTHED ? log(n) : gsl_sf_psi(n);
}

/* x b(x), 0 at 0. */
static double own_xb(const struct problem *p, double x)
{
    return x == 0 ? 0 : p->method == SB_DIVERGENCE_SMOOTHED ? sb_xlogx(x) : x * gsl_sf_psi(x);
}

/* Both estimates, in nats, with and without the entropy of p. */
struct pair {
    double cross, kl;
};

static struct pair estimate(const struct problem *p)
{
    struct sb_sum cross = { 0 }, entropy = { 0 };
    for (size_t i = 0; i < p->n_leaves; i++)
        if (p->x[i] > 0) {
            sb_sum_add(&cross, p->x[i] / p->n * own_a(p, p->y[i]));
            sb_sum_add(&entropy, own_xb(p, p->x[i]) / p->n);
        }
    double c = own_A(p, p->m) - sb_sum_value(&cross);
    return (struct pair){ c, c - (own_B(p, p->n) - sb_sum_value(&entropy)) };
}

/* The estimates without one observation of leaf i in p (in q), from those of all. */
static struct pair without_x(const struct problem *p, const struct pair *all, size_t i)
{
    double x = p->x[i], n = p->n, A = own_A(p, p->m);
    double cross = (n * (A - all->cross) - own_a(p, p->y[i])) / (n - 1);
    double entropy = n * (own_B(p, n) - (all->cross - all->kl));
    entropy = (entropy - own_xb(p, x) + own_xb(p, x - 1)) / (n - 1);
    double c = A - cross;
    return (struct pair){ c, c - (own_B(p, n - 1) - entropy) };
}

static struct pair without_y(const struct problem *p, const struct pair *all, size_t i)
{
    double y = p->y[i], change = own_A(p, p->m - 1) - own_A(p, p->m);
    change += p->x[i] / p->n * (own_a(p, y) - own_a(p, y - 1));
    return (struct pair){ all->cross + change, all->kl + change };
}

/* The jackknife's variance over one sample: (N - 1) times the spread of the estimates without one. */
static struct pair variance(const struct problem *p, const struct pair *all, const double *counts,
                            double n,
                            struct pair (*without)(const struct problem *, const struct pair *,
                                                   size_t))
{
    struct pair mean = { 0, 0 }, squares = { 0, 0 };
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < p->n_leaves; i++) {
            if (counts[i] == 0)
                continue;
            struct pair value = without(p, all, i);
            double weight = counts[i] / n;
            if (pass == 0) {
                mean.cross += weight * value.cross;
                mean.kl += weight * value.kl;
            } else {
                squares.cross += weight * (value.cross - mean.cross) * (value.cross - mean.cross);
                squares.kl += weight * (value.kl - mean.kl) * (value.kl - mean.kl);
            }
        }
    return (struct pair){ (n - 1) * squares.cross, (n - 1) * squares.kl };
}

/* The sum of the counts, or NaN. */
static double total(const double *counts, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(counts[i] >= 0 && counts[i] == floor(counts[i])))
            return NAN;
        sum += counts[i];
    }
    return sum >= 1 && sum < OBSERVATIONS_MAX ? sum : NAN;
}

static struct sb_entropy in_bits(double nats, double error_nats)
{
    return (struct sb_entropy){ sb_bits_from_nats(nats), sb_bits_from_nats(error_nats) };
}

enum sb_status sb_divergence_estimate(enum sb_divergence_method method, const double *counts_p,
                                      const double *counts_q, size_t n_leaves, double n_possible,
                                      struct sb_divergence *divergence)
{
    size_t n_seen = 0;
    for (size_t i = 0; i < n_leaves; i++)
        n_seen += counts_q[i] > 0;
    struct problem p = { method,
                         counts_p,
                         counts_q,
                         n_leaves,
                         total(counts_p, n_leaves),
                         total(counts_q, n_leaves),
                         1 / n_possible };
    if (isnan(p.n) || isnan(p.m) || !(n_possible >= (double)n_seen && n_possible < INFINITY))
        return SB_DOMAIN;
    struct pair all = estimate(&p), error = { NAN, NAN };
    if (p.n > 1 && p.m > 1) {
        struct pair of_x = variance(&p, &all, counts_p, p.n, without_x);
        struct pair of_y = variance(&p, &all, counts_q, p.m, without_y);
        error.cross = sqrt(of_x.cross + of_y.cross);
        error.kl = sqrt(of_x.kl + of_y.kl);
    }
    divergence->cross_entropy = in_bits(all.cross, error.cross);
    divergence->kl = in_bits(all.kl, error.kl);
    return SB_OK;
}
