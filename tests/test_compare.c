/* Two models on the same tokens: against a computation from all logits in double precision, against the
 * reference library, and the estimates against values worked by hand. */
#include <math.h>
#include "estimators/comparison.h"
#include "estimators/transformer/compare.h"
#include "estimators/transformer/network.h"
#include "estimators/transformer/sample.h"
#include "tests/transformers.h"
#include "theory/random.h"

/* More than two blocks of the head, and not a whole number of them. */
enum { N_VOCABULARY = 531, N_CONTEXT = 64 };

static struct sb_network *network_of(uint64_t seed)
{
    struct sb_network_options options = sb_network_options_default();
    struct sb_network *network;
    struct sb_error error = { "" };
    options.n_width = 32;
    options.n_vocabulary = N_VOCABULARY;
    options.n_context = N_CONTEXT;
    options.bos_id = options.eos_id = 0;
    options.is_tied = false;
    no_error(sb_network_create(&options, seed, &network, &error), &error);
    for (size_t i = 0; i < network->n_parameters; i++)
        network->parameters[i] *= 3; /* distributions that are far from uniform */
    return network;
}

/* Sequences of random ids: of one token, of the context, and beyond it. */
struct set {
    struct sb_sequence sequences[4];
    struct sb_head_comparison *comparisons[4];
};
static const size_t lengths[] = { 2, 40, N_CONTEXT, 150 };

static void make_set(struct set *set)
{
    struct sb_random random;
    sb_random_init(&random, 5, 0);
    for (size_t i = 0; i < 4; i++) {
        uint32_t *ids = malloc(lengths[i] * sizeof *ids);
        for (size_t j = 0; j < lengths[i]; j++)
            ids[j] = (uint32_t)sb_random_below(&random, N_VOCABULARY);
        set->sequences[i] = (struct sb_sequence){ .ids = ids, .n = lengths[i] };
        set->comparisons[i] = calloc(lengths[i], sizeof *set->comparisons[i]);
    }
}

static void clear_set(struct set *set)
{
    for (size_t i = 0; i < 4; i++) {
        free((void *)(uintptr_t)set->sequences[i].ids);
        free(set->comparisons[i]);
    }
}

static void run(const struct sb_transformer *const transformers[2], struct set *set, size_t n_batch,
                size_t n_threads)
{
    const struct sb_scorer_options options = { N_CONTEXT, N_CONTEXT / 2, n_batch, n_threads };
    assert_int_equal(
        sb_compare_sequences(transformers, set->sequences, 4, &options, set->comparisons), SB_OK);
}

/* log p of every id behind a sequence, from its logits. */
static void log_p_behind(const struct sb_transformer *t, const struct sb_sequence *s, size_t n,
                         double *log_p)
{
    struct sb_token_place places[N_CONTEXT] = { { 0 } };
    float logits[N_VOCABULARY];
    struct sb_activations *activations;
    struct sb_panels hidden;
    for (size_t i = 0; i < n; i++)
        places[i] = (struct sb_token_place){ (uint32_t)i, { 0, 0 }, { 0, (int32_t)i + 1 } };
    struct sb_batch batch = { n, s->ids, places, NULL };
    assert_int_equal(sb_activations_create(t, n, n, 1, &activations), SB_OK);
    assert_int_equal(sb_transformer_forward(t, &batch, NULL, activations, &hidden), SB_OK);
    assert_int_equal(sb_head_logits(t, &hidden, n - 1, 1, logits), SB_OK);
    double sum = 0;
    for (size_t i = 0; i < N_VOCABULARY; i++)
        sum += exp((double)logits[i] - logits[0]);
    for (size_t i = 0; i < N_VOCABULARY; i++)
        log_p[i] = (double)logits[i] - logits[0] - log(sum);
    sb_activations_free(activations);
}

