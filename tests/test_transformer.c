/* The forward pass, the head and the scorer: against the reference library's outputs, and against
 * themselves with other vectors, threads, batches and caches, bit by bit. */
#include "tests/transformers.h"
#include "theory/random.h"

static const char *const models[] = { "llama", "llama3", "mistral", "qwen2",
                                      "qwen3", "gemma",  "gpt2",    "gpt_neox" };
enum { N_MODELS = sizeof models / sizeof *models, N_VARIANTS = 3 };
static const char *const kernel_names[] = { "scalar", "avx2", "avx512" };

/* Sequences with room for their log p. */
struct sequences {
    struct sb_sequence *items;
    size_t n;
};

static void add_sequence(struct sequences *s, const uint32_t *ids, size_t n)
{
    s->items = realloc(s->items, (s->n + 1) * sizeof *s->items);
    assert_non_null(s->items);
    uint32_t *copy = malloc((n + 1) * sizeof *copy);
    double *log_p = calloc(n + 1, sizeof *log_p);
    assert_true(copy && log_p);
    memcpy(copy, ids, n * sizeof *copy);
    s->items[s->n++] = (struct sb_sequence){ .ids = copy, .n = n, .log_p = log_p };
}

static void clear_sequences(struct sequences *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free((void *)s->items[i].ids);
        free(s->items[i].log_p);
    }
    free(s->items);
}

static json_t *read_expected(const char *model, struct sequences *s)
{
    char path[512];
    snprintf(path, sizeof path, "%s/expected.json", fixture_model(model));
    json_t *root = json_load_file(path, 0, NULL), *record;
    assert_non_null(root);
    size_t i;
    json_array_foreach(json_object_get(root, "sequences"), i, record)
    {
        size_t n;
        uint32_t *ids = ids_of(json_object_get(record, "ids"), &n);
        add_sequence(s, ids, n);
        free(ids);
    }
    assert_true(s->n > 0);
    return root;
}

static void score(const struct sb_transformer *t, struct sequences *s, size_t n_context,
                  size_t n_stride, size_t n_batch, size_t n_threads)
{
    struct sb_scorer_options options = { n_context, n_stride, n_batch, n_threads };
    assert_int_equal(sb_score_sequences(t, s->items, s->n, &options), SB_OK);
}

/* ---- against the reference ------------------------------------------------------------------- */

static void compare_log_p(const char *model, const json_t *root, const struct sequences *s)
{
    json_t *records = json_object_get(root, "sequences");
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        json_t *expected = json_object_get(json_array_get(records, i), "logprobs");
        for (size_t j = 0; j < json_array_size(expected); j++, n++) {
            double e = json_number_value(json_array_get(expected, j));
            if (!(fabs(s->items[i].log_p[j + 1] - e) < 2e-4))
                fail_msg("%s sequence %zu position %zu: %.9g, expected %.9g", model, i, j,
                         s->items[i].log_p[j + 1], e);
        }
    }
    assert_true(n > 100);
}

/* The logits at the last position, for every id. */
static void compare_logits(const char *model, const struct sb_transformer *t, const json_t *record,
                           const struct sb_sequence *s)
{
    size_t n = s->n, n_vocabulary = sb_transformer_config(t)->n_vocabulary;
    struct sb_token_place *places = calloc(n, sizeof *places);
    float *logits = malloc(n_vocabulary * sizeof *logits);
    struct sb_activations *activations;
    struct sb_panels hidden;
    assert_true(places && logits);
    size_t reach = sb_transformer_config(t)->n_window;
    for (size_t i = 0; i < n; i++)
        places[i] =
            (struct sb_token_place){ (uint32_t)i,
                                     { 0, reach && i >= reach ? (int32_t)(i + 1 - reach) : 0 },
                                     { 0, (int32_t)i + 1 } };
    struct sb_batch batch = { n, s->ids, places, NULL };
    assert_int_equal(sb_activations_create(t, n, n, 1, &activations), SB_OK);
    assert_int_equal(sb_transformer_forward(t, &batch, NULL, activations, &hidden), SB_OK);
    assert_int_equal(sb_head_logits(t, &hidden, n - 1, 1, logits), SB_OK);
    json_t *expected = json_object_get(record, "last_logits");
    assert_int_equal(json_array_size(expected), n_vocabulary);
    for (size_t i = 0; i < n_vocabulary; i++) {
        double e = json_number_value(json_array_get(expected, i));
        if (!(fabs(logits[i] - e) < 2e-4))
            fail_msg("%s logit %zu: %.9g, expected %.9g", model, i, logits[i], e);
    }
    sb_activations_free(activations);
    free(places);
    free(logits);
}

