/* The closed form: reference values, the general mixture as a second route, R3's bounds. */
#include "tests/reference.h"

#include <float.h>
#include "theory/disjoint.h"
#include "theory/random.h"

static struct sb_disjoint disjoint_of(const json_t *record, double nu)
{
    double pi_a = reference_number(record, "pi_a"), pi_t = reference_number(record, "pi_t");
    return (struct sb_disjoint){ .k = reference_number(record, "k"),
                                 .l = reference_number(record, "l"),
                                 .pi_1 = fmax(0, 1 - pi_a - pi_t),
                                 .pi_a = pi_a,
                                 .pi_t = pi_t,
                                 .nu = nu };
}

static void test_reference_A(void **state)
{
    (void)state;
    json_t *root = reference_open(), *record;
    size_t i;
    json_array_foreach(reference_section(root, "A"), i, record)
    {
        const char *id = json_string_value(json_object_get(record, "id"));
        struct sb_disjoint d = disjoint_of(record, 0);
        assert_int_equal(sb_disjoint_check(&d, NULL), SB_OK);
        struct sb_disjoint_values v = sb_disjoint_at(&d);
        struct sb_disjoint_changes c = sb_disjoint_changes(&d);
        assert_reference(d.k + 1 + d.l, record, "S", id);
        assert_reference(v.slope_a_nats, record, "d_a", id);
        assert_reference(v.slope_p_nats, record, "d_p", id);
        assert_reference(v.slope_t_nats, record, "d_t", id);
        assert_reference(v.slope_a_nats, record, "d_a_exact", id);
        assert_reference(v.slope_p_nats, record, "d_p_exact", id);
        assert_reference(v.slope_t_nats, record, "d_t_exact", id);
        assert_reference(sb_bits_from_nats(v.slope_a_nats), record, "d_a_bits", id);
        assert_reference(-d.k * v.R, record, "ratio", id);
        assert_reference(-d.k * v.R, record, "ratio_exact", id);
        assert_reference(v.R, record, "R", id);
        assert_reference(v.l_star, record, "l_star", id);
        assert_reference(v.l_star, record, "l_star_exact", id);
        assert_reference(d.l / v.l_star, record, "theta", id);
        assert_reference(v.R_upper, record, "upper_c2", id);
        assert_reference(c.a_nats, record, "delta_gamma_a", id);
        assert_reference(c.p_nats, record, "delta_gamma_p", id);
        assert_reference(c.t_nats, record, "delta_gamma_t", id);
    }
    json_decref(root);
}

static void test_reference_A_novel(void **state)
{
    (void)state;
    json_t *root = reference_open(), *record;
    size_t i;
    json_array_foreach(reference_section(root, "A_novel"), i, record)
    {
        const char *id = json_string_value(json_object_get(record, "id"));
        struct sb_disjoint d = disjoint_of(record, reference_number(record, "nu"));
        struct sb_disjoint_values v = sb_disjoint_at(&d);
        assert_reference(v.slope_a_nats, record, "d_a", id);
        assert_reference(v.slope_p_nats, record, "d_p", id);
        assert_reference(v.slope_t_nats, record, "d_t", id);
        assert_reference(v.slope_a_nats, record, "d_a_exact", id);
        assert_reference(v.slope_p_nats, record, "d_p_exact", id);
        assert_reference(v.slope_t_nats, record, "d_t_exact", id);
        assert_reference(v.l_star, record, "l_star", id);
        assert_reference(v.l_star, record, "l_star_exact", id);
        d.l = 0;
        assert_reference(sb_disjoint_at(&d).slope_p_nats, record, "d_p_at_0", id);
        assert_reference(1 / (d.k + 1), record, "nu_threshold", id);
    }
    json_decref(root);
}

/* A random closed form; nu is 0 in half of them, pi_1 or pi_a in some. */
static struct sb_disjoint random_disjoint(struct sb_random *random)
{
    double w[3], sum = 0;
    for (int i = 0; i < 3; i++)
        sum += w[i] = i < 2 && sb_random_below(random, 5) == 0 ? 0 : 0.01 + sb_random_unit(random);
    return (struct sb_disjoint){
        .k = pow(10, 14 * sb_random_unit(random) - 2),
        .l = sb_random_below(random, 5) ? pow(10, 6 * sb_random_unit(random) - 4) : 0,
        .pi_1 = w[0] / sum,
        .pi_a = w[1] / sum,
        .pi_t = w[2] / sum,
        .nu = sb_random_below(random, 2) ? pow(10, -3 * sb_random_unit(random)) : 0
    };
}

static void assert_same(double closed, double general, double scale, const char *what,
                        uint64_t stream)
{
    bool same = isinf(closed) || isnan(closed) ? closed == general || isnan(general)
                                               : fabs(closed - general) <= 1e-12 * scale;
    if (!same)
        fail_msg("seed 3, stream %d, %s: closed form %.17g, mixture %.17g", (int)stream, what,
                 closed, general);
}