static void compare_with_naive(const struct sb_transformer *const transformers[2],
                               const struct sb_sequence *s, const struct sb_head_comparison *found,
                               double tolerance)
{
    double log_p[2][N_VOCABULARY];
    for (size_t j = 1; j < s->n; j++) {
        double kl[2] = { 0, 0 };
        size_t top = 0, rank = 1;
        for (size_t m = 0; m < 2; m++)
            log_p_behind(transformers[m], s, j, log_p[m]);
        for (size_t i = 0; i < N_VOCABULARY; i++)
            for (size_t m = 0; m < 2; m++)
                kl[m] += exp(log_p[m][i]) * (log_p[m][i] - log_p[1 - m][i]);
        for (size_t i = 1; i < N_VOCABULARY; i++)
            top = log_p[1][i] > log_p[1][top] ? i : top;
        for (size_t i = 0; i < N_VOCABULARY; i++)
            rank += log_p[0][i] > log_p[0][top];
        assert_int_equal(found[j].top, top);
        assert_int_equal(found[j].rank, rank);
        for (size_t m = 0; m < 2; m++) {
            assert_close(found[j].divergence[m], kl[m], tolerance);
            assert_true(fabs(found[j].log_p[m] - log_p[m][s->ids[j]]) < 2e-6);
            assert_true(fabs(found[j].top_log_p[m] - log_p[m][top]) < 2e-6);
        }
    }
}

static void agrees_with_naive(void **state)
{
    (void)state;
    struct sb_network *a = network_of(1), *b = network_of(2), *near;
    assert_int_equal(sb_network_clone(a, &near), SB_OK);
    for (size_t i = 0; i < near->n_parameters; i++)
        near->parameters[i] *= i % 2 ? 1.00003F : 0.99997F;
    struct set set;
    make_set(&set);
    const struct sb_transformer *far[2] = { a->transformer, b->transformer };
    run(far, &set, 256, 1);
    for (size_t i = 0; i < 3; i++)
        compare_with_naive(far, &set.sequences[i], set.comparisons[i], 1e-5);
    /* Small divergences keep their digits: nothing of order 1 cancels. */
    const struct sb_transformer *close[2] = { a->transformer, near->transformer };
    run(close, &set, 256, 1);
    compare_with_naive(close, &set.sequences[1], set.comparisons[1], 1e-3);
    assert_true(set.comparisons[1][7].divergence[0] < 1e-5);
    const struct sb_transformer *same[2] = { a->transformer, a->transformer };
    run(same, &set, 256, 1);
    for (size_t j = 1; j < set.sequences[1].n; j++) {
        assert_true(set.comparisons[1][j].divergence[0] == 0);
        assert_int_equal(set.comparisons[1][j].rank, 1);
    }
    clear_set(&set);
    sb_network_free(a);
    sb_network_free(b);
    sb_network_free(near);
}

/* Any threads, batches, kernels: the same bits; log p those of the scorer. */
static void same_bits(void **state)
{
    (void)state;
    struct sb_network *networks[2] = { network_of(1), network_of(2) };
    const struct sb_transformer *best[2] = { networks[0]->transformer, networks[1]->transformer };
    struct set first, again;
    make_set(&first);
    make_set(&again);
    run(best, &first, 512, 1);
    static const char *const kernels[] = { "scalar", "avx2", "avx512" };
    for (size_t k = 0; k < 3; k++) {
        if (!sb_kernels_named(kernels[k]))
            continue;
        struct sb_transformer *t[2];
        for (size_t m = 0; m < 2; m++)
            t[m] = transformer_of(networks[m]->checkpoint, kernels[k]);
        const struct sb_transformer *pair[2] = { t[0], t[1] };
        run(pair, &again, 64 + 50 * k, 1 + k);
        for (size_t i = 0; i < 4; i++)
            for (size_t j = 1; j < lengths[i]; j++)
                assert_memory_equal(&again.comparisons[i][j], &first.comparisons[i][j],
                                    sizeof(struct sb_head_comparison));
        sb_transformer_free(t[0]);
        sb_transformer_free(t[1]);
    }
    const struct sb_scorer_options options = { N_CONTEXT, N_CONTEXT / 2, 100, 2 };
    for (size_t m = 0; m < 2; m++)
        for (size_t i = 0; i < 4; i++) {
            double log_p[150];
            first.sequences[i].log_p = log_p;
            assert_int_equal(sb_score_sequences(best[m], &first.sequences[i], 1, &options), SB_OK);
            for (size_t j = 1; j < lengths[i]; j++)
                assert_true(log_p[j] == first.comparisons[i][j].log_p[m]);
        }
    clear_set(&first);
    clear_set(&again);
    sb_network_free(networks[0]);
    sb_network_free(networks[1]);
}

