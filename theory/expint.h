/* The generalised exponential integral of real order (docs/theory.md, R11 and R12):
 *
 *   E_nu(u) = int_1^inf e^(-ut) t^(-nu) dt,   nu E_(nu+1)(u) = e^-u - u E_nu(u)
 *
 * Laplace transforms of a Pareto variable X with density alpha x^(-alpha-1) on x >= 1 are such
 * integrals:  E X^j e^(-uX) = alpha E_(alpha+1-j)(u).
 *
 * For u >= 1 Legendre's continued fraction; below 1 the power series about 0, in which the pole of
 * Gamma(1 - nu) and that of the series' own term at the nearest integer are cancelled by hand:
 * with n the nearest integer and eps = nu - n, both together are
 *
 *   (-1)^n u^(n-1)/(n-1)! expm1(eps (ln u + h))/eps,
 *   h = [ln Gamma(1 - eps) - sum_(j<n) ln(1 + eps/j)]/eps    (-psi(n) at eps = 0).
 */
#ifndef SB_THEORY_EXPINT_H
#define SB_THEORY_EXPINT_H

/* An order, prepared. To be copied freely. */
struct sb_expint {
    double nu;
    int n;            /* the nearest integer */
    double eps;       /* nu - n */
    double h;         /* as above (n >= 1) */
    double gamma;     /* Gamma(1 - nu) (n = 0) */
    double factorial; /* (n - 1)! */
};

/* Domain: 0 < nu <= 170. */
struct sb_expint sb_expint_of(double nu);

/* E_nu(u); inf at u = 0 for nu <= 1. Domain: u >= 0. Relative error below 1e-14 for
 * 0.02 <= nu <= 60 and 1e-300 <= u <= 700 (checked, not proved). At most about 80 divisions, at
 * u = 1; a dozen terms and one pow for small u. */
double sb_expint_at(const struct sb_expint *e, double u);

#endif
