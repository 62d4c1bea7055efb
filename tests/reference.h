/* High-precision values to compare with: ../shared/theory/reference.json where it is, else the
 * small selection in tests/fixtures/theory.json. Values are decimal strings or fractions; null
 * means that there is no value. */
#ifndef SB_TESTS_REFERENCE_H
#define SB_TESTS_REFERENCE_H

#include "tests/helpers.h"

#include <jansson.h>
#include "theory/numeric.h"

/* The whole file; json_decref it. */
static inline json_t *reference_open(void)
{
    json_t *root = json_load_file("../shared/theory/reference.json", 0, NULL);
    if (!root)
        root = json_load_file("tests/fixtures/theory.json", 0, NULL);
    assert_non_null(root);
    return root;
}

/* The records of a section; at least one. */
static inline json_t *reference_section(const json_t *root, const char *section)
{
    json_t *records = json_object_get(root, section);
    assert_true(json_array_size(records) > 0);
    return records;
}

static inline double reference_value(const json_t *json)
{
    double value = NAN;
    if (json_is_string(json))
        assert_int_equal(sb_parse_number(json_string_value(json), &value), SB_OK);
    else
        assert_true(json_is_null(json));
    return value;
}

/* NaN for null. The key must be there. */
static inline double reference_number(const json_t *record, const char *key)
{
    const json_t *value = json_object_get(record, key);
    if (!value)
        fail_msg("no \"%s\" in %s", key, json_string_value(json_object_get(record, "id")));
    return reference_value(value);
}

/* A new array of *n numbers. */
static inline double *reference_vector(const json_t *record, const char *key, size_t *n)
{
    const json_t *list = json_object_get(record, key);
    *n = json_array_size(list);
    double *vector = malloc((*n + 1) * sizeof *vector);
    assert_non_null(vector);
    for (size_t x = 0; x < *n; x++)
        vector[x] = reference_value(json_array_get(list, x));
    return vector;
}

/* actual against record[key]: 1e-12 relative, zeros 1e-12 absolute, null against NaN. */
static inline void assert_reference(double actual, const json_t *record, const char *key,
                                    const char *where)
{
    double expected = reference_number(record, key), scale = expected == 0 ? 1 : fabs(expected);
    bool agrees = isnan(expected)   ? isnan(actual)
                  : isinf(expected) ? actual == expected
                                    : fabs(actual - expected) <= 1e-12 * scale;
    if (!agrees)
        fail_msg("%s %s: %.17g, expected %.17g", where, key, actual, expected);
}

#endif
