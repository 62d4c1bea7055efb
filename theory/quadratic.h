/* Forgetting near a minimum: sequential gradient flow on quadratic losses (docs/theory.md, R16).
 *
 * The losses of alignment and of perturbation share their eigenbasis, with curvatures h_i > 0. The
 * perturbation's optimum is the pre-trained model, theta = 0; the alignment's is theta_a. Alignment
 * for a time s and perturbation for a time t give
 *
 *   theta_i = theta_a,i a_i e^(-h_i t),   a_i = 1 - e^(-h_i s)
 *
 *   notation    meaning                                                    name here
 *   a_i         share of the way to the alignment's optimum
 *   L_a         1/2 sum h_i (theta_i - theta_a,i)^2: excess loss           excess_loss_nats
 *   m           sum h_i theta_a,i^2 a_i e^(-h_i t): memory of alignment    memory_nats
 *   <h>, Var h  mean and variance with weights h_i theta_a,i^2 a_i e^(-h_i t)
 *   (ln m)'     -<h>: what is stiff is forgotten first                     log_slope
 *   (ln m)''    Var h >= 0: fast, then slow (proved)                       log_curvature
 *
 * More alignment moves weight to the slow directions: the first relative speed <h> at t = 0 falls
 * with s, d<h>/ds = Cov(h, h/(e^(h s) - 1)) <= 0 (proved: one factor rises in h, the other falls).
 */
#ifndef SB_THEORY_QUADRATIC_H
#define SB_THEORY_QUADRATIC_H

#include <stddef.h>
#include "theory/status.h"

/* A view. Domain: n >= 1, every h_i > 0 and theta_a,i finite, align_time >= 0; SB_DOMAIN else. */
struct sb_quadratic {
    const double *h, *theta_a;
    size_t n;
    double align_time; /* s; inf is allowed */
};

struct sb_quadratic_values {
    double excess_loss_nats, memory_nats;
    double log_slope, log_curvature; /* NaN where m is 0: no alignment, or all of it forgotten */
};

/* a[0..n-1]. O(n). */
enum sb_status sb_quadratic_learned(const struct sb_quadratic *quadratic, double *a);

/* Domain: perturb_time >= 0 (inf: the end, where the excess loss is 1/2 sum h theta_a^2). O(n). */
enum sb_status sb_quadratic_at(const struct sb_quadratic *quadratic, double perturb_time,
                               struct sb_quadratic_values *values);

/* Moves theta[0..n-1] along theta' = -h (theta - target) for a time >= 0 (theory/ode.h, tolerance
 * 1e-13): the second route is theta = 0, towards theta_a for the align time, towards 0 for the
 * perturb time. Domain: finite time; SB_NUMERIC as there. */
enum sb_status sb_quadratic_move(const double *h, const double *target, size_t n, double time,
                                 double *theta);

/* Excess loss and memory of a given theta. m is sum h_i theta_a,i theta_i. O(n). */
void sb_quadratic_measure(const struct sb_quadratic *quadratic, const double *theta,
                          double *excess_loss_nats, double *memory_nats);

#endif
