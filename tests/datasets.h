/* Small datasets for tests: documents in memory, written to a JSONL file that is then a dataset. */
#ifndef SB_TESTS_DATASETS_H
#define SB_TESTS_DATASETS_H

#include "tests/helpers.h"

#include "estimators/dataset.h"
#include "theory/random.h"

enum { TEST_DOCUMENTS_MAX = 64, TEST_TEXT_MAX = 256 };

struct test_document {
    char prompt[TEST_TEXT_MAX], completion[TEST_TEXT_MAX];
    double weight;
};

struct test_data {
    size_t n;
    struct test_document documents[TEST_DOCUMENTS_MAX];
};

/* n documents of words drawn from a short list; some completions are empty when with_empty is set. */
static inline void draw_documents(struct test_data *data, size_t n, uint64_t seed, bool with_empty)
{
    static const char *const words[] = { "spring", "back", "model", "data", "rate", "tree" };
    struct sb_random random;
    sb_random_init(&random, seed, 0);
    data->n = n;
    for (size_t i = 0; i < n; i++) {
        struct test_document *d = &data->documents[i];
        *d = (struct test_document){ .weight = 1 };
        size_t n_words = 1 + (size_t)sb_random_below(&random, 20);
        if (with_empty && i % 7 == 3)
            n_words = 0;
        snprintf(d->prompt, sizeof d->prompt, "%s? ", words[sb_random_below(&random, 6)]);
        for (size_t j = 0; j < n_words; j++) {
            size_t used = strlen(d->completion);
            snprintf(d->completion + used, sizeof d->completion - used, "%s ",
                     words[sb_random_below(&random, 6)]);
        }
    }
}

/* Writes the documents as prompt, completion and weight; with ids "PREFIX<i>" unless it is NULL. */
static inline void write_documents(const struct test_data *data, const char *path,
                                   const char *id_prefix)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < data->n; i++) {
        const struct test_document *d = &data->documents[i];
        fprintf(file, "{\"prompt\":\"%s\",\"completion\":\"%s\",\"weight\":%.17g", d->prompt,
                d->completion, d->weight);
        if (id_prefix)
            fprintf(file, ",\"id\":\"%s%zu\"", id_prefix, i);
        fprintf(file, "}\n");
    }
    assert_int_equal(fclose(file), 0);
}

static inline struct sb_dataset dataset_at(const char *name, const char *path)
{
    return (
        struct sb_dataset){ .name = name, .path = path, .options = sb_corpus_options_default() };
}

#endif
