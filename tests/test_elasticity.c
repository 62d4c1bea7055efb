/* The three-part theorem: reference values, verdicts, the sign classification, layers of a tree. */
#include "tests/reference.h"

#include "theory/dist.h"
#include "theory/elasticity.h"
#include "theory/random.h"

/* The three vectors of a record; free them with vectors_clear. */
struct vectors {
    double *p_p, *p_a, *p_t;
    size_t n;
};

static struct vectors vectors_of(const json_t *record)
{
    struct vectors v;
    size_t n_a, n_t;
    v.p_p = reference_vector(record, "p_p", &v.n);
    v.p_a = reference_vector(record, "p_a", &n_a);
    v.p_t = reference_vector(record, "p_t", &n_t);
    assert_true(v.n == n_a && v.n == n_t && v.n > 0);
    assert_int_equal(sb_dist_check(v.p_p, v.n, "p_p", NULL), SB_OK);
    return v;
}

static void vectors_clear(struct vectors *v)
{
    free(v->p_p);
    free(v->p_a);
    free(v->p_t);
}

static struct sb_parts parts_of(const struct vectors *v, double k, double l)
{
    return (struct sb_parts){ v->p_p, v->p_a, v->p_t, v->n, k, l };
}

static void test_reference_B(void **state)
{
    (void)state;
    json_t *root = reference_open(), *record;
    size_t i;
    json_array_foreach(reference_section(root, "B"), i, record)
    {
        const char *id = json_string_value(json_object_get(record, "id"));
        struct vectors v = vectors_of(record);
        struct sb_parts parts =
            parts_of(&v, reference_number(record, "k"), reference_number(record, "l"));
        struct sb_elasticity e;
        struct sb_turning l_star, l_star_a;
        assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
        assert_int_equal(sb_elasticity_turning(&parts, &l_star, &l_star_a), SB_OK);
        assert_reference(e.p.gamma_nats, record, "gamma_p", id);
        assert_reference(e.a.gamma_nats, record, "gamma_a", id);
        assert_reference(e.t.gamma_nats, record, "gamma_t", id);
        assert_reference(e.p.slope_nats, record, "d_p", id);
        assert_reference(e.a.slope_nats, record, "d_a", id);
        assert_reference(e.t.slope_nats, record, "d_t", id);
        assert_reference(e.p.slope_nats, record, "d_p_exact", id);
        assert_reference(e.a.slope_nats, record, "d_a_exact", id);
        assert_reference(e.t.slope_nats, record, "d_t_exact", id);
        assert_reference(e.p.curvature_nats, record, "dd_p", id);
        assert_reference(e.a.curvature_nats, record, "dd_a", id);
        assert_reference(e.t.curvature_nats, record, "dd_t", id);
        assert_reference(e.V, record, "V", id);
        assert_reference(e.chi_l, record, "chi_l", id);
        assert_reference(e.chi_l, record, "chi_l_exact", id);
        assert_reference(e.kappa_l, record, "kappa_l", id);
        assert_reference(e.R, record, "R", id);
        assert_reference(e.balance_nats, record, "force_balance_residual", id);
        assert_reference(sb_turning_volume(&l_star), record, "l_star_p", id);
        assert_reference(sb_turning_volume(&l_star_a), record, "l_star_a", id);
        assert_reference(e.X_a, record, "X_a_exact", id);
        assert_reference(e.X_p, record, "X_p_exact", id);
        assert_reference(e.nu, record, "nu_exact", id);
        vectors_clear(&v);
    }
    json_decref(root);
}

