/* E_nu against integrals, its recurrence, special orders, and the incomplete gamma function. */
#include "tests/helpers.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_expint.h>
#include <gsl/gsl_sf_gamma.h>
#include "theory/expint.h"
#include "theory/quadrature.h"
#include "theory/random.h"

static double expint(double nu, double u)
{
    struct sb_expint e = sb_expint_of(nu);
    return sb_expint_at(&e, u);
}

/* To 30 digits by hand: E_1(1) = -gamma + 1 - 1/4 + 1/18 - ... = 0.219383934395520273677...;
 * E_2(1) = e^-1 - E_1(1); E_(1/2)(u) = sqrt(pi/u) erfc(sqrt u); E_nu(0) = 1/(nu - 1). */
static void test_known(void **state)
{
    (void)state;
    assert_close(expint(1, 1), 0.2193839343955202736771638, 1e-14);
    assert_close(expint(2, 1), 0.1484955067759220479183600, 1e-14);
    for (double u = 1e-290; u < 600; u *= 9.7)
        assert_close(expint(0.5, u), sqrt(acos(-1) / u) * erfc(sqrt(u)), u < 20 ? 1e-14 : 1e-13);
    assert_close(expint(3, 0), 0.5, 1e-15);
    assert_close(expint(1.02, 0), 50, 1e-14);
    assert_close(expint(1, 0), INFINITY, 0);
    assert_close(expint(0.3, 0), INFINITY, 0);
}

static double random_order(struct sb_random *random)
{
    static const double near[] = { 0, 1e-13, -1e-9, 1e-5, -1e-3, 0.499, -0.499 };
    double nu = 0.02 * pow(3000, sb_random_unit(random));
    if (sb_random_below(random, 2))
        nu = fmax(1, floor(nu)) + near[sb_random_below(random, 7)];
    return fmin(fmax(nu, 0.02), 60);
}

static double random_argument(struct sb_random *random)
{
    double low = sb_random_below(random, 2) ? 1e-300 : 1e-2;
    return low * pow(699 / low, sb_random_unit(random));
}

struct point {
    double nu, u;
};

/* e^-u int_0^inf (1 + v)^-nu e^(-uv) dv, with v = x/(u + nu). */
static double definition(double x, const void *context)
{
    const struct point *p = context;
    double v = x / (p->u + p->nu);
    return exp(-p->nu * log1p(v) - p->u * v) / (p->u + p->nu);
}

static void test_definition(void **state)
{
    (void)state;
    for (uint64_t stream = 0; stream < 400; stream++) {
        struct sb_random random;
        sb_random_init(&random, 11, stream);
        struct point p = { random_order(&random), 1e-2 * pow(60000, sb_random_unit(&random)) };
        struct sb_integral integral;
        assert_int_equal(sb_integral_half_line(definition, &p, 1 + p.nu, 1e-13, &integral), SB_OK);
        double expected = exp(-p.u) * integral.value;
        if (!(fabs(expint(p.nu, p.u) / expected - 1) < 2e-14))
            fail_msg("seed 11, stream %d: nu=%.17g, u=%.17g: %.17g, integral %.17g", (int)stream,
                     p.nu, p.u, expint(p.nu, p.u), expected);
    }
}

/* nu E_(nu+1) + u E_nu = e^-u: all terms are positive, so that nothing cancels. */
static void test_recurrence(void **state)
{
    (void)state;
    for (uint64_t stream = 0; stream < 4000; stream++) {
        struct sb_random random;
        sb_random_init(&random, 12, stream);
        double nu = fmin(random_order(&random), 59), u = random_argument(&random);
        double sum = nu * expint(nu + 1, u) + u * expint(nu, u);
        if (!(fabs(sum / exp(-u) - 1) < 1e-14))
            fail_msg("seed 12, stream %d: nu=%.17g, u=%.17g: off by %.3g", (int)stream, nu, u,
                     sum / exp(-u) - 1);
    }
}

/* Second route: E_nu(u) = u^(nu-1) Gamma(1 - nu, u). GSL recurs downwards in the order there and
 * loses digits for small u without a word (all but five at nu = 1.484, u = 0.02). */
static void test_incomplete_gamma(void **state)
{
    (void)state;
    gsl_set_error_handler_off();
    for (double nu = 0.1; nu < 4; nu += 0.173)
        for (double u = 0.02; u < 30; u *= 1.7) {
            gsl_sf_result gamma;
            assert_int_equal(gsl_sf_gamma_inc_e(1 - nu, u, &gamma), GSL_SUCCESS);
            assert_close(expint(nu, u), pow(u, nu - 1) * gamma.val, u < 1 ? 1e-4 : 1e-12);
        }
    for (double u = 0.01; u < 100; u *= 1.3) {
        assert_close(expint(1, u), gsl_sf_expint_E1(u), 1e-13);
        assert_close(expint(2, u), gsl_sf_expint_E2(u), 1e-12);
        assert_close(expint(7, u), gsl_sf_expint_En(7, u), 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_definition),
        cmocka_unit_test(test_recurrence),
        cmocka_unit_test(test_incomplete_gamma),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
