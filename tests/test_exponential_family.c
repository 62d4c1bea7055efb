/* Exponential families: reference values, slopes against refits, measured gaps, singular features. */
#include <gsl/gsl_errno.h>
#include "tests/reference.h"

#include "theory/dist.h"
#include "theory/exponential_family.h"
#include "theory/random.h"

enum { MOST = 16 };

struct setting {
    double *p[3], features[MOST * SB_FAMILY_FEATURES_MAX], volumes[3];
    struct sb_family family;
    struct sb_mixture mixture;
};

static void setting_of(const json_t *record, struct setting *s)
{
    static const char *const names[] = { "p_p", "p_a", "p_t" };
    size_t n = 0;
    for (int i = 0; i < 3; i++)
        s->p[i] = reference_vector(record, names[i], &n);
    assert_true(n <= MOST);
    const json_t *rows = json_object_get(record, "features");
    size_t m = json_array_size(json_array_get(rows, 0));
    for (size_t x = 0; x < n; x++)
        for (size_t j = 0; j < m; j++)
            s->features[x * m + j] = reference_value(json_array_get(json_array_get(rows, x), j));
    s->volumes[0] = reference_number(record, "k");
    s->volumes[1] = 1;
    s->volumes[2] = reference_number(record, "l");
    s->family = (struct sb_family){ n, m, s->features, NULL };
    s->mixture = (struct sb_mixture){ 3, n, (const double *const *)s->p, s->volumes };
}

static void test_reference_C(void **state)
{
    (void)state;
    static const char *const rates[] = { "gamma_p", "gamma_a", "gamma_t" };
    static const char *const slopes[] = { "d_p", "d_a", "d_t" };
    static const char *const changes[] = { "Delta_p", "Delta_a", "Delta_t" };
    json_t *root = reference_open(), *record;
    size_t i;
    json_array_foreach(reference_section(root, "C"), i, record)
    {
        const char *id = json_string_value(json_object_get(record, "id"));
        struct setting s;
        setting_of(record, &s);
        double theta[SB_FAMILY_FEATURES_MAX] = { 0 }, later[SB_FAMILY_FEATURES_MAX] = { 0 };
        double q[MOST], slope[3], change[3];
        struct sb_family_fit fit;
        assert_int_equal(sb_family_fit(&s.family, &s.mixture, 0, theta, &fit), SB_OK);
        assert_true(fit.gap_nats < 1e-25 && fit.n_iterations < 20);
        const json_t *expected = json_object_get(record, "theta");
        for (size_t j = 0; j < s.family.n_features; j++)
            assert_close(theta[j], reference_value(json_array_get(expected, j)), 1e-13);
        sb_family_model(&s.family, theta, q);
        for (size_t x = 0; x < s.family.n_leaves; x++)
            assert_close(q[x], reference_value(json_array_get(json_object_get(record, "q"), x)),
                         1e-14);
        assert_int_equal(sb_family_respond(&s.family, &s.mixture, 2, theta, slope), SB_OK);
        double l = s.volumes[2], l2 = reference_number(record, "l2");
        s.volumes[2] = l2;
        assert_int_equal(sb_family_fit(&s.family, &s.mixture, 0, later, &fit), SB_OK);
        for (int j = 0; j < 3; j++) {
            change[j] = sb_family_change_nats(&s.family, theta, later, s.p[j]);
            assert_reference(sb_family_rate_nats(&s.family, theta, s.p[j]), record, rates[j], id);
            assert_reference(slope[j], record, slopes[j], id);
            /* theta is good to an ulp of itself: the least change, 1e-5 of the rate, to 1e-11. */
            double expected_change = reference_number(record, changes[j]);
            if (!(fabs(change[j] - expected_change) <= 1e-12 * (1e-3 + fabs(expected_change))))
                fail_msg("%s %s: %.17g, expected %.17g", id, changes[j], change[j],
                         expected_change);
        }
        double middle = s.volumes[0] * change[0] + change[1];
        assert_close(middle, reference_number(record, "sandwich_mid"), 1e-12);
        assert_close(-l * change[2], reference_number(record, "sandwich_low"), 1e-12);
        assert_close(-l2 * change[2], reference_number(record, "sandwich_high"), 1e-12);
        assert_true(-l * change[2] <= middle && middle <= -l2 * change[2]);
        for (int j = 0; j < 3; j++)
            free(s.p[j]);
    }
    json_decref(root);
}

/* Random families and measured gaps: with q1 and q2 trained until the gap is below a tenth, the
 * sandwich of R2 holds with those gaps, and J is above its minimum by no more than they say. */
