/* The experiments that train on and back, resistance and prequential, and the code they measure with:
 * against models that are trained and scored step by step, against the closed form of counts, against the
 * trainer's own loss, and on planted observations. */
#include "tests/transformers.h"
#include "estimators/experiment/counts.h"
#include "estimators/experiment/experiments.h"
#include "estimators/experiment/findings.h"
#include "estimators/experiment/variants.h"
#include "estimators/experiment/walk.h"

static const char *const TINY = "llama:width=8,layers=1,heads=1";
enum { N_PRETRAINING = 128, N_TEST = 4 };

static struct sb_experiment_options tiny_options(void)
{
    struct sb_experiment_options o = sb_experiment_options_default(false);
    o.model = TINY;
    o.n_pretraining = N_PRETRAINING;
    o.n_seeds = 2;
    o.world.n_test = N_TEST;
    return o;
}

/* ---- the code ---------------------------------------------------------------------------------- */

static struct sb_world *open_world(void)
{
    struct sb_world *world;
    struct sb_error error = { "" };
    const struct sb_experiment_options o = tiny_options();
    no_error(sb_world_create(&o.world, &world, &error), &error);
    return world;
}

static struct sb_learner *clone_of(const struct sb_learner *learner)
{
    struct sb_learner *clone;
    struct sb_error error = { "" };
    no_error(sb_learner_clone(learner, &clone, &error), &error);
    return clone;
}

static struct sb_documents_drawn draw(const struct sb_world *world, enum sb_part part,
                                      uint64_t stream, size_t first, size_t n)
{
    struct sb_documents_drawn drawn = { 0 };
    assert_int_equal(sb_world_draw(world, part, stream, first, n, &drawn), SB_OK);
    return drawn;
}

/* Codes documents as the definition has it: for each batch a clone of what there is scores it, then it is
 * learned; nothing is shared with sb_learner_code. goes_on: they continue what was learned last. */
static void code_by_steps(struct sb_learner *learner, const struct sb_world *world,
                          enum sb_part part, uint64_t stream, size_t first, size_t n, bool goes_on,
                          double *bits)
{
    struct sb_error error = { "" };
    struct sb_learning how = sb_learning_tuning();
    for (size_t at = 0; at < n; at += how.training.n_batch) {
        size_t size = n - at < how.training.n_batch ? n - at : how.training.n_batch;
        struct sb_documents_drawn batch = draw(world, part, stream, first + at, size);
        struct sb_learner *as_it_is = clone_of(learner);
        how.carries_moments = goes_on || at > 0;
        no_error(sb_learner_learn(learner, &how, &batch, NULL, NULL, &error), &error);
        no_error(sb_learner_bits(as_it_is, &batch, bits + at, &error), &error);
        sb_learner_free(as_it_is);
        sb_documents_drawn_clear(&batch);
    }
}

static void check_code(const char *model)
{
    enum { N = 40 }; /* 16 + 16 + 8 */
    struct sb_error error = { "" };
    struct sb_world *world = open_world();
    struct sb_learner *learner, *other;
    struct sb_learning how = sb_learning_tuning();
    double bits[N], expected[N], after[N], expected_after[N];
    no_error(sb_learner_create(model, world, 7, &learner, &error), &error);
    other = clone_of(learner);
    struct sb_documents_drawn documents = draw(world, SB_ALIGNMENT, 3, 5, N);
    no_error(sb_learner_code(learner, &how, &documents, NULL, NULL, bits, &error), &error);
    code_by_steps(other, world, SB_ALIGNMENT, 3, 5, N, false, expected);
    assert_memory_equal(bits, expected, sizeof bits);
    no_error(sb_learner_bits(learner, &documents, after, &error), &error);
    no_error(sb_learner_bits(other, &documents, expected_after, &error), &error);
    assert_memory_equal(after, expected_after, sizeof after);
    assert_true(bits[N - 1] != after[N - 1]); /* it has learned since */
    sb_documents_drawn_clear(&documents);
    sb_learner_free(learner);
    sb_learner_free(other);
    sb_world_free(world);
}

static void test_a_code_is_what_was_predicted(void **state)
{
    (void)state;
    check_code(TINY);
    check_code("counts:order=2,memory=30");
}

/* Documents of one word by counts, each coded before it is learned: Dirichlet's closed form
 *   -log2 [ G(1) / G(1 + N) prod_w G(1/V + n_w) / G(1/V) ],   the same in any order. */
