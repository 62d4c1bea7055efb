/* What experiments are made of: worlds, counts, learners, walks, findings. */
#include "estimators/experiment/counts.h"
#include "estimators/experiment/findings.h"
#include "estimators/experiment/margin.h"
#include "estimators/experiment/walk.h"
#include "estimators/multiplicity.h"
#include "tests/helpers.h"
#include "theory/numeric.h"

static const char NETWORK[] = "llama:width=8,layers=1,heads=1";

static struct sb_world *new_world(bool is_exchanged)
{
    struct sb_world_options options = sb_world_options_default();
    struct sb_world *world;
    struct sb_error error;
    options.n_test = 6;
    options.language.length = 9;
    options.language.n_content_words = 20;
    options.is_exchanged = is_exchanged;
    assert_int_equal(sb_world_create(&options, &world, &error), SB_OK);
    return world;
}

/* ---- counts ------------------------------------------------------------------------------------ */

static void test_counts_by_hand(void **state)
{
    (void)state;
    /* words 0 1 2; sequences 0 1 1 and 0 2; order 2, strength 1:
     *   p_1(1) = (2 + 1/3)/(3 + 1) = 7/12,  p_1(2) = (1 + 1/3)/4 = 1/3
     *   p(1 | 0) = (1 + 7/12)/(2 + 1) = 19/36,  p(1 | 1) = (1 + 7/12)/(1 + 1) = 19/24 */
    const uint32_t a[] = { 0, 1, 1 }, b[] = { 0, 2 };
    const struct sb_training_sequence first = { a, 3, NULL, 0 }, second = { b, 2, NULL, 1 };
    struct sb_counts *counts, *clone;
    double p[3], sum = 0;
    assert_int_equal(sb_counts_create(3, 2, 1, 0, &counts), SB_OK);
    sb_counts_learn(counts, &first, 1);
    sb_counts_learn(counts, &second, 1);
    sb_counts_next(counts, a, 1, p);
    assert_close(p[1], 19.0 / 36, 1e-14);
    for (size_t w = 0; w < 3; w++)
        sum += p[w];
    assert_close(sum, 1, 1e-14);
    assert_close(sb_counts_nats(counts, &first), -log(19.0 / 36) - log(19.0 / 24), 1e-14);
    /* a mask leaves out what is not asked for */
    const uint8_t mask[] = { 0, 1 };
    const struct sb_training_sequence masked = { a, 3, mask, 0 };
    assert_close(sb_counts_nats(counts, &masked), -log(19.0 / 24), 1e-14);
    assert_int_equal(sb_counts_clone(counts, &clone), SB_OK);
    sb_counts_learn(clone, &first, 1);
    assert_close(sb_counts_nats(counts, &masked), -log(19.0 / 24), 1e-14); /* as it was */
    sb_counts_free(clone);
    sb_counts_free(counts);
}

/* Counts that forget are what is left of weights (1 - 1/m)^age. */
static void test_forgetting(void **state)
{
    (void)state;
    struct sb_counts *forgetful, *weighted;
    enum { N = 700 }; /* beyond the rescaling for m = 2: 2^700 > 1e100 */
    const uint32_t ids[4][3] = { { 0, 1, 2 }, { 0, 2, 2 }, { 0, 1, 1 }, { 0, 2, 1 } };
    assert_int_equal(sb_counts_create(3, 2, 1, 2, &forgetful), SB_OK);
    assert_int_equal(sb_counts_create(3, 2, 1, 0, &weighted), SB_OK);
    for (size_t i = 0; i < N; i++) {
        const struct sb_training_sequence s = { ids[i * i % 7 % 4], 3, NULL, i };
        sb_counts_learn(forgetful, &s, 1);
        sb_counts_learn(weighted, &s, pow(0.5, (double)(N - i)));
    }
    for (size_t i = 0; i < 4; i++) {
        const struct sb_training_sequence s = { ids[i], 3, NULL, i };
        assert_close(sb_counts_nats(forgetful, &s), sb_counts_nats(weighted, &s), 1e-12);
    }
    sb_counts_free(forgetful);
    sb_counts_free(weighted);
}

