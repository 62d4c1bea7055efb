/* How far the theorem holds within a factor: closed forms, and R itself at what is found. */
#include "tests/reference.h"

#include "theory/reach.h"
#include "theory/trials.h"

static double ratio_at(const struct sb_parts *parts, double k, double l, enum sb_verdict *verdict)
{
    struct sb_parts at = *parts;
    struct sb_elasticity e;
    at.k = k;
    at.l = l;
    assert_int_equal(sb_elasticity_at(&at, &e), SB_OK);
    *verdict = e.verdict;
    return e.R;
}

/* Thirds, k = 20, F = 1.5: l = 20/3 * 0.5/(1 + 1.5 * 20 * 2/3) = (10/3)/21 = 10/63; at l = 0.1,
 * k = 0.1/(1.5 (1/3 - 0.2/3) - 1/3) = 0.1/(0.4 - 1/3) = 1.5. */
static void test_by_hand(void **state)
{
    (void)state;
    const struct sb_disjoint d = { 20, 0.1, 1 / 3., 1 / 3., 1 / 3., 0 };
    assert_close(sb_disjoint_reach_l(&d, 1.5), 10 / 63., 1e-15);
    assert_close(sb_disjoint_reach_k(&d, 1.5), 1.5, 1e-14);
    assert_true(isnan(sb_disjoint_reach_k(&d, 1.25))); /* R > 1/(1 - 2 l) = 1.25 for every k */
}

/* Disjoint parts as leaves, at many k: the roots are the closed forms. */
static void test_disjoint(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct sb_random random;
        sb_random_init(&random, seed, 0);
        double k = sb_trial_between(&random, 0.01, 1e9),
               pi_t = sb_trial_between(&random, 1e-3, 0.9);
        double pi_1 = (1 - pi_t) * sb_random_unit(&random), pi_a = 1 - pi_t - pi_1;
        double factor = 1 + sb_trial_between(&random, 1e-2, 10);
        struct sb_disjoint d = { k, 0, pi_1, pi_a, pi_t, 0 };
        const double p_p[] = { pi_1, pi_a, pi_t }, p_a[] = { 0, 1, 0 }, p_t[] = { 0, 0, 1 };
        struct sb_parts parts = { p_p, p_a, p_t, 3, k, 0 };
        struct sb_reach reach;
        assert_int_equal(sb_reach_l(&parts, factor, &reach), SB_OK);
        assert_int_equal(reach.kind, SB_REACH_ROOT);
        d.l = sb_disjoint_reach_l(&d, factor);
        assert_close(reach.root.root, d.l, 1e-11);
        assert_true(reach.root.low <= reach.root.root && reach.root.root <= reach.root.high);
        if (k > 1e-5 && k < 1e11) {
            parts.l = d.l;
            assert_close(sb_disjoint_reach_k(&d, factor), k, 1e-5); /* ill-conditioned at large k */
            assert_int_equal(sb_reach_k(&parts, factor, &reach), SB_OK);
            assert_int_equal(reach.kind, SB_REACH_ROOT);
            enum sb_verdict verdict;
            assert_close(ratio_at(&parts, reach.root.root, d.l, &verdict), factor, 1e-9);
        }
    }
}

/* Any overlap: R is the factor there, within it before, and beyond it after. */
static void test_random(void **state)
{
    (void)state;
    const struct sb_ranges ranges = { .seed = 4 };
    int n_roots = 0, n_none = 0;
    for (uint64_t number = 0; number < 300; number++) {
        struct sb_trial trial;
        struct sb_reach reach;
        enum sb_verdict verdict;
        sb_trial_init(&trial, &ranges, number);
        struct sb_parts parts = sb_trial_parts(&trial, trial.l);
        assert_int_equal(sb_reach_l(&parts, 3, &reach), SB_OK);
        double start = ratio_at(&parts, parts.k, 0, &verdict);
        bool begins = verdict == SB_THEOREM && start < 3;
        assert_int_equal(reach.kind != SB_REACH_NONE, begins);
        n_none += !begins;
        if (reach.kind != SB_REACH_ROOT)
            continue;
        n_roots++;
        double l = reach.root.root;
        assert_close(ratio_at(&parts, parts.k, l, &verdict), 3, 1e-4);
        assert_true(ratio_at(&parts, parts.k, 0.9 * l, &verdict) <= 3 && verdict == SB_THEOREM);
        double after = ratio_at(&parts, parts.k, 1.1 * l, &verdict);
        assert_true(after >= 3 || verdict != SB_THEOREM);
    }
    assert_true(n_roots > 50 && n_none > 50);
}

/* l* = inf. With p_p = p_t = (1, 1)/2, gamma_t' = gamma_p' and R = 1 + l/k by R2. With p_p = (.4, .6),
 * p_a = (1, 0) and k = 1, q0 = (.7, .3), and as l grows R tends to 1 + (k + 1) chi^2(q0 || p_t)/(k (1 -
 * sum p_p q0/p_t)) = 1 + 2 * 0.16/(1 - 0.92) = 5. */
static void test_no_turning(void **state)
{
    (void)state;
    const double p[] = { 0.5, 0.5 }, a[] = { 1, 0 }, other[] = { 0.4, 0.6 };
    struct sb_parts parts = { p, a, p, 2, 4, 0 };
    struct sb_reach reach;
    assert_int_equal(sb_reach_l(&parts, 2.5, &reach), SB_OK);
    assert_int_equal(reach.kind, SB_REACH_ROOT);
    assert_close(reach.root.root, 6, 1e-14);
    parts = (struct sb_parts){ other, a, p, 2, 1, 0 };
    assert_int_equal(sb_reach_l(&parts, 4.9, &reach), SB_OK);
    assert_int_equal(reach.kind, SB_REACH_ROOT);
    assert_int_equal(sb_reach_l(&parts, 5.1, &reach), SB_OK);
    assert_int_equal(reach.kind, SB_REACH_ALL);
}

static void test_refused(void **state)
{
    (void)state;
    const double p[] = { 0.5, 0.5 }, a[] = { 1, 0 }, t[] = { 0, 1 };
    struct sb_parts parts = { p, a, t, 2, 20, 0.1 };
    struct sb_reach reach = { .kind = SB_REACH_ALL };
    assert_int_equal(sb_reach_l(&parts, 1, &reach), SB_DOMAIN);
    assert_int_equal(sb_reach_k(&parts, INFINITY, &reach), SB_DOMAIN);
    parts.l = 0;
    assert_int_equal(sb_reach_k(&parts, 2, &reach), SB_DOMAIN);
    parts.k = 0;
    assert_int_equal(sb_reach_l(&parts, 2, &reach), SB_DOMAIN);
    assert_int_equal(reach.kind, SB_REACH_ALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand), cmocka_unit_test(test_disjoint),
        cmocka_unit_test(test_random),  cmocka_unit_test(test_no_turning),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