/* chi as a function of w = k/(k+1) starts at X_a(k=0), with slope X_a - X_p there (R5). */
static void test_reference_D(void **state)
{
    (void)state;
    json_t *root = reference_open(), *record, *at;
    size_t i, j;
    json_array_foreach(reference_section(root, "D"), i, record)
    {
        const char *id = json_string_value(json_object_get(record, "id"));
        struct vectors v = vectors_of(record);
        struct sb_elasticity e;
        struct sb_parts parts = parts_of(&v, 0, 0);
        assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
        assert_reference(e.X_a, record, "chi_w0", id);
        assert_reference(e.X_a - e.X_p, record, "chi_w0_slope", id);
        json_array_foreach(json_object_get(record, "at"), j, at)
        {
            parts.k = reference_number(at, "k");
            assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
            assert_reference(e.chi, record, "chi", id);
            assert_reference(e.kappa, record, "kappa", id);
            assert_reference(e.nu, record, "nu", id);
            assert_reference(e.X_a, at, "X_a", id);
            assert_reference(e.X_p, at, "X_p", id);
            assert_reference(e.kappa_k, at, "kappa_k", id);
            assert_reference(e.a.slope_nats, at, "d_a_0", id);
            assert_reference(e.p.slope_nats, at, "d_p_0", id);
            bool elastic = json_is_true(json_object_get(at, "nu_threshold_ok"));
            assert_int_equal(e.verdict == SB_THEOREM, elastic);
            assert_int_equal(e.kappa_k > (parts.k + 1) * e.nu, elastic);
        }
        vectors_clear(&v);
    }
    json_decref(root);
}

/* Adds neighbouring pairs of the first 2n masses into the first n. */
static void merge(double *p, size_t n)
{
    for (size_t x = 0; x < n; x++)
        p[x] = p[2 * x] + p[2 * x + 1];
}

/* One depth of a complete binary tree: its masses against the record of that layer, the increment
 * over the depth above (masses in *above) against the difference of overlaps. */
static void check_layer(const struct vectors *v, const struct vectors *above, double k, double l,
                        const json_t *layer, const char *id)
{
    enum { MOST = 256 };
    assert_true(v->n <= MOST);
    struct sb_parts parts = parts_of(v, k, l);
    struct sb_elasticity e;
    struct sb_turning l_star, l_star_a;
    assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
    assert_int_equal(sb_elasticity_turning(&parts, &l_star, &l_star_a), SB_OK);
    assert_reference(e.chi, layer, "chi_exact", id);
    assert_reference(e.kappa, layer, "kappa", id);
    assert_reference(e.chi_l, layer, "chi_l", id);
    assert_reference(e.p.slope_nats, layer, "d_p", id);
    assert_reference(e.a.slope_nats, layer, "d_a", id);
    assert_reference(e.t.slope_nats, layer, "d_t", id);
    assert_reference(sb_turning_volume(&l_star), layer, "l_star_p", id);
    if (!above)
        return;
    double q[MOST], q_above[MOST], S = k + 1 + l;
    size_t parent[MOST];
    for (size_t x = 0; x < v->n; x++) {
        q[x] = (k * v->p_p[x] + v->p_a[x] + l * v->p_t[x]) / S;
        parent[x] = x / 2;
    }
    memcpy(q_above, q, sizeof q);
    merge(q_above, above->n);
    const struct sb_layer parents = { above->p_a, above->p_t, above->p_p };
    const struct sb_layer children = { v->p_a, v->p_t, v->p_p };
    const struct sb_layer parents_q = { above->p_a, above->p_t, q_above };
    const struct sb_layer children_q = { v->p_a, v->p_t, q };
    assert_reference(sb_chi_increment(&parents, &children, parent, v->n), layer, "increment_exact",
                     id);
    assert_reference(sb_chi_increment(&parents_q, &children_q, parent, v->n), layer, "increment_l",
                     id);
}

static void test_reference_E(void **state)
{
    (void)state;
    json_t *root = reference_open(), *record;
    size_t i;
    json_array_foreach(reference_section(root, "E"), i, record)
    {
        const char *id = json_string_value(json_object_get(record, "id"));
        const json_t *layers = json_object_get(record, "layers");
        double k = reference_number(record, "k"), l = reference_number(record, "l");
        struct vectors below = vectors_of(record), above = vectors_of(record);
        for (size_t d = json_array_size(layers); d-- > 0;) {
            if (d > 0) {
                above.n = below.n / 2;
                merge(above.p_p, above.n);
                merge(above.p_a, above.n);
                merge(above.p_t, above.n);
            }
            const json_t *layer = json_array_get(layers, d);
            assert_int_equal(json_integer_value(json_object_get(layer, "d")), d);
            check_layer(&below, d > 0 ? &above : NULL, k, l, layer, id);
            below.n = above.n;
            memcpy(below.p_p, above.p_p, above.n * sizeof(double));
            memcpy(below.p_a, above.p_a, above.n * sizeof(double));
            memcpy(below.p_t, above.p_t, above.n * sizeof(double));
        }
        vectors_clear(&below);
        vectors_clear(&above);
    }
    json_decref(root);
}