static void test_counts_domain(void **state)
{
    (void)state;
    struct sb_counts *counts;
    assert_int_equal(sb_counts_create(3, 4, 1, 0, &counts), SB_DOMAIN);
    assert_null(counts);
    assert_int_equal(sb_counts_create(3, 1, 0, 0, &counts), SB_DOMAIN);
    assert_int_equal(sb_counts_create(3, 1, 1, 1, &counts), SB_DOMAIN);
    assert_int_equal(sb_counts_create(5000, 2, 1, 0, &counts), SB_LIMIT);
}

/* ---- worlds ------------------------------------------------------------------------------------ */

static bool same_ids(const struct sb_training_sequence *a, const struct sb_training_sequence *b)
{
    return a->n == b->n && memcmp(a->ids, b->ids, a->n * sizeof *a->ids) == 0;
}

/* A document depends on part, stream and number; parts differ, streams differ, tests are apart. */
static void test_draws(void **state)
{
    (void)state;
    struct sb_world *world = new_world(false);
    for (enum sb_part part = SB_PRETRAINING; part < SB_N_PARTS; part++) {
        struct sb_documents_drawn all = { 0 }, piece = { 0 }, other = { 0 };
        assert_int_equal(sb_world_draw(world, part, 7, 0, 8, &all), SB_OK);
        assert_int_equal(sb_world_draw(world, part, 7, 5, 2, &piece), SB_OK);
        assert_int_equal(sb_world_draw(world, part, 8, 0, 8, &other), SB_OK);
        assert_true(same_ids(&all.sequences[5], &piece.sequences[0]));
        assert_true(same_ids(&all.sequences[6], &piece.sequences[1]));
        assert_int_equal(piece.sequences[1].document, 1);
        assert_false(same_ids(&all.sequences[0], &other.sequences[0]));
        assert_false(same_ids(&all.sequences[0], &sb_world_test(world, part)->sequences[0]));
        assert_int_equal(all.sequences[0].n, sb_world_n_ids(world));
        assert_int_equal(all.sequences[0].ids[0], sb_world_start_id(world));
        sb_documents_drawn_clear(&all);
        sb_documents_drawn_clear(&piece);
        sb_documents_drawn_clear(&other);
    }
    sb_world_free(world);
}

static void test_mixtures_and_pairs(void **state)
{
    (void)state;
    struct sb_world *world = new_world(false), *exchanged = new_world(true);
    struct sb_documents_drawn a = { 0 }, t = { 0 }, mixed = { 0 }, pairs = { 0 }, swapped = { 0 };
    size_t n_other = 0;
    enum { N = 200 };
    assert_int_equal(sb_world_draw(world, SB_ALIGNMENT, 3, 0, N, &a), SB_OK);
    assert_int_equal(sb_world_draw(world, SB_PERTURBATION, 3, 0, N, &t), SB_OK);
    assert_int_equal(sb_world_draw(exchanged, SB_ALIGNMENT, 3, 0, N, &swapped), SB_OK);
    assert_int_equal(
        sb_world_draw_mixed(world, SB_PERTURBATION, SB_ALIGNMENT, 0.25, 3, 0, N, &mixed), SB_OK);
    assert_int_equal(sb_world_draw_pairs(world, SB_ALIGNMENT, SB_PERTURBATION, 3, 0, 20, &pairs),
                     SB_OK);
    for (size_t i = 0; i < N; i++) {
        bool is_other = same_ids(&mixed.sequences[i], &a.sequences[i]);
        n_other += is_other;
        assert_true(is_other || same_ids(&mixed.sequences[i], &t.sequences[i]));
        assert_true(same_ids(&swapped.sequences[i], &t.sequences[i]));
    }
    assert_in_range(n_other, 30, 70); /* 50 +- 3.3 standard deviations of 6.1 */
    for (size_t i = 0; i < 20; i++) {
        assert_true(same_ids(&pairs.sequences[2 * i], &a.sequences[i]));
        assert_int_equal(pairs.sequences[2 * i].ids[1], pairs.sequences[2 * i + 1].ids[1]);
    }
    sb_documents_drawn_clear(&a);
    sb_documents_drawn_clear(&t);
    sb_documents_drawn_clear(&mixed);
    sb_documents_drawn_clear(&pairs);
    sb_documents_drawn_clear(&swapped);
    sb_world_free(exchanged);
    sb_world_free(world);
}