static void agrees_with_reference(void **state)
{
    (void)state;
    size_t n_tested = 0;
    for (size_t m = 0; m < N_MODELS; m++) {
        if (!fixture_model(models[m])) {
            print_message("no fixture of %s here: skipped\n", models[m]);
            continue;
        }
        struct sb_checkpoint *checkpoint = open_fixture(models[m]);
        struct sb_transformer *t = transformer_of(checkpoint, sb_kernels_best()->name);
        struct sequences s = { NULL, 0 };
        json_t *root = read_expected(models[m], &s);
        score(t, &s, checkpoint->config.n_context, 1, 512, 2);
        compare_log_p(models[m], root, &s);
        compare_logits(models[m], t, json_array_get(json_object_get(root, "sequences"), s.n - 1),
                       &s.items[s.n - 1]);
        clear_sequences(&s);
        json_decref(root);
        sb_transformer_free(t);
        sb_checkpoint_close(checkpoint);
        n_tested++;
    }
    assert_true(n_tested >= 2);
}

/* ---- against itself ---------------------------------------------------------------------------- */

/* Random sequences of many lengths: shorter than a panel, longer than several. */
static struct sequences random_sequences(size_t n, size_t longest, size_t n_vocabulary,
                                         uint64_t seed)
{
    struct sequences s = { NULL, 0 };
    struct sb_random random;
    uint32_t *ids = malloc(longest * sizeof *ids);
    assert_non_null(ids);
    sb_random_init(&random, seed, 0);
    for (size_t i = 0; i < n; i++) {
        size_t length = 1 + (size_t)sb_random_below(&random, longest);
        for (size_t j = 0; j < length; j++)
            ids[j] = (uint32_t)sb_random_below(&random, n_vocabulary);
        add_sequence(&s, ids, length);
    }
    free(ids);
    return s;
}

static void assert_same_bits(const struct sequences *a, const struct sequences *b, const char *what)
{
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 1; j < a->items[i].n; j++)
            if (a->items[i].log_p[j] != b->items[i].log_p[j])
                fail_msg("%s: sequence %zu position %zu: %a and %a", what, i, j,
                         a->items[i].log_p[j], b->items[i].log_p[j]);
}

/* Every set of kernels, one batch or many, one thread or three: the same bits. */
static void same_bits_everywhere(void **state)
{
    (void)state;
    for (size_t m = 0; m < N_MODELS; m++) {
        if (!fixture_model(models[m]))
            continue;
        struct sb_checkpoint *checkpoint = open_fixture(models[m]);
        size_t n_vocabulary = checkpoint->config.n_vocabulary;
        struct sequences first = random_sequences(9, 100, n_vocabulary, m);
        for (size_t k = 0, n_compared = 0; k < N_VARIANTS; k++) {
            if (!sb_kernels_named(kernel_names[k])) {
                print_message("no %s here: skipped\n", kernel_names[k]);
                continue;
            }
            struct sb_transformer *t = transformer_of(checkpoint, kernel_names[k]);
            static const size_t n_batch[] = { 100, 131, 4096 }, n_threads[] = { 1, 3, 2 };
            for (size_t v = 0; v < N_VARIANTS; v++, n_compared++) {
                if (k == 0 && v != 1) /* slow */
                    continue;
                struct sequences s = random_sequences(9, 100, n_vocabulary, m);
                score(t, &s, 128, 64, n_batch[v], n_threads[v]);
                if (n_compared == 1)
                    score(t, &first, 128, 64, 100, 1);
                if (n_compared >= 1)
                    assert_same_bits(&first, &s, kernel_names[k]);
                clear_sequences(&s);
            }
            sb_transformer_free(t);
        }
        clear_sequences(&first);
        sb_checkpoint_close(checkpoint);
    }
}