/* ---- the reference ------------------------------------------------------------------------------- */

static void agrees_with_reference(void **state)
{
    (void)state;
    json_t *root = json_load_file("../shared/fixtures/models/kl_expected.json", 0, NULL);
    if (!root) {
        print_message("no ../shared/fixtures/models/kl_expected.json here: skipped\n");
        skip();
    }
    struct sb_checkpoint *checkpoints[2] = { open_fixture("kl_base"), open_fixture("kl_tuned") };
    struct sb_transformer *t[2];
    for (size_t m = 0; m < 2; m++)
        t[m] = transformer_of(checkpoints[m], sb_kernels_best()->name);
    const struct sb_transformer *pair[2] = { t[0], t[1] };
    json_t *record, *records = json_object_get(root, "sequences");
    static const char *const names[2][2] = { { "base_logprobs", "kl_base_from_tuned" },
                                             { "tuned_logprobs", "kl_tuned_from_base" } };
    size_t i, n_compared = 0;
    json_array_foreach(records, i, record)
    {
        struct sb_sequence s = { 0 };
        uint32_t *ids = ids_of(json_object_get(record, "ids"), &s.n);
        struct sb_head_comparison *found = calloc(s.n, sizeof *found);
        const struct sb_scorer_options options = { 256, 128, 256, 1 };
        s.ids = ids;
        assert_int_equal(sb_compare_sequences(pair, &s, 1, &options, &found), SB_OK);
        for (size_t j = 1; j < s.n; j++, n_compared++)
            for (size_t m = 0; m < 2; m++) {
                json_t *log_p = json_object_get(record, names[m][0]);
                json_t *kl = json_object_get(record, names[m][1]);
                double e = json_number_value(json_array_get(kl, j - 1));
                assert_true(e > 0.01);
                assert_true(fabs(found[j].divergence[m] - e) < 2e-4);
                e = json_number_value(json_array_get(log_p, j - 1));
                assert_true(fabs(found[j].log_p[m] - e) < 2e-4);
            }
        free(ids);
        free(found);
    }
    assert_true(n_compared > 100);
    json_decref(root);
    for (size_t m = 0; m < 2; m++) {
        sb_transformer_free(t[m]);
        sb_checkpoint_close(checkpoints[m]);
    }
}

/* ---- estimates ----------------------------------------------------------------------------------- */

/* A token with its KL in both directions (2 x in the second) and the rank of a top. */
static struct sb_compared_token token(uint64_t position, double bits, uint32_t top, uint32_t rank)
{
    return (
        struct sb_compared_token){ .position = position,
                                   .top = top,
                                   .rank = rank,
                                   .divergence_bits = { bits, 2 * bits },
                                   .top_log2_p = { -4, rank > 3 ? -1.0 - (double)position : -3 } };
}

/* Two documents; the second of weight 2, its first token predicted by none; one without tokens:
 *
 *   position    0  1  2  3
 *   document 0  4  1  1  -     weight 1     KL 6
 *   document 1  .  2  0  2     weight 2     KL 4
 *
 * mean (6 + 2 4) / 3 = 14/3; per token 14 / (3 + 2 3) = 14/9; by position 4, (1 + 2 2)/3, (1 + 0)/3, 2;
 * cumulative 4/14, 9/14, 10/14, 1. */