/* p_p = (1/3, 1/3, 1/3), p_a and p_t at one leaf each, k = 20, l = 1/10: R3 with pi = 1/3:
 *   T = 20/3 + 1/10 = 203/30, R = (203/30)/(20 (1/3 - 1/15)) = (203/30)/(16/3) = 203/160. */
static void test_thirds(void **state)
{
    (void)state;
    const double p_p[] = { 1 / 3., 1 / 3., 1 / 3. }, p_a[] = { 0, 1, 0 }, p_t[] = { 0, 0, 1 };
    struct sb_parts parts = { p_p, p_a, p_t, 3, 20, 0.1 };
    struct sb_elasticity e;
    assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
    assert_close(e.R, 203 / 160.0, 1e-14);
    assert_close(e.a.slope_nats, 1 / 21.1, 1e-15);
    assert_close(e.chi_l, 0, 0);
    assert_close(e.kappa, 1, 1e-15);
    assert_int_equal(e.verdict, SB_THEOREM);
    parts.l = 0.5; /* l = l* = 1/2: the slope of gamma_p is 0, R has no value */
    assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
    assert_int_equal(e.verdict, SB_BOUNDARY);
    assert_true(isnan(e.R));
    parts.l = 0.6;
    assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
    assert_int_equal(e.verdict, SB_BOTH_RISE);
    assert_true(e.R < 0);
    parts.l = -1;
    assert_int_equal(sb_elasticity_at(&parts, &e), SB_DOMAIN);
    parts.l = 0.1;
    parts.k = NAN;
    assert_int_equal(sb_elasticity_at(&parts, &e), SB_DOMAIN);
}

/* Exact boundaries in numbers that doubles do not hold exactly; k at both extremes. */
static void test_boundary(void **state)
{
    (void)state;
    const double third[] = { 1 / 3., 1 / 3., 1 / 3. }, tenths[] = { 0.1, 0.2, 0.7 };
    const double sevenths[] = { 1 / 7., 2 / 7., 4 / 7. };
    struct sb_elasticity e;
    for (double k = 1e-3; k <= 1e12; k *= 1e3) {
        double blend[3]; /* (k third + tenths)/(k + 1) = q0: nothing moves at l = 0 */
        for (int x = 0; x < 3; x++)
            blend[x] = (k * third[x] + tenths[x]) / (k + 1);
        struct sb_parts parts = { third, tenths, blend, 3, k, 0 };
        assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
        assert_int_equal(e.verdict, SB_BOUNDARY);
        assert_true(isnan(e.R));
        /* All three equal: no slope at any l. */
        parts = (struct sb_parts){ sevenths, sevenths, sevenths, 3, k, 1 / 3. };
        assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
        assert_int_equal(e.verdict, SB_BOUNDARY);
        assert_close(e.kappa, 0, 0);
        /* But a part in 1e9 away from the boundary l* = 1/2 is seen at every k. */
        const double p_a[] = { 0, 1, 0 }, p_t[] = { 0, 0, 1 };
        parts = (struct sb_parts){ third, p_a, p_t, 3, k, 0.5 * (1 - 1e-9) };
        assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
        assert_int_equal(e.verdict, SB_THEOREM);
        parts.l = 0.5 * (1 + 1e-9);
        assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
        assert_int_equal(e.verdict, SB_BOTH_RISE);
    }
}

