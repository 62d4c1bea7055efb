/* The claims that theory/explore searches, as functions on the unit cube. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "theory/code_length.h"
#include "theory/disjoint.h"
#include "theory/dist.h"
#include "theory/exponential_family.h"
#include "theory/explore.h"
#include "theory/mixture_bounds.h"

enum { LEAVES = 4 };

/* ---- from the cube to cases ----------------------------------------------------------------- */

/* Exponential spacings, the top tenth of each axis being 0, so that faces are met. False if all are. */
static bool simplex_at(const double *u, double *p, size_t n)
{
    double sum = 0;
    for (size_t x = 0; x < n; x++) {
        p[x] = u[x] < 0.9 ? -log(fmax(u[x], 1e-12) / 0.9) : 0;
        sum += p[x];
    }
    for (size_t x = 0; sum > 0 && x < n; x++)
        p[x] /= sum;
    return sum > 0;
}

static double log_between(double u, double low, double high)
{
    return low * pow(high / low, u);
}

/* p_p, p_a, p_t on the first 12 axes, then k in 0.1..1e6 and l in 0.001..100. */
enum { GENERIC = 3 * LEAVES + 2 };
struct generic {
    double p[3][LEAVES];
    struct sb_parts parts;
};

static bool generic_at(const double *u, struct generic *g)
{
    for (size_t i = 0; i < 3; i++)
        if (!simplex_at(u + i * LEAVES, g->p[i], LEAVES))
            return false;
    g->parts = (struct sb_parts){ .p_p = g->p[0],
                                  .p_a = g->p[1],
                                  .p_t = g->p[2],
                                  .n_leaves = LEAVES,
                                  .k = log_between(u[3 * LEAVES], 0.1, 1e6),
                                  .l = log_between(u[3 * LEAVES + 1], 1e-3, 100) };
    return true;
}

static void say_vector(char *text, size_t size, const char *name, const double *p, size_t n)
{
    size_t used = strlen(text);
    for (size_t x = 0; x < n && used < size; x++)
        used += (size_t)snprintf(text + used, size - used, "%s%s%.3g%s", x == 0 ? name : "",
                                 x == 0 ? "=(" : ",", p[x], x + 1 == n ? ")" : "");
}

static void say_generic(char *where, size_t size, const struct generic *g)
{
    if (!where)
        return;
    snprintf(where, size, "k=%.4g, l=%.4g", g->parts.k, g->parts.l);
    say_vector(where, size, ", p_p", g->p[0], LEAVES);
    say_vector(where, size, ", p_a", g->p[1], LEAVES);
    say_vector(where, size, ", p_t", g->p[2], LEAVES);
}

/* Relative rounding error of R. */
static double ratio_error(const struct sb_elasticity *e)
{
    return e->p.slope_error_nats / fabs(e->p.slope_nats) +
           e->a.slope_error_nats / fabs(e->a.slope_nats);
}

/* ---- P1, P2 --------------------------------------------------------------------------------- */

static bool block_at(const double *u, struct sb_code_length *length, char *where, size_t size)
{
    double p[LEAVES];
    if (!simplex_at(u, p, LEAVES) || sb_code_length(p, LEAVES, 1, length))
        return false;
    if (where) {
        snprintf(where, size, "H=%.6g, E L=%.6g bits", length->entropy_bits_per_block,
                 length->huffman_bits_per_block);
        say_vector(where, size, ", p", p, LEAVES);
    }
    return true;
}

static double slack_ceilings(const double *u, char *where, size_t size)
{
    struct sb_code_length length;
    return block_at(u, &length, where, size) ? -fabs(length.huffman_bits - length.paper_bits) : NAN;
}

static double slack_bracket(const double *u, char *where, size_t size)
{
    struct sb_code_length length;
    if (!block_at(u, &length, where, size))
        return NAN;
    double excess = length.huffman_bits_per_block - length.entropy_bits_per_block;
    return fmin(excess, 1 - excess);
}

/* The theorem's signs at l <= 0.1. */
static double slack_signs(const double *u, char *where, size_t size)
{
    struct generic g;
    struct sb_elasticity e;
    if (!generic_at(u, &g))
        return NAN;
    g.parts.l *= 1e-3;
    say_generic(where, size, &g);
    if (sb_elasticity_at(&g.parts, &e))
        return NAN;
    return fmin(e.kappa_l, -g.parts.k * (g.parts.k + 1 + g.parts.l) * e.p.slope_nats);
}

