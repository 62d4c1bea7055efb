/* Double-exponential integrals with known values, and what is refused. */
#include "tests/helpers.h"

#include "theory/quadrature.h"

/* u^(a-1) e^-u, whose integral is Gamma(a). */
static double gamma_integrand(double u, const void *context)
{
    return exp((*(const double *)context - 1) * log(u) - u);
}

static void test_gamma(void **state)
{
    (void)state;
    for (double a = 0.1; a < 20; a += 0.31) {
        struct sb_integral integral;
        assert_int_equal(sb_integral_half_line(gamma_integrand, &a, 1, 1e-12, &integral), SB_OK);
        assert_close(integral.value, tgamma(a), 3e-14);
        assert_true(integral.error >= fabs(integral.value - tgamma(a)) * 0.1);
        assert_true(integral.error < 2e-12 * tgamma(a));
        assert_in_range(integral.n_evaluations, 20, 700);
    }
}

/* Frullani: int (e^-u - e^(-bu))/u du = ln b: the sum of the terms cancels, that of the moduli
 * sets the tolerance. */
static double frullani(double u, const void *context)
{
    return (expm1(-u) - expm1(-*(const double *)context * u)) / u;
}

static void test_frullani(void **state)
{
    (void)state;
    for (double b = 0.01; b < 1000; b *= 3) {
        struct sb_integral integral;
        assert_int_equal(sb_integral_half_line(frullani, &b, 1, 1e-12, &integral), SB_OK);
        assert_true(fabs(integral.value - log(b)) < 1e-13 * (1 + fabs(log(b))));
    }
}

static double not_a_number(double u, const void *context)
{
    (void)context;
    return u > 3 ? NAN : exp(-u);
}

/* A step, at which no smooth rule converges. */
static double step(double u, const void *context)
{
    (void)context;
    return u < 1.2345 ? 1 : 0;
}

static void test_refused(void **state)
{
    (void)state;
    struct sb_integral integral = { 1, 2, 3 };
    assert_int_equal(sb_integral_half_line(not_a_number, NULL, 1, 1e-12, &integral), SB_NUMERIC);
    assert_int_equal(sb_integral_half_line(step, NULL, 1, 1e-12, &integral), SB_NUMERIC);
    assert_true(integral.value == 1 && integral.error == 2 && integral.n_evaluations == 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gamma),
        cmocka_unit_test(test_frullani),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
