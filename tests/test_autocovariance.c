#include "tests/helpers.h"

#include <gsl/gsl_cdf.h>
#include "theory/autocovariance.h"
#include "theory/random.h"

/* x_t = phi x_{t-1} + normal, stationary from the start. */
static void draw_ar1(double *x, size_t n, double phi, uint64_t stream)
{
    struct sb_random random;
    sb_random_init(&random, 12, stream);
    double z = sb_random_normal(&random) / sqrt(1 - phi * phi);
    for (size_t t = 0; t < n; t++) {
        x[t] = z;
        z = phi * z + sb_random_normal(&random);
    }
}

/* x = 1, 2, 3, 6: mean 3, deviations -2, -1, 0, 3: gamma_0 = 14/4, gamma_1 = (2 + 0 + 0)/4, gamma_2 =
 * (0 - 3)/4, gamma_3 = -6/4. */
static void test_by_hand(void **state)
{
    (void)state;
    const double x[] = { 1, 2, 3, 6 };
    double gamma[4];
    assert_int_equal(sb_autocovariance(x, 4, 4, gamma), SB_OK);
    assert_close(gamma[0], 3.5, 1e-14);
    assert_close(gamma[1], 0.5, 1e-14);
    assert_close(gamma[2], -0.75, 1e-14);
    assert_close(gamma[3], -1.5, 1e-14);
}

/* Against the sums written out, O(n^2). */
static void test_against_direct_sums(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 2, 3, 64, 100, 1023 };
    for (size_t i = 0; i < 6; i++) {
        size_t n = sizes[i];
        double x[1023], gamma[1023];
        long double mean = 0;
        draw_ar1(x, n, 0.8, i);
        for (size_t t = 0; t < n; t++)
            mean += (x[t] += 1000) / (long double)n;
        assert_int_equal(sb_autocovariance(x, n, n, gamma), SB_OK);
        for (size_t h = 0; h < n; h++) {
            long double sum = 0;
            for (size_t t = 0; t + h < n; t++)
                sum += (x[t] - mean) * (x[t + h] - mean);
            assert_true(fabs(gamma[h] - (double)(sum / (long double)n)) <= 1e-13 * (1 + gamma[0]));
        }
        /* Fewer lags are the same lags. */
        double few[2];
        if (n >= 2) {
            assert_int_equal(sb_autocovariance(x, n, 2, few), SB_OK);
            assert_true(fabs(few[1] - gamma[1]) <= 1e-13 * (1 + gamma[0]));
        }
    }
}

static void test_window(void **state)
{
    (void)state;
    assert_true(sb_flat_top_window(0, 0) == 1 && sb_flat_top_window(1, 0) == 0);
    assert_true(sb_flat_top_window(5, 10) == 1 && sb_flat_top_window(10, 10) == 0);
    assert_close(sb_flat_top_window(6, 10), 0.8, 1e-15);
    assert_close(sb_flat_top_window(9, 10), 0.2, 1e-15);
}

/* Omega = 1/(1 - phi)^2: the mean over 50 sequences within 5 %, and intervals of the mean hold 0 about
 * as often as they say. Independent values have no bandwidth, mostly. */
static void test_first_order_autoregression(void **state)
{
    (void)state;
    enum { N = 5000, SEQUENCES = 200 };
    static const double phis[] = { -0.5, 0, 0.5, 0.8 };
    static double x[N];
    for (size_t i = 0; i < 4; i++) {
        double omega = 0, variance = 0;
        int covered = 0, wide = 0, naive = 0;
        for (uint64_t sequence = 0; sequence < SEQUENCES; sequence++) {
            struct sb_long_run r;
            draw_ar1(x, N, phis[i], sequence);
            assert_int_equal(sb_long_run_variance(x, N, &r), SB_OK);
            assert_false(r.is_capped || r.is_bartlett);
            double t = gsl_cdf_tdist_Pinv(0.975, r.freedom);
            covered += fabs(r.mean) <= t * sqrt(r.long_run_variance / N);
            naive += fabs(r.mean) <= 1.96 * sqrt(r.variance / N);
            wide += r.bandwidth > 0;
            omega += r.long_run_variance / SEQUENCES;
            variance += r.variance / SEQUENCES;
        }
        assert_close(variance * (1 - phis[i] * phis[i]), 1, 0.02);
        assert_close(omega * (1 - phis[i]) * (1 - phis[i]), 1, 0.06);
        if (covered < 0.91 * SEQUENCES || covered > 0.99 * SEQUENCES ||
            (phis[i] == 0 ? wide > 10 : wide < SEQUENCES) ||
            (phis[i] > 0.4 && naive > 0.8 * SEQUENCES))
            fail_msg("phi %g: covered %d, naively %d, with a bandwidth %d of %d", phis[i], covered,
                     naive, wide, SEQUENCES);
    }
}

static void test_bad_input(void **state)
{
    (void)state;
    double x[400], gamma[3] = { 7, 7, 7 };
    for (size_t t = 0; t < 400; t++)
        x[t] = 0.1;
    struct sb_long_run r = { .n = 7 };
    assert_int_equal(sb_long_run_variance(x, 400, &r), SB_OK);
    assert_true(r.long_run_variance >= 0 && r.long_run_variance < 1e-30);
    assert_close(r.mean, 0.1, 1e-16);
    r.n = 7;
    assert_int_equal(sb_long_run_variance(x, SB_LONG_RUN_MIN - 1, &r), SB_DOMAIN);
    x[3] = INFINITY;
    assert_int_equal(sb_long_run_variance(x, 400, &r), SB_DOMAIN);
    assert_int_equal(sb_autocovariance(x, 400, 3, gamma), SB_DOMAIN);
    assert_int_equal(sb_autocovariance(x, 2, 3, gamma), SB_DOMAIN);
    assert_int_equal(sb_autocovariance(x, 2, 0, gamma), SB_DOMAIN);
    assert_true(r.n == 7 && gamma[0] == 7);
    /* A drift that lasts as long as the sequence is seen, and said. */
    for (size_t t = 0; t < 400; t++)
        x[t] = (double)t;
    assert_int_equal(sb_long_run_variance(x, 400, &r), SB_OK);
    assert_true(r.is_capped && r.bandwidth == 20);
    /* Signs that alternate: all but no long-run variance, and never a negative one. */
    for (size_t t = 0; t < 400; t++)
        x[t] = t % 2 ? 1 : -1;
    assert_int_equal(sb_long_run_variance(x, 400, &r), SB_OK);
    assert_true(r.long_run_variance >= 0 && r.long_run_variance < 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),   cmocka_unit_test(test_against_direct_sums),
        cmocka_unit_test(test_window),    cmocka_unit_test(test_first_order_autoregression),
        cmocka_unit_test(test_bad_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