/* No pre-training at all, and a perturbation made of new leaves. */
static void test_edges(void **state)
{
    (void)state;
    const double p_p[] = { 0.5, 0.5, 0, 0 }, p_a[] = { 0.5, 0, 0.5, 0 }, p_t[] = { 0, 0, 0.5, 0.5 };
    struct sb_parts parts = { p_p, p_a, p_t, 4, 0, 0 };
    struct sb_elasticity e;
    struct sb_turning l_star, l_star_a;
    assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
    assert_true(e.p.gamma_nats == INFINITY && isnan(e.p.slope_nats) && isnan(e.R));
    assert_int_equal(e.verdict, SB_BOUNDARY);
    /* k = 1, l = 0: q0 = (1/2, 1/4, 1/4, 0); nu = 1/2; X_a = (1/4)/(1/4) = 1, X_p = 0: the balance
     * k X_p + X_a = (k + 1)(1 - nu) = 1. gamma_a' = 0 on the nose, gamma_p' = 1/2. */
    parts.k = 1;
    assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
    assert_close(e.nu, 0.5, 0);
    assert_close(e.X_a, 1, 0);
    assert_close(e.X_p, 0, 0);
    assert_close(e.p.slope_nats, 0.5, 1e-15);
    assert_close(e.balance_nats, 0, 1e-15);
    assert_true(e.t.slope_nats == -INFINITY && e.V == INFINITY);
    assert_true(e.chi == INFINITY && e.kappa == -INFINITY);
    assert_int_equal(e.verdict, SB_BOUNDARY);
    assert_int_equal(sb_elasticity_turning(&parts, &l_star, &l_star_a), SB_OK);
    assert_int_equal(l_star.kind, SB_TURNING_NONE);
    assert_int_equal(l_star_a.kind, SB_TURNING_NONE);
}

static void random_vector(struct sb_random *random, double *p, size_t n)
{
    for (size_t x = 0; x < n; x++)
        p[x] = sb_random_below(random, 4) == 0 ? 0 : pow(10, -2 * sb_random_unit(random));
    p[sb_random_below(random, n)] += 0.1;
    sb_dist_normalise(p, n);
}

/* R4 on random distributions: the verdict is what l* and l_a* say, and not both exist;
 * k X_p + X_a = (k + 1)(1 - nu); R does not fall on [0, l*). */
static void test_classification(void **state)
{
    (void)state;
    enum { LEAVES = 6 };
    for (uint64_t stream = 0; stream < 400; stream++) {
        struct sb_random random;
        sb_random_init(&random, 13, stream);
        double p[3][LEAVES];
        for (int i = 0; i < 3; i++)
            random_vector(&random, p[i], LEAVES);
        double k = pow(10, 5 * sb_random_unit(&random) - 1), R_before = 0;
        struct sb_parts parts = { p[0], p[1], p[2], LEAVES, k, 0 };
        struct sb_turning l_star, l_star_a;
        struct sb_elasticity e;
        assert_int_equal(sb_elasticity_turning(&parts, &l_star, &l_star_a), SB_OK);
        assert_true(l_star.kind == SB_TURNING_NONE || l_star_a.kind == SB_TURNING_NONE);
        for (parts.l = 1e-4; parts.l < 1e5; parts.l *= 2) {
            assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
            enum sb_verdict expected = parts.l < sb_turning_volume(&l_star)     ? SB_THEOREM
                                       : parts.l < sb_turning_volume(&l_star_a) ? SB_REVERSED
                                                                                : SB_BOTH_RISE;
            if (e.verdict != expected && e.verdict != SB_BOUNDARY)
                fail_msg("seed 13, stream %d, l %g: %s", (int)stream, parts.l,
                         sb_verdict_name(e.verdict));
            if (fabs(k * e.X_p + e.X_a - (k + 1) * (1 - e.nu)) > 1e-13 * (k + 1))
                fail_msg("seed 13, stream %d: X_p %.17g, X_a %.17g", (int)stream, e.X_p, e.X_a);
            if (e.verdict == SB_THEOREM && e.R < R_before * (1 - 1e-9))
                fail_msg("seed 13, stream %d, l %g: R falls to %.17g", (int)stream, parts.l, e.R);
            R_before = e.verdict == SB_THEOREM ? e.R : 0;
        }
    }
}