static void test_counts_code_by_the_closed_form(void **state)
{
    (void)state;
    enum { N = 9 };
    struct sb_error error = { "" };
    struct sb_world *world = open_world();
    double v = (double)sb_world_n_vocabulary(world), nats = lgamma(1 + N);
    uint32_t ids[N][2];
    const uint32_t words[N] = { 3, 3, 1, 4, 3, 1, 140, 3, 9 };
    const size_t counts[] = { 4, 2, 1, 1, 1 };
    struct sb_training_sequence sequences[N];
    for (size_t i = 0; i < 5; i++)
        nats -= lgamma(1 / v + (double)counts[i]) - lgamma(1 / v);
    for (size_t turn = 0; turn < 2; turn++) {
        struct sb_documents_drawn documents = { sequences, N, N, NULL };
        struct sb_learning how = sb_learning_tuning();
        struct sb_learner *learner;
        double bits[N], total = 0;
        for (size_t i = 0; i < N; i++) {
            ids[i][0] = (uint32_t)sb_world_start_id(world);
            ids[i][1] = words[turn ? N - 1 - i : i];
            sequences[i] = (struct sb_training_sequence){ ids[i], 2, NULL, i };
        }
        how.training.n_batch = 1;
        no_error(sb_learner_create("counts", world, 1, &learner, &error), &error);
        no_error(sb_learner_code(learner, &how, &documents, NULL, NULL, bits, &error), &error);
        for (size_t i = 0; i < N; i++)
            total += bits[i];
        assert_close(total, nats / log(2), 1e-13);
        sb_learner_free(learner);
    }
    sb_world_free(world);
}

static void test_preferences_are_no_code(void **state)
{
    (void)state;
    struct sb_error error = { "" };
    struct sb_world *world = open_world();
    struct sb_learner *learner;
    struct sb_learning how = sb_learning_tuning();
    struct sb_documents_drawn documents = draw(world, SB_ALIGNMENT, 1, 0, 2);
    double bits[2];
    how.training.objective = SB_DPO;
    no_error(sb_learner_create(TINY, world, 1, &learner, &error), &error);
    assert_int_equal(sb_learner_code(learner, &how, &documents, NULL, NULL, bits, &error),
                     SB_UNSUPPORTED);
    sb_documents_drawn_clear(&documents);
    sb_learner_free(learner);
    sb_world_free(world);
}

/* ---- cells ------------------------------------------------------------------------------------- */

/* Observations of all cells, in a folder of their own. */
static struct sb_observations run(const struct sb_experiment *experiment,
                                  const struct sb_experiment_options *options, size_t n_threads)
{
    struct sb_error error = { "" };
    struct sb_observations observations = { 0 };
    size_t n_missing;
    char *folder = new_folder();
    const struct sb_experiment_work work = {
        .folder = folder, .n_shards = 1, .n_threads = n_threads, .header = sb_table_create()
    };
    no_error(sb_experiment_run(experiment, options, &work, &observations, &n_missing, &error),
             &error);
    assert_int_equal(n_missing, 0);
    sb_table_free(work.header);
    remove_folder(folder);
    return observations;
}

static void assert_same(const struct sb_observations *a, const struct sb_observations *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        const struct sb_observation *x = &a->items[i], *y = &b->items[i];
        assert_true(x->condition == y->condition && x->seed == y->seed);
        assert_string_equal(x->point.path, y->point.path);
        assert_string_equal(x->quantity, y->quantity);
        assert_true(x->point.aligned == y->point.aligned && x->point.learned == y->point.learned);
        assert_memory_equal(&x->value, &y->value, sizeof x->value);
    }
}

static double observed(const struct sb_observations *o, size_t condition, size_t seed,
                       const char *path, double aligned, double learned, const char *quantity)
{
    struct sb_point point = sb_point(path, aligned, learned);
    const struct sb_observation *found = sb_observation_find(o, condition, seed, &point, quantity);
    if (!found)
        fail_msg("no %s on %s at %g, %g", quantity, path, aligned, learned);
    return found->value;
}

static struct sb_learner *make_base(const struct sb_base *base)
{
    struct sb_learner *learner;
    struct sb_error error = { "" };
    no_error(sb_base_create(base, &learner, &error), &error);
    return learner;
}

