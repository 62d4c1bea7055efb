#include "theory/pareto.h"

#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <stdbool.h>
#include "theory/disjoint.h"
#include "theory/dist.h"
#include "theory/expint.h"
#include "theory/numeric.h"
#include "theory/quadrature.h"

static const double TOLERANCE = 1e-12, ALPHA_MAX = 50, ALPHA_MIN_CRITICAL = 1.001;

/* ---- Laplace transforms of X ----------------------------------------------------------------- */

struct law {
    double alpha;
    struct sb_expint lower, upper; /* E_alpha, E_(alpha+1) */
};

static struct law law_of(double alpha)
{
    return (struct law){ alpha, sb_expint_of(alpha), sb_expint_of(alpha + 1) };
}

/* E e^(-uX), and 1 - E e^(-uX) = (1 - e^-u) + u E_alpha(u), which does not cancel for small u. */
static double transform(const struct law *law, double u, double *complement)
{
    if (u < 1) {
        double c = u == 0 ? 0 : -expm1(-u) + u * sb_expint_at(&law->lower, u);
        *complement = c;
        return 1 - c;
    }
    double value = law->alpha * sb_expint_at(&law->upper, u);
    *complement = 1 - value;
    return value;
}

/* E X e^(-uX). */
static double transform_of_X(const struct law *law, double u)
{
    return law->alpha * sb_expint_at(&law->lower, u);
}

/* ---- R11 ------------------------------------------------------------------------------------- */

double sb_pareto_entropy_limit_minus_log_M_nats(double alpha)
{
    return alpha > 1 ? -log1p(-1 / alpha) - 1 / (alpha - 1) : NAN;
}

double sb_pareto_entropy_limit_nats(double alpha)
{
    return alpha > 0 && alpha < 1 ? gsl_sf_psi(1) - gsl_sf_psi(1 - alpha) : NAN;
}

struct entropy_case {
    struct law law;
    double M;
    double scale; /* about the size of the sum of the masses */
};

/* (E e^(-uX))^m. */
static double power_of_transform(const struct law *law, double u, double m, double *complement)
{
    double c, value = transform(law, u, &c), exponent = m * (c < 0.5 ? log1p(-c) : log(value));
    *complement = -expm1(exponent);
    return exp(exponent);
}

/* E ln(sum/scale) = int (e^(-u scale) - E e^(-u sum)) du/u. */
static double log_sum_integrand(double u, const void *context)
{
    const struct entropy_case *c = context;
    double complement;
    power_of_transform(&c->law, u, c->M, &complement);
    return (complement + expm1(-u * c->scale)) / u;
}

/* E X ln X e^(-u (X - 1)) = alpha int_0^inf (1 + v)^-alpha ln(1 + v) e^(-uv) dv by the trapezoidal
 * rule in ln v, whose error at step 1/4 is about e^(-pi^2/step) < 1e-17: the integrand is analytic
 * and bounded where |arg v| < pi/2. */
static double x_log_x_transform(double alpha, double u)
{
    const double step = 0.25;
    double sum = 0;
    for (double y = -log1p(u) - 20;; y += step) {
        double v = exp(y), logarithm = log1p(v);
        double term = v * logarithm * exp(-u * v - alpha * logarithm);
        sum += term;
        if (y > 0 && term <= 1e-18 * sum)
            return alpha * step * sum;
    }
}

/* M E[X ln X/sum] = M int (E X ln X e^(-uX)) (E e^(-uX))^(M-1) du. */
static double x_log_x_over_sum_integrand(double u, const void *context)
{
    const struct entropy_case *c = context;
    double complement, rest = power_of_transform(&c->law, u, c->M - 1, &complement);
    double factor = c->M * rest * exp(-u);
    return factor == 0 ? 0 : factor * x_log_x_transform(c->law.alpha, u);
}

