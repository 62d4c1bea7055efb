/* How far the theorem holds within a factor: for which l, and from which k on, gamma_p' < 0 < gamma_a'
 * and R <= F (docs/theory.md, R3, R4, R7).
 *
 * R is nondecreasing for l < l* (R4(v), proved), so that the volumes l within a factor F are an
 * interval from 0. R and the signs together are one function with one change of sign,
 *
 *   g(l) = -S (F k gamma_p' + gamma_a') > 0   iff   gamma_p' < 0 and R < F,
 *
 * continuous through l* where R is not. In k there is no such order when supports overlap.
 */
#ifndef SB_THEORY_REACH_H
#define SB_THEORY_REACH_H

#include "theory/disjoint.h"
#include "theory/elasticity.h"
#include "theory/root.h"
#include "theory/status.h"

enum sb_reach_kind {
    SB_REACH_NONE, /* nowhere */
    SB_REACH_ROOT, /* up to (from) the root */
    SB_REACH_ALL   /* everywhere in the range that is searched */
};

struct sb_reach {
    enum sb_reach_kind kind;
    struct sb_root root; /* if SB_REACH_ROOT: bracketed to 1e-15 of itself; residual is g */
};

/* The largest l with R <= factor on all of (0, l]; parts->l is ignored, k > 0. None where the theorem's
 * signs fail at l = 0+ or R(0+) >= factor. SB_REACH_ALL: up to l = 2^60 S (checked there). Domain: factor
 * > 1, finite; SB_DOMAIN otherwise and as sb_elasticity_at. About 100 times O(n). */
enum sb_status sb_reach_l(const struct sb_parts *parts, double factor, struct sb_reach *reach);

/* The smallest k from which R <= factor at parts->l > 0; parts->k is ignored. Heuristic where supports
 * overlap: the first of 8 points a decade in 1e-6 <= k <= 1e12 at which it holds, and the root before
 * it; SB_REACH_ALL where that is the very first. About 200 times O(n). Domain as above. */
enum sb_status sb_reach_k(const struct sb_parts *parts, double factor, struct sb_reach *reach);

/* The same in closed form for disjoint parts and nu = 0 (R3, proved):
 *
 *   l = k pi_t (F - 1)/(1 + F k (1 - pi_t)),    k = l/(F (pi_t - l (1 - pi_t)) - pi_t)
 *
 * NaN where no k does. Domain: factor > 1; d as checked by sb_disjoint_check with nu = 0, whose field
 * that is asked for is ignored. */
double sb_disjoint_reach_l(const struct sb_disjoint *d, double factor);
double sb_disjoint_reach_k(const struct sb_disjoint *d, double factor);

#endif