static struct sb_learner *align(const struct sb_base *base, const struct sb_learner *from,
                                size_t n_aligned)
{
    struct sb_learner *aligned;
    struct sb_error error = { "" };
    const struct sb_learning how = sb_learning_tuning();
    no_error(sb_align(base, from, n_aligned, &how, &aligned, &error), &error);
    return aligned;
}

static double sum_of(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum;
}

/* Mean bits per document by the loss of the trainer, which is not the scorer. */
static double bits_by_the_loss(const struct sb_learner *learner,
                               const struct sb_documents_drawn *documents)
{
    struct sb_error error = { "" };
    const struct sb_training_options options = sb_training_options_default();
    struct sb_learner *clone = clone_of(learner);
    struct sb_network *network = sb_learner_network(clone);
    struct sb_trainer *trainer;
    double nats;
    float *gradients = malloc(network->n_parameters * sizeof *gradients);
    assert_non_null(gradients);
    no_error(sb_trainer_create(network, &options, &trainer, &error), &error);
    no_error(
        sb_trainer_gradient(trainer, documents->sequences, documents->n, gradients, &nats, &error),
        &error);
    free(gradients);
    sb_trainer_free(trainer);
    sb_learner_free(clone);
    return nats * (double)(documents->sequences[0].n - 1) / log(2);
}

/* Checkpoints 64 and 256 of seed 1, made by themselves. */
static void test_resistance_of_one_pair(void **state)
{
    (void)state;
    enum { N_WRITTEN = 512 };
    struct sb_error error = { "" };
    struct sb_experiment_options options = tiny_options();
    struct sb_observations o = run(&sb_experiment_resistance, &options, 1);
    struct sb_world *world = open_world();
    const struct sb_base base = sb_base_of(&options, world, 1);
    struct sb_learner *origin = make_base(&base);
    struct sb_learner *sides[2] = { align(&base, origin, 64), align(&base, origin, 256) };
    const double doses[2] = { 64, 256 };
    struct sb_documents_drawn written[2] = { { 0 }, { 0 } };
    for (size_t i = 0; i < 2; i++) {
        no_error(sb_learner_sample(sides[i], world, base.seed, 0, N_WRITTEN, &written[i], &error),
                 &error);
        /* no excess of the writer over itself before the first step */
        double own = observed(&o, 0, 1, "alignment", doses[i], doses[i], "own_bits");
        assert_close(own, bits_by_the_loss(sides[i], &written[i]), 1e-6);
    }
    for (size_t i = 0; i < 2; i++) {
        double bits[N_WRITTEN];
        struct sb_learning how = sb_learning_tuning();
        assert_close(observed(&o, 0, 1, "alignment", doses[i], doses[!i], "first_bits"),
                     bits_by_the_loss(sides[i], &written[!i]), 1e-6);
        no_error(sb_learner_code(sides[i], &how, &written[!i], NULL, NULL, bits, &error), &error);
        assert_close(observed(&o, 0, 1, "alignment", doses[i], doses[!i], "training_bits"),
                     sum_of(bits, N_WRITTEN) / N_WRITTEN, 1e-14);
        assert_close(observed(&o, 0, 1, "alignment", doses[i], doses[!i], "end_bits"),
                     sum_of(bits + 384, 128) / 128, 1e-14);
    }
    /* the path back begins where the alignment ends */
    assert_true(observed(&o, 0, 1, "back", 0, 0, "own_bits") ==
                observed(&o, 0, 1, "alignment", 1024, 1024, "own_bits"));
    for (size_t i = 0; i < 2; i++) {
        sb_learner_free(sides[i]);
        sb_documents_drawn_clear(&written[i]);
    }
    sb_learner_free(origin);
    sb_world_free(world);
    sb_observations_clear(&o);
}

/* The margin of a learner on the test documents. */
static double margin_of(const struct sb_world *world, const struct sb_learner *learner)
{
    struct sb_error error = { "" };
    double bits[2][N_TEST];
    for (int side = 0; side < 2; side++)
        no_error(sb_learner_bits(learner,
                                 sb_world_test(world, side ? SB_PERTURBATION : SB_ALIGNMENT),
                                 bits[side], &error),
                 &error);
    return (sum_of(bits[1], N_TEST) - sum_of(bits[0], N_TEST)) / N_TEST;
}

