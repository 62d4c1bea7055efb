/* Datasets under models, for tests of rates: everything goes through score files, so that the bits of
 * each document are known. */
#ifndef SB_TESTS_RATE_SETTING_H
#define SB_TESTS_RATE_SETTING_H

#include "tests/datasets.h"
#include "tests/folder.h"

#include "estimators/rate.h"

enum { N_DATASETS_MAX = 3, N_MODELS_MAX = 3 };

struct setting {
    size_t n_datasets, n_models;
    struct test_data data[N_DATASETS_MAX];
    double bits[N_MODELS_MAX][N_DATASETS_MAX][TEST_DOCUMENTS_MAX];
    const char *id_prefix[N_DATASETS_MAX]; /* equal: the same documents */
    const char *extra_model;               /* or NULL */

    struct sb_dataset datasets[N_DATASETS_MAX];
    struct sb_model models[N_MODELS_MAX + 1];
    struct sb_measure *measures[N_MODELS_MAX + 1];
    struct sb_rates *rates;
    char *paths[N_DATASETS_MAX];
};

static inline void write_scores(const struct setting *s, size_t model, const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "document\tposition\tid\tlog2_p\n");
    size_t index = 0;
    for (size_t d = 0; d < s->n_datasets; d++)
        for (size_t i = 0; i < s->data[d].n; i++, index++)
            if (*s->data[d].documents[i].completion)
                fprintf(file, "%zu\t0\t0\t%.17g\n", index, -s->bits[model][d][i]);
    assert_int_equal(fclose(file), 0);
}

static inline void measure_all(struct setting *s, size_t n_threads)
{
    struct sb_measure_options options = { .n_folds = 10, .seed = 1, .n_threads = n_threads };
    size_t n = s->n_models + (s->extra_model != NULL);
    for (size_t m = 0; m < n; m++) {
        char name[32], text[4300];
        snprintf(name, sizeof name, "model%zu.tsv", m);
        char *path = file_in(folder, name);
        if (m < s->n_models)
            write_scores(s, m, path);
        snprintf(text, sizeof text, "scores:%s", path);
        assert_int_equal(
            sb_model_parse(m < s->n_models ? text : s->extra_model, &s->models[m], NULL), SB_OK);
        assert_int_equal(sb_measure_create(&s->models[m], s->datasets, s->n_datasets, &options,
                                           &s->measures[m], NULL),
                         SB_OK);
        free(path);
    }
    s->n_models = n;
}

static inline void create(struct setting *s, enum sb_interval kind, size_t n_threads)
{
    static const char *const names[N_DATASETS_MAX] = { "good", "bad", "third" };
    for (size_t d = 0; d < s->n_datasets; d++) {
        s->paths[d] = file_in(folder, names[d]);
        write_documents(&s->data[d], s->paths[d], s->id_prefix[d]);
        s->datasets[d] = dataset_at(names[d], s->paths[d]);
    }
    assert_int_equal(sb_datasets_open(s->datasets, s->n_datasets, 8, NULL), SB_OK);
    measure_all(s, n_threads);
    struct sb_interval_options options = { kind, 0.95, 500, 3, n_threads };
    assert_int_equal(sb_rates_create(s->datasets, s->n_datasets,
                                     (const struct sb_measure *const *)s->measures, s->n_models,
                                     &options, &s->rates, NULL),
                     SB_OK);
}

static inline void destroy(struct setting *s)
{
    sb_rates_free(s->rates);
    for (size_t m = 0; m < s->n_models; m++) {
        sb_measure_free(s->measures[m]);
        sb_model_clear(&s->models[m]);
    }
    sb_datasets_close(s->datasets, s->n_datasets);
    for (size_t d = 0; d < s->n_datasets; d++)
        free(s->paths[d]);
}

static inline struct sb_rate estimate(const struct setting *s, const struct sb_rate_term *terms,
                                      size_t n)
{
    struct sb_rate rate;
    assert_int_equal(sb_rates_estimate(s->rates, terms, n, &rate), SB_OK);
    return rate;
}

static inline struct sb_rate rate_of(const struct setting *s, size_t model, size_t dataset)
{
    return estimate(s, &(struct sb_rate_term){ 1, model, dataset }, 1);
}

/* Datasets of n documents with random lengths, weights and bits. */
static inline struct setting *new_setting(size_t n_datasets, size_t n_models, size_t n)
{
    struct setting *s = calloc(1, sizeof *s);
    assert_non_null(s);
    struct sb_random random;
    sb_random_init(&random, 99, 0);
    s->n_datasets = n_datasets;
    s->n_models = n_models;
    for (size_t d = 0; d < n_datasets; d++) {
        s->id_prefix[d] = d ? "b" : "a";
        draw_documents(&s->data[d], n, d + 1, false);
        for (size_t i = 0; i < n; i++) {
            double n_bytes = (double)strlen(s->data[d].documents[i].completion);
            s->data[d].documents[i].weight = 0.5 + (double)sb_random_below(&random, 4);
            for (size_t m = 0; m < n_models; m++)
                s->bits[m][d][i] = n_bytes * (2 + sb_random_unit(&random));
        }
    }
    return s;
}

#endif
