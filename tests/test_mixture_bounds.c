/* Overlapping parts (R6) and upper bounds of R (R7). */
#include "tests/reference.h"

#include "theory/mixture_bounds.h"

enum { MOST = 16 };

/* A record as a composition, and p_p; free the vectors. */
static struct sb_composition composition_of(const json_t *record, double *p_p)
{
    struct sb_composition c;
    c.P_1 = reference_vector(record, "P_1", &c.n_leaves);
    c.P_a = reference_vector(record, "P_a", &c.n_leaves);
    c.P_t = reference_vector(record, "P_t", &c.n_leaves);
    c.pi_1 = reference_number(record, "pi_1");
    c.pi_a = reference_number(record, "pi_a");
    c.pi_t = reference_number(record, "pi_t");
    c.k = reference_number(record, "k");
    c.l = reference_number(record, "l");
    assert_true(c.n_leaves <= MOST);
    sb_composition_blend(&c, p_p);
    return c;
}

static void test_reference_H(void **state)
{
    (void)state;
    json_t *root = reference_open(), *record;
    size_t i, n_bounds = 0;
    json_array_foreach(reference_section(root, "H"), i, record)
    {
        const char *id = json_string_value(json_object_get(record, "id"));
        double p_p[MOST];
        struct sb_composition c = composition_of(record, p_p);
        struct sb_composition_values v;
        assert_int_equal(sb_composition_at(&c, &v), SB_OK);
        assert_reference(v.slope_1_nats, record, "d_1", id);
        assert_reference(v.slope_a_nats, record, "d_a", id);
        assert_reference(v.slope_p_nats, record, "d_p", id);
        assert_reference(v.slope_t_nats, record, "d_t", id);
        assert_reference(v.kappa_l, record, "kappa_l", id);
        assert_reference(v.rho, record, "rho", id);
        assert_reference(v.R, record, "R", id);
        assert_reference(v.R, record, "R_exact", id);
        assert_reference(v.chi_l_upper, record, "chi_l_upper", id);
        if (c.pi_1 == 0)
            assert_reference(v.R, record, "two_part_R", id);
        struct sb_parts parts = { p_p, c.P_a, c.P_t, c.n_leaves, c.k, c.l };
        struct sb_ratio_bound general;
        assert_int_equal(sb_ratio_bound_of(&parts, c.pi_t, &general), SB_OK);
        bool is_bound = v.kappa_l > 0;
        assert_int_equal(v.bound.condition, is_bound ? SB_BOUND_HOLDS : SB_BOUND_KAPPA);
        assert_int_equal(general.condition, is_bound ? SB_BOUND_HOLDS : SB_BOUND_KAPPA);
        assert_int_equal(isnan(v.bound.R_upper), !is_bound);
        if (is_bound) {
            n_bounds++;
            assert_reference(v.bound.R_upper, record, "R_upper_mixture", id);
            assert_reference(general.R_upper, record, "R_upper_general", id);
        }
        struct sb_turning l_star, l_star_a;
        assert_int_equal(sb_elasticity_turning(&parts, &l_star, &l_star_a), SB_OK);
        assert_reference(sb_turning_volume(&l_star), record, "l_star_p", id);
        free((void *)c.P_1);
        free((void *)c.P_a);
        free((void *)c.P_t);
    }
    assert_true(n_bounds > 0);
    json_decref(root);
}

/* Each condition is named when it fails. */
static void test_conditions(void **state)
{
    (void)state;
    const double P_1[] = { 1, 0, 0 }, P_a[] = { 0, 1, 0 }, P_t[] = { 0, 0, 1 };
    struct sb_composition c = { P_1, P_a, P_t, 3, 1 / 3., 1 / 3., 1 / 3., 20, 0.3 };
    struct sb_composition_values v;
    /* Disjoint: R3. R = (20/3 + 0.3)/(20 (1/3 - 0.2)) = 2.6125, and both bounds are R. */
    assert_int_equal(sb_composition_at(&c, &v), SB_OK);
    assert_close(v.R, 2.6125, 1e-14);
    assert_close(v.bound.R_upper, 2.6125, 1e-14);
    assert_close(v.kappa_l, 1, 1e-14);
    assert_close(v.chi_bhattacharyya, 0, 0);
    c.l = 0.6; /* beyond l* = 1/2 */
    assert_int_equal(sb_composition_at(&c, &v), SB_OK);
    assert_int_equal(v.bound.condition, SB_BOUND_VOLUME);
    assert_true(isnan(v.bound.R_upper) && v.R < 0);
    double p_p[3];
    sb_composition_blend(&c, p_p);
    struct sb_parts parts = { p_p, P_a, P_t, 3, 20, 0.3 };
    struct sb_ratio_bound bound;
    assert_close(sb_largest_share(p_p, P_t, 3), 1 / 3., 1e-15);
    assert_int_equal(sb_ratio_bound_of(&parts, 0.34, &bound), SB_OK);
    assert_int_equal(bound.condition, SB_BOUND_NO_SHARE);
    assert_int_equal(sb_ratio_bound_of(&parts, 1 / 3., &bound), SB_OK);
    assert_int_equal(bound.condition, SB_BOUND_HOLDS);
    assert_close(bound.R_upper, 2.6125, 1e-14);
    parts.p_p = P_1; /* novelty */
    assert_close(sb_largest_share(P_1, P_t, 3), 0, 0);
    assert_int_equal(sb_ratio_bound_of(&parts, 0, &bound), SB_OK);
    assert_int_equal(bound.condition, SB_BOUND_NO_SHARE);
    assert_int_equal(sb_ratio_bound_of(&parts, 1.5, &bound), SB_DOMAIN);
    c.pi_t = 0;
    c.pi_1 = 2 / 3.;
    assert_int_equal(sb_composition_at(&c, &v), SB_DOMAIN);
}

/* pi_1 = 0: R and l* = pi_t/pi_a do not depend on the overlap; gamma_a' = 0 iff P_a = P_t. */
static void test_two_parts(void **state)
{
    (void)state;
    const double unused[] = { 1, 0, 0 }, P_a[] = { 0.5, 0.3, 0.2 }, P_t[] = { 0.2, 0.2, 0.6 };
    struct sb_composition c = { unused, P_a, P_t, 3, 0, 0.75, 0.25, 1e9, 0.1 };
    struct sb_composition_values v;
    assert_int_equal(sb_composition_at(&c, &v), SB_OK);
    assert_close(v.R, (0.25e9 + 0.1) / (1e9 * (0.25 - 0.075)), 1e-14);
    assert_true(v.slope_p_nats < 0);
    c.P_t = P_a;
    assert_int_equal(sb_composition_at(&c, &v), SB_OK);
    assert_true(isnan(v.R) && isnan(v.rho) && v.bound.condition == SB_BOUND_KAPPA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_H),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_two_parts),
    };
    return cmocka_run_group_tests_name("mixture_bounds", tests, NULL, NULL);
}