/* Seed 0, by steps: 1,024 opposed documents, aligned ones until the margin is back from below, A'. */
static void check_mirrored(const struct sb_observations *o, const struct sb_base *base,
                           size_t condition, const struct sb_learner *origin)
{
    const struct sb_world *world = base->world;
    struct sb_learner *learner = clone_of(origin);
    static double bits[1024];
    size_t n = 0;
    code_by_steps(learner, world, SB_PERTURBATION, base->seed, 0, 1024, false, bits);
    do {
        code_by_steps(learner, world, SB_ALIGNMENT, base->seed, 1536 + n, 16, n > 0, bits);
        n += 16;
    } while (margin_of(world, learner) < margin_of(world, origin));
    assert_true(observed(o, condition, 0, "mirrored: again", 0, 0, "return_documents") ==
                (double)n);
    code_by_steps(learner, world, SB_ALIGNMENT, base->seed, 1024, 512, false, bits);
    assert_close(observed(o, condition, 0, "mirrored: again", 0, 512, "total_bits"),
                 sum_of(bits, 512), 1e-13);
    sb_learner_free(learner);
}

/* Seed 0, by steps: A, then opposed documents until the margin is back, then A'. */
static void check_return(const struct sb_observations *o, const struct sb_base *base,
                         size_t condition)
{
    const struct sb_world *world = base->world;
    struct sb_learner *origin = make_base(base), *learner = clone_of(origin), *alone;
    static double bits[2048];
    double total = 0, margin = margin_of(world, origin);
    size_t n = 0;
    code_by_steps(learner, world, SB_ALIGNMENT, base->seed, 0, 1024, false, bits);
    for (size_t i = 0; i < 1024; i++)
        total += bits[i];
    assert_close(observed(o, condition, 0, "base: alignment", 0, 1024, "total_bits"), total, 1e-13);
    assert_close(observed(o, condition, 0, "base: alignment", 0, 16, "bits"), sum_of(bits, 16) / 16,
                 1e-14);
    assert_close(observed(o, condition, 0, "base: alignment", 0, 64, "bits"),
                 sum_of(bits + 32, 32) / 32, 1e-14);
    double expected = observed(o, condition, 0, "returned: again", 1024, 0, "return_documents");
    do {
        code_by_steps(learner, world, SB_PERTURBATION, base->seed, n, 16, n > 0, bits);
        n += 16;
    } while (margin_of(world, learner) > margin);
    assert_true(expected == (double)n);
    for (enum sb_part part = 0; part < SB_UNRELATED; part++) {
        char quantity[64];
        snprintf(quantity, sizeof quantity, "test_bits_%s", sb_part_names[part]);
        assert_close(observed(o, condition, 0, "returned: again", 1024, 0, quantity),
                     bits_by_the_loss(learner, sb_world_test(world, part)), 1e-6);
    }
    code_by_steps(learner, world, SB_ALIGNMENT, base->seed, 1024, 512, false, bits);
    assert_close(observed(o, condition, 0, "returned: again", 1024, 512, "total_bits"),
                 sum_of(bits, 512), 1e-13);
    alone = clone_of(origin);
    code_by_steps(alone, world, SB_PERTURBATION, base->seed, 0, n, false, bits);
    code_by_steps(alone, world, SB_ALIGNMENT, base->seed, 1024, 512, false, bits);
    assert_close(observed(o, condition, 0, "base, as many: again", 0, 512, "total_bits"),
                 sum_of(bits, 512), 1e-13);
    check_mirrored(o, base, condition, origin);
    sb_learner_free(alone);
    sb_learner_free(learner);
    sb_learner_free(origin);
}

static void test_prequential_bits_by_steps(void **state)
{
    (void)state;
    struct sb_experiment_options options = tiny_options();
    options.n_seeds = 1;
    struct sb_observations o = run(&sb_experiment_prequential, &options, 1);
    struct sb_world *world = open_world();
    const struct sb_base base = sb_base_of(&options, world, 0);
    check_return(&o, &base, 0);
    sb_world_free(world);
    sb_observations_clear(&o);
}

static void test_same_bits_on_two_threads(void **state)
{
    (void)state;
    const struct sb_experiment *const both[] = { &sb_experiment_resistance,
                                                 &sb_experiment_prequential };
    for (size_t i = 0; i < 2; i++) {
        struct sb_experiment_options options = tiny_options();
        options.n_seeds = i == 0 ? 2 : 1; /* prequential has two conditions */
        struct sb_observations one = run(both[i], &options, 1), two = run(both[i], &options, 2);
        assert_same(&one, &two);
        sb_observations_clear(&one);
        sb_observations_clear(&two);
    }
}

