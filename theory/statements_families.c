/* R8: joint training of exponential families, where R2 holds and R4 need not. */
#include <math.h>
#include <stdbool.h>
#include "theory/dist.h"
#include "theory/exponential_family.h"
#include "theory/trials.h"

enum { CASES = 400, LEAVES = 8, FEATURES = 3 };

/* A random family, and three datasets with all leaves. */
struct setting {
    double features[LEAVES * FEATURES], p[3][LEAVES], volumes[3];
    const double *rows[3];
    struct sb_family family;
    struct sb_mixture mixture;
    uint64_t number;
};

static void setting_init(struct setting *s, uint64_t seed, uint64_t number)
{
    struct sb_random random;
    sb_random_init(&random, seed, number);
    for (int i = 0; i < LEAVES * FEATURES; i++)
        s->features[i] = 2 * sb_random_unit(&random) - 1;
    for (int i = 0; i < 3; i++) {
        for (int x = 0; x < LEAVES; x++)
            s->p[i][x] = sb_trial_between(&random, 1e-2, 1);
        sb_dist_normalise(s->p[i], LEAVES);
        s->rows[i] = s->p[i];
    }
    s->volumes[0] = sb_trial_between(&random, 0.1, 1000);
    s->volumes[1] = 1;
    s->volumes[2] = sb_trial_between(&random, 1e-2, 10);
    s->family = (struct sb_family){ LEAVES, FEATURES, s->features, NULL };
    s->mixture = (struct sb_mixture){ 3, LEAVES, s->rows, s->volumes };
    s->number = number;
}

static void check_balance(struct setting *s, struct sb_finding *finding)
{
    double theta[FEATURES] = { 0 }, slopes[3], sum = NAN, forces = 0;
    struct sb_family_fit fit;
    if (!sb_family_fit(&s->family, &s->mixture, 0, theta, &fit) &&
        !sb_family_respond(&s->family, &s->mixture, 2, theta, slopes)) {
        sum = 0;
        for (int i = 0; i < 3; i++) {
            sum += s->volumes[i] * slopes[i];
            forces += fabs(s->volumes[i] * slopes[i]);
        }
    }
    sb_finding_error(finding, fabs(sum) / forces, 1e-11, "case %d: k=%g, l=%g", (int)s->number,
                     s->volumes[0], s->volumes[2]);
}

/* Training that stops early, at gaps of up to a hundredth of a nat and a tenth of one:
 *   -l1 Dt - e1 <= k Dp + Da <= -l2 Dt + e2. */
static void check_sandwich(struct setting *s, struct sb_finding *finding)
{
    double from[FEATURES] = { 0 }, to[FEATURES] = { 0 }, change[3], slack = NAN;
    double l1 = s->volumes[2], l2 = 3 * l1;
    struct sb_family_fit first, second;
    enum sb_status status = sb_family_fit(&s->family, &s->mixture, 0.01, from, &first);
    s->volumes[2] = l2;
    if (!status && !sb_family_fit(&s->family, &s->mixture, 0.1, to, &second)) {
        for (int i = 0; i < 3; i++)
            change[i] = sb_family_change_nats(&s->family, from, to, s->p[i]);
        double middle = s->volumes[0] * change[0] + change[1];
        slack = fmin(middle + l1 * change[2] + first.gap_nats,
                     -l2 * change[2] + second.gap_nats - middle);
    }
    sb_finding_slack(finding, slack, 1e-13, "case %d: k=%g, l1=%g, l2=%g", (int)s->number,
                     s->volumes[0], l1, l2);
}

/* One feature that cannot tell the alignment's leaf from the perturbation's; theory/disjoint's signs
 * turn round: by hand, gamma_a' = -1/10 = -gamma_p'. */
static struct sb_finding refute_signs(void)
{
    const double p_p[] = { 1 / 3., 1 / 3., 1 / 3. }, p_a[] = { 0, 1, 0 }, p_t[] = { 0, 0, 1 };
    const double *const p[] = { p_p, p_a, p_t };
    const double volumes[] = { 1, 1, 0 }, features[] = { 0, 1, 1 };
    const struct sb_family family = { 3, 1, features, NULL };
    const struct sb_mixture mixture = { 3, 3, p, volumes };
    double theta = 0, slopes[3] = { NAN, NAN, NAN };
    struct sb_family_fit fit;
    bool is_refuted = !sb_family_fit(&family, &mixture, 0, &theta, &fit) &&
                      !sb_family_respond(&family, &mixture, 2, &theta, slopes) && slopes[1] < 0 &&
                      slopes[0] > 0 && fabs(slopes[0] + slopes[1]) < 1e-14;
    return sb_finding_refuted("R8", "R4(i) for exponential families: X_a < 1 implies gamma_a' > 0",
                              "p_p=(1,1,1)/3, p_a=(0,1,0), p_t=(0,0,1), T=(0,1,1), k=1, l=0",
                              is_refuted, "X_a=0, gamma_p'=%.4g, gamma_a'=%.4g nats: R2 holds",
                              slopes[0], slopes[1]);
}

size_t sb_check_R8(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    const char *domain = "random families of 3 features on 8 leaves, 0.1 <= k <= 1000";
    findings[0] = sb_finding_of("R8", "influence functions balance: sum_i v_i gamma_i' = 0", domain,
                                "relative to sum_i |v_i gamma_i'|");
    findings[1] = sb_finding_of("R8", "-l1 Dt - e1 <= k Dp + Da <= -l2 Dt + e2, e = duality gaps",
                                domain, "nats");
    for (uint64_t number = 0; number < CASES; number++) {
        struct setting s;
        setting_init(&s, ranges->seed, number);
        check_balance(&s, &findings[0]);
        check_sandwich(&s, &findings[1]);
    }
    findings[2] = refute_signs();
    return 3;
}
