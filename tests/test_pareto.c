/* Zipf and Pareto masses: reference values, second routes, simulation, the critical curve. */
#include "tests/reference.h"

#include <gsl/gsl_sf_zeta.h>
#include "theory/elasticity.h"
#include "theory/expint.h"
#include "theory/pareto.h"
#include "theory/quadrature.h"
#include "theory/zipf.h"

static const char *id_of(const json_t *record)
{
    return json_string_value(json_object_get(record, "id"));
}

static void test_reference_zipf(void **state)
{
    (void)state;
    json_t *root = reference_open(), *record;
    size_t i;
    json_array_foreach(reference_section(root, "F_zipf"), i, record)
    {
        double s = reference_number(record, "s");
        double M = (double)json_integer_value(json_object_get(record, "M"));
        struct sb_zipf zipf, endless = { NAN, NAN, NAN };
        assert_int_equal(sb_zipf_at(s, M, &zipf), SB_OK);
        assert_int_equal(sb_zipf_at(s, INFINITY, &endless), s > 1 ? SB_OK : SB_DOMAIN);
        assert_reference(zipf.Z, record, "Z", id_of(record));
        assert_reference(zipf.entropy_nats, record, "H", id_of(record));
        assert_reference(zipf.minus_log_M_nats, record, "H_minus_lnM", id_of(record));
        assert_reference(sb_bits_from_nats(zipf.entropy_nats), record, "H_bits", id_of(record));
        assert_reference(sb_zipf_limit_nats(s), record, "limit_H_minus_lnM", id_of(record));
        assert_reference(endless.entropy_nats, record, "H_infinite_M", id_of(record));
    }
    json_decref(root);
}

static void test_reference_entropy(void **state)
{
    (void)state;
    json_t *root = reference_open(), *record;
    size_t i;
    json_array_foreach(reference_section(root, "F_pareto_entropy"), i, record)
    {
        double alpha = reference_number(record, "alpha"), entropy;
        double M = (double)json_integer_value(json_object_get(record, "M"));
        assert_int_equal(sb_pareto_mean_entropy_nats(alpha, M, &entropy), SB_OK);
        assert_reference(entropy, record, "EH", id_of(record));
        assert_reference(entropy - log(M), record, "EH_minus_lnM", id_of(record));
        assert_reference(sb_pareto_entropy_limit_minus_log_M_nats(alpha), record,
                         "limit_EH_minus_lnM", id_of(record));
        assert_reference(sb_pareto_entropy_limit_nats(alpha), record, "limit_EH", id_of(record));
    }
    json_decref(root);
}

static void test_reference_overlap(void **state)
{
    (void)state;
    json_t *root = reference_open(), *record;
    size_t i;
    json_array_foreach(reference_section(root, "F_pareto_overlap"), i, record)
    {
        const char *id = id_of(record);
        size_t n;
        double *w = reference_vector(record, "w", &n);
        struct sb_pareto pareto = {
            reference_number(record, "alpha"), reference_number(record, "k"),
            reference_number(record, "l"),     reference_number(record, "pi_1"),
            reference_number(record, "pi_a"),  reference_number(record, "pi_t")
        };
        struct sb_pareto_overlap overlap;
        struct sb_pareto_values v;
        assert_int_equal(sb_pareto_check(&pareto, NULL), SB_OK);
        assert_int_equal(sb_pareto_overlap(pareto.alpha, w, &overlap), SB_OK);
        assert_int_equal(sb_pareto_at(&pareto, &v), SB_OK);
        assert_reference(overlap.mu, record, "mu", id);
        assert_reference(overlap.a_t, record, "E_XaXt_over_wX", id);
        if (pareto.pi_1 > 0)
            assert_reference(overlap.one_t, record, "E_X1Xt_over_wX", id);
        assert_reference(overlap.t_t, record, "E_XtXt_over_wX", id);
        assert_reference(overlap.a_log, record, "E_Xa_ln_wX", id);
        assert_reference(v.gamma_a_minus_log_M_nats, record, "gamma_a_minus_lnM", id);
        assert_reference(v.chi_l, record, "chi", id);
        assert_reference(v.kappa_l, record, "kappa", id);
        if (isinf(pareto.k)) {
            assert_reference(v.kappa, record, "kappa", id);
        } else {
            assert_reference(v.slope_a_nats, record, "d_a", id);
            assert_reference(v.slope_p_nats, record, "d_p", id);
            assert_reference(v.slope_t_nats, record, "d_t", id);
            assert_reference(v.R, record, "R", id);
        }
        free(w);
    }
    json_decref(root);
}

