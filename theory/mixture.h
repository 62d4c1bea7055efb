/* Joint training of N datasets in the saturated model: rates, and how they respond when one volume
 * grows (docs/theory.md, D1, D2, R1, R2, R4).
 *
 *   notation        meaning                                              name here
 *   p_j             distribution of dataset j on n leaves                p[j][0..n-1]
 *   v_j             its volume                                           volumes[j]
 *   S               sum_j v_j
 *   q               sum_j v_j p_j / S, the model                         sb_mixture_model
 *   g               the dataset that grows; ' = d/dv_g                   growing
 *   q0              q at v_g = 0
 *   gamma_i         -sum p_i ln q, nats per response                     gamma_nats
 *   gamma_i'        (1 - C_i)/S                                          slope_nats
 *   gamma_i''       second derivative in v_g                             curvature_nats
 *   C_i             sum_{q>0} p_i p_g / q                                overlap
 *   nu              p_g(q = 0): novelty, 0 unless v_g = 0                novelty
 *
 * Derivatives are never differences of rates. With delta_i = p_i - q = sum_j (v_j/S)(p_i - p_j),
 * formed from the pairwise differences,
 *
 *   S gamma_i'    = nu - sum_{q>0} delta_i delta_g / q
 *   S^2 gamma_i'' = -2 S gamma_i' + sum_{q>0} p_i (delta_g / q)^2
 *
 * so that a slope of size k^-2 keeps its relative accuracy at k = 1e12. The force balance of R2 is
 *
 *   sum_i v_i gamma_i' = 0,  where v_g gamma_g' stands for its limit -nu at v_g = 0.
 *
 * Where q is 0 and p_i is not, gamma_i = inf. Its slope is -inf and its curvature inf if p_g
 * reaches all of those leaves (the least further volume makes gamma_i finite); otherwise gamma_i
 * stays infinite and both are NaN: undefined.
 */
#ifndef SB_THEORY_MIXTURE_H
#define SB_THEORY_MIXTURE_H

#include <stddef.h>
#include "theory/root.h"
#include "theory/status.h"

/* A view: the caller owns the arrays. Every p[j] is a probability vector (sb_dist_check), every
 * volume is finite and >= 0, their sum is finite and > 0. The functions below check the volumes and
 * indices (SB_DOMAIN), not the vectors. None of them allocates. */
struct sb_mixture {
    size_t n_datasets, n_leaves;
    const double *const *p;
    const double *volumes;
};

/* One dataset's rate and its response to the growing volume. */
struct sb_response {
    double gamma_nats, slope_nats, curvature_nats;
    double overlap;
    /* Bound on the rounding error of slope_nats, inputs rounded to double included: a slope of at
     * most this size cannot be told from 0. Equal doubles in two vectors count as equal
     * probabilities. */
    double slope_error_nats;
};

/* Sign of a slope: -1, 1, or 0 where it cannot be told from 0 (or is NaN). */
int sb_response_sign(const struct sb_response *response);

/* The whole mixture when one volume grows. */
struct sb_mixture_summary {
    double total_volume; /* S */
    double novelty;      /* nu */
    double balance_nats; /* sum_i v_i gamma_i' (R2): 0 but for rounding */
};

/* q[0..n_leaves-1]. O(N n). */
enum sb_status sb_mixture_model(const struct sb_mixture *mixture, double *q);

/* responses[0..n_datasets-1] and *summary (NULL is allowed) as volumes[growing] grows. Calls for
 * each growing dataset give the whole matrix d gamma_i/d v_g, which is symmetric. O(N^2 n). */
enum sb_status sb_mixture_respond(const struct sb_mixture *mixture, size_t growing,
                                  struct sb_response *responses,
                                  struct sb_mixture_summary *summary);

/* gamma_i at volumes[growing] = volume, minus gamma_i at the mixture's own v_g, in nats, without
 * cancellation. With w = (volume - v_g)/(S + volume - v_g) and u = delta_g/q, q grows by 1 + w u:
 *
 *   change = w nu - sum_{q>0} [ delta_i ln(1 + w u) + q (ln(1 + w u) - w u) ]
 *
 * -inf where gamma_i was infinite and becomes finite; NaN where it is infinite at both.
 * Domain: volume >= v_g, finite; dataset < n_datasets. O(N n). */
enum sb_status sb_mixture_change(const struct sb_mixture *mixture, size_t growing, double volume,
                                 size_t dataset, double *change_nats);

/* Where the slope of gamma_i changes its sign as v_g grows from 0 (R4). C_i is a convex function of
 * v_g/S that ends at p_i(supp p_g) <= 1, so the slope changes at most once, from - to +. */
enum sb_turning_kind {
    SB_TURNING_NONE,   /* the slope is >= 0 for every volume */
    SB_TURNING_FINITE, /* < 0 exactly on [0, volume) */
    SB_TURNING_NEVER   /* < 0 for every volume: the turning point is at infinity */
};
struct sb_turning {
    enum sb_turning_kind kind;
    struct sb_root volume; /* if finite: bracketed to 1e-15 of itself; residual is C_i - 1 */
};

/* volumes[growing] is ignored; the others must have a positive sum. Domain: dataset != growing.
 * None and never are decided by inequalities at v_g = 0 and infinity, not by a search that fails:
 *   none   iff C_i(0+) <= 1;
 *   never  iff C_i(0+) > 1, p_i(supp p_g) = 1 and sum_{p_g>0} p_i q0/p_g <= 1.
 * About 60 times O(N n). SB_NUMERIC where the volume is beyond the range of doubles. */
enum sb_status sb_mixture_turning(const struct sb_mixture *mixture, size_t growing, size_t dataset,
                                  struct sb_turning *turning);

/* The turning volume as a number: NaN for none, inf for never. */
double sb_turning_volume(const struct sb_turning *turning);

#endif
