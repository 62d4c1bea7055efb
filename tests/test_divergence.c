/* Divergences from counts: Zhang and Grabchak's sums as they are defined, the jackknife by leaving out
 * one observation after the other, the tree coder's charge, unbiasedness on a known law. */
#include "helpers.h"

#include <gsl/gsl_errno.h>
#include "estimators/divergence.h"
#include "theory/numeric.h"
#include "theory/random.h"

static const double X[] = { 3, 1, 0, 7, 2 }, Y[] = { 1, 0, 4, 6, 1 };
enum { N_LEAVES = 5 };

static struct sb_divergence of(enum sb_divergence_method method, const double *x, const double *y,
                               double K)
{
    struct sb_divergence d;
    assert_int_equal(sb_divergence_estimate(method, x, y, N_LEAVES, K, &d), SB_OK);
    return d;
}

/* Products of U-statistics: (1 - q)^v is estimated by the share of v-subsets of the sample of q that miss
 * the leaf; for the entropy of p, of the other n - 1 observations. */
static void test_zhang_by_its_definition(void **state)
{
    (void)state;
    double n = 13, m = 12, cross = 0, entropy = 0;
    for (size_t i = 0; i < N_LEAVES; i++) {
        double product = 1;
        for (double v = 1; v <= m - Y[i]; v++) {
            product *= 1 - Y[i] / (m - v + 1);
            cross += X[i] / n * product / v;
        }
        product = 1;
        for (double v = 1; v <= n - X[i] && X[i] > 0; v++) {
            product *= 1 - (X[i] - 1) / (n - v);
            entropy += X[i] / n * product / v;
        }
    }
    struct sb_divergence d = of(SB_DIVERGENCE_ZHANG_GRABCHAK, X, Y, 5);
    assert_close(d.cross_entropy.bits, cross / log(2), 1e-14);
    assert_close(d.kl.bits, (cross - entropy) / log(2), 1e-13);
}

/* q = (y + 1/8)/13 on 8 leaves there could be; the entropy of 3, 1, 7, 2 in 13. */
static void test_smoothed_by_hand(void **state)
{
    (void)state;
    double cross =
        -(3 * log2(1.125 / 13) + log2(0.125 / 13) + 7 * log2(6.125 / 13) + 2 * log2(1.125 / 13)) /
        13;
    double entropy = log2(13) - (3 * log2(3) + 7 * log2(7) + 2) / 13;
    struct sb_divergence d = of(SB_DIVERGENCE_SMOOTHED, X, Y, 8);
    assert_close(d.cross_entropy.bits, cross, 1e-14);
    assert_close(d.kl.bits, cross - entropy, 1e-13);
}

static void spread(const double *counts, double values[N_LEAVES], double n, double *variance)
{
    double mean = 0;
    *variance = 0;
    for (size_t i = 0; i < N_LEAVES; i++)
        if (counts[i] > 0)
            mean += counts[i] / n * values[i];
    for (size_t i = 0; i < N_LEAVES; i++)
        if (counts[i] > 0)
            *variance += (n - 1) / n * counts[i] * (values[i] - mean) * (values[i] - mean);
}

static void test_jackknife_by_leaving_out(void **state)
{
    (void)state;
    for (int method = 0; method < SB_N_DIVERGENCE_METHODS; method++) {
        double kl_x[N_LEAVES], kl_y[N_LEAVES], c_x[N_LEAVES], c_y[N_LEAVES], a, b;
        for (size_t i = 0; i < N_LEAVES; i++) {
            double x[N_LEAVES], y[N_LEAVES];
            memcpy(x, X, sizeof x);
            memcpy(y, Y, sizeof y);
            x[i] -= x[i] > 0;
            y[i] -= y[i] > 0;
            struct sb_divergence of_x = of((enum sb_divergence_method)method, x, Y, 8);
            struct sb_divergence of_y = of((enum sb_divergence_method)method, X, y, 8);
            kl_x[i] = of_x.kl.bits;
            kl_y[i] = of_y.kl.bits;
            c_x[i] = of_x.cross_entropy.bits;
            c_y[i] = of_y.cross_entropy.bits;
        }
        struct sb_divergence all = of((enum sb_divergence_method)method, X, Y, 8);
        spread(X, kl_x, 13, &a);
        spread(Y, kl_y, 12, &b);
        assert_close(all.kl.standard_error_bits, sqrt(a + b), 1e-12);
        spread(X, c_x, 13, &a);
        spread(Y, c_y, 12, &b);
        assert_close(all.cross_entropy.standard_error_bits, sqrt(a + b), 1e-12);
    }
}