enum sb_status sb_pareto_mean_entropy_nats(double alpha, double n_leaves, double *entropy_nats)
{
    if (!(alpha >= 0.25 && alpha <= ALPHA_MAX && n_leaves >= 1 && n_leaves <= 1e9))
        return SB_DOMAIN;
    struct entropy_case c = { law_of(alpha), n_leaves, pow(n_leaves, fmax(1, 1 / alpha)) };
    struct sb_integral log_sum, x_log_x;
    if (sb_integral_half_line(log_sum_integrand, &c, 1 / c.scale, TOLERANCE, &log_sum) ||
        sb_integral_half_line(x_log_x_over_sum_integrand, &c, 1 / c.scale, TOLERANCE, &x_log_x))
        return SB_NUMERIC;
    *entropy_nats = log(c.scale) + log_sum.value - x_log_x.value;
    return SB_OK;
}

/* ---- R12: the integrals ---------------------------------------------------------------------- */

struct overlap_case {
    struct law law;
    double w[3];
};

/* E[X_i X_j/w.X] = int E[X_i e^(-u w_i X_i)] E[X_j e^(-u w_j X_j)] E[e^(-u w_m X_m)] du, m the third. */
static double product(const struct overlap_case *c, double u, int third)
{
    double complement, value = transform(&c->law, c->w[third] * u, &complement);
    for (int i = 0; i < 3; i++)
        if (i != third)
            value *= transform_of_X(&c->law, c->w[i] * u);
    return value;
}

static double a_t_integrand(double u, const void *context)
{
    return product(context, u, 0);
}

static double one_t_integrand(double u, const void *context)
{
    return product(context, u, 1);
}

/* E[X_a ln(w.X/(w_a X_a))] = int E[X_a e^(-u w_a X_a)] (1 - E e^(-u (w_1 X_1 + w_t X_t))) du/u,
 * which stays finite at 0 whatever alpha; the rest of E[X_a ln w.X] is elementary. */
static double a_log_integrand(double u, const void *context)
{
    const struct overlap_case *c = context;
    double not_1, not_t, one = transform(&c->law, c->w[0] * u, &not_1);
    transform(&c->law, c->w[2] * u, &not_t);
    return transform_of_X(&c->law, c->w[1] * u) * (not_1 + one * not_t) / u;
}

static bool is_overlap_domain(double alpha, const double w[3])
{
    return alpha > 1 && alpha <= ALPHA_MAX && w[0] >= 0 && w[1] > 0 && w[2] > 0 &&
           isfinite(w[0] + w[1] + w[2]);
}

enum { PER_INTEGRAND = 3 }; /* evaluations of E_nu */

static enum sb_status overlap_integral(double (*f)(double, const void *),
                                       const struct overlap_case *c, struct sb_integral *integral)
{
    return sb_integral_half_line(f, c, 1 / (c->w[0] + c->w[1] + c->w[2]), TOLERANCE, integral);
}

enum sb_status sb_pareto_overlap_a_t(double alpha, const double w[3], double *a_t, double *error,
                                     int *n_evaluations)
{
    if (!is_overlap_domain(alpha, w))
        return SB_DOMAIN;
    const struct overlap_case c = { law_of(alpha), { w[0], w[1], w[2] } };
    struct sb_integral integral;
    if (overlap_integral(a_t_integrand, &c, &integral))
        return SB_NUMERIC;
    *a_t = integral.value;
    *error = integral.error;
    *n_evaluations = PER_INTEGRAND * integral.n_evaluations;
    return SB_OK;
}

enum sb_status sb_pareto_overlap(double alpha, const double w[3], struct sb_pareto_overlap *overlap)
{
    if (!is_overlap_domain(alpha, w))
        return SB_DOMAIN;
    const struct overlap_case c = { law_of(alpha), { w[0], w[1], w[2] } };
    struct sb_integral a_t, one_t, a_log;
    if (overlap_integral(a_t_integrand, &c, &a_t) ||
        overlap_integral(one_t_integrand, &c, &one_t) ||
        overlap_integral(a_log_integrand, &c, &a_log))
        return SB_NUMERIC;
    double mu = alpha / (alpha - 1);
    *overlap = (struct sb_pareto_overlap){
        .mu = mu,
        .a_t = a_t.value,
        .one_t = one_t.value,
        .t_t = (mu - w[0] * one_t.value - w[1] * a_t.value) / w[2],
        .a_log = mu * log(w[1]) + mu / (alpha - 1) + a_log.value,
        .a_t_error = a_t.error,
        .one_t_error = one_t.error,
        .t_t_error = (w[0] * one_t.error + w[1] * a_t.error) / w[2],
        .a_log_error = a_log.error,
        .n_evaluations =
            PER_INTEGRAND * (a_t.n_evaluations + one_t.n_evaluations + a_log.n_evaluations),
    };
    return SB_OK;
}

