#include "tests/helpers.h"

#include <gsl/gsl_cdf.h>
#include "estimators/multiplicity.h"
#include "theory/random.h"

/* ---- Holm ------------------------------------------------------------------------------------ */

/* 0.01, 0.02, 0.03, 0.04, m = 4: 4 x 0.01 = 0.04; 3 x 0.02 = 0.06; 2 x 0.03 = 0.06; 0.04, not below
 * 0.06. */
static void test_holm_by_hand(void **state)
{
    (void)state;
    double p[] = { 0.04, NAN, 0.01, 0.03, 0.02 };
    assert_int_equal(sb_holm(p, 5), SB_OK);
    assert_close(p[0], 0.06, 1e-15);
    assert_true(isnan(p[1]));
    assert_close(p[2], 0.04, 1e-15);
    assert_close(p[3], 0.06, 1e-15);
    assert_close(p[4], 0.06, 1e-15);
    double large[] = { 0.9, 0.8 }, equal[] = { 0.02, 0.02 }, none[] = { NAN };
    assert_int_equal(sb_holm(large, 2), SB_OK);
    assert_true(large[0] == 1 && large[1] == 1);
    assert_int_equal(sb_holm(equal, 2), SB_OK);
    assert_true(equal[0] == 0.04 && equal[1] == 0.04);
    assert_int_equal(sb_holm(none, 1), SB_OK);
    assert_true(isnan(none[0]));
    assert_int_equal(sb_holm(NULL, 0), SB_OK);
}

/* Against the procedure in steps: reject the smallest while p <= alpha / (number left). */
static void test_holm_rejects_as_step_down(void **state)
{
    (void)state;
    struct sb_random random;
    sb_random_init(&random, 3, 0);
    for (int trial = 0; trial < 200; trial++) {
        double p[6], adjusted[6], alpha = 0.3 * sb_random_unit(&random);
        bool rejected[6] = { false };
        for (size_t i = 0; i < 6; i++)
            adjusted[i] = p[i] = pow(sb_random_unit(&random), 3);
        for (size_t left = 6; left > 0; left--) {
            size_t least = 6;
            for (size_t i = 0; i < 6; i++)
                if (!rejected[i] && (least == 6 || p[i] < p[least]))
                    least = i;
            if (p[least] > alpha / (double)left)
                break;
            rejected[least] = true;
        }
        assert_int_equal(sb_holm(adjusted, 6), SB_OK);
        for (size_t i = 0; i < 6; i++)
            assert_int_equal(adjusted[i] <= alpha, rejected[i]);
    }
}

/* ---- sup-t ----------------------------------------------------------------------------------- */

static double critical_of(const double *influences, size_t n_clusters, size_t n_points,
                          double freedom, size_t n_threads)
{
    struct sb_sup_t_options options = { 0.95, freedom, 40000, 7, n_threads };
    double critical = -1;
    assert_int_equal(sb_sup_t(influences, n_clusters, n_points, &options, &critical, NULL), SB_OK);
    return critical;
}

/* One point, and points that move as one, need no more than Student's t. The quantile of 40000
 * replicates has a relative error of about 0.8 %. */
static void test_one_point_is_student(void **state)
{
    (void)state;
    double one[] = { 1, -2, 3 }, same[] = { 1, 10, -1, -2, -20, 2, 3, 30, -3 };
    static const double freedom[] = { 1.5, 5, 1000 };
    for (size_t i = 0; i < 3; i++) {
        double t = gsl_cdf_tdist_Pinv(0.975, freedom[i]);
        assert_close(critical_of(one, 3, 1, freedom[i], 1), t, 0.03);
        assert_close(critical_of(same, 3, 3, freedom[i], 1), t, 0.03);
    }
}

/* Independent points (each moved by a cluster of its own) and no doubt about the errors: Sidak,
 * P(|z| <= c)^m = 0.95. */
static void test_independent_points_are_sidak(void **state)
{
    (void)state;
    enum { M = 8 };
    double influences[M * M] = { 0 };
    for (size_t j = 0; j < M; j++)
        influences[j * M + j] = (double)(j + 1);
    double sidak = gsl_cdf_ugaussian_Pinv((1 + pow(0.95, 1.0 / M)) / 2);
    assert_close(critical_of(influences, M, M, 1e9, 1), sidak, 0.01);
    assert_true(critical_of(influences, M, M, 1e9, 3) == critical_of(influences, M, M, 1e9, 1));
}

static void test_points_without_error_do_not_count(void **state)
{
    (void)state;
    double influences[] = { 1, 0, NAN, -2, 0, 1, 3, 0, 1 }, one[] = { 1, -2, 3 };
    assert_true(critical_of(influences, 3, 3, 5, 1) == critical_of(one, 3, 1, 5, 1));
    double none[] = { 0, 0 };
    assert_true(isnan(critical_of(none, 2, 1, 5, 1)));
}

/* The means of 12 correlated points over 25 clusters: bands hold all of them at once in about 95 % of
 * 400 samples (binomial standard deviation 1.1 %), intervals point by point in far fewer. */
static void test_bands_cover(void **state)
{
    (void)state;
    enum { N = 25, M = 12, SAMPLES = 400 };
    int bands = 0, pointwise = 0;
    for (uint64_t sample = 0; sample < SAMPLES; sample++) {
        double x[N * M], mean[M] = { 0 }, error[M] = { 0 }, critical, worst = 0;
        struct sb_random random;
        sb_random_init(&random, 99, sample);
        for (size_t c = 0; c < N; c++) {
            double level = sb_random_normal(&random);
            for (size_t j = 0; j < M; j++) {
                x[c * M + j] = level + sb_random_normal(&random);
                mean[j] += x[c * M + j] / N;
            }
        }
        for (size_t c = 0; c < N; c++)
            for (size_t j = 0; j < M; j++) {
                x[c * M + j] = (x[c * M + j] - mean[j]) / N;
                error[j] += x[c * M + j] * x[c * M + j] * N / (N - 1);
            }
        struct sb_sup_t_options options = { 0.95, N - 1, 1000, sample, 1 };
        assert_int_equal(sb_sup_t(x, N, M, &options, &critical, NULL), SB_OK);
        for (size_t j = 0; j < M; j++)
            worst = fmax(worst, fabs(mean[j]) / sqrt(error[j]));
        bands += worst <= critical;
        pointwise += worst <= gsl_cdf_tdist_Pinv(0.975, N - 1);
    }
    if (bands < 0.925 * SAMPLES || bands > 0.975 * SAMPLES || pointwise > 0.85 * SAMPLES)
        fail_msg("bands cover %d, intervals %d of %d", bands, pointwise, SAMPLES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holm_by_hand),
        cmocka_unit_test(test_holm_rejects_as_step_down),
        cmocka_unit_test(test_one_point_is_student),
        cmocka_unit_test(test_independent_points_are_sidak),
        cmocka_unit_test(test_points_without_error_do_not_count),
        cmocka_unit_test(test_bands_cover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
