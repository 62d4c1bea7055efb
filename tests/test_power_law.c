/* Power laws on counts: samples whose law is known, brute force, other laws, thinning. */
#include "tests/helpers.h"

#include <gsl/gsl_sf_zeta.h>
#include "estimators/power_law.h"
#include "theory/zipf.h"

/* Zeta-distributed, P(x) = x^-a/zeta(a), by Devroye's rejection: another route than inversion. */
static double draw_zeta(struct sb_random *random, double a)
{
    double b = pow(2, a - 1);
    for (;;) {
        double x = floor(pow(1 - sb_random_unit(random), -1 / (a - 1)));
        double t = pow(1 + 1 / x, a - 1), v = sb_random_unit(random);
        if (v * x * (t - 1) / (b - 1) <= t / b && x < 1e15)
            return x;
    }
}

static void draw_sample(double *counts, size_t n, double a, uint64_t seed)
{
    struct sb_random random;
    sb_random_init(&random, seed, 0);
    for (size_t i = 0; i < n; i++)
        counts[i] = draw_zeta(&random, a);
}

static void test_zipf_tail(void **state)
{
    (void)state;
    for (double s = 1.05; s < 12; s *= 1.3)
        for (double first = 1; first < 1e6; first = floor(first * 2.3) + 1) {
            double mean_log, far, Z = sb_zipf_tail(s, first, &mean_log);
            assert_close(Z, gsl_sf_hzeta(s, first), 1e-12);
            /* d ln Z/ds = -mean of ln j; 1e-5 apart, the third derivative is beyond 1e-8. */
            double slope =
                log(sb_zipf_tail(s + 1e-5, first, &far) / sb_zipf_tail(s - 1e-5, first, &far)) /
                2e-5;
            assert_close(mean_log, -slope, 1e-5);
        }
}

/* Within 5 standard errors of the truth; and p-values under the truth are about uniform: their mean
 * over 24 samples is 1/2 with a standard deviation of 0.06. */
static void test_known_law(void **state)
{
    (void)state;
    enum { N = 3000, N_SMALL = 300, SAMPLES = 24 };
    static double counts[N];
    struct sb_power_law fit;
    struct sb_error error;
    double sum = 0;
    for (uint64_t seed = 1; seed <= SAMPLES; seed++) {
        double a = 1.6 + 0.1 * (double)seed, p;
        draw_sample(counts, N, a, seed);
        assert_int_equal(sb_power_law_fit(counts, N, &fit), SB_OK);
        if (!(fabs(fit.density_exponent - a) < 5 * fit.standard_error))
            fail_msg("seed %d: a = %g, fitted %g, standard error %g", (int)seed, a,
                     fit.density_exponent, fit.standard_error);
        assert_int_equal(fit.n, N);
        draw_sample(counts, N_SMALL, 2, seed);
        assert_int_equal(sb_power_law_fit(counts, N_SMALL, &fit), SB_OK);
        assert_int_equal(sb_power_law_p_value(counts, N_SMALL, &fit, 19, 7, 2, &p, &error), SB_OK);
        sum += p;
    }
    assert_true(fabs(sum / SAMPLES - 0.5) < 0.25);
}

/* 20 leaves of count 1, 6 of 2, 4 of 5: x_min can only be 1 (a tail of 25 is wanted). The likelihood
 * and the distance again from Hurwitz's zeta function, over all whole numbers. */
static void test_brute_force(void **state)
{
    (void)state;
    double counts[30];
    for (int i = 0; i < 30; i++)
        counts[i] = i < 4 ? 5 : i < 10 ? 2 : 1;
    struct sb_power_law fit;
    assert_int_equal(sb_power_law_fit(counts, 30, &fit), SB_OK);
    assert_true(fit.x_min == 1 && fit.n_tail == 30);
    double sum_log = 6 * log(2) + 4 * log(5), a = fit.density_exponent, h = 1e-3;
    double at[3];
    for (int i = 0; i < 3; i++)
        at[i] = -(a + (i - 1) * h) * sum_log - 30 * log(gsl_sf_hzeta(a + (i - 1) * h, 1));
    assert_true(at[1] >= at[0] && at[1] >= at[2]);
    assert_true(fabs(at[2] - at[0]) / (2 * h) < 1e-3);
    double information = (2 * at[1] - at[0] - at[2]) / (h * h);
    assert_close(fit.standard_error, 1 / sqrt(information), 1e-4);
    double largest = 0;
    for (double x = 1; x < 50; x++) {
        double share = 0;
        for (int i = 0; i < 30; i++)
            share += counts[i] >= x;
        double law = gsl_sf_hzeta(a, x) / gsl_sf_hzeta(a, 1);
        largest = fmax(largest, fabs(law - share / 30));
        assert_close(sb_power_law_survival(&fit, x), law, 1e-11);
    }
    assert_close(fit.ks_distance, largest, 1e-9);
}