static void test_measured_gaps(void **state)
{
    (void)state;
    enum { N = 8, M = 3 };
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct sb_random random;
        sb_random_init(&random, seed, 0);
        double features[N * M], base[N], p[3][N];
        const double *const rows[] = { p[0], p[1], p[2] };
        for (int i = 0; i < N * M; i++)
            features[i] = 2 * sb_random_unit(&random) - 1;
        for (int x = 0; x < N; x++) {
            base[x] = 0.1 + sb_random_unit(&random);
            for (int i = 0; i < 3; i++)
                p[i][x] = 0.01 + sb_random_unit(&random) * sb_random_unit(&random);
        }
        for (int i = 0; i < 3; i++)
            sb_dist_normalise(p[i], N);
        double volumes[] = { 5, 1, 0.2 }, theta[M] = { 0 }, best[M] = { 0 };
        const struct sb_family family = { N, M, features, base };
        const struct sb_mixture mixture = { 3, N, rows, volumes };
        struct sb_family_fit fit, exact;
        assert_int_equal(sb_family_fit(&family, &mixture, 0.1, theta, &fit), SB_OK);
        assert_int_equal(sb_family_fit(&family, &mixture, 0, best, &exact), SB_OK);
        double excess = 0;
        for (int i = 0; i < 3; i++)
            excess += volumes[i] * sb_family_change_nats(&family, best, theta, p[i]);
        if (!(excess >= -1e-13 && excess <= fit.gap_nats * (1 + 1e-9) + 1e-13))
            fail_msg("seed %d: J is %g above its minimum, bound %g", (int)seed, excess,
                     fit.gap_nats);
        double slopes[3], sum = 0, h = 1e-4;
        assert_int_equal(sb_family_respond(&family, &mixture, 2, best, slopes), SB_OK);
        for (int i = 0; i < 3; i++)
            sum += volumes[i] * slopes[i];
        assert_close(sum, 0, 1e-13); /* R2 */
        double low[M] = { 0 }, high[M] = { 0 };
        volumes[2] = 0.2 - h;
        assert_int_equal(sb_family_fit(&family, &mixture, 0, low, &exact), SB_OK);
        volumes[2] = 0.2 + h;
        assert_int_equal(sb_family_fit(&family, &mixture, 0, high, &exact), SB_OK);
        for (int i = 0; i < 3; i++)
            assert_close(sb_family_change_nats(&family, low, high, p[i]) / (2 * h), slopes[i],
                         1e-7);
    }
}

/* T = (0, 1, 1) cannot tell the second leaf from the third. k = 1, p_p uniform, p_a and p_t on one of
 * them each: mu = 5/6, Sigma = 5/36, S = 2, gamma_a' = -(1/6)^2/(5/36)/2 = -1/10, gamma_p' = 1/10. */
static void test_counterexample(void **state)
{
    (void)state;
    const double p_p[] = { 1 / 3., 1 / 3., 1 / 3. }, p_a[] = { 0, 1, 0 }, p_t[] = { 0, 0, 1 };
    const double *const p[] = { p_p, p_a, p_t };
    const double volumes[] = { 1, 1, 0 }, features[] = { 0, 1, 1 };
    const struct sb_family family = { 3, 1, features, NULL };
    const struct sb_mixture mixture = { 3, 3, p, volumes };
    double theta = 0, slopes[3];
    struct sb_family_fit fit;
    assert_int_equal(sb_family_fit(&family, &mixture, 0, &theta, &fit), SB_OK);
    assert_close(theta, log(2.5), 1e-14); /* odds 5 : 1 over two leaves : one */
    assert_int_equal(sb_family_respond(&family, &mixture, 2, &theta, slopes), SB_OK);
    assert_close(slopes[0], 0.1, 1e-15);
    assert_close(slopes[1], -0.1, 1e-15);
    assert_close(slopes[2], -0.1, 1e-15);
}

static void test_refused(void **state)
{
    (void)state;
    const double p0[] = { 0.5, 0.5, 0 }, p1[] = { 0, 0, 1 };
    const double *const p[] = { p0, p1 };
    double volumes[] = { 1, 1 }, theta[2] = { 7, 7 };
    const double twice[] = { 0, 0, 1, 2, 2, 4 }, one[] = { 0, 1, 2 };
    const struct sb_mixture mixture = { 2, 3, p, volumes };
    struct sb_family family = { 3, 2, twice, NULL };
    struct sb_family_fit fit;
    assert_int_equal(sb_family_fit(&family, &mixture, 0, theta, &fit), SB_NUMERIC); /* collinear */
    assert_true(theta[0] == 7 && theta[1] == 7);
    family = (struct sb_family){ 3, 1, one, NULL };
    volumes[0] = 0; /* all mass at the largest feature: approached, and the gap says how closely */
    theta[0] = 0;
    assert_int_equal(sb_family_fit(&family, &mixture, 1e-9, theta, &fit), SB_OK);
    assert_true(theta[0] > 15 && fit.gap_nats <= 1e-9 &&
                sb_family_rate_nats(&family, theta, p1) <= fit.gap_nats);
    volumes[1] = 0;
    assert_int_equal(sb_family_fit(&family, &mixture, 0, theta, &fit), SB_DOMAIN);
    volumes[1] = 1;
    assert_int_equal(sb_family_fit(&family, &mixture, -1, theta, &fit), SB_DOMAIN);
    family.n_features = 0;
    assert_int_equal(sb_family_fit(&family, &mixture, 0, theta, &fit), SB_DOMAIN);
    family.n_features = 1;
    family.n_leaves = 2;
    assert_int_equal(sb_family_fit(&family, &mixture, 0, theta, &fit), SB_DOMAIN);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_C),
        cmocka_unit_test(test_measured_gaps),
        cmocka_unit_test(test_counterexample),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("exponential_family", tests, NULL, NULL);
}