/* ---- what they say ----------------------------------------------------------------------------- */

static void plant(struct sb_observations *o, size_t condition, size_t seed, const char *path,
                  double aligned, double learned, const char *quantity, double value)
{
    struct sb_point point = sb_point(path, aligned, learned);
    assert_int_equal(sb_observe(o, &point, quantity, value), SB_OK);
    o->items[o->n - 1].condition = condition;
    o->items[o->n - 1].seed = seed;
}

/* Checkpoint i writes at 100 - 2 i bits, and costs whoever learns it 4 more if that is a later one, 5 if an
 * earlier one; the seeds are +-0.1 about it on one side. Forward - inverse over the pairs (i, j):
 * excess 1; raw 1 - 2 (j - i), mean over the distances 1 1 1 2 2 3: 1 - 2 10/6 = -7/3. On the way back
 * i writes at 94 + 2 i: raw 1 + 10/3. Order alone: 1. */
static void plant_resistance(struct sb_observations *o, size_t seed)
{
    const double doses[] = { 0, 64, 256, 1024 };
    for (size_t back = 0; back < 2; back++)
        for (size_t i = 0; i < 4; i++)
            for (size_t j = 0; j < 4; j++) {
                double own = back ? 94 + 2 * (double)i : 100 - 2 * (double)i;
                double more = j > i ? 4 : 5 + (seed ? 0.1 : -0.1);
                const char *path = back ? "back" : "alignment";
                if (i == j) {
                    plant(o, 0, seed, path, doses[i], doses[i], "own_bits", own);
                    continue;
                }
                plant(o, 0, seed, path, doses[j], doses[i], "training_bits", own + more);
                plant(o, 0, seed, path, doses[j], doses[i], "first_bits", own + 2 * more);
                plant(o, 0, seed, path, doses[j], doses[i], "end_bits", own - more);
            }
}

static struct sb_findings analyse(const struct sb_experiment *experiment,
                                  const struct sb_experiment_options *options,
                                  const struct sb_observations *o)
{
    struct sb_findings findings;
    struct sb_error error = { "" };
    assert_int_equal(sb_findings_init(&findings), SB_OK);
    no_error(sb_analyse(experiment, options, o, &findings, &error), &error);
    return findings;
}

static void test_resistance_says_what_was_planted(void **state)
{
    (void)state;
    struct sb_experiment_options options = tiny_options();
    struct sb_observations o = { 0 };
    plant_resistance(&o, 0);
    plant_resistance(&o, 1);
    struct sb_findings f = analyse(&sb_experiment_resistance, &options, &o);
    const double values[] = { -7.0 / 3, 1, 2, -1, 1 + 10.0 / 3, 1, 1, 1 };
    assert_int_equal(f.n_claims, sizeof values / sizeof *values);
    for (size_t i = 0; i < f.n_claims; i++) {
        assert_close(f.claims[i].effect.value, values[i], 1e-13);
        assert_true(f.claims[i].is_primary == (i == 0));
    }
    /* raw: reversed in every pair that is 2 or 3 apart, and -1 in the three next to each other */
    assert_int_equal(sb_claim_verdict(&f.claims[0]), SB_CLAIM_REVERSED);
    assert_non_null(strstr(f.claims[0].measure, "inverse lower in 0 of 6"));
    assert_non_null(strstr(f.claims[1].measure, "inverse lower in 6 of 6"));
    assert_non_null(strstr(f.claims[0].paper, "27 of 27"));
    /* +-0.1: standard error 0.1, t of one degree of freedom 12.706 */
    assert_close(f.claims[1].effect.standard_error, 0.1, 1e-12);
    assert_close(f.claims[1].effect.high, 1 + 0.1 * 12.706204736432095, 1e-9);
    assert_int_equal(sb_claim_verdict(&f.claims[1]), SB_CLAIM_UNRESOLVED);
    sb_findings_clear(&f);
    sb_observations_clear(&o);
}