static void test_reference_phase(void **state)
{
    (void)state;
    json_t *root = reference_open(), *record;
    size_t i;
    json_array_foreach(reference_section(root, "F_phase"), i, record)
    {
        double alpha_c;
        struct sb_root bracket;
        assert_int_equal(sb_pareto_critical_alpha(reference_number(record, "pi_a"),
                                                  reference_number(record, "pi_t"), &alpha_c,
                                                  &bracket),
                         SB_OK);
        assert_close(alpha_c, reference_number(record, "alpha_c"), 2e-8);
    }
    json_decref(root);
}

/* Sums term by term; and Hurwitz's zeta function at both ends. */
static void test_zipf_second_routes(void **state)
{
    (void)state;
    for (double s = 0; s < 8; s += 0.37)
        for (double M = 1; M < 3e4; M = floor(M * 2.7) + 1) {
            struct sb_sum Z = { 0 }, Lambda = { 0 };
            for (double j = M; j >= 1; j--) {
                sb_sum_add(&Z, pow(j, -s));
                sb_sum_add(&Lambda, pow(j, -s) * log(j));
            }
            double z = sb_sum_value(&Z), entropy = log(z) + s * sb_sum_value(&Lambda) / z;
            struct sb_zipf zipf;
            assert_int_equal(sb_zipf_at(s, M, &zipf), SB_OK);
            assert_close(zipf.Z, z, 1e-13);
            assert_true(fabs(zipf.entropy_nats - entropy) < 1e-13 * (1 + entropy));
            if (s > 1)
                assert_close(zipf.Z, gsl_sf_hzeta(s, 1) - gsl_sf_hzeta(s, M + 1), 1e-11);
        }
    struct sb_zipf near, far;
    assert_int_equal(sb_zipf_at(1 - 1e-9, 1e12, &near), SB_OK); /* no pole at s = 1 */
    assert_int_equal(sb_zipf_at(1, 1e12, &far), SB_OK);
    assert_close(near.entropy_nats, far.entropy_nats, 1e-7);
    assert_int_equal(sb_zipf_at(0.5, 1e15, &far), SB_OK); /* the limit, to M^-1/2 */
    assert_true(fabs(far.minus_log_M_nats - sb_zipf_limit_nats(0.5)) < 1e-6);
    assert_int_equal(sb_zipf_at(-1, 5, &far), SB_DOMAIN);
    assert_int_equal(sb_zipf_at(1, 0, &far), SB_DOMAIN);
    assert_int_equal(sb_zipf_at(1, 2.5, &far), SB_DOMAIN);
    assert_int_equal(sb_zipf_at(1, INFINITY, &far), SB_DOMAIN);
}

static void assert_within(double value, struct sb_simulated simulated, const char *what,
                          double alpha)
{
    if (!(fabs(value - simulated.mean) < 5 * simulated.standard_error))
        fail_msg("%s at alpha %g: %.10g, simulated %.10g, standard error %.3g", what, alpha, value,
                 simulated.mean, simulated.standard_error);
}

