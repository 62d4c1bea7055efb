/* Averaging L(x)/|x|: reference values, and differences of the averaged rates. */
#include "tests/reference.h"

#include "theory/length_normalisation.h"
#include "theory/trials.h"

static void test_reference_I_length(void **state)
{
    (void)state;
    json_t *root = reference_open(), *record;
    size_t i;
    json_array_foreach(reference_section(root, "I_length"), i, record)
    {
        const char *id = json_string_value(json_object_get(record, "id"));
        double pi_a = reference_number(record, "pi_a"), pi_t = reference_number(record, "pi_t");
        const double p[] = { 1 - pi_a - pi_t, pi_a, pi_t }, a[] = { 0, 1, 0 }, t[] = { 0, 0, 1 };
        const double weights[] = { 1 / reference_number(record, "len_1"),
                                   1 / reference_number(record, "len_a"),
                                   1 / reference_number(record, "len_t") };
        const struct sb_parts parts = {
            p, a, t, 3, reference_number(record, "k"), reference_number(record, "l")
        };
        struct sb_length_normalised n;
        assert_int_equal(sb_length_normalised_at(&parts, weights, &n), SB_OK);
        assert_reference(n.slope_a_nats, record, "d_a", id);
        assert_reference(n.slope_p_nats, record, "d_p", id);
        assert_reference(n.slope_t_nats, record, "d_t", id);
        assert_reference(n.imbalance_nats, record, "imbalance", id);
        assert_reference(n.ratio, record, "ratio", id);
        assert_reference(n.ratio_limit, record, "ratio_limit_k_inf", id);
    }
    json_decref(root);
}

static double averaged_rate(const struct sb_parts *parts, const double *p, const double *weights,
                            double l)
{
    double rate = 0, S = parts->k + 1 + l;
    for (size_t x = 0; x < parts->n_leaves; x++)
        if (p[x] > 0)
            rate -= p[x] * weights[x] *
                    log((parts->k * parts->p_p[x] + parts->p_a[x] + l * parts->p_t[x]) / S);
    return rate;
}

static void test_differences(void **state)
{
    (void)state;
    const struct sb_ranges ranges = { .seed = 3 };
    for (uint64_t number = 0; number < 300; number++) {
        struct sb_trial trial;
        struct sb_random random;
        sb_trial_init(&trial, &ranges, number);
        sb_random_init(&random, 4, number);
        trial.k = sb_trial_between(&random, 0.1, 10);
        double weights[SB_TRIAL_LEAVES], l = 1, h = 1e-5;
        for (size_t x = 0; x < trial.n_leaves; x++)
            weights[x] = sb_trial_between(&random, 0.01, 1);
        const struct sb_parts parts = sb_trial_parts(&trial, l);
        struct sb_length_normalised n;
        assert_int_equal(sb_length_normalised_at(&parts, weights, &n), SB_OK);
        const double slopes[] = { n.slope_p_nats, n.slope_a_nats, n.slope_t_nats };
        for (int i = 0; i < 3; i++) {
            double difference = (averaged_rate(&parts, trial.p[i], weights, l + h) -
                                 averaged_rate(&parts, trial.p[i], weights, l - h)) /
                                (2 * h);
            if (!(fabs(difference - slopes[i]) < 1e-8))
                fail_msg("case %d, dataset %d: %g, differences give %g", (int)number, i, slopes[i],
                         difference);
        }
    }
}

/* Equal weights are a unit: the plain slopes times the weight, at any k. */
static void test_constant_weights(void **state)
{
    (void)state;
    const double p[] = { 0.5, 0.25, 0.25 }, a[] = { 0.25, 0.5, 0.25 }, t[] = { 0.25, 0.25, 0.5 };
    const double weights[] = { 0.1, 0.1, 0.1 };
    for (double k = 1; k <= 1e12; k *= 100) {
        const struct sb_parts parts = { p, a, t, 3, k, 1 };
        struct sb_length_normalised n;
        struct sb_elasticity e;
        assert_int_equal(sb_length_normalised_at(&parts, weights, &n), SB_OK);
        assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
        assert_close(n.imbalance_nats, 0, 0);
        assert_close(n.slope_p_nats, 0.1 * e.p.slope_nats, 1e-13);
        assert_close(n.ratio, -k * e.R, 1e-12);
        assert_close(n.ratio_limit, -INFINITY, 0);
    }
}

/* Overlapping distributions: the ratio at k = 1e9 against its limit. Mass of p_t that p_p lacks: no
 * limit. */
static void test_limit(void **state)
{
    (void)state;
    const double p[] = { 0.5, 0.3, 0.2, 0 }, a[] = { 0.1, 0.5, 0.2, 0.2 },
                 t[] = { 0.3, 0.1, 0.6, 0 };
    const double weights[] = { 1, 0.5, 0.25, 0.2 };
    struct sb_parts parts = { p, a, t, 4, 1e9, 0 };
    struct sb_length_normalised n;
    assert_int_equal(sb_length_normalised_at(&parts, weights, &n), SB_OK);
    /* above: 0.1 (1 - 0.6) + 0.5 * 0.5 (1 - 1/3) + 0.25 * 0.2 (1 - 3) + 0.2 * 0.2 = 11/75;
     * below: (0.5 + 0.15 + 0.05) - (0.3 + 0.05 + 0.15) = 0.2 */
    assert_close(n.ratio_limit, 11 / 15., 1e-14);
    assert_close(n.ratio, n.ratio_limit, 1e-7);
    parts.p_a = t;
    parts.p_t = a;
    parts.l = 1;
    assert_int_equal(sb_length_normalised_at(&parts, weights, &n), SB_OK);
    assert_true(isnan(n.ratio_limit));
}

static void test_domain(void **state)
{
    (void)state;
    const double p[] = { 1, 0 }, t[] = { 0, 1 }, one[] = { 1, 1 }, zero[] = { 1, 0 };
    struct sb_length_normalised n = { .ratio = 7 };
    struct sb_parts parts = { p, p, t, 2, 1, 0 };
    assert_int_equal(sb_length_normalised_at(&parts, one, &n), SB_DOMAIN); /* novelty at l = 0 */
    parts.l = 1;
    assert_int_equal(sb_length_normalised_at(&parts, zero, &n), SB_DOMAIN);
    parts.k = -1;
    assert_int_equal(sb_length_normalised_at(&parts, one, &n), SB_DOMAIN);
    assert_true(n.ratio == 7);
    parts.k = 1;
    assert_int_equal(sb_length_normalised_at(&parts, one, &n), SB_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_I_length),
        cmocka_unit_test(test_differences),
        cmocka_unit_test(test_constant_weights),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_domain),
    };
    return cmocka_run_group_tests_name("length normalisation", tests, NULL, NULL);
}