static void estimates_by_hand(void **state)
{
    (void)state;
    struct sb_compared_token one[] = { token(7, 4, 11, 1), token(8, 1, 12, 4), token(9, 1, 13, 2) };
    struct sb_compared_token two[] = { token(0, 0, 0, 0), token(1, 2, 12, 9), token(2, 0, 11, 3),
                                       token(3, 2, 14, 5) };
    struct sb_compared documents[] = { { 1, one, 3, 0 }, { 1, NULL, 0, 0 }, { 2, two, 4, 0 } };
    size_t first[] = { 0, 3 };
    const struct sb_comparison comparison = { documents, 3, first, 1, NULL, 0 };
    struct sb_divergences d;
    struct sb_position *positions;
    assert_int_equal(sb_comparison_estimate(&comparison, 0, 2, 0.95, &d, &positions), SB_OK);
    assert_true(d.n_documents == 2 && d.n_tokens == 6 && d.n_positions == 4);
    static const double by_position[] = { 4, 5. / 3, 1. / 3, 2 };
    static const double cumulative[] = { 4. / 14, 9. / 14, 10. / 14, 1 };
    static const size_t reached[] = { 1, 2, 2, 1 };
    for (size_t s = 0; s < 2; s++) {
        double scale = s ? 2 : 1;
        assert_close(d.bits_per_document[s].value, scale * 14 / 3, 1e-14);
        assert_close(d.bits_per_token[s].value, scale * 14 / 9, 1e-14);
        assert_close(d.share_first[s].value, 9. / 14, 1e-14);
        assert_int_equal(d.depth[s].positions, 4);
        for (size_t p = 0; p < 4; p++) {
            assert_close(positions[p].bits[s].value, scale * by_position[p], 1e-14);
            assert_close(positions[p].cumulative_share[s].value, cumulative[p], 1e-14);
            assert_int_equal(positions[p].n_documents, reached[p]);
        }
    }
    /* Weighted: rank 1 once, 2-3 once + 2, above 3 once + 2 2, of 9. */
    assert_close(d.shifts[SB_SHIFT_1].value, 1. / 9, 1e-14);
    assert_close(d.shifts[SB_SHIFT_2_3].value, 3. / 9, 1e-14);
    assert_close(d.shifts[SB_SHIFT_ABOVE].value, 5. / 9, 1e-14);
    assert_true(isnan(positions[0].bits[0].low)); /* one document is no sample */
    assert_true(positions[1].bits[0].low < 5. / 3 && positions[1].bits[0].high > 5. / 3);
    free(positions);
    struct sb_moved_token *moved;
    size_t n;
    assert_int_equal(sb_comparison_moved(&comparison, 0, 10, &moved, &n), SB_OK);
    assert_int_equal(n, 2);
    assert_true(moved[0].id == 12 && moved[0].n_moved == 2 && moved[0].n_top == 2);
    assert_close(moved[0].gain_bits, ((-9 + 4) + (-2 + 4)) / 2., 1e-14);
    assert_true(moved[1].id == 14 && moved[1].n_moved == 1 && moved[1].n_top == 1);
    free(moved);
    assert_int_equal(sb_comparison_moved(&comparison, 0, 1, &moved, &n), SB_OK);
    assert_int_equal(n, 1);
    free(moved);
}

/* ---- drawn contexts ------------------------------------------------------------------------------ */

static struct sb_predictor *write_and_open(const struct sb_network *network, const char *folder,
                                           const char *name)
{
    struct sb_error error = { "" };
    struct sb_predictor *predictor;
    struct sb_model model;
    char *path = file_in(folder, name);
    no_error(sb_network_write(network, path, &error), &error);
    no_error(sb_model_parse(path, &model, &error), &error);
    no_error(sb_predictor_create(&model, &predictor, &error), &error);
    sb_model_clear(&model);
    free(path);
    return predictor;
}

/* On contexts drawn from A, E sum_t KL_t = E log p_A(x) / p_B(x): two routes to the divergence of the
 * distributions over documents. On those drawn from B it is not. */
