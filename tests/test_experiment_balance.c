/* The experiments path and slopes: identities of what they measure, and of what they make of it. */
#include "estimators/experiment/experiments.h"
#include "estimators/experiment/findings.h"
#include <gsl/gsl_errno.h>
#include "data/language_exact.h"
#include "estimators/experiment/walk.h"
#include "tests/helpers.h"
#include "theory/elasticity.h"

static struct sb_experiment_options tiny(void)
{
    struct sb_experiment_options o = sb_experiment_options_default(false);
    o.model = "llama:width=8,layers=1,heads=1";
    o.n_pretraining = 128;
    o.n_seeds = 2;
    o.world.n_test = 8;
    return o;
}

static void fine(enum sb_status status, const struct sb_error *error)
{
    if (status)
        fail_msg("status %d: %s", (int)status, error->message);
}

static struct sb_world *new_world(const struct sb_experiment_options *o)
{
    struct sb_world *world;
    struct sb_error error = { "" };
    fine(sb_world_create(&o->world, &world, &error), &error);
    return world;
}

/* As observed: each document's bits to a millionth; or as they are. */
static double mean_bits(const struct sb_learner *learner,
                        const struct sb_documents_drawn *documents, bool as_observed)
{
    struct sb_error error = { "" };
    double *bits = malloc(documents->n_documents * sizeof *bits), sum = 0;
    fine(sb_learner_bits(learner, documents, bits, &error), &error);
    for (size_t i = 0; i < documents->n_documents; i++)
        sum += as_observed ? rint(bits[i] * 1e6) / 1e6 : bits[i];
    free(bits);
    return sum / (double)documents->n_documents;
}

/* ---- gradients --------------------------------------------------------------------------------- */

/* (rate of a at theta + h g_t - rate of a at theta - h g_t)/2h = <g_a, g_t>. */
static void test_products_are_derivatives(void **state)
{
    (void)state;
    struct sb_experiment_options o = tiny();
    struct sb_world *world = new_world(&o);
    struct sb_base base = sb_base_of(&o, world, 0);
    struct sb_learner *learner, *moved[2];
    struct sb_error error = { "" };
    fine(sb_base_create(&base, &learner, &error), &error);
    size_t n = sb_learner_n_parameters(learner);
    float *g[2] = { malloc(n * sizeof(float)), malloc(n * sizeof(float)) };
    const struct sb_documents_drawn *documents[2] = { sb_world_test(world, SB_ALIGNMENT),
                                                      sb_world_test(world, SB_PERTURBATION) };
    double product = 0, square = 0;
    for (int i = 0; i < 2; i++)
        fine(sb_learner_gradient(learner, documents[i], g[i], &error), &error);
    for (size_t i = 0; i < n; i++) {
        product += (double)g[0][i] * g[1][i];
        square += (double)g[1][i] * g[1][i];
    }
    double h = 0.1 / square; /* a tenth of a bit */
    for (int side = 0; side < 2; side++) {
        fine(sb_learner_clone(learner, &moved[side], &error), &error);
        float *x = sb_learner_network(moved[side])->parameters;
        for (size_t i = 0; i < n; i++)
            x[i] += (float)((side ? h : -h) * g[1][i]);
    }
    for (int i = 0; i < 2; i++) {
        double change =
            mean_bits(moved[1], documents[i], false) - mean_bits(moved[0], documents[i], false);
        assert_close(change / (2 * h), i ? square : product, 1e-3);
    }
    for (int i = 0; i < 2; i++) {
        sb_learner_free(moved[i]);
        free(g[i]);
    }
    sb_learner_free(learner);
    sb_world_free(world);
}

static void test_counts_have_no_gradient(void **state)
{
    (void)state;
    struct sb_experiment_options o = tiny();
    struct sb_world *world = new_world(&o);
    struct sb_learner *learner;
    struct sb_error error = { "" };
    float gradient = 0;
    fine(sb_learner_create("counts", world, 1, &learner, &error), &error);
    assert_int_equal(
        sb_learner_gradient(learner, sb_world_test(world, SB_ALIGNMENT), &gradient, &error),
        SB_UNSUPPORTED);
    sb_learner_free(learner);
    sb_world_free(world);
}