/* What the parts are by other names: gamma_i = H(p_i) + KL(p_i||q), V = chi^2(p_t||q). */
static void test_identities(void **state)
{
    (void)state;
    enum { LEAVES = 6 };
    for (uint64_t stream = 0; stream < 100; stream++) {
        struct sb_random random;
        sb_random_init(&random, 17, stream);
        double p[3][LEAVES], q[LEAVES];
        for (int i = 0; i < 3; i++)
            random_vector(&random, p[i], LEAVES);
        const struct sb_parts parts = { p[0], p[1], p[2], LEAVES, 3, 0.5 };
        const double *const rows[] = { p[0], p[1], p[2] };
        const double volumes[] = { 3, 1, 0.5 };
        const struct sb_mixture mixture = { 3, LEAVES, rows, volumes };
        struct sb_elasticity e;
        assert_int_equal(sb_mixture_model(&mixture, q), SB_OK);
        assert_int_equal(sb_dist_check(q, LEAVES, "q", NULL), SB_OK);
        assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
        const double gamma[] = { e.p.gamma_nats, e.a.gamma_nats, e.t.gamma_nats };
        for (int i = 0; i < 3; i++) {
            assert_close(sb_dist_cross_entropy_nats(p[i], q, LEAVES), gamma[i], 1e-14);
            assert_close(sb_dist_entropy_nats(p[i], LEAVES) + sb_dist_kl_nats(p[i], q, LEAVES),
                         gamma[i], 1e-14);
        }
        assert_close(sb_dist_chi_squared(p[2], q, LEAVES), e.V, 1e-12);
        assert_close(sb_dist_chi(p[1], p[2], q, LEAVES), e.chi_l, 1e-13);
        assert_close(sb_dist_kappa(p[1], p[2], q, LEAVES) + e.chi_l, 1, 1e-13);
    }
}

/* Increments of a ragged tree sum to chi - 1: a root with three children of which the first has
 * two, the second one (a node that ends), the third three; zeros of Q under zeros of one of the
 * others. chi over the leaves:
 *   .1*.2/.2 + .2*.1/.1 + 0 + .3*.1/.3 + .2*.2/.1 + 0 = .1 + .2 + .1 + .4 = .8 */
static void test_ragged_tree(void **state)
{
    (void)state;
    const double a2[] = { 0.1, 0.2, 0.2, 0.3, 0.2, 0.0 }, t2[] = { 0.2, 0.1, 0.0, 0.1, 0.2, 0.4 };
    const double q2[] = { 0.2, 0.1, 0.3, 0.3, 0.1, 0.0 };
    const size_t parent2[] = { 0, 0, 1, 2, 2, 2 }, parent1[] = { 0, 0, 0 };
    double a1[3] = { 0 }, t1[3] = { 0 }, q1[3] = { 0 };
    for (int c = 0; c < 6; c++) {
        a1[parent2[c]] += a2[c];
        t1[parent2[c]] += t2[c];
        q1[parent2[c]] += q2[c];
    }
    const double one[] = { 1 };
    const struct sb_layer root = { one, one, one }, middle = { a1, t1, q1 },
                          leaves = { a2, t2, q2 };
    double first = sb_chi_increment(&root, &middle, parent1, 3);
    double second = sb_chi_increment(&middle, &leaves, parent2, 6);
    assert_close(first, sb_dist_chi(a1, t1, q1, 3) - 1, 1e-14);
    assert_close(1 + first + second, 0.8, 1e-14);
    /* Not splitting adds nothing. Alignment and perturbation that meet where Q is not: inf, and
     * from there on no increment has a value. */
    const size_t self[] = { 0, 1, 2 };
    assert_close(sb_chi_increment(&middle, &middle, self, 3), 0, 1e-16);
    const double half[] = { 0.5, 0.5 }, off[] = { 1, 0 };
    const size_t both[] = { 0, 0 }, stay[] = { 0, 1 };
    const struct sb_layer split = { half, half, off };
    assert_true(sb_chi_increment(&root, &split, both, 2) == INFINITY);
    assert_true(isnan(sb_chi_increment(&split, &split, stay, 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_B),    cmocka_unit_test(test_reference_D),
        cmocka_unit_test(test_reference_E),    cmocka_unit_test(test_thirds),
        cmocka_unit_test(test_boundary),       cmocka_unit_test(test_edges),
        cmocka_unit_test(test_classification), cmocka_unit_test(test_ragged_tree),
        cmocka_unit_test(test_identities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