static void plant_prequential(struct sb_observations *o, size_t condition, size_t seed,
                              bool returns)
{
    static const struct {
        const char *path;
        double aligned, learned, total;
    } totals[] = { { "base: again", 0, 512, 5000 },
                   { "returned: again", 1024, 512, 4700 },
                   { "base, as many: again", 0, 512, 5100 },
                   { "mirrored: again", 0, 512, 4650 },
                   { "base, opposed: again", 0, 512, 6000 },
                   { "aligned, opposed: again", 1024, 512, 5990 },
                   { "base: opposed", 0, 2048, 20000 },
                   { "aligned: opposed", 1024, 2048, 20500 },
                   { "base: neutral", 0, 2048, 20000 },
                   { "base, neutral: again", 0, 512, 5500 },
                   { "aligned, neutral: again", 1024, 512, 5600 } };
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++)
        if (returns || i != 1)
            plant(o, condition, seed, totals[i].path, totals[i].aligned, totals[i].learned,
                  "total_bits", totals[i].total + (totals[i].aligned > 0 && seed ? 10 : 0));
    plant(o, condition, seed, "base: again", 0, 0, "test_bits_pretraining", 180);
    plant(o, condition, seed, "returned: again", 1024, 0, "test_bits_pretraining", 181.25);
    /* frozen: 4,000 bits apart on 2,048 documents */
    plant(o, condition, seed, "base: opposed", 0, 2048, "frozen_bits", 30000);
    plant(o, condition, seed, "aligned: opposed", 1024, 2048, "frozen_bits", 34000);
}

static void test_prequential_says_what_was_planted(void **state)
{
    (void)state;
    struct sb_experiment_options options = tiny_options();
    struct sb_observations o = { 0 };
    for (size_t seed = 0; seed < 2; seed++) {
        plant_prequential(&o, 0, seed, true);
        plant_prequential(&o, 1, seed, seed == 0); /* counts: one of them never came back */
    }
    struct sb_findings f = analyse(&sb_experiment_prequential, &options, &o);
    /* of seeds 0 and 1: 300 290; 400 390; -50 -60; 1.25 twice; 10 0; 500 510; 256 and 261.12 documents less
     * 1,024; -100 -110 */
    const double values[] = { 295, 395, -55, 1.25, 5, 505, (256 + 261.12) / 2 - 1024, -105 };
    assert_int_equal(f.n_claims, 16);
    for (size_t i = 0; i < 8; i++) {
        assert_close(f.claims[i].effect.value, values[i], 1e-12);
        assert_true(f.claims[i].is_primary == (i == 0));
    }
    assert_int_equal(sb_claim_verdict(&f.claims[0]), SB_CLAIM_SHOWN);
    assert_int_equal(sb_claim_verdict(&f.claims[7]), SB_CLAIM_REVERSED);
    assert_true(isnan(f.claims[8].effect.value));
    assert_int_equal(sb_claim_verdict(&f.claims[8]), SB_CLAIM_UNRESOLVED);
    sb_findings_clear(&f);
    sb_observations_clear(&o);
}

/* The full profile varies the optimiser and the form; counts have neither. */
static void test_variants(void **state)
{
    (void)state;
    struct sb_experiment_options options = sb_experiment_options_default(true);
    options.model = TINY;
    assert_int_equal(sb_variants_n(&options), 5);
    assert_string_equal(sb_variant(&options, 0).name, "llama; AdamW, fresh moments");
    assert_string_equal(sb_variant(&options, 1).model, "gpt2:width=8,layers=1,heads=1");
    assert_true(sb_variant(&options, 2).tuning.carries_moments);
    assert_int_equal(sb_variant(&options, 3).tuning.training.n_warmup, 16);
    assert_int_equal(sb_variant(&options, 4).tuning.training.optimizer.kind, SB_SGD);
    assert_string_equal(sb_variant(&options, 4).name, "llama; SGD");
    options.model = "counts:order=2";
    assert_int_equal(sb_variants_n(&options), 1);
    options.is_full = false;
    options.model = "gpt2";
    assert_int_equal(sb_variants_n(&options), 1);
    assert_string_equal(sb_variant(&options, 1).model, "llama");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_code_is_what_was_predicted),
        cmocka_unit_test(test_counts_code_by_the_closed_form),
        cmocka_unit_test(test_preferences_are_no_code),
        cmocka_unit_test(test_resistance_of_one_pair),
        cmocka_unit_test(test_prequential_bits_by_steps),
        cmocka_unit_test(test_same_bits_on_two_threads),
        cmocka_unit_test(test_resistance_says_what_was_planted),
        cmocka_unit_test(test_prequential_says_what_was_planted),
        cmocka_unit_test(test_variants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