/* ---- the truth --------------------------------------------------------------------------------- */

/* P of a mixture is the mixture of P. */
static void test_truth_of_mixtures(void **state)
{
    (void)state;
    struct sb_experiment_options o = tiny();
    struct sb_error error = { "" };
    struct sb_language_options *l = &o.world.language;
    fine(sb_language_options_set(l, "pi", "8:1:1", &error), &error);
    struct sb_world *world = new_world(&o);
    const struct sb_documents_drawn *test = sb_world_test(world, SB_PRETRAINING);
    double bits[5][8];
    const double volumes[5][SB_UNRELATED] = { [0][SB_PRETRAINING] = 3,
                                              [1][SB_ALIGNMENT] = 2,
                                              [2][SB_PERTURBATION] = 1,
                                              [3][SB_NEUTRAL] = 1,
                                              [4] = { 0.5, 0.25, 0.25, 0 } };
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(sb_world_exact_bits(world, volumes[i], test, bits[i]), SB_OK);
    for (size_t d = 0; d < 8; d++) {
        double p[4];
        for (size_t i = 0; i < 4; i++)
            p[i] = exp2(-bits[i][d]);
        assert_close(p[0], 0.8 * p[3] + 0.1 * p[1] + 0.1 * p[2], 1e-12);
        assert_close(exp2(-bits[4][d]), 0.5 * p[0] + 0.25 * p[1] + 0.25 * p[2], 1e-12);
    }
    const double none[SB_UNRELATED] = { 0 };
    assert_int_equal(sb_world_exact_bits(world, none, test, bits[0]), SB_DOMAIN);
    sb_world_free(world);
}

/* ---- path -------------------------------------------------------------------------------------- */

/* Observations of all cells, at so many threads. */
static struct sb_observations observations_of(const struct sb_experiment *experiment,
                                              const struct sb_experiment_options *o,
                                              size_t n_threads)
{
    char *folder = new_folder();
    struct sb_observations observations = { 0 };
    struct sb_experiment_work work = {
        .folder = folder, .n_shards = 1, .n_threads = n_threads, .header = sb_table_create()
    };
    struct sb_error error = { "" };
    size_t n_missing;
    fine(sb_experiment_run(experiment, o, &work, &observations, &n_missing, &error), &error);
    assert_int_equal(n_missing, 0);
    sb_table_free(work.header);
    remove_folder(folder);
    return observations;
}

static void assert_same_bits(const struct sb_experiment *experiment)
{
    struct sb_experiment_options o = tiny();
    struct sb_observations one = observations_of(experiment, &o, 1),
                           two = observations_of(experiment, &o, 2);
    assert_true(one.n > 0);
    assert_int_equal(one.n, two.n);
    for (size_t i = 0; i < one.n; i++) {
        assert_string_equal(one.items[i].quantity, two.items[i].quantity);
        assert_memory_equal(&one.items[i].value, &two.items[i].value, sizeof(double));
    }
    sb_observations_clear(&one);
    sb_observations_clear(&two);
}

static void test_same_bits_at_any_threads(void **state)
{
    (void)state;
    assert_same_bits(&sb_experiment_path);
    assert_same_bits(&sb_experiment_slopes);
    assert_same_bits(&sb_experiment_balance);
}

/* The ends of the line are the base and the aligned model, to the bit; and where a walk ends, its size and
 * cosine give back its foot. */