/* Second route: the same distributions, with uneven leaves within parts, as a general mixture. */
static void test_against_mixture(void **state)
{
    (void)state;
    for (uint64_t stream = 0; stream < 500; stream++) {
        struct sb_random random;
        sb_random_init(&random, 3, stream);
        struct sb_disjoint d = random_disjoint(&random);
        double p_p[] = { d.pi_1, d.pi_a / 4, d.pi_a * 0.75, d.pi_t / 8, d.pi_t * 0.875, 0 };
        double p_a[] = { 0, 0.25, 0.75, 0, 0, 0 };
        double p_t[] = { 0, 0, 0, (1 - d.nu) / 8, (1 - d.nu) * 0.875, d.nu };
        struct sb_parts parts = { p_p, p_a, p_t, 6, d.k, d.l };
        struct sb_elasticity e;
        struct sb_turning l_star, l_star_a;
        struct sb_disjoint_values v = sb_disjoint_at(&d);
        struct sb_disjoint_changes c = sb_disjoint_changes(&d);
        assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
        assert_int_equal(sb_elasticity_turning(&parts, &l_star, &l_star_a), SB_OK);

        /* Where a slope is a difference of nearly equal terms, only its terms set the scale. */
        double terms = e.p.slope_error_nats / 1e-14;
        assert_same(v.slope_p_nats, e.p.slope_nats, fabs(v.slope_p_nats) + terms, "d_p", stream);
        assert_same(v.slope_a_nats, e.a.slope_nats, v.slope_a_nats, "d_a", stream);
        assert_same(v.slope_t_nats, e.t.slope_nats, fabs(v.slope_t_nats), "d_t", stream);
        assert_int_equal(v.verdict, e.verdict);
        assert_int_equal(l_star_a.kind, SB_TURNING_NONE);
        assert_same(d.nu, e.nu, d.nu, "nu", stream);
        if (v.verdict == SB_THEOREM && fabs(v.slope_p_nats) > terms)
            assert_same(v.R, e.R, v.R, "R", stream);
        if (v.l_star > 1e-9)
            assert_same(v.l_star, sb_turning_volume(&l_star), v.l_star * (1 + 1 / v.l_star),
                        "l_star", stream);
        else if (v.l_star < -1e-9)
            assert_int_equal(l_star.kind, SB_TURNING_NONE);

        const double *const p[] = { p_p, p_a, p_t };
        const double volumes[] = { d.k, 1, 0 };
        const struct sb_mixture start = { 3, 6, p, volumes };
        double change_p, change_a, change_t;
        assert_int_equal(sb_mixture_change(&start, 2, d.l, 0, &change_p), SB_OK);
        assert_int_equal(sb_mixture_change(&start, 2, d.l, 1, &change_a), SB_OK);
        assert_int_equal(sb_mixture_change(&start, 2, d.l, 2, &change_t), SB_OK);
        double turns = d.l / ((d.k + 1) * d.k) * (1 + d.k * d.nu);
        assert_same(c.p_nats, change_p, fabs(change_p) + turns, "change_p", stream);
        assert_same(c.a_nats, change_a, change_a, "change_a", stream);
        if (d.nu == 0)
            assert_same(c.t_nats, change_t, fabs(change_t), "change_t", stream);
    }
}

/* R3: 1 <= R <= c2 up to rounding, R = c2 at the volume where c2 is taken, R = 1 at l = 0; in a box
 * the largest R is at its corner (k_min, l_max, pi_t_min). */
static void test_bounds(void **state)
{
    (void)state;
    for (uint64_t stream = 0; stream < 300; stream++) {
        struct sb_random random;
        sb_random_init(&random, 5, stream);
        struct sb_disjoint d = random_disjoint(&random);
        d.nu = 0;
        double l_star = sb_disjoint_at(&d).l_star;
        assert_true(l_star > 0);
        if (isinf(l_star))
            continue;
        d.l = 0.999 * sb_random_unit(&random) * l_star;
        struct sb_disjoint_values corner = sb_disjoint_at(&d);
        assert_close(corner.R_upper, corner.R, 1e-11);
        for (int i = 0; i < 10; i++) {
            struct sb_disjoint inside = d;
            inside.l = sb_random_unit(&random) * d.l;
            inside.k = d.k * (1 + 10 * sb_random_unit(&random));
            double taken = sb_random_unit(&random) * (d.pi_1 + d.pi_a);
            inside.pi_t += taken;
            inside.pi_1 *= 1 - taken / (d.pi_1 + d.pi_a);
            inside.pi_a *= 1 - taken / (d.pi_1 + d.pi_a);
            double R = sb_disjoint_at(&inside).R;
            if (!(R >= 1 - 1e-12 && R <= corner.R * (1 + 1e-12)))
                fail_msg("seed 5, stream %d: R %.17g, corner %.17g", (int)stream, R, corner.R);
        }
        d.l = 0;
        assert_close(sb_disjoint_at(&d).R, 1, 4 * DBL_EPSILON);
        assert_close(sb_disjoint_at(&d).R_upper, 1, 0);
    }
}

static void assert_refused_field(struct sb_disjoint d, const char *part)
{
    struct sb_error error = { "" };
    assert_int_equal(sb_disjoint_check(&d, &error), SB_DOMAIN);
    if (!strstr(error.message, part))
        fail_msg("\"%s\" does not contain \"%s\"", error.message, part);
}

static void test_domain(void **state)
{
    (void)state;
    const struct sb_disjoint good = { 20, 0.1, 0.5, 0.25, 0.25, 0 };
    assert_int_equal(sb_disjoint_check(&good, NULL), SB_OK);
    struct sb_disjoint d = good;
    d.k = 0;
    assert_refused_field(d, "k is 0");
    d.k = INFINITY;
    assert_refused_field(d, "k is inf");
    d = good;
    d.l = -1;
    assert_refused_field(d, "l is -1");
    d = good;
    d.nu = 1.5;
    assert_refused_field(d, "nu is 1.5");
    d = good;
    d.pi_1 = 0.4;
    assert_refused_field(d, "pi sums to 0.9");
    d = (struct sb_disjoint){ 20, 0.1, 0.5, 0.5, 0, 0 };
    assert_refused_field(d, "pi_t");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_A),     cmocka_unit_test(test_reference_A_novel),
        cmocka_unit_test(test_against_mixture), cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_domain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
