/* R1, R2 and R3: slopes, force balance, disjoint parts. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include "theory/disjoint.h"
#include "theory/dist.h"
#include "theory/trials.h"

enum { CASES = 4000 };

/* ---- R1: derivatives ------------------------------------------------------------------------ */

/* f'(l) from f at l -+ h, l -+ 2h; the error is h^4 f^(5)/30 and 1.5/h roundings of f. */
static double difference(const double f[5], double h)
{
    return (8 * (f[3] - f[1]) - (f[4] - f[0])) / (12 * h);
}

/* Slopes against differences of rates, curvatures against differences of slopes, in one case. */
static void check_differences(const struct sb_trial *trial, struct sb_finding *slopes,
                              struct sb_finding *curvatures)
{
    static const char names[] = "pat";
    double l = trial->l, h = l / 1024, rates[3][5], values[3][5];
    struct sb_elasticity e, centre = { 0 };
    for (int j = 0; j < 5; j++) {
        struct sb_parts parts = sb_trial_parts(trial, l + (j - 2) * h);
        if (sb_elasticity_at(&parts, &e))
            return;
        const struct sb_response *r[3] = { &e.p, &e.a, &e.t };
        for (int i = 0; i < 3; i++) {
            rates[i][j] = r[i]->gamma_nats;
            values[i][j] = r[i]->slope_nats;
        }
        if (j == 2)
            centre = e;
    }
    const struct sb_response *r[3] = { &centre.p, &centre.a, &centre.t };
    for (int i = 0; i < 3; i++) {
        double slope = r[i]->slope_nats, curvature = r[i]->curvature_nats;
        sb_finding_error(slopes, l * fabs(difference(rates[i], h) - slope) / (1 + rates[i][2]),
                         1e-11, "case %d, gamma_%c: k=%g, l=%g", (int)trial->number, names[i],
                         trial->k, l);
        sb_finding_error(curvatures, l * l * fabs(difference(values[i], h) - curvature), 1e-11,
                         "case %d, gamma_%c: k=%g, l=%g", (int)trial->number, names[i], trial->k,
                         l);
    }
}

/* p_p = (1/2, 1/4, 1/4), p_a = (1/4, 1/2, 1/4), p_t = (1/4, 1/4, 1/2), l = 1:
 * gamma_p' = 1/(k+2) - 1/(4(k+1)) - 3/(4(k+3)) = k/(2(k+1)(k+2)(k+3)). */
static struct sb_finding check_large_k(void)
{
    const double p_p[] = { 0.5, 0.25, 0.25 }, p_a[] = { 0.25, 0.5, 0.25 };
    const double p_t[] = { 0.25, 0.25, 0.5 };
    struct sb_finding finding = sb_finding_unproved(
        "R1", "gamma_p' = k/(2(k+1)(k+2)(k+3)): no digits lost at large k",
        "(2,1,1)/4, (1,2,1)/4, (1,1,2)/4, l=1, 1 <= k <= 1e12", "relative error");
    for (double k = 1; k <= 1e12; k *= 10) {
        struct sb_parts parts = { p_p, p_a, p_t, 3, k, 1 };
        struct sb_elasticity e;
        double exact = k / (2 * (k + 1) * (k + 2) * (k + 3)), error = NAN;
        if (sb_elasticity_at(&parts, &e) == SB_OK)
            error = fabs(e.p.slope_nats / exact - 1);
        sb_finding_error(&finding, error, 1e-13, "k=%g", k);
    }
    return finding;
}

