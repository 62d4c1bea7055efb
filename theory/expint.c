#include "theory/expint.h"

#include <gsl/gsl_sf_zeta.h>
#include <float.h>
#include <math.h>

static const double EULER = 0.577215664901532860606512090082402431;

/* ln Gamma(1 - x)/x = -ln(1 - x)/x - 1 + gamma + sum_(k>=2) (zeta(k) - 1) x^(k-1)/k, for
 * |x| <= 1/2: terms fall like 4^-k. */
static double log_gamma_slope(double x)
{
    double sum = 0;
    for (int k = 28; k >= 2; k--)
        sum = sum * x + gsl_sf_zetam1_int(k) / k;
    double logarithm = x == 0 ? 1 : -log1p(-x) / x;
    return logarithm - 1 + EULER + sum * x;
}

struct sb_expint sb_expint_of(double nu)
{
    struct sb_expint e = { .nu = nu, .n = (int)lround(nu) };
    e.eps = nu - e.n;
    if (e.n == 0) {
        e.gamma = tgamma(1 - nu);
        return e;
    }
    e.h = log_gamma_slope(e.eps);
    for (int j = 1; j < e.n; j++)
        e.h -= e.eps == 0 ? 1. / j : log1p(e.eps / j) / e.eps;
    e.factorial = tgamma(e.n);
    return e;
}

/* The term at the nearest integer with that of Gamma(1 - nu). Powers of u are taken with pow, which
 * is accurate also where eps ln u is large. */
static double resonant_term(const struct sb_expint *e, double u)
{
    if (e->n == 0)
        return e->gamma * pow(u, e->nu) / u;
    double exponent = e->eps * (log(u) + e->h), bracket;
    if (e->eps == 0)
        bracket = log(u) + e->h;
    else if (fabs(exponent) < 1)
        bracket = expm1(exponent) / e->eps;
    else
        bracket = (pow(u, e->eps) * exp(e->eps * e->h) - 1) / e->eps;
    double sign = e->n % 2 ? -1 : 1;
    return sign * pow(u, e->n - 1) / e->factorial * bracket;
}

static double series(const struct sb_expint *e, double u)
{
    double sum = resonant_term(e, u), power = 1; /* (-u)^m/m! */
    for (int m = 0; m < 30; m++) {
        if (m != e->n - 1)
            sum -= power / (m + 1 - e->nu);
        power *= -u / (m + 1);
        if (fabs(power) < DBL_EPSILON / 1024 * fabs(sum))
            break;
    }
    return sum;
}

/* e^-u/(u + nu - 1 nu/(u + nu + 2 - 2 (nu + 1)/(u + nu + 4 - ...))), by Lentz's method. */
static double continued_fraction(double nu, double u)
{
    double b = u + nu, c = 1 / DBL_MIN, d = 1 / b, fraction = d;
    for (int i = 1; i < 200; i++) {
        double a = -i * (nu - 1 + i);
        b += 2;
        d = 1 / (a * d + b);
        c = b + a / c;
        fraction *= c * d;
        if (fabs(c * d - 1) < DBL_EPSILON)
            break;
    }
    return fraction * exp(-u);
}

double sb_expint_at(const struct sb_expint *e, double u)
{
    if (u == 0)
        return e->nu > 1 ? 1 / (e->nu - 1) : INFINITY;
    return u < 1 ? series(e, u) : continued_fraction(e->nu, u);
}
