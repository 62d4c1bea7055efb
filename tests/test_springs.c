/* Springs in series, and the ratio of forces: values by hand. */
#include "tests/helpers.h"

#include "theory/springs.h"

/* p_p = (1/2, 1/2), p_a = (1, 0), k = 1 at w = 1/2: q = (3/4, 1/4), d = (1/2, -1/2),
 * chi = (1/4)/(3/4) + (1/4)/(1/4) = 4/3, forces -+ 2/3;
 * KL(p_p||q) = 1/2 ln(2/3) + 1/2 ln 2 = 1/2 ln(4/3), KL(p_a||q) = ln(4/3). */
static void test_by_hand(void **state)
{
    (void)state;
    const double p[] = { 0.5, 0.5 }, a[] = { 1, 0 };
    double q[2];
    struct sb_springs s;
    assert_int_equal(sb_springs_at(p, a, 2, 1, sb_springs_rest(1), q, &s), SB_OK);
    assert_close(q[0], 0.75, 0);
    assert_close(s.extension_p, 0.5, 0);
    assert_close(s.extension_a, 0.5, 0);
    assert_close(s.energy_p_nats, log(4 / 3.) / 2, 1e-15);
    assert_close(s.energy_a_nats, log(4 / 3.), 1e-15);
    assert_close(s.force_p_nats, -2 / 3., 1e-15);
    assert_close(s.force_a_nats, 2 / 3., 1e-15);
}

static void test_domain(void **state)
{
    (void)state;
    const double p[] = { 0.5, 0.5 };
    double q[2] = { 7, 7 };
    struct sb_springs s = { .extension_p = 7 };
    const double bad[][2] = { { 0, 0.5 }, { INFINITY, 0.5 }, { 1, 0 }, { 1, 1 }, { 1, NAN } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(sb_springs_at(p, p, 2, bad[i][0], bad[i][1], q, &s), SB_DOMAIN);
    assert_true(s.extension_p == 7 && q[0] == 7);
}

/* g_a = -3 g_p, then with (4, -3) added, which is orthogonal to g_p = (3, 4):
 * lambda stays 3, the cosine is -15/sqrt(225 + 25). */
static void test_force_ratio(void **state)
{
    (void)state;
    const double g_p[] = { 3, 4 }, g_a[] = { -9, -12 }, more[] = { -5, -15 }, zero[] = { 0, 0 };
    struct sb_force_ratio ratio = sb_force_ratio(g_p, g_a, 2);
    assert_close(ratio.lambda, 3, 1e-15);
    assert_close(ratio.cosine, -1, 1e-15);
    ratio = sb_force_ratio(g_p, more, 2);
    assert_close(ratio.lambda, 3, 1e-15);
    assert_close(ratio.cosine, -15 / sqrt(250), 1e-15);
    assert_close(sb_force_ratio(g_p, zero, 2).lambda, 0, 0);
    assert_true(isnan(sb_force_ratio(g_p, zero, 2).cosine));
    assert_true(isnan(sb_force_ratio(zero, g_a, 2).lambda));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_domain),
        cmocka_unit_test(test_force_ratio),
    };
    return cmocka_run_group_tests_name("springs", tests, NULL, NULL);
}