/* Completions of a shared prompt get the bits that they get alone. */
static void shared_prompts(void **state)
{
    (void)state;
    struct sb_checkpoint *checkpoint = open_fixture("llama3");
    struct sb_transformer *t = transformer_of(checkpoint, sb_kernels_best()->name);
    struct sequences alone = random_sequences(6, 90, 300, 5);
    struct sequences shared = { NULL, 0 }, apart = { NULL, 0 };
    uint8_t scored[256] = { 0 };
    memset(scored + 40, 1, sizeof scored - 40);
    for (size_t i = 0; i < alone.n; i++) {
        uint32_t ids[256];
        for (size_t j = 0; j < 40; j++)
            ids[j] = (uint32_t)(7 * j % 300);
        memcpy(ids + 40, alone.items[i].ids, alone.items[i].n * sizeof *ids);
        add_sequence(&shared, ids, 40 + alone.items[i].n);
        add_sequence(&apart, ids, 40 + alone.items[i].n);
        shared.items[i].n_prompt = 40;
        shared.items[i].scored = apart.items[i].scored = scored;
    }
    score(t, &shared, 256, 128, 300, 2);
    score(t, &apart, 256, 128, 4096, 1);
    for (size_t i = 0; i < apart.n; i++)
        for (size_t j = 0; j < apart.items[i].n; j++) {
            assert_true(shared.items[i].log_p[j] == apart.items[i].log_p[j]);
            assert_true(j < 40 ? apart.items[i].log_p[j] == 0 : apart.items[i].log_p[j] < 0);
        }
    clear_sequences(&alone);
    clear_sequences(&shared);
    clear_sequences(&apart);
    sb_transformer_free(t);
    sb_checkpoint_close(checkpoint);
}

/* Windows: each id is scored once, in the window that the header says. Ids of window w are
 * (start), x[begin] .. ; scoring it by hand as a sequence of its own gives the same bits. */
static void windows(void **state)
{
    (void)state;
    enum { CONTEXT = 24, STRIDE = 10, LENGTH = 77 };
    struct sb_checkpoint *checkpoint = open_fixture("llama3");
    struct sb_transformer *t = transformer_of(checkpoint, sb_kernels_best()->name);
    for (size_t has_start = 0; has_start < 2; has_start++) {
        struct sequences s = { NULL, 0 };
        uint32_t ids[LENGTH], window[CONTEXT + 1];
        for (size_t i = 0; i < LENGTH; i++)
            ids[i] = (uint32_t)(i * i % 300);
        add_sequence(&s, ids, LENGTH);
        s.items[0].has_start = has_start;
        score(t, &s, CONTEXT, STRIDE, 64, 1);
        for (size_t i = 1; i < LENGTH; i++) {
            size_t w = i <= CONTEXT ? 0 : (i - CONTEXT + STRIDE - 1) / STRIDE;
            size_t begin = w * STRIDE,
                   last = begin + CONTEXT < LENGTH ? begin + CONTEXT : LENGTH - 1;
            struct sequences by_hand = { NULL, 0 };
            memcpy(window, ids + begin, (last - begin + 1) * sizeof *window);
            if (has_start)
                window[0] = ids[0];
            add_sequence(&by_hand, window, last - begin + 1);
            score(t, &by_hand, CONTEXT, STRIDE, 64, 1);
            assert_true(s.items[0].log_p[i] == by_hand.items[0].log_p[i - begin]);
            clear_sequences(&by_hand);
        }
        clear_sequences(&s);
    }
    sb_transformer_free(t);
    sb_checkpoint_close(checkpoint);
}

