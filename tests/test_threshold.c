/* The threshold in k: reference values, hand-made cases, and signs on both sides of k*. */
#include "tests/reference.h"

#include "theory/threshold.h"
#include "theory/trials.h"

static void test_reference_D(void **state)
{
    (void)state;
    json_t *root = reference_open(), *record;
    size_t i;
    json_array_foreach(reference_section(root, "D"), i, record)
    {
        const char *id = json_string_value(json_object_get(record, "id"));
        size_t n;
        double *p_p = reference_vector(record, "p_p", &n);
        double *p_a = reference_vector(record, "p_a", &n);
        double *p_t = reference_vector(record, "p_t", &n);
        const struct sb_parts parts = { p_p, p_a, p_t, n, NAN, NAN };
        struct sb_threshold t;
        assert_int_equal(sb_threshold_of(&parts, &t), SB_OK);
        assert_string_equal(sb_elastic_for_name(t.elastic),
                            json_string_value(json_object_get(record, "elastic_for_k")));
        assert_reference(t.chi_start, record, "chi_w0", id);
        assert_reference(t.chi, record, "chi", id);
        if (t.elastic == SB_ELASTIC_BELOW) {
            assert_reference(t.k_star.root, record, "k_star", id);
            assert_true(t.k_star.low <= t.k_star.root && t.k_star.root <= t.k_star.high);
            assert_true(t.k_star.high - t.k_star.low <= 4e-15 * t.k_star.root);
            assert_true(fabs(t.k_star.residual) < 1e-14 && t.k_star.n_iterations < 60);
        }
        free(p_p);
        free(p_a);
        free(p_t);
    }
    json_decref(root);
}

static struct sb_threshold threshold(const double *p_p, const double *p_a, const double *p_t,
                                     size_t n)
{
    const struct sb_parts parts = { p_p, p_a, p_t, n, 1, 1 };
    struct sb_threshold t;
    assert_int_equal(sb_threshold_of(&parts, &t), SB_OK);
    return t;
}

static void test_by_hand(void **state)
{
    (void)state;
    const double p[] = { 0.25, 0.75 }, q[] = { 0.5, 0.5 }, e[] = { 0, 1 };
    const double left[] = { 1, 0 };
    /* p_a = p_t = p_p: chi = 1 for every w. */
    assert_int_equal(threshold(p, p, p, 2).elastic, SB_ELASTIC_NEVER);
    /* p_a = p_p: again, whatever p_t is. */
    assert_int_equal(threshold(p, p, q, 2).elastic, SB_ELASTIC_NEVER);
    /* p_a = p_t: chi = 1 at w = 0 with slope 1 - sum p_p = 0, and at least 1 after. */
    assert_int_equal(threshold(p, q, q, 2).elastic, SB_ELASTIC_NEVER);
    /* p_t = p_p: chi(1) = 1, chi'(0) = 1 - sum p_p^2/p_a = 1 - (1/8 + 9/8) < 0. */
    assert_int_equal(threshold(p, q, p, 2).elastic, SB_ELASTIC_ALWAYS);
    /* Disjoint alignment and perturbation. */
    assert_int_equal(threshold(q, left, e, 2).elastic, SB_ELASTIC_ALWAYS);
    /* p_p misses what the others share, and chi(1) = inf: with p_p = (1, 0, 0), p_a = (1/2, 1/4, 1/4),
     * p_t = (1/2, 1/2, 0): chi(w) = (1/4)/(w + (1-w)/2) + (1/2)/(1-w) = 1/(2(1+w)) + 1/(2(1-w))
     * = 1/(1-w^2) > 1: never. With p_t = (1, 0, 0)/2 + (0, 1/4, 1/4)... the same; but with
     * p_t = (3/4, 1/4, 0): chi = (3/4)/(1+w) + (1/4)/(1-w) = 1 where w^2 - w/2 = 0: w = 1/2, k = 1. */
    const double one[] = { 1, 0, 0 }, a[] = { 0.5, 0.25, 0.25 }, t1[] = { 0.5, 0.5, 0 };
    const double t2[] = { 0.75, 0.25, 0 };
    assert_int_equal(threshold(one, a, t1, 3).elastic, SB_ELASTIC_NEVER);
    struct sb_threshold t = threshold(one, a, t2, 3);
    assert_int_equal(t.elastic, SB_ELASTIC_BELOW);
    assert_close(t.k_star.root, 1, 1e-14);
    assert_true(isinf(t.chi));
    assert_close(sb_threshold_k_star(&t), t.k_star.root, 0);
}

/* A threshold far out: chi = 1 + d with d small gives k* of the order of 1/d. With p_p = (1/2, 1/2),
 * p_a = (1/2 + a, 1/2 - a), p_t = (1/2 - b, 1/2 + b), chi = 1 - 4ab < 1: always. The other way round,
 * b = -c: kappa_k = 4 u (c - u)/((1 - 4u^2)...): with m = (1-w) a the deviation of q0, sum p_a p_t/q0 - 1
 * = 4 (a - m)(c - m)/(1 - 4 m^2), which is 0 at m = c: 1 - w = c/a, k* = a/c - 1. */
static void test_far(void **state)
{
    (void)state;
    for (int e = 1; e <= 12; e++) {
        double a = 0.25, c = ldexp(a, -3 * e);
        const double p_p[] = { 0.5, 0.5 }, p_a[] = { 0.5 + a, 0.5 - a };
        const double p_t[] = { 0.5 + c, 0.5 - c };
        struct sb_threshold t = threshold(p_p, p_a, p_t, 2);
        assert_int_equal(t.elastic, SB_ELASTIC_BELOW);
        assert_close(t.k_star.root, a / c - 1, 1e-13);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_D),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_far),
    };
    return cmocka_run_group_tests_name("threshold", tests, NULL, NULL);
}
