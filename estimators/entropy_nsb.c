#include "estimators/entropy_nsb.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <stdbool.h>
#include "theory/numeric.h"

enum { N_INTERVALS = 40, N_SCAN = 400, N_HALVINGS = 50 };
static const double POSSIBLE_MAX = 0x1p80;
/* The weight falls at least like b below 1/K, and like 1/b above the counts: e^-60 of its maximum is
 * within this distance in ln b of where it could be. Less than e^-45 of the maximum is left out. */
static const double MARGIN = 70, DEPTH = 45;

/* ---- the weight ------------------------------------------------------------------------------ */

/* ln Gamma(z) less its leading terms: 1/(12 z) - ..., for z >= 16 to full precision. */
static double stirling_rest(double z)
{
    double r = 1 / (z * z);
    return (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r / 1188)))) / z;
}

/* ln Gamma(a + n)/Gamma(a) = ln a(a+1)...(a+n-1) for a > 0 and whole n >= 0: steps up to a = 16, then
 * Stirling's series for the quotient, in which nothing large cancels. */
static double ln_pochhammer(double a, double n)
{
    double steps = 0, product = 1;
    for (; n > 0 && a < 16; a++, n--) {
        product *= a;
        if (product > 1e100 || product < 1e-100) {
            steps += log(product);
            product = 1;
        }
    }
    steps += log(product);
    if (n == 0)
        return steps;
    double x = n / a;
    return steps + a * sb_log1p_minus_x(x) - 0.5 * log1p(x) + n * log(a + n) +
           stirling_rest(a + n) - stirling_rest(a);
}

/* The derivative of psi: its asymptotic series from 30 on. */
static double trigamma(double x)
{
    if (x < 30)
        return gsl_sf_psi_1(x);
    double r = 1 / x, q = r * r;
    return r * (1 + 0.5 * r + q * (1.0 / 6 - q * (1.0 / 30 - q * (1.0 / 42 - q / 30))));
}

/* 1 - x psi_1(x + 1), which falls from 1 to 0 like 1/(2 x). */
static double tail(double x)
{
    if (x < 30)
        return 1 - x * gsl_sf_psi_1(x + 1);
    double r = 1 / x, q = r * r;
    return r * (0.5 - r / 6 + q * r * (1.0 / 30 - q * (1.0 / 42 - q / 30)));
}

/* ln dxi/d ln b. */
static double ln_prior(double K, double b)
{
    double here = K * b < 30 ? K * b * gsl_sf_psi_1(K * b + 1) - b * gsl_sf_psi_1(b + 1)
                             : tail(b) - tail(K * b);
    return log(here);
}

struct posterior {
    const struct sb_count_classes *c;
    double K;
    double ln_maximum, center; /* subtracted from the logarithm, and from H */
    int moment;                /* what is integrated: 0 the weight; 1 times H; 2 times its square */
};

static double ln_weight(const struct posterior *p, double u)
{
    double b = exp(u);
    struct sb_sum sum = { 0 };
    for (size_t j = 0; j < p->c->n; j++)
        sb_sum_add(&sum, p->c->m[j] * ln_pochhammer(b, p->c->x[j]));
    sb_sum_add(&sum, -ln_pochhammer(p->K * b, p->c->n_observations));
    sb_sum_add(&sum, ln_prior(p->K, b));
    return sb_sum_value(&sum);
}

/* ---- H given b ------------------------------------------------------------------------------- */

/* The leaves seen x times, class j; after the last class, those not seen. */
static bool class_at(const struct posterior *p, size_t j, double *x, double *m)
{
    *x = j < p->c->n ? p->c->x[j] : 0;
    *m = j < p->c->n ? p->c->m[j] : p->K - p->c->n_leaves;
    return j <= p->c->n;
}

static double mean_given(const struct posterior *p, double b)
{
    double k = p->c->n_observations + p->K * b, top = gsl_sf_psi(k + 1), x, m;
    struct sb_sum sum = { 0 };
    for (size_t j = 0; class_at(p, j, &x, &m); j++)
        sb_sum_add(&sum, m * (x + b) / k * (top - gsl_sf_psi(x + b + 1)));
    return sb_sum_value(&sum);
}

/* From E[p_i p_j ln p_i ln p_j] of a Dirichlet law (Wolpert and Wolf 1995), with ln p_i + E H in the
 * place of ln p_i, which changes nothing since the p_i sum to 1, and leaves less to cancel. */
static double variance_given(const struct posterior *p, double b, double mean)
{
    double k = p->c->n_observations + p->K * b, shift = mean - gsl_sf_psi(k + 2);
    double common = trigamma(k + 2), x, m;
    struct sb_sum first = { 0 }, same = { 0 }, weights = { 0 }, own = { 0 };
    for (size_t j = 0; class_at(p, j, &x, &m); j++) {
        double w = (x + b) / k, A = gsl_sf_psi(x + b + 1) + shift, B = A + 1 / (x + b + 1);
        sb_sum_add(&first, m * w * A);
        sb_sum_add(&same, m * w * w * A * A);
        sb_sum_add(&weights, m * w * w);
        sb_sum_add(&own, m * w * (x + b + 1) / (k + 1) * (B * B + trigamma(x + b + 2) - common));
    }
    double pairs = sb_sum_value(&first) * sb_sum_value(&first) - sb_sum_value(&same) -
                   common * (1 - sb_sum_value(&weights));
    return fmax(0, k / (k + 1) * pairs + sb_sum_value(&own));
}

