/* R5, R6 and R7: the threshold in k, overlapping parts, and upper bounds of R. */
#include <math.h>
#include <stdbool.h>
#include "theory/dist.h"
#include "theory/mixture_bounds.h"
#include "theory/threshold.h"
#include "theory/trials.h"

enum { CASES = 3000 };

/* ---- R5 ------------------------------------------------------------------------------------- */

size_t sb_check_R5(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    findings[0] =
        sb_finding_of("R5", "kappa_k > 0 for all k, exactly for k < k*, or never: as chi says",
                      "random distributions, 1e-6 <= k <= 1e12", "");
    findings[1] = sb_finding_of("R5", "kappa_k changes its sign at k*",
                                "those with k* between 1e-6 and 1e12", "kappa_k at k*");
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_trial trial;
        struct sb_threshold threshold;
        sb_trial_init(&trial, ranges, number);
        struct sb_parts parts = sb_trial_parts(&trial, 0);
        if (sb_threshold_of(&parts, &threshold)) {
            sb_finding_yes(&findings[0], false, "case %d: no threshold", (int)number);
            continue;
        }
        double k_star = sb_threshold_k_star(&threshold);
        for (parts.k = 1e-6; parts.k < 2e12; parts.k *= 10) {
            struct sb_elasticity e = { .kappa_k = NAN };
            sb_elasticity_at(&parts, &e);
            /* At l = 0 the slope of gamma_a is kappa_k/(k + 1), with its rounding error. */
            int sign = sb_response_sign(&e.a);
            sb_finding_yes(&findings[0], sign == 0 || (sign > 0) == (parts.k < k_star),
                           "case %d: k=%g, kappa_k=%g, k*=%g", (int)number, parts.k, e.kappa_k,
                           k_star);
        }
        if (k_star > 1e-6 && k_star < 1e12)
            sb_finding_error(&findings[1], fabs(threshold.k_star.residual), 1e-13, "case %d: k*=%g",
                             (int)number, k_star);
    }
    return 2;
}

/* ---- random compositions -------------------------------------------------------------------- */

struct composed {
    double P[3][SB_TRIAL_LEAVES], p_p[SB_TRIAL_LEAVES];
    struct sb_composition composition;
    struct sb_composition_values values;
    struct sb_parts parts;      /* the same, with p_p as one dataset */
    struct sb_elasticity whole; /* of parts: a second route */
};

/* Every fourth has no other part (pi_1 = 0). l is log-uniform up to pi_t/(1 - pi_t). False: the random
 * shares do not do. */
static bool composed_init(struct composed *c, uint64_t seed, uint64_t number)
{
    struct sb_random random;
    double pi[3];
    sb_random_init(&random, seed, number);
    for (int i = 0; i < 3; i++)
        sb_trial_vector(&random, c->P[i], SB_TRIAL_LEAVES);
    sb_trial_vector(&random, pi, 3);
    if (number % 4 == 0)
        pi[0] = 0;
    double sum = pi[0] + pi[1] + pi[2], rest = pi[0] + pi[1];
    if (pi[2] == 0 || rest == 0)
        return false;
    c->composition =
        (struct sb_composition){ .P_1 = c->P[0],
                                 .P_a = c->P[1],
                                 .P_t = c->P[2],
                                 .n_leaves = SB_TRIAL_LEAVES,
                                 .pi_1 = pi[0] / sum,
                                 .pi_a = pi[1] / sum,
                                 .pi_t = pi[2] / sum,
                                 .k = sb_trial_between(&random, 0.1, 1e6),
                                 .l = sb_trial_between(&random, 1e-3, 1) * pi[2] / rest };
    sb_composition_blend(&c->composition, c->p_p);
    c->parts = (struct sb_parts){ c->p_p,          c->P[1],          c->P[2],
                                  SB_TRIAL_LEAVES, c->composition.k, c->composition.l };
    return !sb_composition_at(&c->composition, &c->values) &&
           !sb_elasticity_at(&c->parts, &c->whole);
}

/* Relative rounding error of R by the route that takes p_p as one dataset. */
static double whole_error(const struct sb_elasticity *e)
{
    return e->p.slope_error_nats / fabs(e->p.slope_nats) +
           e->a.slope_error_nats / fabs(e->a.slope_nats);
}

/* ---- R6 ------------------------------------------------------------------------------------- */