static void test_entropy_simulated(void **state)
{
    (void)state;
    static const double alphas[] = { 0.4, 0.7, 1, 1.3, 2, 4.5 };
    double scratch[300], entropy;
    for (int i = 0; i < 6; i++)
        for (size_t M = 2; M <= 300; M *= 12) {
            struct sb_random random;
            sb_random_init(&random, 21, M);
            struct sb_simulated h =
                sb_pareto_simulate_entropy_nats(&random, alphas[i], scratch, M, 2000);
            assert_int_equal(sb_pareto_mean_entropy_nats(alphas[i], (double)M, &entropy), SB_OK);
            assert_within(entropy, h, "E H", alphas[i]);
        }
    assert_int_equal(sb_pareto_mean_entropy_nats(2, 1, &entropy), SB_OK);
    assert_true(fabs(entropy) < 1e-12);
    assert_int_equal(sb_pareto_mean_entropy_nats(0.1, 5, &entropy), SB_DOMAIN);
    assert_int_equal(sb_pareto_mean_entropy_nats(2, 0, &entropy), SB_DOMAIN);
    /* The limits: alpha = 3 at rate about 1/M; alpha = 1/2 at rate M^-1. */
    assert_int_equal(sb_pareto_mean_entropy_nats(3, 1e6, &entropy), SB_OK);
    assert_true(fabs(entropy - log(1e6) - sb_pareto_entropy_limit_minus_log_M_nats(3)) < 2e-5);
    assert_int_equal(sb_pareto_mean_entropy_nats(0.5, 1e6, &entropy), SB_OK);
    assert_true(fabs(entropy - sb_pareto_entropy_limit_nats(0.5)) < 1e-4);
}

/* E[X_t^2/w.X] once more, as an integral of its own: alpha^3 E_(alpha+1) E_(alpha+1) E_(alpha-1). */
struct direct {
    double w[3];
    struct sb_expint upper, lowest;
};

static double direct_integrand(double u, const void *context)
{
    const struct direct *c = context;
    double alpha = c->upper.nu - 1;
    return alpha * alpha * alpha * sb_expint_at(&c->upper, c->w[0] * u) *
           sb_expint_at(&c->upper, c->w[1] * u) * sb_expint_at(&c->lowest, c->w[2] * u);
}

static void test_overlap_second_routes(void **state)
{
    (void)state;
    for (uint64_t stream = 0; stream < 60; stream++) {
        struct sb_random random;
        sb_random_init(&random, 22, stream);
        double alpha = 1.02 + pow(10, 1.69 * sb_random_unit(&random)) - 1, w[3];
        for (int i = 0; i < 3; i++)
            w[i] = pow(10, 4 * sb_random_unit(&random) - 2);
        struct sb_pareto_overlap overlap;
        assert_int_equal(sb_pareto_overlap(alpha, w, &overlap), SB_OK);
        assert_true(overlap.a_t_error < 1e-11 * overlap.a_t);
        struct sb_simulated a_t, a_log;
        sb_pareto_simulate_overlap(&random, alpha, w, 20000, &a_t, &a_log);
        assert_within(overlap.a_t, a_t, "E[X_a X_t/w.X]", alpha);
        if (alpha > 2.5)
            assert_within(overlap.a_log, a_log, "E[X_a ln w.X]", alpha);
        else if (alpha < 2)
            assert_true(isnan(a_log.standard_error));
        if (alpha < 1.15)
            continue; /* u^(alpha-2) at 0: beyond the reach of this rule */
        const struct direct c = { { w[0], w[1], w[2] },
                                  sb_expint_of(alpha + 1),
                                  sb_expint_of(alpha - 1) };
        struct sb_integral direct;
        assert_int_equal(
            sb_integral_half_line(direct_integrand, &c, 1 / (w[0] + w[1] + w[2]), 1e-12, &direct),
            SB_OK);
        if (!(fabs(direct.value - overlap.t_t) < 1e-10 * overlap.t_t * (1 + 1e-2 / w[2])))
            fail_msg("seed 22, stream %d: alpha %.17g: t_t %.17g, direct %.17g", (int)stream, alpha,
                     overlap.t_t, direct.value);
    }
}