size_t sb_check_R1(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    static const double k_default[] = { 0.1, 100 }, l_default[] = { 0.1, 10 };
    struct sb_ranges r = *ranges;
    if (r.n_k == 0) {
        r.k = k_default;
        r.n_k = 2;
    }
    if (r.n_l == 0) {
        r.l = l_default;
        r.n_l = 2;
    }
    const char *domain = ranges->n_k || ranges->n_l ? "random distributions, k and l as given"
                                                    : "random distributions, 0.1 <= k <= 100, "
                                                      "0.1 <= l <= 10";
    findings[0] =
        sb_finding_of("R1", "gamma_i' = (nu - sum delta_i delta_t/q)/S: central differences",
                      domain, "nats, error of l gamma'");
    findings[1] =
        sb_finding_of("R1", "gamma_i'' = (sum p_i p_t^2/q^2 - 1)/S^2: central differences", domain,
                      "nats, error of l^2 gamma''");
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_trial trial;
        sb_trial_init(&trial, &r, number);
        if (trial.l > 0)
            check_differences(&trial, &findings[0], &findings[1]);
    }
    findings[2] = check_large_k();
    return 3;
}

/* ---- R2: force balance ---------------------------------------------------------------------- */

enum { MOST_DATASETS = 5 };

/* N datasets, any of which grows; some volumes are 0, so that novelty occurs. */
static struct sb_finding check_balance(const struct sb_ranges *ranges)
{
    struct sb_finding finding = sb_finding_of(
        "R2", "sum_i v_i gamma_i' = 0, whichever volume grows",
        "2 to 5 random datasets, volumes 0 or 0.01 to 1e6", "relative to sum_i |v_i gamma_i'|");
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_random random;
        sb_random_init(&random, ranges->seed, number);
        double p[MOST_DATASETS][SB_TRIAL_LEAVES], volumes[MOST_DATASETS];
        const double *rows[MOST_DATASETS];
        size_t n = 2 + sb_random_below(&random, MOST_DATASETS - 1);
        for (size_t j = 0; j < n; j++) {
            sb_trial_vector(&random, p[j], SB_TRIAL_LEAVES);
            volumes[j] = j > 0 && sb_random_below(&random, 5) == 0
                             ? 0
                             : sb_trial_between(&random, 0.01, 1e6);
            rows[j] = p[j];
        }
        const struct sb_mixture mixture = { n, SB_TRIAL_LEAVES, rows, volumes };
        for (size_t g = 0; g < n; g++) {
            struct sb_response r[MOST_DATASETS];
            struct sb_mixture_summary summary;
            double error = NAN, forces = 0;
            if (sb_mixture_respond(&mixture, g, r, &summary) == SB_OK) {
                for (size_t i = 0; i < n; i++)
                    forces += volumes[i] > 0 ? fabs(volumes[i] * r[i].slope_nats) : 0;
                error = fabs(summary.balance_nats) / (forces + summary.novelty);
            }
            if (forces > 0 || summary.novelty > 0)
                sb_finding_error(&finding, error, 1e-12, "case %d, dataset %zu grows", (int)number,
                                 g);
        }
    }
    return finding;
}

/* Between l1 and l2 with Delta the change of a rate:
 *   -l1 Delta_t <= k Delta_p + Delta_a <= -l2 Delta_t,   Delta_t <= 0,
 * and where Delta_p < 0: -Delta_a/(k Delta_p) >= 1. */
static void check_sandwich(const struct sb_ranges *ranges, struct sb_finding *sandwich,
                           struct sb_finding *ratio)
{
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_trial t;
        sb_trial_init(&t, ranges, number);
        const double *const p[] = { t.p[0], t.p[1], t.p[2] };
        const double volumes[] = { t.k, 1, t.l };
        const struct sb_mixture mixture = { 3, t.n_leaves, p, volumes };
        double l2 = 2 * t.l + 1e-3, d_p, d_a, d_t;
        if (sb_mixture_change(&mixture, 2, l2, 0, &d_p) ||
            sb_mixture_change(&mixture, 2, l2, 1, &d_a) ||
            sb_mixture_change(&mixture, 2, l2, 2, &d_t))
            d_t = NAN;
        if (d_t == 0 || d_t == -INFINITY)
            continue; /* p_t = q: nothing moves; novelty at l = 0: no bound */
        double middle = t.k * d_p + d_a, gap = -(l2 - t.l) * d_t;
        double rounding = 1e-14 * (t.k * fabs(d_p) + fabs(d_a)) / gap;
        if (rounding > 1e-3)
            continue; /* the forces agree to the last digits: doubles cannot tell */
        sb_finding_slack(sandwich, fmin(middle + t.l * d_t, -l2 * d_t - middle) / gap, rounding,
                         "case %d: k=%g, l1=%g, l2=%g", (int)number, t.k, t.l, l2);
        if (d_p < 0)
            sb_finding_slack(ratio, -d_a / (t.k * d_p) - 1, 1e-14, "case %d: k=%g, l1=%g, l2=%g",
                             (int)number, t.k, t.l, l2);
    }
}

