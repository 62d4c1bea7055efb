/* Leaf masses drawn from a Pareto law (docs/theory.md, R11 and R12): X >= 1 with density
 * alpha x^(-alpha-1) and mean mu = alpha/(alpha - 1) for alpha > 1.
 *
 * R11: M iid masses, normalised, have entropy H. R12: all leaves shared by three parts with
 * independent masses X_1, X_a, X_t, mixed as in D4, at volumes k : 1 : l. As M grows, sums over
 * leaves become expectations: with w = (k pi_1, k pi_a + 1, k pi_t + l), S = k + 1 + l and
 * w.X = w_1 X_1 + w_a X_a + w_t X_t,
 *
 *   gamma_i' -> 1/S - E[X_i X_t/w.X]/mu,    gamma_a - ln M -> ln(S mu) - E[X_a ln w.X]/mu
 *
 * and each expectation is one integral of a product of three exponential integrals. The limit of
 * kappa needs pi alone: there k = inf, l = 0, w = pi and S = 1.
 *
 * Errors named here are heuristic estimates (theory/quadrature.h), checked against reference values
 * and simulation for 1.02 <= alpha <= 50.
 */
#ifndef SB_THEORY_PARETO_H
#define SB_THEORY_PARETO_H

#include <stddef.h>
#include "theory/random.h"
#include "theory/root.h"
#include "theory/status.h"

/* ---- one law: R11 ---------------------------------------------------------------------------- */

/* lim (H - ln M) in nats for alpha > 1: ln(alpha/(alpha-1)) - 1/(alpha-1); NaN for alpha <= 1,
 * where ln M is not the scale of H. */
double sb_pareto_entropy_limit_minus_log_M_nats(double alpha);

/* lim E H in nats for 0 < alpha < 1: psi(1) - psi(1 - alpha) (Poisson and Dirichlet); NaN for
 * alpha >= 1, where H grows without bound. */
double sb_pareto_entropy_limit_nats(double alpha);

/* E H of n_leaves iid masses, normalised, in nats, by the exact integral. Domain: 0.25 <= alpha <= 50,
 * 1 <= n_leaves <= 1e9; else SB_DOMAIN. Relative error about 1e-12 (checked). Some 10^5 exponentials. */
enum sb_status sb_pareto_mean_entropy_nats(double alpha, double n_leaves, double *entropy_nats);

/* ---- three laws: R12 ------------------------------------------------------------------------- */

/* The expectations for weights w, and estimates of their absolute errors. */
struct sb_pareto_overlap {
    double mu;
    double a_t, one_t, t_t; /* E[X_a X_t/w.X], E[X_1 X_t/w.X], E[X_t^2/w.X] */
    double a_log;           /* E[X_a ln w.X] */
    double a_t_error, one_t_error, t_t_error, a_log_error;
    int n_evaluations; /* of E_nu, for all four; a quarter to a third of it for each integral */
};

/* w[0..2] = (w_1, w_a, w_t). Domain: 1 < alpha <= 50, w finite, w_1 >= 0, w_a > 0, w_t > 0; else
 * SB_DOMAIN. Relative errors are below 1e-12, but for t_t: it is (mu - w_1 one_t - w_a a_t)/w_t,
 * and loses the factor sum(w)/w_t when alpha is large. */
enum sb_status sb_pareto_overlap(double alpha, const double w[3],
                                 struct sb_pareto_overlap *overlap);

/* a_t alone: the integral that decides signs. Domain as above. */
enum sb_status sb_pareto_overlap_a_t(double alpha, const double w[3], double *a_t, double *error,
                                     int *n_evaluations);

struct sb_pareto {
    double alpha;
    double k, l;             /* k > 0, may be inf with l = 0; l >= 0 */
    double pi_1, pi_a, pi_t; /* as in theory/disjoint.h; pi_a > 0 if k is inf */
};

/* SB_DOMAIN unless the struct is as its comments say and 1 < alpha <= 50 (below, masses have no mean);
 * the error says which condition failed. */
enum sb_status sb_pareto_check(const struct sb_pareto *pareto, struct sb_error *error);

struct sb_pareto_values {
    double chi_l, kappa_l, kappa_k, kappa; /* D3; kappa_error is that of kappa */
    double kappa_error;
    double slope_p_nats, slope_a_nats, slope_t_nats; /* 0 for k = inf */
    double R;                                        /* NaN for k = inf */
    double gamma_a_minus_log_M_nats;
};

/* Domain: as checked by sb_pareto_check. SB_NUMERIC if an integral does not converge. Relative error
 * that of the overlaps times the cancellation in 1 - chi; gamma_p' comes from the force balance (R2)
 * and does not cancel for large k. */
enum sb_status sb_pareto_at(const struct sb_pareto *pareto, struct sb_pareto_values *values);

/* alpha_c: kappa > 0 (elastic) below and <= 0 above it, where kappa changes sign on
 * 1.001 <= alpha <= 50; that it does so once at most is heuristic. *root has the last bracket (width
 * 1e-11) and residual. inf where kappa > 0 up to 50 and at large alpha (by the expansion below); NaN
 * where alpha_c lies beyond those ends, and the bracket says which. SB_DOMAIN unless pi_a, pi_t > 0
 * and pi_a + pi_t <= 1. */
enum sb_status sb_pareto_critical_alpha(double pi_a, double pi_t, double *alpha_c,
                                        struct sb_root *root);

/* For equal shares pi_a = pi_t = pi, kappa at large alpha has the sign of pi - (3 - sqrt 3)/6: above
 * that share alpha_c is inf. In general kappa = (pi_a + pi_t - sum pi_i^2)/(alpha (alpha - 2)) to
 * leading order; this returns that. Domain: alpha > 2. */
double sb_pareto_kappa_expansion(double alpha, double pi_a, double pi_t);

/* ---- simulation ------------------------------------------------------------------------------ */

struct sb_simulated {
    double mean, standard_error;
};

/* n normalised masses. Domain: alpha > 0. */
void sb_pareto_masses(struct sb_random *random, double alpha, double *p, size_t n);

/* H of n_leaves normalised masses over n_draws >= 2 draws. Scratch: n_leaves numbers. */
struct sb_simulated sb_pareto_simulate_entropy_nats(struct sb_random *random, double alpha,
                                                    double *scratch, size_t n_leaves,
                                                    size_t n_draws);

/* E[X_a X_t/w.X] and E[X_a ln w.X] from n_draws >= 2 draws. The first has a finite variance for every
 * alpha > 1; the second only for alpha > 2: below, its standard error is NaN. */
void sb_pareto_simulate_overlap(struct sb_random *random, double alpha, const double w[3],
                                size_t n_draws, struct sb_simulated *a_t,
                                struct sb_simulated *a_log);

#endif
