/* Coverage where the truth is known, small: 400 samples each. The whole table is in docs/estimators.md. */
#include "tests/helpers.h"

#include "estimators/coverage.h"
#include "theory/numeric.h"

static struct sb_coverage simulate(enum sb_coverage_law law, size_t n_documents, size_t n_samples,
                                   size_t n_threads)
{
    struct sb_coverage_options options = { law, n_documents, n_samples, 200, 0.95, 1, n_threads };
    struct sb_coverage c;
    struct sb_error error = { "" };
    if (sb_coverage_simulate(&options, &c, &error))
        fail_msg("%s", error.message);
    return c;
}

/* 93 to 97 % of 400 truths, and twice the binomial standard deviation of 1.1 % beyond; the seed is
 * fixed, so that this cannot fail by chance. An interval that is narrower by a fifth covers about 88 %
 * and fails. */
static void test_the_default_covers(void **state)
{
    (void)state;
    for (int law = 0; law < SB_N_LAWS; law++) {
        struct sb_coverage c = simulate((enum sb_coverage_law)law, 60, 400, 2);
        double share = (double)c.n_covered[SB_INTERVAL_T] / 400;
        if (sb_coverage_law_has_variance((enum sb_coverage_law)law) ? share < 0.908 || share > 0.992
                                                                    : share > 0.9)
            fail_msg("%s: t intervals cover %g", sb_coverage_law_names[law], share);
    }
}

/* Everything adds up, and every kind covers the easy case about as often as it should. */
static void test_counts(void **state)
{
    (void)state;
    struct sb_coverage c = simulate(SB_LAW_LANGUAGE, 60, 400, 2);
    for (int kind = 0; kind < SB_N_INTERVALS; kind++) {
        assert_int_equal(c.n_covered[kind] + c.n_above[kind] + c.n_below[kind], 400);
        if (c.n_covered[kind] < 360 || c.n_covered[kind] > 394) /* 0.90 and 0.985 */
            fail_msg("%s intervals cover %zu of 400", sb_interval_names[kind], c.n_covered[kind]);
        assert_true(c.mean_width[kind] > 0 && c.mean_width[kind] < 0.1);
    }
    assert_int_equal(c.n_heavy, 0);
}

/* The truths are means: those of a million documents come near them. The t interval of one huge sample
 * is the yardstick. */
static void test_truths(void **state)
{
    (void)state;
    for (int law = 0; law < SB_N_LAWS; law++) {
        if (!sb_coverage_law_has_variance((enum sb_coverage_law)law))
            continue;
        struct sb_coverage_options options = {
            (enum sb_coverage_law)law, 20000, 1, 1, 0.9999, 5, 1
        };
        struct sb_coverage c;
        assert_int_equal(sb_coverage_simulate(&options, &c, NULL), SB_OK);
        assert_int_equal(c.n_covered[SB_INTERVAL_T], 1);
        assert_true(c.mean_width[SB_INTERVAL_T] < 0.06 * c.true_rate);
    }
}

static void test_threads_change_nothing(void **state)
{
    (void)state;
    struct sb_coverage one = simulate(SB_LAW_PARETO_3, 20, 50, 1);
    struct sb_coverage four = simulate(SB_LAW_PARETO_3, 20, 50, 4);
    for (int kind = 0; kind < SB_N_INTERVALS; kind++) {
        assert_int_equal(one.n_covered[kind], four.n_covered[kind]);
        assert_true(one.mean_width[kind] == four.mean_width[kind]);
    }
}

static void test_domain(void **state)
{
    (void)state;
    struct sb_coverage c = { .true_rate = 7 };
    struct sb_coverage_options options = { SB_LAW_LANGUAGE, 1, 10, 100, 0.95, 1, 1 };
    assert_int_equal(sb_coverage_simulate(&options, &c, NULL), SB_DOMAIN);
    options.n_documents = 2;
    options.confidence = 1;
    assert_int_equal(sb_coverage_simulate(&options, &c, NULL), SB_DOMAIN);
    assert_true(c.true_rate == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_default_covers),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_truths),
        cmocka_unit_test(test_domain),
        cmocka_unit_test(test_threads_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
