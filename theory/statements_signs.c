/* R4: signs of the slopes under any overlap, on random distributions. */
#include <math.h>
#include "theory/trials.h"

enum { CASES = 2000, STEPS = 24 };

/* One case: both turning volumes, and the three slopes on a grid of volumes around them. */
struct course {
    struct sb_trial trial;
    struct sb_elasticity start; /* at l = 0 */
    struct sb_turning l_star, l_star_a;
    double l[STEPS];
    struct sb_elasticity at[STEPS];
};

static bool course_init(struct course *c, const struct sb_ranges *ranges, uint64_t number)
{
    sb_trial_init(&c->trial, ranges, number);
    struct sb_parts parts = sb_trial_parts(&c->trial, 0);
    if (sb_elasticity_at(&parts, &c->start) ||
        sb_elasticity_turning(&parts, &c->l_star, &c->l_star_a))
        return false;
    double centre = c->trial.l > 0 ? c->trial.l : 1;
    if (c->l_star.kind == SB_TURNING_FINITE)
        centre = c->l_star.volume.root;
    if (c->l_star_a.kind == SB_TURNING_FINITE)
        centre = c->l_star_a.volume.root;
    for (int j = 0; j < STEPS; j++) {
        parts.l = c->l[j] = centre * pow(2, j - STEPS / 2 + 0.5);
        if (sb_elasticity_at(&parts, &c->at[j]))
            return false;
    }
    return true;
}

/* (i) X_a < 1 implies gamma_a' > 0. The slack is kappa_l = S gamma_a'. */
static void check_rise(const struct course *c, struct sb_finding *finding)
{
    if (sb_response_sign(&c->start.a) <= 0)
        return;
    for (int j = 0; j < STEPS; j++) {
        double S = c->trial.k + 1 + c->l[j];
        sb_finding_slack(finding, c->at[j].kappa_l, S * c->at[j].a.slope_error_nats,
                         "case %d: k=%g, l=%g", (int)c->trial.number, c->trial.k, c->l[j]);
    }
}

/* (ii) X_a > 1: gamma_a' changes sign at most once, from - to +, and at l_a*. */
static void check_one_change(const struct course *c, struct sb_finding *finding)
{
    if (sb_response_sign(&c->start.a) >= 0)
        return;
    double l_star_a = sb_turning_volume(&c->l_star_a);
    for (int j = 0; j < STEPS; j++) {
        int sign = sb_response_sign(&c->at[j].a);
        sb_finding_yes(finding, sign == 0 || sign == (c->l[j] < l_star_a ? -1 : 1),
                       "case %d: k=%g, l=%g, l_a*=%g", (int)c->trial.number, c->trial.k, c->l[j],
                       l_star_a);
    }
}

/* (iii) gamma_p' < 0 exactly on [0, l*), which is empty where X_p <= 1. */
static void check_fall(const struct course *c, struct sb_finding *finding)
{
    double l_star = sb_turning_volume(&c->l_star);
    bool falls = sb_response_sign(&c->start.p) < 0;
    sb_finding_yes(finding, falls == (c->l_star.kind != SB_TURNING_NONE), "case %d: X_p=%g, l*=%g",
                   (int)c->trial.number, c->start.X_p, l_star);
    for (int j = 0; j < STEPS; j++) {
        int sign = sb_response_sign(&c->at[j].p);
        sb_finding_yes(finding, sign == 0 || (sign < 0) == (c->l[j] < l_star),
                       "case %d: k=%g, l=%g, l*=%g", (int)c->trial.number, c->trial.k, c->l[j],
                       l_star);
    }
}

/* (iv) k X_p + X_a = (k + 1)(1 - nu). */
static void check_identity(const struct course *c, struct sb_finding *finding)
{
    double k = c->trial.k, right = (k + 1) * (1 - c->start.nu);
    sb_finding_error(finding, fabs(k * c->start.X_p + c->start.X_a - right) / (k + 1), 1e-13,
                     "case %d: k=%g, nu=%g", (int)c->trial.number, k, c->start.nu);
}

/* Bound on the relative rounding error of R. */
static double ratio_error(const struct sb_elasticity *e)
{
    return e->p.slope_error_nats / fabs(e->p.slope_nats) +
           e->a.slope_error_nats / fabs(e->a.slope_nats);
}

/* (v) R is nondecreasing on [0, l*). The slack is R's relative growth from step to step. */
static void check_monotone(const struct course *c, struct sb_finding *finding)
{
    for (int j = 1; j < STEPS; j++) {
        const struct sb_elasticity *a = &c->at[j - 1], *b = &c->at[j];
        if (a->verdict == SB_THEOREM && b->verdict == SB_THEOREM)
            sb_finding_slack(finding, b->R / a->R - 1, ratio_error(a) + ratio_error(b),
                             "case %d: k=%g, l=%g", (int)c->trial.number, c->trial.k, c->l[j]);
    }
}

size_t sb_check_R4(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    const char *domain = ranges->n_k || ranges->n_l ? "random distributions, k and l as given"
                                                    : "random distributions, 0.1 <= k <= 1e6";
    findings[0] =
        sb_finding_of("R4(i)", "X_a < 1 implies gamma_a' > 0 for all l", domain, "kappa_l");
    findings[1] =
        sb_finding_of("R4(ii)", "X_a > 1: gamma_a' changes sign once at most, - to +", domain, "");
    findings[2] = sb_finding_of("R4(iii)", "gamma_p' < 0 exactly for l < l*; l* exists iff X_p > 1",
                                domain, "");
    findings[3] =
        sb_finding_of("R4(iv)", "k X_p + X_a = (k+1)(1 - nu)", domain, "error relative to k+1");
    findings[4] = sb_finding_of("R4(v)", "R is nondecreasing for l < l*", domain,
                                "relative growth of R per doubling of l");
    for (uint64_t number = 0; number < CASES; number++) {
        struct course c;
        if (!course_init(&c, ranges, number))
            continue;
        check_rise(&c, &findings[0]);
        check_one_change(&c, &findings[1]);
        check_fall(&c, &findings[2]);
        check_identity(&c, &findings[3]);
        check_monotone(&c, &findings[4]);
    }
    return 5;
}