/* ---- R12: slopes and signs ------------------------------------------------------------------- */

enum sb_status sb_pareto_check(const struct sb_pareto *pareto, struct sb_error *error)
{
    struct sb_disjoint shares = {
        pareto->k, pareto->l, pareto->pi_1, pareto->pi_a, pareto->pi_t, 0
    };
    if (isinf(pareto->k) && pareto->k > 0) {
        shares.k = 1;
        if (pareto->l != 0)
            return sb_fail(error, SB_DOMAIN, "l is %g; it is 0 where k is inf", pareto->l);
        if (!(pareto->pi_a > 0))
            return sb_fail(error, SB_DOMAIN, "pi_a is %g; it is positive where k is inf",
                           pareto->pi_a);
    }
    if (!(pareto->alpha > 1))
        return sb_fail(error, SB_DOMAIN,
                       "alpha is %g; masses have a mean, which R12 needs, only for alpha > 1",
                       pareto->alpha);
    if (pareto->alpha > ALPHA_MAX)
        return sb_fail(error, SB_DOMAIN, "alpha is %g; at most %g", pareto->alpha, ALPHA_MAX);
    return sb_disjoint_check(&shares, error);
}

/* 1 - chi for weights w of sum S, where chi = S E[X_a X_t/w.X]/mu. */
static enum sb_status kappa_of(double alpha, double w_1, double w_a, double w_t, double *kappa,
                               double *error)
{
    const double w[3] = { w_1, w_a, w_t };
    double a_t, factor = (w_1 + w_a + w_t) * (alpha - 1) / alpha;
    int n;
    enum sb_status status = sb_pareto_overlap_a_t(alpha, w, &a_t, error, &n);
    if (status)
        return status;
    *kappa = 1 - factor * a_t;
    *error *= factor;
    return SB_OK;
}

enum sb_status sb_pareto_at(const struct sb_pareto *pareto, struct sb_pareto_values *values)
{
    double k = pareto->k, l = pareto->l, alpha = pareto->alpha;
    bool is_limit = isinf(k);
    double w[3] = { pareto->pi_1, pareto->pi_a, pareto->pi_t }, at_0[3],
           S = is_limit ? 1 : k + 1 + l;
    for (int i = 0; i < 3; i++) {
        at_0[i] = (is_limit ? 1 : k) * w[i] + (!is_limit && i == 1);
        w[i] = at_0[i] + (i == 2 ? l : 0);
    }
    struct sb_pareto_overlap overlap;
    struct sb_pareto_values v;
    double error;
    enum sb_status status = sb_pareto_overlap(alpha, w, &overlap);
    if (!status)
        status = kappa_of(alpha, at_0[0], at_0[1], at_0[2], &v.kappa_k, &error);
    if (!status && pareto->pi_a > 0) {
        status =
            kappa_of(alpha, pareto->pi_1, pareto->pi_a, pareto->pi_t, &v.kappa, &v.kappa_error);
    } else {
        v.kappa = v.kappa_error = NAN;
    }
    if (status)
        return status;
    v.chi_l = S * overlap.a_t / overlap.mu;
    v.kappa_l = 1 - v.chi_l;
    v.slope_a_nats = is_limit ? 0 : v.kappa_l / S;
    v.slope_t_nats = is_limit ? 0 : (1 - S * overlap.t_t / overlap.mu) / S;
    double from_p = -(v.slope_a_nats + l * v.slope_t_nats); /* k gamma_p', by R2 */
    v.slope_p_nats = is_limit ? 0 : from_p / k;
    v.R = is_limit || from_p == 0 ? NAN : -v.slope_a_nats / from_p;
    v.gamma_a_minus_log_M_nats = log(S * overlap.mu) - overlap.a_log / overlap.mu;
    *values = v;
    return SB_OK;
}