static void test_path_joins_its_ends(void **state)
{
    (void)state;
    struct sb_experiment_options o = tiny();
    struct sb_world *world = new_world(&o);
    struct sb_base base = sb_base_of(&o, world, 1);
    struct sb_learning how = sb_learning_tuning();
    struct sb_learner *ends[2];
    struct sb_error error = { "" };
    struct sb_observations observations = { 0 };
    fine(sb_base_create(&base, &ends[0], &error), &error);
    fine(sb_align(&base, ends[0], 1024, &how, &ends[1], &error), &error);
    fine(sb_experiment_path.run(&o, 0, 1, &observations, &error), &error);
    for (int end = 0; end < 2; end++) {
        struct sb_point point = sb_point("line", 0, end);
        const struct sb_observation *found =
            sb_observation_find(&observations, 0, 0, &point, "bits_perturbation");
        double expected = mean_bits(ends[end], sb_world_test(world, SB_PERTURBATION), true);
        assert_non_null(found);
        assert_true(found->value == expected);
        point = sb_point("neutral", 512, end);
        double value[3];
        static const char *const names[3] = { "cosine", "size", "foot" };
        for (int i = 0; i < 3; i++)
            value[i] = sb_observation_find(&observations, 0, 0, &point, names[i])->value;
        assert_true(fabs(value[0]) <= 1 && value[1] > 0);
        assert_close(value[2], end + value[0] * value[1], 1e-9);
        sb_learner_free(ends[end]);
    }
    sb_observations_clear(&observations);
    sb_world_free(world);
}

/* Two parabolas of stiffness 512, at 0 and at 1, hold to Hooke's law everywhere, and k of one and 1 of the
 * other rest at 1/(k + 1). */
static void observe_parabolas(struct sb_observations *observations, size_t seed)
{
    static const char *const names[] = { "bits_pretraining", "bits_alignment" };
    size_t before = observations->n;
    for (int i = -8; i <= 24; i++)
        for (int part = 0; part < 2; part++) {
            double alpha = i / 16.0, bits[3];
            struct sb_point point = sb_point("line", 0, alpha);
            for (int d = 0; d < 3; d++)
                bits[d] = 100 + 7 * d + (double)seed + 256 * (alpha - part) * (alpha - part);
            assert_int_equal(sb_observe_documents(observations, &point, names[part], bits, 3),
                             SB_OK);
        }
    static const char *const walks[] = { "neutral", "mixture", "opposed" };
    for (int i = 0; i < 6; i++) {
        struct sb_point point = sb_point(walks[i / 2], 512, i % 2);
        sb_observe(observations, &point, "cosine", i % 2 ? -0.5 - 0.01 * (double)seed : 0.1);
    }
    for (size_t i = before; i < observations->n; i++)
        observations->items[i].seed = seed;
}

static double estimate(const struct sb_findings *f, const char *path, const char *quantity,
                       double second)
{
    for (size_t row = 0; row < sb_table_n_rows(f->estimates); row++)
        if (strcmp(sb_table_text_at(f->estimates, row, 1), path) == 0 &&
            strcmp(sb_table_text_at(f->estimates, row, 4), quantity) == 0 &&
            (isnan(second) || sb_table_real_at(f->estimates, row, 3) == second))
            return sb_table_real_at(f->estimates, row, 5);
    fail_msg("no estimate of %s on %s", quantity, path);
    return NAN;
}

static void test_path_of_two_springs(void **state)
{
    (void)state;
    struct sb_experiment_options o = tiny();
    struct sb_observations observations = { 0 };
    struct sb_findings f;
    struct sb_error error = { "" };
    o.n_seeds = 3;
    o.n_pretraining = 4096;
    for (size_t seed = 0; seed < 3; seed++)
        observe_parabolas(&observations, seed);
    assert_int_equal(sb_findings_init(&f), SB_OK);
    fine(sb_analyse(&sb_experiment_path, &o, &observations, &f, &error), &error);
    assert_close(estimate(&f, "line", "hooke_range_alpha", 0), 0.5, 1e-12);
    assert_close(estimate(&f, "line", "rest_alpha", 0), 1.0 / 5, 1e-9);
    assert_close(estimate(&f, "line", "stiffness_pretraining_bits", 0), 512, 1e-9);
    assert_close(estimate(&f, "line", "slope_alignment_bits", 0), -512, 1e-9);
    assert_close(estimate(&f, "line", "energy_total_bits", 1), 256 * (4 - 1), 1e-9);
    assert_string_equal(sb_table_column_name(f.estimates, 3), "alpha");
    assert_true(f.claims[0].is_primary);
    assert_close(f.claims[0].effect.value, -0.61, 1e-9);
    assert_int_equal(sb_claim_verdict(&f.claims[0]), SB_CLAIM_SHOWN);
    sb_findings_clear(&f);
    sb_observations_clear(&observations);
}