/* The classifier of style words against the posterior of whole documents. */
static void test_alignment_probability(void **state)
{
    (void)state;
    struct sb_world *world = new_world(false);
    struct sb_documents_drawn drawn = { 0 };
    double mean = 0;
    assert_int_equal(sb_world_draw(world, SB_PRETRAINING, 5, 0, 100, &drawn), SB_OK);
    for (size_t i = 0; i < drawn.n; i++) {
        const struct sb_training_sequence *s = &drawn.sequences[i];
        struct sb_documents_drawn one = { (struct sb_training_sequence *)s, 1, 1, NULL };
        struct sb_training_sequence copy = *s;
        double bits[2];
        const double volumes[2][SB_UNRELATED] = { { 0, 1, 0, 0 }, { 0, 0, 1, 0 } };
        copy.document = 0;
        one.sequences = &copy;
        for (size_t side = 0; side < 2; side++)
            assert_int_equal(sb_world_exact_bits(world, volumes[side], &one, &bits[side]), SB_OK);
        double p = sb_world_alignment_probability(world, s->ids, s->n);
        assert_close(p, 1 / (1 + exp2(bits[0] - bits[1])), 1e-9);
        mean += p / (double)drawn.n;
    }
    assert_true(mean > 0.3 && mean < 0.7);
    sb_documents_drawn_clear(&drawn);
    sb_world_free(world);
}

/* ---- learners ---------------------------------------------------------------------------------- */

static struct sb_learner *new_learner(const struct sb_world *world, const char *text)
{
    struct sb_learner *learner;
    struct sb_error error = { "" };
    if (sb_learner_create(text, world, 1, &learner, &error))
        fail_msg("%s", error.message);
    return learner;
}

static void must_learn(struct sb_learner *learner, const struct sb_learning *how,
                       const struct sb_documents_drawn *documents, size_t first, size_t n)
{
    struct sb_documents_drawn part = { documents->sequences + first, n, n, NULL };
    struct sb_error error = { "" };
    if (sb_learner_learn(learner, how, &part, NULL, NULL, &error))
        fail_msg("%s", error.message);
}

/* Learning in two pieces with carried moments is learning in one; with fresh ones it is not. Counts do not
 * know the difference. The last batch may be smaller. */
static void test_pieces(void **state)
{
    (void)state;
    struct sb_world *world = new_world(false);
    static const char *const models[] = { NETWORK, "counts:order=2", "counts:memory=8" };
    struct sb_documents_drawn documents = { 0 };
    struct sb_learning how = sb_learning_tuning();
    how.training.n_batch = 4;
    how.carries_moments = true;
    assert_int_equal(sb_world_draw(world, SB_PRETRAINING, 2, 0, 22, &documents), SB_OK);
    for (size_t m = 0; m < 3; m++) {
        struct sb_learner *whole = new_learner(world, models[m]),
                          *pieces = new_learner(world, models[m]), *fresh;
        struct sb_error error;
        double a[6], b[6], c[6];
        must_learn(whole, &how, &documents, 0, 22);
        must_learn(pieces, &how, &documents, 0, 12);
        assert_int_equal(sb_learner_clone(pieces, &fresh, &error), SB_OK);
        must_learn(pieces, &how, &documents, 12, 10);
        how.carries_moments = false;
        must_learn(fresh, &how, &documents, 12, 10);
        how.carries_moments = true;
        const struct sb_documents_drawn *test = sb_world_test(world, SB_ALIGNMENT);
        assert_int_equal(sb_learner_bits(whole, test, a, &error), SB_OK);
        assert_int_equal(sb_learner_bits(pieces, test, b, &error), SB_OK);
        assert_int_equal(sb_learner_bits(fresh, test, c, &error), SB_OK);
        assert_memory_equal(a, b, sizeof a);
        if (m == 0)
            assert_memory_not_equal(a, c, sizeof a);
        else
            assert_memory_equal(a, c, sizeof a);
        sb_learner_free(whole);
        sb_learner_free(pieces);
        sb_learner_free(fresh);
    }
    sb_documents_drawn_clear(&documents);
    sb_world_free(world);
}

/* KL along documents: 0 to itself; its mean over documents that p wrote is that of log p - log q, to
 * sampling error. */