static double kappa_of_alpha(double alpha, const void *context)
{
    const double *pi = context;
    double kappa, error;
    return kappa_of(alpha, pi[0], pi[1], pi[2], &kappa, &error) ? NAN : kappa;
}

enum sb_status sb_pareto_critical_alpha(double pi_a, double pi_t, double *alpha_c,
                                        struct sb_root *root)
{
    const double pi[3] = { fmax(0, 1 - pi_a - pi_t), pi_a, pi_t };
    if (!(pi_a > 0 && pi_t > 0 && pi_a + pi_t <= 1 + SB_DIST_TOLERANCE))
        return SB_DOMAIN;
    double low = kappa_of_alpha(ALPHA_MIN_CRITICAL, pi), high = kappa_of_alpha(ALPHA_MAX, pi);
    if (isnan(low) || isnan(high))
        return SB_NUMERIC;
    bool is_elastic_at_last = high > 0;
    if (is_elastic_at_last || low <= 0) {
        bool is_endless =
            is_elastic_at_last && sb_pareto_kappa_expansion(ALPHA_MAX, pi_a, pi_t) > 0;
        *alpha_c = is_endless ? INFINITY : NAN;
        *root = (struct sb_root){ .root = *alpha_c,
                                  .low = is_elastic_at_last ? ALPHA_MAX : 1,
                                  .high = is_elastic_at_last ? INFINITY : ALPHA_MIN_CRITICAL,
                                  .residual = NAN };
        return SB_OK;
    }
    enum sb_status status =
        sb_root_between(kappa_of_alpha, pi, ALPHA_MIN_CRITICAL, ALPHA_MAX, 1e-11, root);
    if (!status)
        *alpha_c = root->root;
    return status;
}

double sb_pareto_kappa_expansion(double alpha, double pi_a, double pi_t)
{
    double pi_1 = 1 - pi_a - pi_t;
    return (pi_a + pi_t - pi_1 * pi_1 - pi_a * pi_a - pi_t * pi_t) / (alpha * (alpha - 2));
}

/* ---- simulation ------------------------------------------------------------------------------ */

/* X, one draw. */
static double draw(struct sb_random *random, double alpha)
{
    return pow(1 - sb_random_unit(random), -1 / alpha);
}

void sb_pareto_masses(struct sb_random *random, double alpha, double *p, size_t n)
{
    for (size_t x = 0; x < n; x++)
        p[x] = draw(random, alpha);
    sb_dist_normalise(p, n);
}

/* Mean and variance as they come (Welford). */
struct moments {
    double mean, squares;
    size_t n;
};

static void moments_add(struct moments *m, double x)
{
    double deviation = x - m->mean;
    m->mean += deviation / (double)++m->n;
    m->squares += deviation * (x - m->mean);
}

static struct sb_simulated moments_result(const struct moments *m)
{
    double n = (double)m->n;
    return (struct sb_simulated){ m->mean, sqrt(m->squares / (n - 1) / n) };
}

struct sb_simulated sb_pareto_simulate_entropy_nats(struct sb_random *random, double alpha,
                                                    double *scratch, size_t n_leaves,
                                                    size_t n_draws)
{
    struct moments moments = { 0 };
    for (size_t i = 0; i < n_draws; i++) {
        sb_pareto_masses(random, alpha, scratch, n_leaves);
        moments_add(&moments, sb_dist_entropy_nats(scratch, n_leaves));
    }
    return moments_result(&moments);
}

void sb_pareto_simulate_overlap(struct sb_random *random, double alpha, const double w[3],
                                size_t n_draws, struct sb_simulated *a_t,
                                struct sb_simulated *a_log)
{
    struct moments of_a_t = { 0 }, of_a_log = { 0 };
    for (size_t i = 0; i < n_draws; i++) {
        double x[3], sum = 0;
        for (int j = 0; j < 3; j++) {
            x[j] = draw(random, alpha);
            sum += w[j] * x[j];
        }
        moments_add(&of_a_t, x[1] * x[2] / sum);
        moments_add(&of_a_log, x[1] * log(sum));
    }
    *a_t = moments_result(&of_a_t);
    *a_log = moments_result(&of_a_log);
    if (!(alpha > 2))
        a_log->standard_error = NAN;
}