/* ---- the integrals --------------------------------------------------------------------------- */

static double integrand(double u, void *context)
{
    const struct posterior *p = context;
    double b = exp(u), weight = exp(ln_weight(p, u) - p->ln_maximum);
    if (p->moment == 0)
        return weight;
    double mean = mean_given(p, b), from_center = mean - p->center;
    return p->moment == 1 ? weight * from_center
                          : weight * (from_center * from_center + variance_given(p, b, mean));
}

/* The best of two places by golden section between them, if it is better than `best`. */
static double refine(struct posterior *p, double left, double right, double best)
{
    const double golden = 0.3819660112501051;
    for (int i = 0; i < N_HALVINGS; i++) {
        double a = left + golden * (right - left), b = right - golden * (right - left);
        double at_a = ln_weight(p, a), at_b = ln_weight(p, b);
        if (fmax(at_a, at_b) > p->ln_maximum) {
            p->ln_maximum = fmax(at_a, at_b);
            best = at_a > at_b ? a : b;
        }
        if (at_a > at_b)
            right = b;
        else
            left = a;
    }
    return best;
}

/* Where the weight stops being negligible, going from the peak to `end`: steps that double, so that a
 * narrow peak is not lost, then halving. */
static double find_edge(const struct posterior *p, double peak, double end)
{
    double direction = end > peak ? 1 : -1, inside = 0, step = 1e-9, reach = fabs(end - peak);
    while (step < reach && ln_weight(p, peak + direction * step) > p->ln_maximum - DEPTH) {
        inside = step;
        step *= 2;
    }
    double outside = fmin(step, reach);
    for (int i = 0; i < 20; i++) {
        double middle = 0.5 * (inside + outside);
        if (ln_weight(p, peak + direction * middle) > p->ln_maximum - DEPTH)
            inside = middle;
        else
            outside = middle;
    }
    return peak + direction * outside;
}

/* points = { from, peak, to }: a scan finds the peak and whatever else is not negligible. */
static void find_range(struct posterior *p, double low, double high, double points[3])
{
    double value[N_SCAN + 1], step = (high - low) / N_SCAN;
    int best = 0;
    for (int i = 0; i <= N_SCAN; i++) {
        value[i] = ln_weight(p, low + i * step);
        if (value[i] > value[best])
            best = i;
    }
    p->ln_maximum = value[best];
    double at = low + best * step;
    points[1] = refine(p, at - step, at + step, at);
    points[0] = find_edge(p, points[1], low - step);
    points[2] = find_edge(p, points[1], high + step);
    for (int i = 0; i <= N_SCAN; i++)
        if (value[i] > p->ln_maximum - DEPTH) {
            points[0] = fmin(points[0], low + (i - 1) * step);
            points[2] = fmax(points[2], low + (i + 1) * step);
        }
}

static enum sb_status integrate(struct posterior *p, int moment, double points[3], double scale,
                                gsl_integration_workspace *workspace, double *value)
{
    double error;
    p->moment = moment;
    gsl_function f = { integrand, p };
    int status = gsl_integration_qagp(&f, points, 3, 1e-8 * scale, 1e-8, N_INTERVALS, workspace,
                                      value, &error);
    /* Rounding of large logarithms can keep GSL from what it was asked; what it reached must do. */
    bool good = isfinite(*value) && error <= 1e-5 * fmax(fabs(*value), scale);
    return good && (!status || status == GSL_EROUND || status == GSL_ESING ||
                    status == GSL_EMAXITER)
               ? SB_OK
               : SB_NUMERIC;
}

enum sb_status sb_entropy_nsb(const struct sb_count_classes *classes, double n_possible,
                              double *mean_nats, double *sd_nats)
{
    if (!(n_possible >= classes->n_leaves && n_possible <= POSSIBLE_MAX))
        return SB_DOMAIN;
    if (n_possible < 2) { /* one leaf: nothing to find out */
        *mean_nats = *sd_nats = 0;
        return SB_OK;
    }
    struct posterior p = { .c = classes, .K = n_possible };
    double ends[2] = { -log(n_possible) - MARGIN, log(classes->n_observations) + MARGIN };
    double points[3];
    find_range(&p, ends[0], ends[1], points);
    gsl_integration_workspace *workspace = gsl_integration_workspace_alloc(N_INTERVALS);
    if (!workspace)
        return SB_MEMORY;
    double total, first, second;
    p.center = mean_given(&p, exp(points[1]));
    enum sb_status status = integrate(&p, 0, points, 0, workspace, &total);
    if (!status)
        status = integrate(&p, 1, points, total * 1e-3, workspace, &first);
    if (!status)
        status = integrate(&p, 2, points, 0, workspace, &second);
    gsl_integration_workspace_free(workspace);
    if (status)
        return status;
    *mean_nats = p.center + first / total;
    *sd_nats = sqrt(fmax(0, second / total - first / total * (first / total)));
    return SB_OK;
}