static void test_divergence(void **state)
{
    (void)state;
    struct sb_world *world = new_world(false);
    static const char *const models[] = { NETWORK, "counts:order=2" };
    enum { N = 400 };
    for (size_t m = 0; m < 2; m++) {
        struct sb_learner *p = new_learner(world, models[m]), *q;
        struct sb_documents_drawn documents = { 0 }, written = { 0 };
        struct sb_learning how = sb_learning_tuning();
        struct sb_error error = { "" };
        static double kl[N], of_p[N], of_q[N];
        how.training.rate = 1e-2;
        assert_int_equal(sb_world_draw(world, SB_ALIGNMENT, 2, 0, 320, &documents), SB_OK);
        assert_int_equal(sb_learner_clone(p, &q, &error), SB_OK);
        must_learn(p, &how, &documents, 0, 320);
        assert_int_equal(sb_learner_sample(p, world, 9, 0, N, &written, &error), SB_OK);
        assert_int_equal(sb_learner_kl(p, p, &written, kl, &error), SB_OK);
        for (size_t i = 0; i < N; i++)
            assert_true(fabs(kl[i]) < 1e-5);
        assert_int_equal(sb_learner_kl(p, q, &written, kl, &error), SB_OK);
        assert_int_equal(sb_learner_bits(p, &written, of_p, &error), SB_OK);
        assert_int_equal(sb_learner_bits(q, &written, of_q, &error), SB_OK);
        double mean = 0, squares = 0, divergence = 0;
        for (size_t i = 0; i < N; i++) {
            double difference = of_q[i] - of_p[i] - kl[i]; /* a martingale: mean 0 */
            divergence += kl[i] / N;
            mean += difference / N;
            squares += difference * difference / N;
        }
        assert_true(divergence > 0.5);
        if (!(fabs(mean) < 4 * sqrt(squares / N)))
            fail_msg("%s: KL %g, off by %g, standard error %g", models[m], divergence, mean,
                     sqrt(squares / N));
        sb_documents_drawn_clear(&documents);
        sb_documents_drawn_clear(&written);
        sb_learner_free(p);
        sb_learner_free(q);
    }
    sb_world_free(world);
}

/* ---- walks ------------------------------------------------------------------------------------- */

static const double *documents_at(const struct sb_observations *o, const char *path, double aligned,
                                  double learned, const char *quantity)
{
    const struct sb_point point = sb_point(path, aligned, learned);
    const struct sb_observation *found = sb_observation_find(o, 0, 0, &point, quantity);
    if (!found || !found->documents)
        fail_msg("nothing at %s, %g + %g: %s", path, aligned, learned, quantity);
    return found->documents;
}

/* A walk over more alignment goes through the models that were aligned longer; one from the base over D_a
 * is an alignment; all begin at the aligned model. For counts to the bit. */
static void test_walks(void **state)
{
    (void)state;
    struct sb_world *world = new_world(false);
    const size_t doses[] = { 16, 32 };
    const struct sb_learning how = sb_learning_tuning();
    struct sb_walks walks = { .n = 0 };
    sb_walks_add(&walks, "more", SB_ALIGNMENT, 16, doses, 1, &how, false);
    sb_walks_add(&walks, "opposed", SB_PERTURBATION, 16, doses, 2, &how, false);
    sb_walks_add(&walks, "from base", SB_ALIGNMENT, 0, doses, 2, &how, true);
    sb_walks_add(&walks, "opposed", SB_PERTURBATION, 32, doses, 1, &how, true);
    const struct sb_base base = { world, "counts:order=2", 64, sb_learning_pretraining(64), 3 };
    struct sb_observations o = { 0 };
    struct sb_error error = { "" };
    if (sb_walk_from_base(&base, walks.items, walks.n, &o, &error))
        fail_msg("%s", error.message);
    static const char *const quantities[] = { "bits_alignment", "bits_perturbation", "bits_neutral",
                                              "bits_pretraining" };
    for (size_t q = 0; q < 4; q++) {
        size_t n = 6 * sizeof(double);
        assert_memory_equal(documents_at(&o, "more", 16, 16, quantities[q]),
                            documents_at(&o, "opposed", 32, 0, quantities[q]), n);
        assert_memory_equal(documents_at(&o, "more", 16, 0, quantities[q]),
                            documents_at(&o, "opposed", 16, 0, quantities[q]), n);
        assert_memory_equal(documents_at(&o, "from base", 0, 16, quantities[q]),
                            documents_at(&o, "opposed", 16, 0, quantities[q]), n);
        assert_memory_equal(documents_at(&o, "from base", 0, 0, quantities[q]),
                            documents_at(&o, "base", 0, 0, quantities[q]), n);
    }
    const struct sb_point start = sb_point("base", 0, 0), aligned = sb_point("opposed", 16, 0);
    assert_close(sb_observation_find(&o, 0, 0, &start, "kl_to_base_bits")->value, 0, 1e-12);
    assert_true(sb_observation_find(&o, 0, 0, &aligned, "kl_to_base_bits")->value > 0);
    assert_true(sb_observation_find(&o, 0, 0, &aligned, "alignment_probability")->value >
                sb_observation_find(&o, 0, 0, &start, "alignment_probability")->value);
    sb_observations_clear(&o);
    sb_world_free(world);
}

