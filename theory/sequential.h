/* One fine-tuning after another in the saturated model: alignment, then perturbation
 * (docs/theory.md, R15).
 *
 * The natural gradient of the cross entropy to a target p is, in any coordinates, q' = p - q. So
 * aligning p_p for a time s and perturbing it for a time t gives
 *
 *   q = e^-t q_1 + (1 - e^-t) p_t,   q_1 = e^-s p_p + (1 - e^-s) p_a,
 *
 * and this is what joint training gives at other volumes. The start q_1 is kept as its two shares;
 * joint training with k : 1 starts from the shares k/(k+1) and 1/(k+1).
 *
 *   notation     meaning                                                name here
 *   e^-s         share of p_p in q_1                                    start.p
 *   1 - e^-s     share of p_a in q_1                                    start.a
 *   k_eff        1/(e^s - 1): volumes k_eff : 1 give q_1                sb_start_k
 *   l_eff        (e^t - 1)/start.a: volumes k_eff : 1 : l_eff give q    sb_start_l
 *   gamma_i      -sum p_i ln q                                          change, speed
 *   q(A), q(T)   mass of q on the supports of P_a and P_t (D4)          q_a, q_t
 *
 * For disjoint parts (D4), all proved in docs/theory.md:
 *
 *   gamma_a(t) - gamma_a(0) = t: no plateau
 *   d/dt ln(q(A)/q(T)) = -1/q(T): steep at first, then -> -1
 *   q(A)/q(T) is half of what it was after   ln(1 + pi_t start.p)
 *   q(A)/q(T) is back at pi_a/pi_t after     ln(1 + (pi_t/pi_a) start.a)
 *
 * so that the way back is bounded however long the alignment took. Plain gradient descent on the
 * logits, z' = p_t - q, instead changes the log-odds of two leaves x, y of the model at the speed
 * |(p_t - q)(x) - (p_t - q)(y)| <= 2 (proved): with one leaf per part, 1 - q(T) + q(A).
 *
 * Times are in units of the gradient flow: steps times learning rate. Needs GSL (theory/ode.h).
 */
#ifndef SB_THEORY_SEQUENTIAL_H
#define SB_THEORY_SEQUENTIAL_H

#include <stddef.h>
#include "theory/status.h"

/* Shares of p_p and p_a in the model from which perturbation starts: >= 0, summing to 1. */
struct sb_start {
    double p, a;
};

/* After alignment of p_p for a time s >= 0 (inf is allowed). */
struct sb_start sb_start_aligned(double align_time);

/* After joint training with volumes k : 1, 0 <= k <= inf. */
struct sb_start sb_start_joint(double k);

/* k_eff: inf for start.a = 0. */
double sb_start_k(struct sb_start start);

/* l_eff after perturbing for a time t >= 0: (e^t - 1)/start.a; inf (NaN at t = 0) for
 * start.a = 0. */
double sb_start_l(struct sb_start start, double perturb_time);

/* Changes since t = 0 and speeds d gamma_i/dt of one rate each. */
struct sb_flow_rate {
    double change_nats, speed_nats;
};
struct sb_flow {
    struct sb_flow_rate p, a, t;
};

/* The largest time, in units of the flow: e^t must be a double. */
#define SB_FLOW_LONGEST 700.0

/* Closed form for any probability vectors p_p, p_a, p_t on n leaves: theory/mixture.h at the volumes
 * that give q. Relative accuracy as there. Domain: 0 <= perturb_time <= SB_FLOW_LONGEST, else
 * SB_DOMAIN. O(n). */
enum sb_status sb_flow_at(const double *p_p, const double *p_a, const double *p_t, size_t n,
                          struct sb_start start, double perturb_time, struct sb_flow *flow);

/* Disjoint parts: the masses of the model, and the odds of alignment against perturbation. */
struct sb_odds {
    double q_rest, q_a, q_t; /* sum to 1 */
    double log_odds_nats;    /* ln(q_a/q_t) */
    double speed_nats;       /* its derivative in t: -1/q_t */
    double logit_speed_nats; /* what plain logit descent gives at the same masses: q_t - q_a - 1 */
    double halving_time;     /* from t = 0 */
    double return_time;      /* from t = 0, back to pi_a/pi_t */
};

/* Domain: shares as in theory/disjoint.h with pi_a > 0, pi_t > 0; time as above. O(1). */
enum sb_status sb_odds_at(const double pi[3], struct sb_start start, double perturb_time,
                          struct sb_odds *odds);

/* The same flows as differential equations of the logits z, q = softmax(z): natural gradient,
 * z' = p/q - 1, and plain gradient descent, z' = p - q. */
enum sb_descent { SB_NATURAL_GRADIENT, SB_LOGIT_DESCENT };

/* Moves q[0..n-1] towards target for a time >= 0. The local tolerance of 1e-13 on the logits leaves
 * masses correct to 1e-11 of themselves (checked against the closed form). Domain: every q_x > 0,
 * n >= 1, else SB_DOMAIN; on SB_NUMERIC q is untouched. Allocates O(n). */
enum sb_status sb_flow_integrate(enum sb_descent descent, const double *target, size_t n,
                                 double time, double *q);

#endif