/* ---- R2, R3, R4 ----------------------------------------------------------------------------- */

static double slack_sandwich(const double *u, char *where, size_t size)
{
    struct generic g;
    if (!generic_at(u, &g))
        return NAN;
    say_generic(where, size, &g);
    const double *const p[] = { g.p[0], g.p[1], g.p[2] };
    const double volumes[] = { g.parts.k, 1, g.parts.l };
    const struct sb_mixture mixture = { 3, LEAVES, p, volumes };
    double l = g.parts.l, l2 = l * (1.1 + 10 * u[GENERIC]), change[3];
    for (size_t i = 0; i < 3; i++)
        if (sb_mixture_change(&mixture, 2, l2, i, &change[i]))
            return NAN;
    double middle = g.parts.k * change[0] + change[1], gap = -(l2 - l) * change[2];
    double rounding = 1e-14 * (g.parts.k * fabs(change[0]) + fabs(change[1]));
    if (!(rounding < 1e-6 * gap))
        return NAN;
    return (fmin(middle + l * change[2], -l2 * change[2] - middle) + rounding) / gap;
}

/* Axes: pi_1, pi_a, pi_t, k, theta, l/(theta l*). */
static double slack_disjoint(const double *u, char *where, size_t size)
{
    double pi[3], theta = 0.999 * u[4];
    if (!simplex_at(u, pi, 3) || pi[2] == 0 || pi[2] == 1)
        return NAN;
    double l_star = pi[2] / (pi[0] + pi[1]);
    struct sb_disjoint d = {
        log_between(u[3], 0.1, 1e12), theta * l_star * u[5], pi[0], pi[1], pi[2], 0
    };
    if (where)
        snprintf(where, size, "k=%.4g, l=%.4g, theta=%.4g, pi=(%.3g,%.3g,%.3g)", d.k, d.l, theta,
                 pi[0], pi[1], pi[2]);
    double c2 = (1 + theta / (d.k * (d.pi_1 + d.pi_a))) / (1 - theta);
    struct sb_disjoint_values v = sb_disjoint_at(&d);
    return isnan(v.R) ? NAN : fmin(v.R - 1, c2 - v.R) / v.R;
}

static double slack_rise(const double *u, char *where, size_t size)
{
    struct generic g;
    struct sb_elasticity e;
    if (!generic_at(u, &g) || sb_elasticity_at(&g.parts, &e) || !(e.kappa_k > 1e-12))
        return NAN;
    say_generic(where, size, &g);
    return e.kappa_l + (g.parts.k + 1 + g.parts.l) * e.a.slope_error_nats;
}

static double slack_monotone(const double *u, char *where, size_t size)
{
    struct generic g;
    struct sb_elasticity near, far;
    if (!generic_at(u, &g) || sb_elasticity_at(&g.parts, &near))
        return NAN;
    say_generic(where, size, &g);
    g.parts.l *= 1 + u[GENERIC];
    if (sb_elasticity_at(&g.parts, &far) || near.verdict != SB_THEOREM || far.verdict != SB_THEOREM)
        return NAN;
    double error = ratio_error(&near) + ratio_error(&far);
    return error < 1e-3 ? far.R / near.R - 1 + error : NAN;
}

/* ---- R5, R6, R7 ----------------------------------------------------------------------------- */

static double slack_always(const double *u, char *where, size_t size)
{
    struct generic g;
    struct sb_elasticity e;
    if (!generic_at(u, &g))
        return NAN;
    g.parts.l = 0;
    say_generic(where, size, &g);
    if (sb_elasticity_at(&g.parts, &e) || !(e.kappa > 1e-12))
        return NAN;
    return e.kappa_k + (g.parts.k + 1) * e.a.slope_error_nats;
}

/* Axes: P_1, P_a, P_t, k, l/(2 l*), pi. */
enum { COMPOSED = 3 * LEAVES + 5 };
struct composed {
    double P[3][LEAVES], p_p[LEAVES], pi[3];
    struct sb_composition composition;
    struct sb_composition_values values;
};

