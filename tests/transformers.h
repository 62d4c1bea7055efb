/* Checkpoints for the tests: fixtures with the reference library's outputs, where they are. */
#ifndef SB_TESTS_TRANSFORMERS_H
#define SB_TESTS_TRANSFORMERS_H

#include "tests/helpers.h"

#include <jansson.h>
#include "estimators/transformer/forward.h"
#include "estimators/transformer/head.h"
#include "estimators/transformer/scorer.h"

/* "../shared/fixtures/models/NAME" or "tests/fixtures/models/NAME", NULL where neither is. A view until
 * the next call. */
static inline const char *fixture_model(const char *name)
{
    static char path[256];
    const char *roots[] = { "../shared/fixtures/models", "tests/fixtures/models" };
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s/config.json", roots[i], name);
        if (access(path, R_OK) == 0) {
            snprintf(path, sizeof path, "%s/%s", roots[i], name);
            return path;
        }
    }
    return NULL;
}

static inline void no_error(enum sb_status status, const struct sb_error *error)
{
    if (status)
        fail_msg("status %d: %s", status, error->message);
}

static inline struct sb_checkpoint *open_fixture(const char *name)
{
    struct sb_checkpoint *checkpoint;
    struct sb_error error = { "" };
    no_error(sb_checkpoint_open(fixture_model(name), NULL, &checkpoint, &error), &error);
    return checkpoint;
}

static inline struct sb_transformer *transformer_of(const struct sb_checkpoint *checkpoint,
                                                    const char *kernels)
{
    struct sb_transformer *transformer;
    struct sb_error error = { "" };
    no_error(sb_transformer_create(checkpoint, sb_kernels_named(kernels),
                                   checkpoint->config.n_context, &transformer, &error),
             &error);
    return transformer;
}

/* A JSON array of ids as a new array. */
static inline uint32_t *ids_of(const json_t *array, size_t *n)
{
    *n = json_array_size(array);
    uint32_t *ids = malloc((*n + 1) * sizeof *ids);
    assert_non_null(ids);
    for (size_t i = 0; i < *n; i++)
        ids[i] = (uint32_t)json_integer_value(json_array_get(array, i));
    return ids;
}

#endif
