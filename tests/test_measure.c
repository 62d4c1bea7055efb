#include "tests/datasets.h"

#include "estimators/folds.h"
#include "estimators/measure.h"
#include "estimators/rows.h"

enum { N_DATASETS = 2 };

/* Two datasets of unequal size, some of whose documents are empty. */
static struct test_data data[N_DATASETS];
static struct sb_dataset datasets[N_DATASETS];
static char *folder, *paths[N_DATASETS], *rows_path;

static int set_up(void **state)
{
    (void)state;
    static const char *const names[N_DATASETS] = { "good", "bad" };
    folder = new_folder();
    rows_path = file_in(folder, "rows.tsv");
    for (size_t i = 0; i < N_DATASETS; i++) {
        paths[i] = file_in(folder, names[i]);
        draw_documents(&data[i], i ? 17 : 47, 8 + i, true);
        write_documents(&data[i], paths[i], NULL);
        datasets[i] = dataset_at(names[i], paths[i]);
    }
    assert_int_equal(sb_datasets_open(datasets, N_DATASETS, 16, NULL), SB_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sb_datasets_close(datasets, N_DATASETS);
    for (size_t i = 0; i < N_DATASETS; i++)
        free(paths[i]);
    free(rows_path);
    remove_folder(folder);
    return 0;
}

static struct sb_model model_of(const char *text)
{
    struct sb_model model;
    assert_int_equal(sb_model_parse(text, &model, NULL), SB_OK);
    return model;
}

static struct sb_measure_options options_of(size_t n_folds, size_t n_threads)
{
    return (struct sb_measure_options){ .n_folds = n_folds,
                                        .seed = 5,
                                        .n_threads = n_threads,
                                        .train_options = sb_corpus_options_default() };
}

static struct sb_measure *measure(const struct sb_model *model, size_t n_folds, size_t n_threads)
{
    struct sb_measure_options options = options_of(n_folds, n_threads);
    struct sb_measure *m;
    struct sb_error error = { "" };
    if (sb_measure_create(model, datasets, N_DATASETS, &options, &m, &error))
        fail_msg("%s: %s", model->text, error.message);
    return m;
}

/* ---- trees, by hand ------------------------------------------------------------------------ */

static struct sb_document document_of(const struct test_document *d, char *text)
{
    size_t begin = strlen(d->prompt);
    strcpy(text, d->prompt);
    strcat(text, d->completion);
    return (struct sb_document){ .source = "test",
                                 .bytes = (const uint8_t *)text,
                                 .n_bytes = strlen(text),
                                 .span_begin = begin,
                                 .span_end = strlen(text),
                                 .weight = d->weight };
}

/* The number of a document through both datasets, which are distinct. */
static size_t number_of(size_t d, size_t i)
{
    return d ? data[0].n + i : i;
}

/* Fitted on the documents for which fold[number_of] != left_out (all, with fold = NULL). */
static struct sb_predictor *fit(const struct sb_model *model, const uint32_t *fold,
                                uint32_t left_out)
{
    struct sb_predictor *predictor;
    char text[2 * TEST_TEXT_MAX];
    assert_int_equal(sb_predictor_create(model, &predictor, NULL), SB_OK);
    for (size_t d = 0; d < N_DATASETS; d++)
        for (size_t i = 0; i < data[d].n; i++) {
            struct sb_document document = document_of(&data[d].documents[i], text);
            if (!fold || fold[number_of(d, i)] != left_out)
                assert_int_equal(predictor->class->add(predictor, &document, NULL), SB_OK);
        }
    assert_int_equal(predictor->class->finish(predictor, NULL), SB_OK);
    return predictor;
}

static void assert_scores(const struct sb_measure *m, size_t d, size_t i,
                          const struct sb_predictor *predictor)
{
    char text[2 * TEST_TEXT_MAX];
    struct sb_document document = document_of(&data[d].documents[i], text);
    struct sb_score score = { 0, 0 };
    if (document.span_end > document.span_begin)
        assert_int_equal(predictor->class->score(predictor, &document, 0, &score, NULL), SB_OK);
    assert_close(m->scores[d][i].bits, score.bits, 0);
    assert_int_equal(m->scores[d][i].n_tokens, score.n_tokens);
}

static void test_cross_fitted(void **state)
{
    (void)state;
    struct sb_model model = model_of("tree:d=12");
    static const size_t folds[] = { 2, 5, 10, 47, 1000 };
    for (size_t k = 0; k < sizeof folds / sizeof *folds; k++) {
        size_t n_folds = folds[k] < 64 ? folds[k] : 64; /* 47 + 17 documents */
        uint32_t fold[TEST_DOCUMENTS_MAX];
        char expected[64];
        struct sb_measure *m = measure(&model, folds[k], 2);
        snprintf(expected, sizeof expected, "cross-fitted, %zu folds", n_folds);
        assert_string_equal(m->fit, expected);
        assert_int_equal(sb_assign_folds(n_folds, 5, TEST_DOCUMENTS_MAX, fold), SB_OK);
        size_t most_bytes = 0;
        for (uint32_t f = 0; f < n_folds; f++) {
            struct sb_predictor *predictor = fit(&model, fold, f);
            size_t n_bytes = 0;
            for (size_t d = 0; d < N_DATASETS; d++)
                for (size_t i = 0; i < data[d].n; i++)
                    if (fold[number_of(d, i)] == f)
                        assert_scores(m, d, i, predictor);
                    else
                        n_bytes += datasets[d].documents[i].n_bytes;
            most_bytes = n_bytes > most_bytes ? n_bytes : most_bytes;
            sb_predictor_free(predictor);
        }
        assert_int_equal(m->n_train_bytes, most_bytes);
        sb_measure_free(m);
    }
    sb_model_clear(&model);
}

/* Two books, a dataset each: each is scored by what was fitted on the other. The same book twice is one
 * document, seen in both places: in-sample. */
static void test_two_books(void **state)
{
    (void)state;
    char *books[2] = { file_in(folder, "one.txt"), file_in(folder, "two.txt") };
    write_file(books[0], "abababab", 8);
    write_file(books[1], "ababcccc", 8);
    static const char *const names[] = { "tree:d=16", "gzip" };
    for (size_t k = 0; k < 4; k++) {
        struct sb_dataset two[2] = { dataset_at("one", books[0]),
                                     dataset_at("two", books[k < 2 ? 1 : 0]) };
        assert_int_equal(sb_datasets_open(two, 2, 16, NULL), SB_OK);
        struct sb_measure_options options = options_of(10, 1);
        struct sb_model model = model_of(names[k % 2]);
        struct sb_measure *m;
        assert_int_equal(sb_measure_create(&model, two, 2, &options, &m, NULL), SB_OK);
        assert_string_equal(m->fit, k < 2    ? "cross-fitted, 2 folds"
                                    : k == 2 ? "in-sample"
                                             : "none: each group alone");
        if (k == 0) {
            /* "abab" "cccc" under the tree of four "ab": (4 + 2^-16)/5 twice, 2^-16/5 twice; and four
             * "ab" under two "ab" and two "cc": (2 + 2^-16)/5 each. */
            assert_close(m->scores[1][0].bits, -2 * log2((4 + 0x1p-16) / 5) + 2 * (16 + log2(5)),
                         1e-14);
            assert_close(m->scores[0][0].bits, -4 * log2((2 + 0x1p-16) / 5), 1e-14);
        }
        sb_measure_free(m);
        sb_model_clear(&model);
        sb_datasets_close(two, 2);
    }
    free(books[0]);
    free(books[1]);
}

static void test_in_sample(void **state)
{
    (void)state;
    struct sb_model model = model_of("tree");
    struct sb_predictor *predictor = fit(&model, NULL, 0);
    size_t n_bytes = 0;
    for (size_t n_folds = 0; n_folds < 2; n_folds++) {
        struct sb_measure *m = measure(&model, n_folds, 1);
        assert_string_equal(m->fit, "in-sample");
        assert_int_equal(m->depth_bits, 16);
        n_bytes = 0;
        for (size_t d = 0; d < N_DATASETS; d++)
            for (size_t i = 0; i < data[d].n; i++) {
                assert_scores(m, d, i, predictor);
                n_bytes += datasets[d].documents[i].n_bytes;
            }
        assert_int_equal(m->n_train_bytes, n_bytes);
        sb_measure_free(m);
    }
    sb_predictor_free(predictor);
    sb_model_clear(&model);
}

static void test_held_out(void **state)
{
    (void)state;
    char text[4300];
    snprintf(text, sizeof text, "tree:d=8,train=%s", paths[1]);
    struct sb_model model = model_of(text), plain = model_of("tree:d=8");
    struct sb_measure *m = measure(&model, 10, 1);
    assert_string_equal(m->fit, "held-out");
    struct sb_predictor *predictor;
    assert_int_equal(sb_predictor_create(&plain, &predictor, NULL), SB_OK);
    for (size_t i = 0; i < data[1].n; i++) {
        char bytes[2 * TEST_TEXT_MAX];
        struct sb_document d = document_of(&data[1].documents[i], bytes);
        assert_int_equal(predictor->class->add(predictor, &d, NULL), SB_OK);
    }
    assert_int_equal(predictor->class->finish(predictor, NULL), SB_OK);
    for (size_t i = 0; i < data[0].n; i++)
        assert_scores(m, 0, i, predictor);
    sb_predictor_free(predictor);
    sb_measure_free(m);
    sb_model_clear(&model);
    sb_model_clear(&plain);
}

/* ---- groups -------------------------------------------------------------------------------- */

/* The spans of a group of a dataset, in order. */
/* Each dataset has a model of its own, which learns its documents in their order, prompts too. */
static void test_adaptive(void **state)
{
    (void)state;
    char train[700], text[2 * TEST_TEXT_MAX];
    snprintf(train, sizeof train, "ctw:d=24,adaptive=1,train=%s", paths[1]);
    for (int trained = 0; trained < 2; trained++) {
        struct sb_model model = model_of(trained ? train : "ctw:d=24,adaptive=1");
        struct sb_measure *m = measure(&model, 10, 4);
        assert_string_equal(m->fit, trained ? "adaptive, after train" : "adaptive");
        size_t n_train_bytes = 0;
        for (size_t d = 0; d < N_DATASETS; d++) {
            struct sb_predictor *predictor;
            assert_int_equal(sb_predictor_create(&model, &predictor, NULL), SB_OK);
            n_train_bytes = 0;
            for (size_t i = 0; trained && i < data[1].n; i++) {
                struct sb_document document = document_of(&data[1].documents[i], text);
                assert_int_equal(predictor->class->add(predictor, &document, NULL), SB_OK);
                n_train_bytes += document.n_bytes;
            }
            assert_int_equal(predictor->class->finish(predictor, NULL), SB_OK);
            for (size_t i = 0; i < data[d].n; i++) {
                struct sb_document document = document_of(&data[d].documents[i], text);
                struct sb_score score;
                assert_int_equal(predictor->class->learn(predictor, &document, &score, NULL),
                                 SB_OK);
                assert_close(m->scores[d][i].bits, score.bits, 0);
                assert_int_equal(m->scores[d][i].n_tokens, score.n_tokens);
            }
            sb_predictor_free(predictor);
        }
        assert_int_equal(m->n_train_bytes, n_train_bytes);
        sb_measure_free(m);
        sb_model_clear(&model);
    }
}

static size_t group_text(const struct sb_measure *m, size_t d, size_t g, char *text)
{
    *text = 0;
    for (size_t i = 0; i < data[d].n; i++)
        if (m->group_of[i] == g)
            strcat(text, data[d].documents[i].completion);
    return strlen(text);
}

static void test_groups(void **state)
{
    (void)state;
    static const char *const names[] = { "gzip", "zstd:level=1" };
    static char text[TEST_DOCUMENTS_MAX * TEST_TEXT_MAX];
    for (size_t k = 0; k < 2; k++) {
        struct sb_model model = model_of(names[k]);
        struct sb_measure *m = measure(&model, 4, 2);
        assert_string_equal(m->fit, "cross-fitted, 4 folds");
        assert_int_equal(m->n_groups, 30);
        uint32_t fold[TEST_DOCUMENTS_MAX], group_fold[60];
        assert_int_equal(sb_assign_folds(4, 5, 60, group_fold), SB_OK);
        for (size_t d = 0; d < N_DATASETS; d++)
            for (size_t i = 0; i < data[d].n; i++)
                fold[number_of(d, i)] = group_fold[30 * d + m->group_of[i]];
        for (uint32_t f = 0; f < 4; f++) {
            struct sb_predictor *predictor = fit(&model, fold, f);
            for (size_t d = 0; d < N_DATASETS; d++)
                for (size_t g = 0; g < 30; g++) {
                    if (group_fold[30 * d + g] != f)
                        continue;
                    size_t n = group_text(m, d, g, text);
                    struct sb_score score = { 0, 0 };
                    assert_int_equal(m->groups[d][g].n_bytes, n);
                    if (n)
                        assert_int_equal(predictor->class->score_group(
                                             predictor, (const uint8_t *)text, n, &score, NULL),
                                         SB_OK);
                    assert_close(m->scores[d][g].bits, score.bits, 0);
                }
            sb_predictor_free(predictor);
        }
        sb_measure_free(m);

        /* Without folds: each group alone. */
        m = measure(&model, 0, 1);
        assert_string_equal(m->fit, "none: each group alone");
        assert_int_equal(m->n_train_bytes, 0);
        struct sb_predictor *alone;
        struct sb_score score;
        size_t n = group_text(m, 0, 3, text);
        assert_int_equal(sb_predictor_create(&model, &alone, NULL), SB_OK);
        assert_int_equal(alone->class->finish(alone, NULL), SB_OK);
        assert_int_equal(alone->class->score_group(alone, (const uint8_t *)text, n, &score, NULL),
                         SB_OK);
        assert_close(m->scores[0][3].bits, score.bits, 0);
        sb_predictor_free(alone);
        sb_measure_free(m);
        sb_model_clear(&model);
    }
}

/* Weights 1 and 3 on 10 and 30 bytes: (10 + 90)/40. */
static void test_group_weight(void **state)
{
    (void)state;
    static struct test_data two = { .n = 2,
                                    .documents = { { "", "0123456789", 1 },
                                                   { "", "012345678901234567890123456789", 3 } } };
    write_documents(&two, paths[0], NULL);
    struct sb_dataset d = dataset_at("two", paths[0]);
    assert_int_equal(sb_datasets_open(&d, 1, 16, NULL), SB_OK);
    struct sb_measure_options options = options_of(0, 1);
    struct sb_model model = model_of("gzip");
    struct sb_measure *m;
    assert_int_equal(sb_measure_create(&model, &d, 1, &options, &m, NULL), SB_OK);
    assert_int_equal(m->n_groups, 2);
    assert_close(m->groups[0][m->group_of[0]].weight, 1, 0);
    assert_close(m->groups[0][m->group_of[1]].weight, 3, 1e-15);
    sb_measure_free(m);
    sb_model_clear(&model);
    sb_datasets_close(&d, 1);
}

/* ---- threads and the ledger ---------------------------------------------------------------- */

static void assert_same(const struct sb_measure *a, const struct sb_measure *b)
{
    assert_string_equal(a->fit, b->fit);
    assert_int_equal(a->n_train_bytes, b->n_train_bytes);
    assert_int_equal(a->window_bytes, b->window_bytes);
    for (size_t d = 0; d < N_DATASETS; d++)
        for (size_t i = 0; i < (a->n_groups ? a->n_groups : data[d].n); i++) {
            assert_true(a->scores[d][i].bits == b->scores[d][i].bits);
            assert_int_equal(a->scores[d][i].n_tokens, b->scores[d][i].n_tokens);
        }
}

static void test_threads(void **state)
{
    (void)state;
    static const char *const names[] = { "tree:d=24",      "lz4",   "ctw",
                                         "ctw:adaptive=1", "ngram", "ngram:n=3,adaptive=1" };
    for (size_t k = 0; k < 6; k++) {
        struct sb_model model = model_of(names[k]);
        struct sb_measure *one = measure(&model, 10, 1), *four = measure(&model, 10, 4);
        assert_same(one, four);
        sb_measure_free(one);
        sb_measure_free(four);
        sb_model_clear(&model);
    }
}

/* Measures with the ledger at rows_path, which may exist. */
static struct sb_measure *measure_with_ledger(const struct sb_model *model)
{
    struct sb_measure_options options = options_of(6, 2);
    struct sb_table *header = sb_rows_create(), *done;
    sb_table_provenance(header, "test", "x");
    assert_int_equal(sb_ledger_open(rows_path, header, &done, &options.ledger, NULL), SB_OK);
    options.done = done;
    struct sb_measure *m;
    struct sb_error error = { "" };
    if (sb_measure_create(model, datasets, N_DATASETS, &options, &m, &error))
        fail_msg("%s", error.message);
    assert_int_equal(sb_ledger_close(options.ledger, NULL), SB_OK);
    sb_table_free(done);
    sb_table_free(header);
    return m;
}

/* Cut anywhere, the ledger is completed to what it was, and the result is the same. */
static void test_ledger(void **state)
{
    (void)state;
    static const char *const names[] = { "tree:d=16", "gzip", "ctw:d=16,adaptive=1", "ngram:n=3" };
    for (size_t k = 0; k < 4; k++) {
        struct sb_model model = model_of(names[k]);
        unlink(rows_path);
        struct sb_measure *whole = measure_with_ledger(&model);
        size_t n;
        char *rows = read_file(rows_path, &n);
        for (size_t i = 0; i <= 40; i++) {
            size_t cut = n * i / 40;
            write_file(rows_path, rows, cut);
            struct sb_measure *resumed = measure_with_ledger(&model);
            assert_same(whole, resumed);
            sb_measure_free(resumed);
            size_t n_after;
            char *after = read_file(rows_path, &n_after);
            if (n_after != n || memcmp(after, rows, n) != 0)
                fail_msg("%s: cut at %zu of %zu bytes, the ledger differs", names[k], cut, n);
            free(after);
        }
        free(rows);
        sb_measure_free(whole);
        sb_model_clear(&model);
    }
}

/* What stands in the ledger is taken and not computed: a changed number shows. */
static void test_ledger_is_read(void **state)
{
    (void)state;
    struct sb_model model = model_of("tree:d=16");
    sb_measure_free(measure_with_ledger(&model));
    struct sb_table *rows;
    assert_int_equal(sb_table_read(rows_path, &rows, NULL), SB_OK);
    assert_int_equal(sb_table_n_rows(rows), data[0].n + data[1].n);
    struct sb_row row;
    assert_int_equal(sb_rows_at(rows, 5, &row, NULL), SB_OK);
    size_t d = strcmp(row.dataset, "bad") == 0, i = (size_t)row.document;
    row.score.bits = 123456;
    struct sb_table *forged = sb_rows_create();
    sb_table_provenance(forged, "test", "x");
    sb_rows_append(forged, &row);
    FILE *file = fopen(rows_path, "w");
    assert_non_null(file);
    assert_int_equal(sb_table_write_tsv(forged, file, NULL), SB_OK);
    fclose(file);
    sb_table_free(forged);
    sb_table_free(rows);
    struct sb_measure *m = measure_with_ledger(&model);
    assert_close(m->scores[d][i].bits, 123456, 0);
    sb_measure_free(m);
    sb_model_clear(&model);
}

/* ---- trouble ------------------------------------------------------------------------------- */

static void test_changed_file(void **state)
{
    (void)state;
    /* Beyond what a corpus keeps in memory a change would show; here only the contract of readers. */
    struct sb_dataset d = datasets[1];
    struct sb_dataset_reader reader;
    struct sb_document document;
    struct sb_error error = { "" };
    size_t number;
    d.n_documents--; /* as if the survey had seen one fewer */
    assert_int_equal(sb_dataset_rewind(&d, &reader, NULL), SB_OK);
    enum sb_status status;
    while (!(status = sb_dataset_next(&reader, &document, &number, &error)))
        continue;
    assert_int_equal(status, SB_FORMAT);
    assert_non_null(strstr(error.message, "changed while it was read"));
}

static void test_failures(void **state)
{
    (void)state;
    static const char *const bad[] = { "tree:train=/nowhere/at/all", "scores:/nowhere/at/all",
                                       "oracle", "ctw:adaptive=1,train=/nowhere/at/all" };
    for (size_t k = 0; k < 4; k++) {
        struct sb_model model = model_of(bad[k]);
        struct sb_measure_options options = options_of(10, 2);
        struct sb_measure *m = (struct sb_measure *)&model;
        struct sb_error error = { "" };
        assert_int_not_equal(sb_measure_create(&model, datasets, N_DATASETS, &options, &m, &error),
                             SB_OK);
        assert_null(m);
        assert_true(*error.message);
        sb_model_clear(&model);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cross_fitted), TEST(test_two_books), TEST(test_in_sample),
        TEST(test_held_out),     TEST(test_groups),    TEST(test_group_weight),
        TEST(test_threads),      TEST(test_ledger),    TEST(test_ledger_is_read),
        TEST(test_changed_file), TEST(test_failures),  TEST(test_adaptive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
