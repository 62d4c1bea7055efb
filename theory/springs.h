/* Hooke's law, exactly: two datasets as two springs in series (docs/theory.md, P3 and R14).
 *
 * On the line q = (1 - w) p_p + w p_a between two distributions, volumes k : 1 store the energy
 * k KL(p_p||q) + KL(p_a||q). With d = p_a - p_p and chi = sum_{q>0} d^2/q, its two springs pull with
 *
 *   force_p = -d/dw k KL(p_p||q) = -k w chi          extension of the first spring   w
 *   force_a = -d/dw   KL(p_a||q) = (1 - w) chi       extension of the second spring  1 - w
 *
 * that is, each with its volume times its extension times one common chi (proved: sum d = 0). They
 * balance at w = 1/(k + 1), which is q0 of D1; the extensions there are as k : 1.
 *
 * In any model the same balance reads lambda g_p + g_a = 0 for the gradients of the two losses
 * (R14). Then every small move v, for whatever reason, has d gamma_a = -lambda d gamma_p, and
 *
 *   lambda Delta_p + Delta_a = 1/2 v' H v + O(v^3),  H the Hessian of lambda gamma_p + gamma_a,
 *
 * so that a ratio of -k shows that training had converged, not that the model is elastic. In the
 * saturated model lambda = k and lambda Delta_p + Delta_a = (k + 1) KL(q0||q), exactly (proved).
 */
#ifndef SB_THEORY_SPRINGS_H
#define SB_THEORY_SPRINGS_H

#include <stddef.h>
#include "theory/status.h"

struct sb_springs {
    double extension_p, extension_a; /* w and 1 - w, in units of d */
    double energy_p_nats, energy_a_nats;
    double force_p_nats, force_a_nats; /* per unit of w; positive pulls towards p_a */
};

/* Two probability vectors on n leaves, volumes k : 1; q[0..n-1] receives the model. Domain:
 * 0 < w < 1, k > 0 finite; else SB_DOMAIN. Relative accuracy of a few ulp. O(n). */
enum sb_status sb_springs_at(const double *p_p, const double *p_a, size_t n, double k, double w,
                             double *q, struct sb_springs *springs);

/* Where they balance: w = 1/(k + 1). */
double sb_springs_rest(double k);

/* lambda = -<g_a, g_p>/|g_p|^2, and how well it balances: cosine is <g_a, g_p>/(|g_a||g_p|), -1 where
 * lambda g_p + g_a = 0 with lambda > 0. NaN where a gradient is 0. Exact gradients are meant: noise
 * in g_p biases lambda towards 0. O(n). */
struct sb_force_ratio {
    double lambda, cosine;
};
struct sb_force_ratio sb_force_ratio(const double *g_p, const double *g_a, size_t n);

#endif