static bool composed_at(const double *u, struct composed *c, char *where, size_t size)
{
    for (size_t i = 0; i < 3; i++)
        if (!simplex_at(u + i * LEAVES, c->P[i], LEAVES))
            return false;
    if (!simplex_at(u + 3 * LEAVES + 2, c->pi, 3) || c->pi[2] == 0 || c->pi[2] == 1)
        return false;
    double l_star = c->pi[2] / (c->pi[0] + c->pi[1]);
    c->composition = (struct sb_composition){ .P_1 = c->P[0],
                                              .P_a = c->P[1],
                                              .P_t = c->P[2],
                                              .n_leaves = LEAVES,
                                              .pi_1 = c->pi[0],
                                              .pi_a = c->pi[1],
                                              .pi_t = c->pi[2],
                                              .k = log_between(u[3 * LEAVES], 0.1, 1e6),
                                              .l = 2 * l_star * u[3 * LEAVES + 1] };
    sb_composition_blend(&c->composition, c->p_p);
    if (where) {
        snprintf(where, size, "k=%.4g, l=%.4g", c->composition.k, c->composition.l);
        say_vector(where, size, ", pi", c->pi, 3);
        say_vector(where, size, ", P_1", c->P[0], LEAVES);
        say_vector(where, size, ", P_a", c->P[1], LEAVES);
        say_vector(where, size, ", P_t", c->P[2], LEAVES);
    }
    return sb_composition_at(&c->composition, &c->values) == SB_OK;
}

static double slack_chi_l(const double *u, char *where, size_t size)
{
    struct composed c;
    return composed_at(u, &c, where, size) ? c.values.chi_l_upper - (1 - c.values.kappa_l) : NAN;
}

static double slack_bhattacharyya(const double *u, char *where, size_t size)
{
    struct composed c;
    if (!composed_at(u, &c, where, size) || isinf(c.values.chi_bhattacharyya))
        return NAN;
    return c.values.chi_bhattacharyya - sb_dist_chi(c.P[1], c.P[2], c.p_p, LEAVES);
}

static double slack_mixture_bound(const double *u, char *where, size_t size)
{
    struct composed c;
    if (!composed_at(u, &c, where, size) || c.values.bound.condition != SB_BOUND_HOLDS)
        return NAN;
    return fmin(c.values.R - 1, c.values.bound.R_upper - c.values.R) / c.values.R;
}

static double slack_general_bound(const double *u, char *where, size_t size)
{
    struct generic g;
    struct sb_elasticity e;
    struct sb_ratio_bound bound;
    if (!generic_at(u, &g))
        return NAN;
    say_generic(where, size, &g);
    double share = sb_largest_share(g.p[0], g.p[2], LEAVES);
    if (sb_elasticity_at(&g.parts, &e) || sb_ratio_bound_of(&g.parts, share, &bound) ||
        bound.condition != SB_BOUND_HOLDS || !(ratio_error(&e) < 1e-3))
        return NAN;
    return fmin(e.R - 1, bound.R_upper - e.R) / e.R + ratio_error(&e);
}

/* ---- R8, R9 --------------------------------------------------------------------------------- */

/* One feature on four leaves: R4(i) claims gamma_a' > 0 at l = 0 where X_a < 1. */
static double slack_family(const double *u, char *where, size_t size)
{
    struct generic g;
    struct sb_elasticity e;
    if (!generic_at(u, &g))
        return NAN;
    g.parts.l = 0;
    g.parts.k = fmin(g.parts.k, 100);
    const double *features = u + GENERIC, *const p[] = { g.p[0], g.p[1], g.p[2] };
    const double volumes[] = { g.parts.k, 1, 0 };
    const struct sb_family family = { LEAVES, 1, features, NULL };
    const struct sb_mixture mixture = { 3, LEAVES, p, volumes };
    double theta = 0, slopes[3];
    struct sb_family_fit fit;
    if (sb_elasticity_at(&g.parts, &e) || !(e.kappa_k > 1e-12) ||
        sb_family_fit(&family, &mixture, 1e-12, &theta, &fit) ||
        sb_family_respond(&family, &mixture, 2, &theta, slopes))
        return NAN;
    if (where) {
        where[0] = 0;
        snprintf(where, size, "k=%.4g", g.parts.k);
        say_vector(where, size, ", T", features, LEAVES);
        say_vector(where, size, ", p_p", g.p[0], LEAVES);
        say_vector(where, size, ", p_a", g.p[1], LEAVES);
        say_vector(where, size, ", p_t", g.p[2], LEAVES);
    }
    return (g.parts.k + 1) * slopes[1];
}

/* A binary tree of depth 2: chi of layer 2 minus chi of layer 1. */
static double chi_step(const double *a, const double *t, const double *q)
{
    static const size_t parent[LEAVES] = { 0, 0, 1, 1 };
    double a1[] = { a[0] + a[1], a[2] + a[3] }, t1[] = { t[0] + t[1], t[2] + t[3] };
    double q1[] = { q[0] + q[1], q[2] + q[3] };
    const struct sb_layer above = { a1, t1, q1 }, below = { a, t, q };
    return sb_chi_increment(&above, &below, parent, LEAVES);
}

