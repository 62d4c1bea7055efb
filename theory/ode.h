/* Ordinary differential equations y' = f(y), integrated by GSL's adaptive Runge-Kutta-Fehlberg 4(5):
 * the second route beside the closed forms of theory/sequential.h and theory/quadratic.h.
 */
#ifndef SB_THEORY_ODE_H
#define SB_THEORY_ODE_H

#include <stddef.h>
#include "theory/status.h"

/* Writes f(y) into slope[0..n-1]. */
typedef void sb_ode_slope(const double *y, double *slope, const void *context);

/* Moves y[0..n-1] along y' = f(y) for a time >= 0. Each step keeps its estimated local error below
 * tolerance max(1, |y_i|); errors add up over the steps, so that a solution that forgets where it
 * came from is known to some tens of tolerances (heuristic: an estimate is not a bound). Domain:
 * time finite and >= 0, n >= 1, 1e-14 <= tolerance < 1. SB_NUMERIC, y untouched, when a million
 * steps do not get there or the solution leaves the doubles. GSL calls its error handler first:
 * gsl_set_error_handler_off() in the program. Allocates scratch of about 12 n doubles. */
enum sb_status sb_ode_integrate(sb_ode_slope *f, const void *context, size_t n, double time,
                                double tolerance, double *y);

#endif