/* The promise for 1.02 <= alpha <= 50: another scale of the rule is another route. */
static void test_whole_range(void **state)
{
    (void)state;
    static const double shares[][3] = {
        { 1 / 3., 1 / 3., 1 / 3. }, { 0.98, 0.01, 0.01 }, { 0, 0.5, 0.5 }, { 0.1, 0.1, 0.8 }
    };
    for (double alpha = 1.02; alpha <= 50; alpha *= 1.1)
        for (int i = 0; i < 4; i++) {
            double a_t, error, scaled, factor = 3.7, w[3];
            int n;
            for (int j = 0; j < 3; j++)
                w[j] = factor * shares[i][j == 0 ? 0 : 3 - j]; /* a and t exchanged */
            assert_int_equal(sb_pareto_overlap_a_t(alpha, shares[i], &a_t, &error, &n), SB_OK);
            assert_true(error < 1e-10 * a_t);
            assert_in_range(n, 3, 2000);
            assert_int_equal(sb_pareto_overlap_a_t(alpha, w, &scaled, &error, &n), SB_OK);
            assert_close(factor * scaled, a_t, 1e-13);
        }
}

/* A finite tree: kappa of normalised masses on many leaves approaches the limit. */
static void test_many_leaves(void **state)
{
    (void)state;
    enum { M = 20000, DRAWS = 30 };
    static double X[3][M], p_p[M];
    const struct sb_pareto pareto = { 3, 20, 0.1, 0.4, 0.3, 0.3 };
    struct sb_pareto_values limit;
    assert_int_equal(sb_pareto_at(&pareto, &limit), SB_OK);
    double sum = 0, squares = 0;
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        struct sb_random random;
        sb_random_init(&random, 23, draw);
        for (int i = 0; i < 3; i++)
            sb_pareto_masses(&random, pareto.alpha, X[i], M);
        for (size_t x = 0; x < M; x++)
            p_p[x] = pareto.pi_1 * X[0][x] + pareto.pi_a * X[1][x] + pareto.pi_t * X[2][x];
        const struct sb_parts parts = { p_p, X[1], X[2], M, pareto.k, pareto.l };
        struct sb_elasticity e;
        assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
        sum += e.kappa_l;
        squares += e.kappa_l * e.kappa_l;
        assert_true(fabs(e.p.slope_nats / limit.slope_p_nats - 1) < 0.3);
        assert_true(fabs(e.a.gamma_nats - log(M) - limit.gamma_a_minus_log_M_nats) < 0.02);
    }
    double mean = sum / DRAWS, deviation = sqrt(fmax(0, squares / DRAWS - mean * mean));
    assert_within(limit.kappa_l, (struct sb_simulated){ mean, deviation / sqrt(DRAWS - 1) },
                  "kappa_l of finite trees", pareto.alpha);
}

/* kappa >= 0 at thirds, falling from 1 (alpha -> 1) to 0 (constant masses); R12's four values; both
 * expansions; the limit of the critical curve. */