static double slack_deeper(const double *u, char *where, size_t size)
{
    struct generic g;
    if (!generic_at(u, &g))
        return NAN;
    if (where) {
        where[0] = 0;
        say_vector(where, size, "p_p", g.p[0], LEAVES);
        say_vector(where, size, ", p_a", g.p[1], LEAVES);
        say_vector(where, size, ", p_t", g.p[2], LEAVES);
    }
    double step = chi_step(g.p[1], g.p[2], g.p[0]);
    return isfinite(step) ? -step : NAN;
}

static double slack_same(const double *u, char *where, size_t size)
{
    struct generic g;
    if (!generic_at(u, &g))
        return NAN;
    if (where) {
        where[0] = 0;
        say_vector(where, size, "p_p", g.p[0], LEAVES);
        say_vector(where, size, ", p_a = p_t", g.p[1], LEAVES);
    }
    double step = chi_step(g.p[1], g.p[1], g.p[0]);
    return isfinite(step) ? step : NAN;
}

/* ---- the list ------------------------------------------------------------------------------- */

#define ANY "any distributions on 4 leaves, 0.1 <= k <= 1e6"
#define PARTS "overlapping parts on 4 leaves, 0.1 <= k <= 1e6"

const struct sb_exploration sb_explorations[] = {
    { "P1", "E L = ceil(H) for one block", "4 leaves", "bits, -|E L - ceil(H)|", true, 1e-12,
      LEAVES, slack_ceilings },
    { "P1", "H <= E L < H + 1 per block", "4 leaves", "bits", false, 1e-14, LEAVES, slack_bracket },
    { "P2", "gamma_p' < 0 < gamma_a' for l <= 0.1", ANY, "least of kappa_l, -k S gamma_p'", true,
      1e-9, GENERIC, slack_signs },
    { "R2", "-l1 Dt <= k Dp + Da <= -l2 Dt for l1 < l2", ANY, "share of (l2 - l1) |Dt|", false,
      1e-9, GENERIC + 1, slack_sandwich },
    { "R3", "1 <= R <= (1 + theta/(k(1-pi_t)))/(1-theta) for l <= theta l*",
      "disjoint parts, 0.1 <= k <= 1e12, theta <= 0.999", "relative to R", false, 1e-10, 6,
      slack_disjoint },
    { "R4(i)", "X_a < 1 implies gamma_a' > 0 for all l", ANY, "kappa_l", false, 1e-13, GENERIC,
      slack_rise },
    { "R4(v)", "R is nondecreasing for l < l*", ANY, "relative growth of R", false, 1e-12,
      GENERIC + 1, slack_monotone },
    { "R5", "chi < 1 implies kappa_k > 0 for all k", ANY, "kappa_k", false, 1e-13, GENERIC,
      slack_always },
    { "R6", "chi_l <= S/(A + T)", PARTS, "of chi_l", false, 1e-12, COMPOSED, slack_chi_l },
    { "R6", "chi <= BC/(2 sqrt(pi_a pi_t))", PARTS, "of chi", false, 1e-10, COMPOSED,
      slack_bhattacharyya },
    { "R7", "1 <= R <= (k pi_t + l)/(k (pi_t - l (pi_a + pi_1/kappa_l)))", PARTS, "relative to R",
      false, 1e-9, COMPOSED, slack_mixture_bound },
    { "R7", "1 <= R <= (k c + l)/(k (c - l (1 - c)/kappa_l)), c = min p_p/p_t", ANY,
      "relative to R", false, 1e-9, GENERIC, slack_general_bound },
    { "R8", "R4(i) for exponential families: X_a < 1 implies gamma_a' > 0",
      "one feature on 4 leaves, l = 0, 0.1 <= k <= 100", "S gamma_a', nats", true, 1e-9,
      GENERIC + LEAVES, slack_family },
    { "R9", "kappa never falls with depth", "binary trees of depth 2", "of kappa", true, 1e-9,
      3 * LEAVES + 2, slack_deeper },
    { "R9", "p_a = p_t: chi never falls with depth", "binary trees of depth 2", "of chi", false,
      1e-13, 3 * LEAVES + 2, slack_same },
};
const size_t sb_n_explorations = sizeof sb_explorations / sizeof *sb_explorations;