static void chain_rule(void **state)
{
    (void)state;
    struct sb_network *networks[2] = { network_of(1), network_of(2) };
    char *folder = new_folder();
    const struct sb_predictor *models[2];
    struct sb_predictor *opened[2];
    struct sb_error error = { "" };
    for (size_t m = 0; m < 2; m++)
        models[m] = opened[m] = write_and_open(networks[m], folder, m ? "b" : "a");
    no_error(sb_language_models_check(models, &error), &error);
    const struct sb_comparison_options options = { .n_threads = 2 };
    enum { N = 400 };
    for (size_t source = 0; source < 2; source++) {
        struct sb_comparison *c, *again;
        const struct sb_drawn_contexts drawn = { source, N, 12, 9, NULL };
        const struct sb_drawn_contexts fewer = { source, 7, 12, 9, NULL };
        no_error(sb_comparison_of_samples(models, &drawn, &options, &c, &error), &error);
        double sum = 0, squares = 0, kl = 0;
        for (size_t i = 0; i < N; i++) {
            const struct sb_compared *d = &c->documents[i];
            double excess = 0;
            assert_true(d->n >= 1 && d->n <= 12);
            for (size_t t = 0; t < d->n; t++) {
                excess += d->tokens[t].log2_p[0] - d->tokens[t].log2_p[1] -
                          d->tokens[t].divergence_bits[0];
                kl += d->tokens[t].divergence_bits[0] / N;
            }
            sum += excess / N;
            squares += excess * excess / N;
        }
        double error_of_mean = sqrt((squares - sum * sum) / N);
        assert_true(kl > 1);
        assert_true(source == 0 ? fabs(sum) < 4 * error_of_mean : fabs(sum) > 20 * error_of_mean);
        /* A document depends on its number, not on how many are drawn. */
        no_error(sb_comparison_of_samples(models, &fewer, &options, &again, &error), &error);
        assert_memory_equal(again->documents[5].tokens, c->documents[5].tokens,
                            c->documents[5].n * sizeof(struct sb_compared_token));
        sb_comparison_free(c);
        sb_comparison_free(again);
    }
    struct sb_comparison *none;
    assert_int_equal(
        sb_comparison_of_samples(models, &(struct sb_drawn_contexts){ 0, 7, N_CONTEXT, 9, NULL },
                                 &options, &none, &error),
        SB_DOMAIN);
    assert_null(none);
    for (size_t m = 0; m < 2; m++) {
        sb_predictor_free(opened[m]);
        sb_network_free(networks[m]);
    }
    remove_folder(folder);
}

/* Prompts of different lengths side by side: each continuation is the one that is drawn alone. */
static void prompts_side_by_side(void **state)
{
    (void)state;
    enum { N = 35, N_IDS = 30, FIRST = 4 };
    struct sb_network *network = network_of(3);
    static const uint32_t prompt[] = { 0, 7, 9, 200, 530, 1, 2, 3, 4, 5, 6 };
    const uint32_t *prompts[N];
    size_t n_prompts[N], n_ids[N], length;
    uint32_t ids[N * N_IDS], alone[N_IDS];
    struct sb_sample_options options = {
        .temperature = 1, .n_ids = N_IDS, .n_new = 9, .end_id = 0, .seed = 2, .n_threads = 2
    };
    for (size_t i = 0; i < N; i++) {
        prompts[i] = prompt + i % 3;
        n_prompts[i] = 1 + i % 8;
    }
    assert_int_equal(sb_sample_continuations(network->transformer, prompts, n_prompts, FIRST, N,
                                             &options, ids, n_ids),
                     SB_OK);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(sb_sample_sequences(network->transformer, prompts[i], n_prompts[i],
                                             FIRST + i, 1, &options, alone, &length),
                         SB_OK);
        assert_int_equal(n_ids[i], length);
        assert_true(length > n_prompts[i] && length <= n_prompts[i] + 9);
        assert_memory_equal(ids + i * N_IDS, alone, length * sizeof *alone);
        assert_memory_equal(alone, prompts[i], n_prompts[i] * sizeof *alone);
    }
    n_prompts[3] = 0;
    assert_int_equal(sb_sample_continuations(network->transformer, prompts, n_prompts, 0, N,
                                             &options, ids, n_ids),
                     SB_DOMAIN);
    sb_network_free(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_naive),
        cmocka_unit_test(same_bits),
        cmocka_unit_test(agrees_with_reference),
        cmocka_unit_test(estimates_by_hand),
        cmocka_unit_test(chain_rule),
        cmocka_unit_test(prompts_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