/* ---- findings ---------------------------------------------------------------------------------- */

static void test_effects(void **state)
{
    (void)state;
    /* 1, 2, 3, 6: mean 3, s = sqrt(14/3), error sqrt(14/12), t_3 at 97.5 % 3.18245 */
    const double values[] = { 1, 2, 3, 6 };
    struct sb_effect e = sb_effect_of_seeds(values, 4, 0.95);
    assert_close(e.value, 3, 1e-15);
    assert_close(e.standard_error, sqrt(14.0 / 12), 1e-14);
    assert_close(e.high, 3 + 3.182446305284263 * sqrt(14.0 / 12), 1e-12);
    /* 2 P(t_3 > t) = 1 - 2/pi (atan(a) + a/(1 + a^2)), a = t/sqrt(3) */
    double a = 3 / sqrt(14.0 / 12) / sqrt(3);
    assert_close(e.p_value, 1 - 2 / acos(-1) * (atan(a) + a / (1 + a * a)), 1e-12);
    const double one[] = { 4 };
    assert_true(isnan(sb_effect_of_seeds(one, 1, 0.95).low));
    /* times: geometric mean; where one was not seen, the median between order statistics. Of eight values the
     * extremes cover it with 1 - 2/256, the next with 1 - 18/256 = 0.93 < 0.95 */
    const double times[] = { 2, 8, 4, 4 };
    assert_close(sb_effect_of_times(times, 4, 0.95).value, 4, 1e-14);
    const double censored[] = { 3, 1, 2, INFINITY, 5, 4, 7, 6 };
    e = sb_effect_of_times(censored, 8, 0.95);
    assert_close(e.value, 4.5, 1e-15);
    assert_close(e.low, 1, 1e-15);
    assert_true(isinf(e.high));
    e = sb_effect_of_times(censored, 8, 0.9);
    assert_close(e.low, 2, 1e-15);
    assert_close(e.high, 7, 1e-15);
}

static void test_curves(void **state)
{
    (void)state;
    const double doses[] = { 0, 16, 32, 64 }, values[] = { 4, 2, 1, -1 };
    assert_close(sb_crossing(doses, values, 4, 0), 48, 1e-14);
    assert_close(sb_crossing(doses, values, 4, 3), 8, 1e-14);
    assert_close(sb_crossing(doses, values, 4, 5), 0, 1e-14);
    assert_true(isinf(sb_crossing(doses, values, 4, -2)));
    const double x[] = { 0, 1, 2 }, y[] = { 1, 5, 3, 5, 5, 5 }; /* two seeds: 1 3 5, 5 5 5 */
    double slopes[2];
    sb_slopes_by_seed(x, y, 3, 2, slopes);
    assert_close(slopes[0], 2, 1e-14);
    assert_close(slopes[1], 0, 1e-14);
}

/* An effect of documents is the mean over seeds of differences of means; with one document each it is that
 * of seeds alone. */