size_t sb_check_R2(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    const char *domain = ranges->n_k || ranges->n_l ? "random distributions, k and l1 as given"
                                                    : "random distributions, 0.1 <= k <= 1e6";
    findings[0] = check_balance(ranges);
    findings[1] = sb_finding_of("R2", "-l1 Dt <= k Dp + Da <= -l2 Dt between volumes l1 < l2",
                                domain, "share of (l2 - l1) |Dt|");
    findings[2] = sb_finding_of("R2", "Dp < 0 implies -Da/(k Dp) >= 1: never both improve", domain,
                                "of the ratio");
    check_sandwich(ranges, &findings[1], &findings[2]);
    return 3;
}

/* ---- R3: disjoint parts --------------------------------------------------------------------- */

/* R by the general mixture, each part with leaves of its own law: a second route. */
static double ratio_of(struct sb_random *random, const struct sb_disjoint *d,
                       enum sb_verdict *verdict)
{
    enum { EACH = 2, LEAVES = 3 * EACH };
    double p[3][LEAVES] = { { 0 } }, share[3] = { d->pi_1, d->pi_a, d->pi_t };
    for (int part = 0; part < 3; part++) {
        double law[EACH];
        sb_trial_vector(random, law, EACH);
        for (int x = 0; x < EACH; x++) {
            p[0][EACH * part + x] = share[part] * law[x];
            if (part > 0)
                p[part][EACH * part + x] = law[x];
        }
    }
    const struct sb_parts parts = { p[0], p[1], p[2], LEAVES, d->k, d->l };
    struct sb_elasticity e;
    if (sb_elasticity_at(&parts, &e))
        return NAN;
    *verdict = e.verdict;
    return e.R;
}

/* The least slack of 1 <= R <= upper, relative to R. */
static double bounds_slack(double R, double upper)
{
    return fmin(R - 1, upper - R) / R;
}

static struct sb_disjoint random_shares(struct sb_random *random)
{
    double w[3], sum = 0;
    for (int i = 0; i < 3; i++)
        sum += w[i] = sb_trial_between(random, 1e-3, 1);
    return (struct sb_disjoint){ .k = sb_trial_between(random, 0.1, 1e12),
                                 .pi_1 = w[0] / sum,
                                 .pi_a = w[1] / sum,
                                 .pi_t = w[2] / sum };
}