/* ---- slopes ------------------------------------------------------------------------------------ */

/* In the joint model g_a = -3 g_p, and a step gives D_t 1, D_p 0.1; in the others D_p's own product is
 * noise. */
static void observe_products(struct sb_observations *observations, size_t seed)
{
    static const char *const models[] = { "base", "aligned", "joint" };
    static const char letters[] = "pat";
    static const double joint[3][3] = { { 2, -6, 1 }, { -6, 18, -3 }, { 1, -3, 10 } };
    size_t before = observations->n;
    for (int m = 0; m < 3; m++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
                struct sb_point point = sb_point(models[m], 0, 0);
                double sign = seed % 2 ? 1 : -1;
                double value = m == 2       ? joint[i][j] * (1 + 0.01 * (double)seed)
                               : i + j == 0 ? sign
                                            : 1;
                char quantity[SB_POINT_NAME];
                snprintf(quantity, sizeof quantity, "product_%c%c", letters[i], letters[j]);
                sb_observe(observations, &point, quantity, value);
                snprintf(quantity, sizeof quantity, "predicted_%c%c", letters[i], letters[j]);
                sb_observe(observations, &point, quantity, -0.01 * value);
                snprintf(quantity, sizeof quantity, "measured_%c%c", letters[i], letters[j]);
                sb_observe(observations, &point, quantity,
                           -0.009 * value - 1e-5 * (double)seed * value);
            }
    for (size_t i = before; i < observations->n; i++)
        observations->items[i].seed = seed;
}

static void test_slopes_of_a_stationary_model(void **state)
{
    (void)state;
    struct sb_experiment_options o = tiny();
    struct sb_observations observations = { 0 };
    struct sb_findings f;
    struct sb_error error = { "" };
    o.n_seeds = 4;
    for (size_t seed = 0; seed < 4; seed++)
        observe_products(&observations, seed);
    assert_int_equal(sb_findings_init(&f), SB_OK);
    fine(sb_analyse(&sb_experiment_slopes, &o, &observations, &f, &error), &error);
    assert_close(estimate(&f, "joint", "lambda", NAN), 3, 1e-12);
    assert_close(estimate(&f, "joint", "R", NAN), 1, 1e-12);
    assert_close(estimate(&f, "joint", "loss_a_per_gain_t", NAN), 0.3, 1e-12);
    assert_close(estimate(&f, "joint", "gain_p_per_gain_t", NAN), 0.1, 1e-12);
    assert_close(estimate(&f, "joint", "measured_over_predicted", NAN), 0.9015, 1e-9);
    assert_true(isnan(estimate(&f, "base", "lambda", NAN))); /* refused */
    int n = 0;
    for (size_t i = 0; i < f.n_claims; i++)
        if (strstr(f.claims[i].measure, "lambda at the joint model, less 3")) {
            assert_close(f.claims[i].effect.value, 0, 1e-12);
            assert_int_equal(sb_claim_verdict(&f.claims[i]), SB_CLAIM_ABSENT);
            n++;
        }
    assert_int_equal(n, 1);
    sb_findings_clear(&f);
    sb_observations_clear(&observations);
}

/* ---- balance ----------------------------------------------------------------------------------- */

static double observed(const struct sb_observations *o, const char *path, double k, double l,
                       const char *quantity)
{
    struct sb_point point = sb_point(path, k, l);
    const struct sb_observation *found = sb_observation_find(o, 0, 0, &point, quantity);
    if (!found)
        fail_msg("nothing observed: %s %s at l = %g", path, quantity, l);
    return found->value;
}

/* R2 between all pairs of volumes, with the epsilon that was measured. */
static void assert_sandwich(const struct sb_observations *o, const char *path, double most_epsilon)
{
    static const double l[] = { 0, 1, 2, 4 };
    for (int i = 0; i < 4; i++)
        for (int j = i + 1; j < 4; j++) {
            double p = observed(o, path, 20, l[j], "bits_pretraining") -
                       observed(o, path, 20, l[i], "bits_pretraining");
            double a = observed(o, path, 20, l[j], "bits_alignment") -
                       observed(o, path, 20, l[i], "bits_alignment");
            double t = observed(o, path, 20, l[j], "bits_perturbation") -
                       observed(o, path, 20, l[i], "bits_perturbation");
            double e1 = observed(o, path, 20, l[i], "epsilon_bits"),
                   e2 = observed(o, path, 20, l[j], "epsilon_bits"), rounding = 1e-8;
            assert_true(e1 >= -rounding && e1 < most_epsilon);
            assert_true(-l[i] * t - e1 <= 20 * p + a + rounding);
            assert_true(20 * p + a <= -l[j] * t + e2 + rounding);
        }
}