static void test_crossing(void **state)
{
    (void)state;
    struct sb_experiment_options options = sb_experiment_options_default(false);
    struct sb_observations o = { 0 };
    const struct sb_point a = sb_point("a", 0, 0), b = sb_point("b", 0, 0);
    const double at_a[3][2] = { { 1, 3 }, { 2, 2 }, { 4, 8 } },
                 at_b[3][2] = { { 0, 1 }, { 1, 2 }, { 0, 0 } };
    options.n_seeds = 3;
    for (size_t s = 0; s < 3; s++) {
        assert_int_equal(sb_observe_documents(&o, &a, "bits", at_a[s], 2), SB_OK);
        o.items[o.n - 1].seed = s;
        assert_int_equal(sb_observe_documents(&o, &b, "bits", at_b[s], 2), SB_OK);
        o.items[o.n - 1].seed = s;
    }
    const struct sb_effect_term terms[2] = { { 1, a, "bits" }, { -1, b, "bits" } };
    struct sb_effect e;
    struct sb_error error;
    double values[3];
    const struct sb_analysis analysis = { .options = &options,
                                          .observations = &o,
                                          .error = &error };
    assert_int_equal(sb_analysis_documents(&analysis, terms, 2, values, &e), SB_OK);
    assert_close(values[0], 1.5, 1e-14);
    assert_close(values[1], 0.5, 1e-14);
    assert_close(values[2], 6, 1e-14);
    struct sb_effect seeds = sb_effect_of_seeds(values, 3, options.confidence);
    assert_close(e.value, seeds.value, 1e-14);
    assert_close(e.these_low, seeds.low, 1e-12);
    assert_close(e.these_high, seeds.high, 1e-12);
    assert_true(e.standard_error >= seeds.standard_error * (1 - 1e-12));
    const struct sb_effect_term absent = { 1, a, "nats" };
    assert_int_equal(sb_analysis_documents(&analysis, &absent, 1, NULL, &e), SB_DOMAIN);
    assert_non_null(strstr(error.message, "nats"));
    sb_observations_clear(&o);
}

static void test_verdicts(void **state)
{
    (void)state;
    static const struct {
        double sign, low, high;
        enum sb_claim_verdict verdict;
    } cases[] = { { 1, 0.1, 2, SB_CLAIM_SHOWN },       { 1, -2, -0.1, SB_CLAIM_REVERSED },
                  { -1, -2, -0.1, SB_CLAIM_SHOWN },    { -1, 0.1, 2, SB_CLAIM_REVERSED },
                  { 1, -0.1, 0.1, SB_CLAIM_ABSENT },   { -1, -0.1, 0.1, SB_CLAIM_ABSENT },
                  { 1, -0.1, 2, SB_CLAIM_UNRESOLVED }, { 1, NAN, NAN, SB_CLAIM_UNRESOLVED } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sb_claim claim = { .sign = cases[i].sign, .negligible = 0.2 };
        claim.effect.low = cases[i].low;
        claim.effect.high = cases[i].high;
        assert_int_equal(sb_claim_verdict(&claim), cases[i].verdict);
    }
    /* Holm over primary claims alone */
    struct sb_findings findings[2];
    const double p[] = { 0.01, 0.04, 0.03, 0.5 };
    double holm[] = { 0.01, 0.03, 0.04 };
    for (size_t i = 0; i < 2; i++) {
        const struct sb_analysis analysis = { .experiment = sb_experiment_find("kl"),
                                              .findings = &findings[i],
                                              .name = "x" };
        assert_int_equal(sb_findings_init(&findings[i]), SB_OK);
        for (size_t j = 0; j < 2; j++) {
            struct sb_claim claim = { .text = "y", .is_primary = p[2 * i + j] < 0.5 };
            claim.effect.p_value = p[2 * i + j];
            snprintf(claim.condition, sizeof claim.condition, "%s", j ? "own" : "");
            assert_int_equal(sb_analysis_claim(&analysis, &claim), SB_OK);
            assert_string_equal(findings[i].claims[j].experiment, "kl");
            assert_string_equal(findings[i].claims[j].condition, j ? "own" : "x");
        }
    }
    assert_int_equal(sb_findings_adjust(findings, 2), SB_OK);
    assert_int_equal(sb_holm(holm, 3), SB_OK);
    assert_close(findings[0].claims[0].p_holm, holm[0], 1e-15);
    assert_close(findings[1].claims[0].p_holm, holm[1], 1e-15);
    assert_close(findings[0].claims[1].p_holm, holm[2], 1e-15);
    assert_true(isnan(findings[1].claims[1].p_holm));
    sb_findings_clear(&findings[0]);
    sb_findings_clear(&findings[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_by_hand),
        cmocka_unit_test(test_forgetting),
        cmocka_unit_test(test_counts_domain),
        cmocka_unit_test(test_draws),
        cmocka_unit_test(test_mixtures_and_pairs),
        cmocka_unit_test(test_alignment_probability),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_divergence),
        cmocka_unit_test(test_walks),
        cmocka_unit_test(test_effects),
        cmocka_unit_test(test_curves),
        cmocka_unit_test(test_crossing),
        cmocka_unit_test(test_verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