static size_t check_random_boxes(const struct sb_ranges *ranges, struct sb_finding *findings)
{
    struct sb_finding *bounds = &findings[0], *beyond = &findings[1], *novelty = &findings[2];
    const char *domain = "random pi, 0.1 <= k <= 1e12, any leaf laws";
    *bounds = sb_finding_of("R3", "1 <= R <= (1 + theta/(k(1-pi_t)))/(1-theta) for l <= theta l*",
                            domain, "relative to R");
    *beyond = sb_finding_of("R3", "both rates rise for l > l* = pi_t/(1-pi_t)", domain, "");
    *novelty = sb_finding_of("R3", "gamma_p'(0+) < 0 exactly for novelty nu < 1/(k+1)", domain, "");
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_random random;
        sb_random_init(&random, ranges->seed, number);
        struct sb_disjoint d = random_shares(&random);
        enum sb_verdict verdict = SB_BOUNDARY;
        double rest = d.pi_1 + d.pi_a, l_star = d.pi_t / rest;
        double theta = 0.999 * sb_random_unit(&random);
        double upper = (1 + theta / (d.k * rest)) / (1 - theta);
        d.l = theta * l_star * (number % 2 ? sb_random_unit(&random) : 1);
        sb_finding_slack(bounds, bounds_slack(ratio_of(&random, &d, &verdict), upper), 1e-11,
                         "case %d: k=%g, l=%g, l*=%g", (int)number, d.k, d.l, l_star);
        d.l = l_star * (1.001 + 10 * sb_random_unit(&random));
        ratio_of(&random, &d, &verdict);
        sb_finding_yes(beyond, verdict == SB_BOTH_RISE, "case %d: k=%g, l=%g, l*=%g", (int)number,
                       d.k, d.l, l_star);
        bool below = number % 2;
        d.l = 0;
        d.nu = (below ? 0.999 : 1.001) / (d.k + 1);
        verdict = sb_disjoint_at(&d).verdict;
        sb_finding_yes(novelty, verdict == (below ? SB_THEOREM : SB_BOTH_RISE),
                       "case %d: k=%g, nu=%g", (int)number, d.k, d.nu);
    }
    return 3;
}

struct interval {
    double low, high;
};

static struct interval interval_of(const double *values, size_t n)
{
    struct interval range = { values[0], values[0] };
    for (size_t i = 1; i < n; i++)
        range = (struct interval){ fmin(range.low, values[i]), fmax(range.high, values[i]) };
    return range;
}

/* R3's bound is taken at the corner k_min, l_max; the whole grid must stay within it. */
static void check_grid(const struct sb_ranges *ranges, const struct sb_disjoint *corner,
                       const struct sb_disjoint_values *bound, struct sb_finding *finding)
{
    struct sb_random random;
    sb_random_init(&random, ranges->seed, 0);
    for (size_t i = 0; i < ranges->n_k; i++)
        for (size_t j = 0; j < ranges->n_l; j++) {
            struct sb_disjoint d = *corner;
            enum sb_verdict verdict;
            d.k = ranges->k[i];
            d.l = ranges->l[j];
            double slack = bounds_slack(ratio_of(&random, &d, &verdict), bound->R_upper);
            double rounding = 1e-14 / (1 - d.l / bound->l_star);
            sb_finding_slack(finding, slack, rounding, "k=%g, l=%g", d.k, d.l);
        }
}

static size_t check_box(const struct sb_ranges *ranges, struct sb_finding *findings)
{
    const double *pi = ranges->pi;
    struct interval k = interval_of(ranges->k, ranges->n_k),
                    l = interval_of(ranges->l, ranges->n_l);
    struct sb_disjoint corner = { k.low, l.high, pi[0], pi[1], pi[2], 0 };
    struct sb_disjoint_values bound = sb_disjoint_at(&corner);
    char claim[160], domain[160];
    snprintf(domain, sizeof domain, "disjoint, pi=(%g, %g, %g), %g <= k <= %g, %g <= l <= %g",
             pi[0], pi[1], pi[2], k.low, k.high, l.low, l.high);
    if (isnan(bound.R_upper)) {
        snprintf(claim, sizeof claim, "R is bounded for l <= %g", l.high);
        findings[0] = sb_finding_refuted("R3", claim, domain, true,
                                         "gamma_p' reaches 0 at l*=%g: keep l below", bound.l_star);
    } else {
        snprintf(claim, sizeof claim, "1 <= R <= %g, attained at l=%g (l*=%g)", bound.R_upper,
                 l.high, bound.l_star);
        findings[0] = sb_finding_of("R3", claim, domain, "relative to R");
        check_grid(ranges, &corner, &bound, &findings[0]);
    }
    return 1;
}

size_t sb_check_R3(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    return ranges->pi ? check_box(ranges, findings) : check_random_boxes(ranges, findings);
}
