/* Slopes of noisy curves: parabolas are exact, ratios by Fieller's theorem, the controlled language's exact
 * derivatives from rates alone, and what common random numbers are worth. */
#include "helpers.h"

#include <gsl/gsl_errno.h>
#include "estimators/fieller.h"
#include "estimators/slopes.h"
#include "theory/random.h"

static double normal(struct sb_random *random)
{
    double u = 1 - sb_random_unit(random), v = sb_random_unit(random);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static void test_parabolas_are_exact(void **state)
{
    (void)state;
    const double x[] = { 0.1, 0.2, 0.45, 0.5, 0.9, 1.4, 1.5 };
    for (int at = 0; at < 7; at++)
        for (double h = 0.8; h < 4; h *= 1.5) {
            double w[7], slope = 0;
            assert_int_equal(sb_local_slope(x, 7, x[at], h, w), SB_OK);
            for (int j = 0; j < 7; j++)
                slope += w[j] * (3 - 2 * x[j] + 5 * x[j] * x[j]);
            assert_close(slope, -2 + 10 * x[at], 1e-9);
        }
    double w[7];
    assert_int_equal(sb_local_slope(x, 7, 1.4, 0.2, w), SB_DOMAIN); /* two points */
}

/* N = 4, D = 2, variances 1 and 1/4, covariance 0, t = 2: (4 - 2c)^2 = 4 (1 + c^2/4) is 3 c^2 - 16 c + 12 =
 * 0, c = (8 -+ sqrt(28))/3. With D = 1 = t sd(D) it is unbounded. */
static void test_fieller(void **state)
{
    (void)state;
    double low, high;
    assert_true(sb_fieller(4, 2, 1, 0.25, 0, 2, &low, &high));
    assert_close(low, (8 - sqrt(28)) / 3, 1e-14);
    assert_close(high, (8 + sqrt(28)) / 3, 1e-14);
    assert_false(sb_fieller(4, 1, 1, 0.25, 0, 2, &low, &high));
    assert_true(low == -INFINITY && high == INFINITY);
    assert_true(sb_fieller(-3, 2, 0, 0, 0, 2, &low, &high));
    assert_close(low, -1.5, 1e-15);
    assert_close(high, -1.5, 1e-15);
    /* Correlated errors, a denominator four errors from 0. */
    struct sb_random random;
    sb_random_init(&random, 2, 0);
    int covered = 0;
    for (int i = 0; i < 4000; i++) {
        double a = normal(&random), b = normal(&random);
        bool bounded =
            sb_fieller(3 + a, 2 + 0.5 * (0.6 * a + 0.8 * b), 1, 0.25, 0.3, 1.96, &low, &high);
        covered += !bounded || (low <= 1.5 && 1.5 <= high);
    }
    assert_true(abs(covered - 3800) < 60);
}

enum { N_SEEDS = 12, N_L = 12, MAX = N_SEEDS * N_L };

/* Rates and exact derivatives of counted words by seed; fresh: other documents at each volume. */
static void count_rates(const struct sb_language *language, const double *l, bool fresh,
                        double rates[SB_N_ROLES][MAX], double slopes[SB_N_ROLES][MAX])
{
    for (size_t j = 0; j < N_L; j++)
        for (size_t r = 0; r < N_SEEDS; r++) {
            struct sb_curve_source source;
            struct sb_curve_point point;
            const double volumes[SB_N_ROLES] = { 20, 1, l[j] };
            uint64_t seed = fresh ? 1000 + r * N_L + j : 1 + r;
            assert_int_equal(sb_curve_generated(language, SB_LEVEL_WORD, 400, seed, &source),
                             SB_OK);
            assert_int_equal(sb_curve_at(&source, volumes, SB_ROLE_T, &point), SB_OK);
            for (size_t i = 0; i < SB_N_ROLES; i++) {
                rates[i][r * N_L + j] = point.corrected[SB_GAMMA_P_NATS + i];
                slopes[i][r * N_L + j] = point.corrected[SB_SLOPE_P_NATS + i];
            }
            sb_curve_source_clear(&source);
        }
}

static void test_language(void **state)
{
    (void)state;
    struct sb_language_options options = sb_language_options_default();
    struct sb_language *language;
    struct sb_curve_source exact;
    static double rates[SB_N_ROLES][MAX], given[SB_N_ROLES][MAX], fresh[SB_N_ROLES][MAX];
    static double unused[SB_N_ROLES][MAX];
    double l[N_L];
    assert_int_equal(sb_language_create(&options, &language), SB_OK);
    assert_int_equal(sb_curve_exact(language, SB_LEVEL_WORD, &exact), SB_OK);
    for (size_t j = 0; j < N_L; j++)
        l[j] = 0.04 * (double)(j + 1);
    count_rates(language, l, false, rates, given);
    count_rates(language, l, true, fresh, unused);
    struct sb_noisy_curves curves = {
        .x = l, .n_points = N_L, .n_replicates = N_SEEDS, .volume_p = 20, .volume_a = 1
    };
    struct sb_slopes of_rates[N_L], of_given[N_L], of_fresh[N_L];
#define SET(array)                                                                                 \
    for (size_t i = 0; i < SB_N_ROLES; i++)                                                        \
        curves.y[i] = array[i];
    SET(rates);
    assert_int_equal(sb_slopes_of_rates(&curves, 0.95, of_rates, NULL), SB_OK);
    SET(given);
    assert_int_equal(sb_slopes_given(&curves, 0.95, of_given, NULL), SB_OK);
    SET(fresh);
    assert_int_equal(sb_slopes_of_rates(&curves, 0.95, of_fresh, NULL), SB_OK);
    for (size_t j = 0; j < N_L; j++) {
        const double volumes[SB_N_ROLES] = { 20, 1, l[j] };
        struct sb_curve_point truth;
        assert_int_equal(sb_curve_at(&exact, volumes, SB_ROLE_T, &truth), SB_OK);
        for (size_t i = 0; i < SB_N_ROLES; i++) {
            double slope = truth.value[SB_SLOPE_P_NATS + i];
            const struct sb_slope *local = &of_rates[j].slope[i], *direct = &of_given[j].slope[i];
            /* The same seeds' own derivatives, to a tenth of their error and what a parabola misses. */
            assert_true(fabs(local->value - direct->value) <
                        0.1 * direct->standard_error + 2e-3 * fabs(slope));
            assert_true(fabs(local->value - slope) < 3.2 * local->standard_error);
            assert_true(of_fresh[j].slope[i].standard_error > 3 * local->standard_error);
        }
        /* R, and the balance, which is 0 for the mixture of counts. */
        assert_true(of_rates[j].R_low < truth.value[SB_RATIO] * 1.3);
        assert_true(of_rates[j].R_high > truth.value[SB_RATIO] / 1.3);
        assert_true(fabs(of_given[j].balance.value) < 1e-15);
        assert_true(fabs(of_rates[j].balance.value) < 1e-5);
        assert_true(of_fresh[j].balance.high - of_fresh[j].balance.low > 1e-3);
        assert_true(of_fresh[j].n_for_sign[SB_ROLE_A] > of_rates[j].n_for_sign[SB_ROLE_A]);
    }
    sb_curve_source_clear(&exact);
    sb_language_free(language);
}

/* Independent noise on a parabola: wide bandwidths, and errors of a third and less; on a wave they stay
 * short of it. */
static void test_bandwidth(void **state)
{
    (void)state;
    enum { N = 30, R = 8, TRIALS = 20 };
    int n_wide = 0, n_short = 0;
    for (uint64_t trial = 0; trial < 2 * TRIALS; trial++) {
        struct sb_random random;
        double l[N], y[SB_N_ROLES][R * N];
        bool is_wave = trial >= TRIALS;
        sb_random_init(&random, 21, trial);
        for (int j = 0; j < N; j++)
            l[j] = j / 30.0;
        for (size_t i = 0; i < SB_N_ROLES; i++)
            for (int r = 0; r < R; r++)
                for (int j = 0; j < N; j++)
                    y[i][r * N + j] =
                        (is_wave ? sin(25 * l[j]) : l[j] * l[j]) + 0.05 * normal(&random);
        struct sb_noisy_curves curves = { .x = l,
                                          .y = { y[0], y[1], y[2] },
                                          .n_points = N,
                                          .n_replicates = R,
                                          .volume_p = 1,
                                          .volume_a = 1 };
        struct sb_slopes results[N];
        assert_int_equal(sb_slopes_of_rates(&curves, 0.95, results, NULL), SB_OK);
        if (is_wave) /* its length is 0.25 */
            n_short += results[15].bandwidth < 0.25;
        else
            n_wide += results[15].bandwidth > 0.3;
        /* 3 (nearest four points: 0.08) becomes 0.6 and less. */
        if (!is_wave && results[15].bandwidth > 0.3)
            assert_true(results[15].slope[0].standard_error < 0.3);
    }
    assert_true(n_wide >= 12 && n_short == TRIALS);
}

/* n_for_sign as it is defined: t tests of so many draws with this mean and spread. */
static void test_power(void **state)
{
    (void)state;
    const double l[] = { 1 }, spread[] = { -1, 1, -1, 1, -1, 1, -1, 1 };
    double y[8];
    for (int r = 0; r < 8; r++)
        y[r] = 1 + 0.9 * spread[r];
    struct sb_noisy_curves curves = {
        .x = l, .y = { y, y, y }, .n_points = 1, .n_replicates = 8, .volume_p = 1, .volume_a = 1
    };
    struct sb_slopes result;
    assert_int_equal(sb_slopes_given(&curves, 0.95, &result, NULL), SB_OK);
    double sd = 0.9 * sqrt(8.0 / 7);
    size_t n = (size_t)result.n_for_sign[0];
    double seen = 0, t = 0;
    assert_true(n > 8 && n < 40);
    struct sb_random random;
    sb_random_init(&random, 6, 0);
    static const double quantiles[] = { 2.26, 2.09 }; /* of t with 9 and 19 degrees of freedom */
    t = n < 15 ? quantiles[0] : quantiles[1];
    for (int trial = 0; trial < 4000; trial++) {
        double mean = 0, squares = 0, draws[64];
        for (size_t i = 0; i < n; i++)
            mean += (draws[i] = 1 + sd * normal(&random)) / (double)n;
        for (size_t i = 0; i < n; i++)
            squares += (draws[i] - mean) * (draws[i] - mean);
        seen += mean > t * sqrt(squares / ((double)n * (double)(n - 1)));
    }
    assert_true(seen / 4000 > 0.93 && seen / 4000 < 0.98);
    for (int r = 0; r < 8; r++)
        y[r] = spread[r];
    assert_int_equal(sb_slopes_given(&curves, 0.95, &result, NULL), SB_OK);
    assert_true(isinf(result.n_for_sign[0]) && isinf(result.R_high) && isinf(result.R_low));
}

static void test_domains(void **state)
{
    (void)state;
    double l[] = { 1, 2, 3, 4 }, y[8] = { 0 };
    struct sb_noisy_curves curves = {
        .x = l, .y = { y, y, y }, .n_points = 4, .n_replicates = 1, .volume_p = 1, .volume_a = 1
    };
    struct sb_slopes results[4];
    struct sb_error error;
    assert_int_equal(sb_slopes_of_rates(&curves, 0.95, results, &error), SB_DOMAIN);
    assert_non_null(strstr(error.message, "at least two"));
    curves.n_replicates = 2;
    curves.n_points = 3;
    assert_int_equal(sb_slopes_of_rates(&curves, 0.95, results, &error), SB_DOMAIN);
    curves.n_points = 4;
    y[5] = INFINITY;
    assert_int_equal(sb_slopes_of_rates(&curves, 0.95, results, &error), SB_DOMAIN);
    assert_non_null(strstr(error.message, "volume 2"));
    y[5] = 0;
    l[3] = 3;
    assert_int_equal(sb_slopes_of_rates(&curves, 0.95, results, &error), SB_DOMAIN);
    l[3] = 4;
    assert_int_equal(sb_slopes_of_rates(&curves, 0.95, results, &error), SB_OK);
    assert_true(isnan(results[0].R));
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parabolas_are_exact),
        cmocka_unit_test(test_fieller),
        cmocka_unit_test(test_language),
        cmocka_unit_test(test_bandwidth),
        cmocka_unit_test(test_power),
        cmocka_unit_test(test_domains),
    };
    return cmocka_run_group_tests_name("slopes", tests, NULL, NULL);
}