static void test_balance_of_counts(void **state)
{
    (void)state;
    struct sb_experiment_options o = tiny();
    struct sb_observations observations = { 0 };
    struct sb_error error = { "" };
    o.n_pretraining = 512;
    fine(sb_experiment_balance.run(&o, 1, 0, &observations, &error), &error);
    assert_sandwich(&observations, "words", 1e-4);
    assert_sandwich(&observations, "bigrams", 0.5);
    assert_sandwich(&observations, "family", 1e-2);
    /* at l = 0 nothing is asked of D_t: the two slopes balance (R2) in the family, which has no novelty */
    double p = observed(&observations, "family", 20, 0, "slope_pretraining"),
           a = observed(&observations, "family", 20, 0, "slope_alignment");
    assert_true(a > 0);
    assert_close(20 * p, -a, 1e-6);
    sb_observations_clear(&observations);
}

/* What the findings call exact is R4's kappa_k at l = 0, by another route; and trained cells have their
 * claims. */
static void test_balance_findings(void **state)
{
    (void)state;
    struct sb_experiment_options o = tiny();
    struct sb_findings f;
    struct sb_error error = { "" };
    struct sb_language *language;
    struct sb_language_leaves leaves;
    struct sb_elasticity e;
    o.n_pretraining = 512;
    struct sb_observations observations = observations_of(&sb_experiment_balance, &o, 2);
    assert_int_equal(sb_findings_init(&f), SB_OK);
    fine(sb_analyse(&sb_experiment_balance, &o, &observations, &f, &error), &error);
    assert_string_equal(f.claims[0].text,
                        "opposed data raise the aligned data's rate in joint training");
    assert_true(f.claims[0].is_primary);
    double pi[3] = { 0.8, 0.1, 0.1 };
    o.world.language.overlap = 0.9;
    memcpy(o.world.language.pi, pi, sizeof pi);
    assert_int_equal(sb_language_create(&o.world.language, &language), SB_OK);
    assert_int_equal(sb_language_leaves_init(&leaves, language, SB_LEVEL_DOCUMENT), SB_OK);
    const struct sb_parts parts = {
        leaves.pretraining, leaves.dialect[1], leaves.dialect[2], leaves.n, 20, 0
    };
    assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
    assert_true(e.kappa_k < 0);
    int n = 0;
    for (size_t row = 0; row < sb_table_n_rows(f.estimates); row++)
        if (strcmp(sb_table_text_at(f.estimates, row, 0), "overlap 0.9, pi 8:1:1") == 0 &&
            strcmp(sb_table_text_at(f.estimates, row, 1), "documents, k=20") == 0 &&
            sb_table_real_at(f.estimates, row, 2) == 0) {
            assert_close(sb_table_real_at(f.estimates, row, 3), e.kappa_k, 1e-9);
            n++;
        }
    assert_int_equal(n, 2);
    sb_language_leaves_clear(&leaves);
    sb_language_free(language);
    sb_findings_clear(&f);
    sb_observations_clear(&observations);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_balance_of_counts),
        cmocka_unit_test(test_balance_findings),
        cmocka_unit_test(test_products_are_derivatives),
        cmocka_unit_test(test_counts_have_no_gradient),
        cmocka_unit_test(test_truth_of_mixtures),
        cmocka_unit_test(test_path_joins_its_ends),
        cmocka_unit_test(test_path_of_two_springs),
        cmocka_unit_test(test_slopes_of_a_stationary_model),
        cmocka_unit_test(test_same_bits_at_any_threads),
    };
    return cmocka_run_group_tests_name("experiments balance, path and slopes", tests, NULL, NULL);
}