/* p = (1/2, 1/4, 1/4, 0, 0), q = (1/4, 1/4, 1/8, 1/8, 1/4): C = 0.5 2 + 0.25 2 + 0.25 3 = 2.25 bits and
 * KL = 0.75 bits. 40 observations each: Zhang and Grabchak's is unbiased to (7/8)^40 = 0.5 %, and
 * intervals of 2 standard errors cover about as they say. */
static void test_on_a_known_law(void **state)
{
    (void)state;
    enum { REPLICATES = 2000 };
    static const double p[] = { 0.5, 0.75, 1, 1, 1 }, q[] = { 0.25, 0.5, 0.625, 0.75, 1 };
    double mean[2] = { 0, 0 }, covered = 0;
    for (uint64_t replicate = 0; replicate < REPLICATES; replicate++) {
        struct sb_random random;
        double x[N_LEAVES] = { 0 }, y[N_LEAVES] = { 0 };
        sb_random_init(&random, 3, replicate);
        for (int i = 0; i < 40; i++) {
            double u = sb_random_unit(&random), v = sb_random_unit(&random);
            size_t a = 0, b = 0;
            while (p[a] <= u)
                a++;
            while (q[b] <= v)
                b++;
            x[a]++;
            y[b]++;
        }
        for (int method = 0; method < SB_N_DIVERGENCE_METHODS; method++) {
            struct sb_divergence d = of((enum sb_divergence_method)method, x, y, 5);
            mean[method] += d.kl.bits / REPLICATES;
            if (method == SB_DIVERGENCE_ZHANG_GRABCHAK)
                covered += fabs(d.kl.bits - 0.75) < 1.96 * d.kl.standard_error_bits;
        }
    }
    assert_true(fabs(mean[SB_DIVERGENCE_ZHANG_GRABCHAK] - 0.75) < 0.02);
    assert_true(mean[SB_DIVERGENCE_SMOOTHED] - 0.75 > 0.05);
    assert_true(covered / REPLICATES > 0.9 && covered / REPLICATES < 0.98);
}

static void test_domains(void **state)
{
    (void)state;
    enum sb_divergence_method method = SB_DIVERGENCE_SMOOTHED;
    struct sb_divergence d = { .kl = { 5, 5 } };
    const double none[N_LEAVES] = { 0 }, half[N_LEAVES] = { 0.5, 1 };
    assert_int_equal(sb_divergence_estimate(method, none, Y, N_LEAVES, 8, &d), SB_DOMAIN);
    assert_int_equal(sb_divergence_estimate(method, X, none, N_LEAVES, 8, &d), SB_DOMAIN);
    assert_int_equal(sb_divergence_estimate(method, X, half, N_LEAVES, 8, &d), SB_DOMAIN);
    assert_int_equal(sb_divergence_estimate(method, X, Y, N_LEAVES, 3, &d), SB_DOMAIN);
    assert_int_equal(sb_divergence_estimate(method, X, Y, N_LEAVES, NAN, &d), SB_DOMAIN);
    assert_close(d.kl.bits, 5, 0);
    assert_int_equal(sb_divergence_method_parse("zhang-grabchak", &method), SB_OK);
    assert_int_equal(method, SB_DIVERGENCE_ZHANG_GRABCHAK);
    assert_int_equal(sb_divergence_method_parse("nsb", &method), SB_FORMAT);
    const double one[N_LEAVES] = { 1 };
    assert_true(isnan(of(SB_DIVERGENCE_ZHANG_GRABCHAK, one, Y, 8).kl.standard_error_bits));
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zhang_by_its_definition),
        cmocka_unit_test(test_smoothed_by_hand),
        cmocka_unit_test(test_jackknife_by_leaving_out),
        cmocka_unit_test(test_on_a_known_law),
        cmocka_unit_test(test_domains),
    };
    return cmocka_run_group_tests_name("divergence", tests, NULL, NULL);
}