static void test_limits(void **state)
{
    (void)state;
    static const double known[][2] = {
        { 1.1, 0.750 }, { 1.5, 0.318 }, { 2, 0.152 }, { 3, 0.0565 }
    };
    double previous = 1;
    for (double alpha = 1.02; alpha <= 50; alpha *= 1.2) {
        const struct sb_pareto thirds = { alpha, INFINITY, 0, 1 / 3., 1 / 3., 1 / 3. };
        struct sb_pareto_values v;
        assert_int_equal(sb_pareto_at(&thirds, &v), SB_OK);
        assert_true(v.kappa > 0 && v.kappa < previous);
        previous = v.kappa;
        if (alpha > 30)
            assert_close(v.kappa, sb_pareto_kappa_expansion(alpha, 1 / 3., 1 / 3.), 0.03);
    }
    for (int i = 0; i < 4; i++) {
        const struct sb_pareto thirds = { known[i][0], INFINITY, 0, 1 / 3., 1 / 3., 1 / 3. };
        struct sb_pareto_values v;
        assert_int_equal(sb_pareto_at(&thirds, &v), SB_OK);
        assert_true(fabs(v.kappa - known[i][1]) < 5.1e-4);
        const struct sb_pareto rare = { known[i][0], INFINITY, 0, 1 - 2e-9, 1e-9, 1e-9 };
        assert_int_equal(sb_pareto_at(&rare, &v), SB_OK);
        double square = known[i][0] * known[i][0];
        assert_close(v.chi_l, square / (square - 1), i == 0 ? 0.3 : 1e-3); /* slow near 1 */
    }
    double edge = (3 - sqrt(3)) / 6, alpha_c;
    struct sb_root root;
    assert_int_equal(sb_pareto_critical_alpha(edge + 1e-6, edge + 1e-6, &alpha_c, &root), SB_OK);
    assert_true(isinf(alpha_c));
    assert_int_equal(sb_pareto_critical_alpha(edge - 0.003, edge - 0.003, &alpha_c, &root), SB_OK);
    assert_true(alpha_c > 15 && alpha_c < 50 && root.low <= alpha_c && alpha_c <= root.high);
    assert_int_equal(sb_pareto_critical_alpha(0.01, 0.01, &alpha_c, &root), SB_OK);
    assert_close(alpha_c, 1.116, 5e-4);
    assert_int_equal(sb_pareto_critical_alpha(0, 0.1, &alpha_c, &root), SB_DOMAIN);
    assert_int_equal(sb_pareto_critical_alpha(0.7, 0.7, &alpha_c, &root), SB_DOMAIN);
}

static void assert_refused_as(struct sb_pareto pareto, const char *part)
{
    struct sb_error error = { "" };
    assert_int_equal(sb_pareto_check(&pareto, &error), SB_DOMAIN);
    if (!strstr(error.message, part))
        fail_msg("\"%s\" does not contain \"%s\"", error.message, part);
}

static void test_domain(void **state)
{
    (void)state;
    assert_refused_as((struct sb_pareto){ 1, 20, 0.1, 0.5, 0.25, 0.25 }, "have a mean");
    assert_refused_as((struct sb_pareto){ NAN, 20, 0.1, 0.5, 0.25, 0.25 }, "alpha is nan");
    assert_refused_as((struct sb_pareto){ 51, 20, 0.1, 0.5, 0.25, 0.25 }, "at most 50");
    assert_refused_as((struct sb_pareto){ 2, INFINITY, 0.1, 0.5, 0.25, 0.25 }, "where k is inf");
    assert_refused_as((struct sb_pareto){ 2, INFINITY, 0, 0.5, 0, 0.5 }, "pi_a is 0");
    assert_refused_as((struct sb_pareto){ 2, 20, 0.1, 0.5, 0.25, 0.5 }, "pi sums to 1.25");
    struct sb_pareto_overlap overlap;
    assert_int_equal(sb_pareto_overlap(2, (double[]){ 1, 0, 1 }, &overlap), SB_DOMAIN);
    assert_int_equal(sb_pareto_overlap(2, (double[]){ 1, 1, INFINITY }, &overlap), SB_DOMAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_zipf),
        cmocka_unit_test(test_reference_entropy),
        cmocka_unit_test(test_reference_overlap),
        cmocka_unit_test(test_reference_phase),
        cmocka_unit_test(test_zipf_second_routes),
        cmocka_unit_test(test_entropy_simulated),
        cmocka_unit_test(test_overlap_second_routes),
        cmocka_unit_test(test_whole_range),
        cmocka_unit_test(test_many_leaves),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_domain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
