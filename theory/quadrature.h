/* Integrals over the half line by the double-exponential rule (Takahasi and Mori 1974).
 *
 *   int_0^inf f(u) du = int f(u) (1 + e^-z) u dz,   u = scale exp(z - e^-z)
 *
 * The trapezoidal rule in z converges faster than any power of the step when f is analytic for u > 0
 * and decays at least exponentially; powers and logarithms of u at 0 do no harm. Wanted:
 * f(u) = O(u^(-1+delta)), delta >= 0.1.
 */
#ifndef SB_THEORY_QUADRATURE_H
#define SB_THEORY_QUADRATURE_H

#include "theory/status.h"

struct sb_integral {
    double value;
    double error;      /* estimate of the absolute error: heuristic */
    int n_evaluations; /* of f */
};

/* scale > 0: about where f decays. Halves the step until two sums in turn agree to
 * `tolerance` max |sum of terms|; their difference is the error, which the last sum is far below.
 * SB_NUMERIC if they do not agree at a step of 1/256, or f is not finite. At the default below it
 * takes 100 to 700 evaluations. */
enum sb_status sb_integral_half_line(double (*f)(double u, const void *context),
                                     const void *context, double scale, double tolerance,
                                     struct sb_integral *integral);

#endif