/* Geometric counts have no heavy tail: the test refuses a power law, and the lognormal is nearer. */
static void test_other_law(void **state)
{
    (void)state;
    enum { N = 4000 };
    static double counts[N];
    struct sb_random random;
    sb_random_init(&random, 5, 0);
    for (size_t i = 0; i < N; i++)
        counts[i] = 1 + floor(log(1 - sb_random_unit(&random)) / log(0.9));
    struct sb_power_law fit;
    assert_int_equal(sb_power_law_fit(counts, N, &fit), SB_OK);
    fit.x_min = 1; /* the comparison over the whole range, not where both fit */
    struct sb_lognormal lognormal;
    assert_int_equal(sb_lognormal_fit(counts, N, &fit, &lognormal), SB_OK);
    assert_true(lognormal.vuong_z < -10 && lognormal.vuong_p < 1e-6);
}

/* Rounded lognormal counts give their parameters back; the survival function sums to its law. */
static void test_lognormal(void **state)
{
    (void)state;
    enum { N = 5000 };
    static double counts[N];
    struct sb_random random;
    sb_random_init(&random, 6, 0);
    size_t n = 0;
    while (n < N) {
        double r = sqrt(-2 * log(1 - sb_random_unit(&random)));
        double x = round(exp(3 + 1.2 * r * cos(2 * acos(-1) * sb_random_unit(&random))));
        if (x >= 1)
            counts[n++] = x;
    }
    const struct sb_power_law whole = { .x_min = 1, .n = N, .n_tail = N, .density_exponent = 1.4 };
    struct sb_lognormal lognormal;
    assert_int_equal(sb_lognormal_fit(counts, N, &whole, &lognormal), SB_OK);
    assert_true(fabs(lognormal.mu - 3) < 0.1 && fabs(lognormal.sigma - 1.2) < 0.07);
    assert_close(sb_lognormal_survival(&lognormal, 1, 1), 1, 1e-15);
    size_t n_above = 0;
    for (size_t i = 0; i < N; i++)
        n_above += counts[i] >= 20;
    assert_true(fabs(sb_lognormal_survival(&lognormal, 1, 20) - (double)n_above / N) < 0.03);
}

static void test_threads(void **state)
{
    (void)state;
    enum { N = 400 };
    double counts[N], one, three;
    draw_sample(counts, N, 2.2, 9);
    struct sb_power_law fit;
    struct sb_error error;
    assert_int_equal(sb_power_law_fit(counts, N, &fit), SB_OK);
    assert_int_equal(sb_power_law_p_value(counts, N, &fit, 25, 3, 1, &one, &error), SB_OK);
    assert_int_equal(sb_power_law_p_value(counts, N, &fit, 25, 3, 3, &three, &error), SB_OK);
    assert_true(one == three);
    assert_true(one > 0 && one <= 1);
}

static void test_refused(void **state)
{
    (void)state;
    double counts[40];
    struct sb_power_law fit = { .x_min = 77 };
    for (int i = 0; i < 40; i++)
        counts[i] = 3;
    assert_int_equal(sb_power_law_fit(counts, 40, &fit), SB_DOMAIN); /* one distinct count */
    assert_int_equal(sb_power_law_fit(counts, 0, &fit), SB_DOMAIN);
    counts[0] = 5;
    assert_int_equal(sb_power_law_fit(counts, 10, &fit), SB_DOMAIN); /* no tail of 25 */
    counts[1] = 2.5;
    assert_int_equal(sb_power_law_fit(counts, 40, &fit), SB_DOMAIN);
    counts[1] = 0;
    assert_int_equal(sb_power_law_fit(counts, 40, &fit), SB_DOMAIN);
    assert_true(fit.x_min == 77);
}

/* Thinning keeps the total and never adds; on average it keeps the share m/n of each leaf. */
static void test_thinning(void **state)
{
    (void)state;
    enum { ROUNDS = 2000 };
    const double counts[] = { 50, 1, 0, 9, 40 };
    double sums[5] = { 0 }, thinned[5];
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct sb_random random;
        sb_random_init(&random, 8, round);
        memcpy(thinned, counts, sizeof counts);
        sb_thin_counts(&random, thinned, 5, 30);
        double total = 0;
        for (int i = 0; i < 5; i++) {
            assert_true(thinned[i] >= 0 && thinned[i] <= counts[i]);
            total += thinned[i];
            sums[i] += thinned[i];
        }
        assert_true(total == 30);
    }
    /* Hypergeometric: mean 30 c/100, variance 30 c/100 (1 - c/100) 70/99. */
    for (int i = 0; i < 5; i++) {
        double share = counts[i] / 100, variance = 30 * share * (1 - share) * 70 / 99;
        assert_true(fabs(sums[i] / ROUNDS - 30 * share) <= 5 * sqrt(variance / ROUNDS));
    }
    struct sb_random random;
    sb_random_init(&random, 8, 0);
    memcpy(thinned, counts, sizeof counts);
    sb_thin_counts(&random, thinned, 5, 100);
    assert_memory_equal(thinned, counts, sizeof counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zipf_tail),   cmocka_unit_test(test_known_law),
        cmocka_unit_test(test_brute_force), cmocka_unit_test(test_other_law),
        cmocka_unit_test(test_lognormal),   cmocka_unit_test(test_threads),
        cmocka_unit_test(test_refused),     cmocka_unit_test(test_thinning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