size_t sb_check_R6(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    const char *domain = "random overlapping parts, 0.1 <= k <= 1e6";
    findings[0] = sb_finding_of("R6", "R = (k pi_t + l)/(k (pi_t - l (pi_a + pi_1 rho)))", domain,
                                "relative, against R of the blend");
    findings[1] = sb_finding_of("R6", "pi_1 = 0: R and l* = pi_t/pi_a do not depend on overlap",
                                domain, "relative, against R of the blend");
    findings[2] = sb_finding_of("R6", "chi_l <= S/(A + T)", domain, "of chi_l");
    findings[3] = sb_finding_of("R6", "1 - 1/(pi_a + pi_t) <= kappa", domain, "of kappa");
    findings[4] = sb_finding_of("R6", "chi <= BC/(2 sqrt(pi_a pi_t))", domain, "of chi");
    for (uint64_t number = 0; number < CASES; number++) {
        struct composed c;
        if (!composed_init(&c, ranges->seed, number))
            continue;
        const struct sb_composition *m = &c.composition;
        double error = whole_error(&c.whole);
        if (error < 1e-3)
            sb_finding_error(&findings[0], fabs(c.values.R / c.whole.R - 1), 1e-12 + error,
                             "case %d: k=%g, l=%g", (int)number, m->k, m->l);
        double alone = (m->k * m->pi_t + m->l) / (m->k * (m->pi_t - m->l * m->pi_a));
        if (m->pi_1 == 0 && error < 1e-3)
            sb_finding_error(&findings[1], fabs(alone / c.whole.R - 1), 1e-12 + error,
                             "case %d: k=%g, l=%g, pi_t=%g", (int)number, m->k, m->l, m->pi_t);
        sb_finding_slack(&findings[2], c.values.chi_l_upper - c.whole.chi_l, 1e-14,
                         "case %d: k=%g, l=%g", (int)number, m->k, m->l);
        sb_finding_slack(&findings[3], c.whole.kappa - c.values.kappa_lower, 1e-13,
                         "case %d: pi_a=%g, pi_t=%g", (int)number, m->pi_a, m->pi_t);
        if (c.values.chi_bhattacharyya < INFINITY)
            sb_finding_slack(&findings[4], c.values.chi_bhattacharyya - c.whole.chi, 1e-13,
                             "case %d: pi_a=%g, pi_t=%g", (int)number, m->pi_a, m->pi_t);
    }
    return 5;
}

/* ---- R7 ------------------------------------------------------------------------------------- */

/* 1 <= R <= upper, relative to R. */
static void check_between(struct sb_finding *finding, double R, double upper, double allowance,
                          const struct composed *c, uint64_t number)
{
    sb_finding_slack(finding, fmin(R - 1, upper - R) / R, allowance, "case %d: k=%g, l=%g, R=%g",
                     (int)number, c->composition.k, c->composition.l, R);
}

/* P_1 and P_a leave the support of P_t: both bounds are R. */
static void separate(struct composed *c)
{
    for (size_t x = 0; x < SB_TRIAL_LEAVES; x++)
        for (int i = 0; i < 3; i++)
            if ((i == 2) != (x < 2))
                c->P[i][x] = 0;
    for (int i = 0; i < 3; i++) {
        c->P[i][i == 2 ? 0 : 2] += 0.01;
        sb_dist_normalise(c->P[i], SB_TRIAL_LEAVES);
    }
    sb_composition_blend(&c->composition, c->p_p);
}

size_t sb_check_R7(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    findings[0] =
        sb_finding_of("R7", "1 <= R <= (k pi_t + l)/(k (pi_t - l (pi_a + pi_1/kappa_l)))",
                      "random parts with l (pi_a + pi_1/kappa_l) < pi_t", "relative to R");
    findings[1] =
        sb_finding_of("R7", "1 <= R <= (k c + l)/(k (c - l (1 - c)/kappa_l)), c = min p_p/p_t",
                      "random parts with l (1 - c) < c kappa_l", "relative to R");
    findings[2] = sb_finding_of("R7", "equality where p_p - pi_t p_t does not meet supp p_t",
                                "random parts, P_t apart", "relative to R");
    for (uint64_t number = 0; number < CASES; number++) {
        struct composed c;
        struct sb_ratio_bound bound;
        if (!composed_init(&c, ranges->seed, number))
            continue;
        double allowance = 1e-12 + whole_error(&c.whole);
        if (c.values.bound.condition == SB_BOUND_HOLDS)
            check_between(&findings[0], c.values.R, c.values.bound.R_upper, 1e-12, &c, number);
        double share = sb_largest_share(c.p_p, c.P[2], SB_TRIAL_LEAVES);
        if (!sb_ratio_bound_of(&c.parts, share, &bound) && bound.condition == SB_BOUND_HOLDS)
            check_between(&findings[1], c.whole.R, bound.R_upper, allowance, &c, number);
        separate(&c);
        if (!sb_composition_at(&c.composition, &c.values) &&
            c.values.bound.condition == SB_BOUND_HOLDS)
            sb_finding_error(&findings[2], fabs(c.values.bound.R_upper / c.values.R - 1), 1e-11,
                             "case %d: k=%g, l=%g", (int)number, c.composition.k, c.composition.l);
    }
    return 3;
}