/* One token at a time through a cache, rows anywhere in it: the bits of the whole. */
static void steps_through_a_cache(void **state)
{
    (void)state;
    enum { LENGTH = 70, FIRST_ROW = 45 };
    for (size_t m = 0; m < N_MODELS; m++) {
        if (!fixture_model(models[m]))
            continue;
        struct sb_checkpoint *checkpoint = open_fixture(models[m]);
        struct sb_transformer *t = transformer_of(checkpoint, sb_kernels_best()->name);
        struct sequences s = random_sequences(1, LENGTH, 250, 11 + m);
        struct sb_activations *activations;
        struct sb_cache *cache;
        assert_int_equal(sb_cache_create(t, FIRST_ROW + LENGTH, &cache), SB_OK);
        assert_int_equal(sb_activations_create(t, 1, FIRST_ROW + LENGTH, 1, &activations), SB_OK);
        score(t, &s, 128, 64, 128, 1);
        size_t reach = checkpoint->config.n_window;
        for (size_t i = 0; i + 1 < s.items[0].n; i++) {
            size_t row = FIRST_ROW + i, low = reach && i + 1 > reach ? i + 1 - reach : 0;
            struct sb_token_place place = { (uint32_t)i,
                                            { 0, (int32_t)(FIRST_ROW + low) },
                                            { 0, (int32_t)row + 1 } };
            struct sb_batch batch = { 1, s.items[0].ids + i, &place, &row };
            struct sb_panels hidden;
            struct sb_target target = { 0, s.items[0].ids[i + 1] };
            double log_p;
            assert_int_equal(sb_transformer_forward(t, &batch, cache, activations, &hidden), SB_OK);
            assert_int_equal(sb_head_log_p(t, &hidden, &target, 1, 1, &log_p), SB_OK);
            assert_true(log_p == s.items[0].log_p[i + 1]);
        }
        sb_cache_free(cache);
        sb_activations_free(activations);
        clear_sequences(&s);
        sb_transformer_free(t);
        sb_checkpoint_close(checkpoint);
    }
}

/* Probabilities of all ids sum to 1: exp of the logits against what log p subtracts. */
static void probabilities_sum_to_one(void **state)
{
    (void)state;
    struct sb_checkpoint *checkpoint = open_fixture("gpt_neox");
    struct sb_transformer *t = transformer_of(checkpoint, sb_kernels_best()->name);
    size_t n = checkpoint->config.n_vocabulary;
    struct sequences s = { NULL, 0 };
    for (uint32_t i = 0; i < n; i++)
        add_sequence(&s, (uint32_t[]){ 5, 17, i }, 3);
    score(t, &s, 8, 4, 64, 2);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += exp(s.items[i].log_p[2]);
    assert_true(fabs(sum - 1) < 1e-6);
    clear_sequences(&s);
    sb_transformer_free(t);
    sb_checkpoint_close(checkpoint);
}

static void too_many_positions(void **state)
{
    (void)state;
    if (!fixture_model("gpt2"))
        skip();
    struct sb_checkpoint *checkpoint = open_fixture("gpt2");
    struct sb_transformer *t = (void *)1;
    struct sb_error error;
    assert_int_equal(sb_transformer_create(checkpoint, sb_kernels_best(), 129, &t, &error),
                     SB_DOMAIN);
    assert_null(t);
    assert_non_null(strstr(error.message, "positions for 128"));
    sb_checkpoint_close(checkpoint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_reference), cmocka_unit_test(same_bits_everywhere),
        cmocka_unit_test(shared_prompts),        cmocka_unit_test(windows),
        cmocka_unit_test(steps_through_a_cache), cmocka_unit_test(probabilities_sum_to_one),
        cmocka_unit_test(too_many_positions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
