#include "cli/dist_file.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "theory/dist.h"
#include "theory/numeric.h"

static const char *const KEYS[] = { "p_p", "p_a", "p_t", "k", "l" };

static enum sb_status load(const char *path, size_t flags, json_t **root, struct sb_error *error)
{
    flags |= JSON_REJECT_DUPLICATES;
    json_error_t problem;
    *root = strcmp(path, "-") == 0 ? json_loadf(stdin, flags, &problem)
                                   : json_load_file(path, flags, &problem);
    if (!*root && problem.line < 0)
        return sb_fail(error, SB_IO, "%s: cannot be read: %s", path, problem.text);
    if (!*root)
        return sb_fail(error, SB_FORMAT, "%s line %d: not JSON: %s; mend it there", path,
                       problem.line, problem.text);
    return SB_OK;
}

static enum sb_status check_keys(const json_t *root, const char *path, struct sb_error *error)
{
    if (!json_is_object(root))
        return sb_fail(error, SB_FORMAT,
                       "%s: not a JSON object; it should be {\"p_p\": [...], \"p_a\": [...], "
                       "\"p_t\": [...], \"k\": ..., \"l\": ...}",
                       path);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)root, key, value)
    {
        size_t i = 0;
        while (i < sizeof KEYS / sizeof *KEYS && strcmp(key, KEYS[i]) != 0)
            i++;
        if (i == sizeof KEYS / sizeof *KEYS)
            return sb_fail(error, SB_FORMAT,
                           "%s: unknown key \"%.80s\"; the keys are p_p, p_a, p_t, k and l", path,
                           key);
    }
    return SB_OK;
}

static bool number_of(const json_t *json, double *value)
{
    if (json_is_string(json))
        return sb_parse_number(json_string_value(json), value) == SB_OK;
    if (json_is_real(json))
        *value = json_real_value(json);
    return json_is_real(json);
}

static enum sb_status read_volume(const json_t *root, const char *key, const char *path,
                                  double *volume, struct sb_error *error)
{
    const json_t *json = json_object_get(root, key);
    *volume = NAN;
    if (json && !number_of(json, volume))
        return sb_fail(error, SB_FORMAT, "%s: \"%s\" is not a number or a fraction such as \"1/3\"",
                       path, key);
    return SB_OK;
}

static enum sb_status read_vector(const json_t *root, const char *key, const char *path,
                                  double **vector, size_t *n, struct sb_error *error)
{
    const json_t *list = json_object_get(root, key);
    if (!json_is_array(list))
        return sb_fail(error, SB_FORMAT, "%s: %s \"%s\"; give a list of probabilities", path,
                       list ? "no list in" : "no", key);
    size_t size = json_array_size(list);
    double *p = malloc((size + 1) * sizeof *p);
    if (!p)
        return sb_fail_memory(error);
    for (size_t x = 0; x < size; x++)
        if (!number_of(json_array_get(list, x), &p[x])) {
            free(p);
            return sb_fail(error, SB_FORMAT,
                           "%s: %s[%zu] is not a number or a fraction such as \"1/3\"", path, key,
                           x);
        }
    struct sb_error reason = { "" };
    if (sb_dist_check(p, size, key, &reason)) {
        free(p);
        return sb_fail(error, SB_DOMAIN, "%s: %s", path, reason.message);
    }
    sb_dist_normalise(p, size);
    *vector = p;
    *n = size;
    return SB_OK;
}

static enum sb_status read_all(const json_t *root, const char *path, struct cli_dist *dist,
                               struct sb_error *error)
{
    enum sb_status status = check_keys(root, path, error);
    double **const vectors[] = { &dist->p_p, &dist->p_a, &dist->p_t };
    size_t n[3];
    for (int i = 0; i < 3 && !status; i++)
        status = read_vector(root, KEYS[i], path, vectors[i], &n[i], error);
    if (!status)
        status = read_volume(root, "k", path, &dist->k, error);
    if (!status)
        status = read_volume(root, "l", path, &dist->l, error);
    if (status)
        return status;
    if (n[0] != n[1] || n[0] != n[2])
        return sb_fail(error, SB_FORMAT,
                       "%s: p_p, p_a and p_t have %zu, %zu and %zu entries; they are probabilities "
                       "of the same leaves",
                       path, n[0], n[1], n[2]);
    dist->n_leaves = n[0];
    return SB_OK;
}

enum sb_status cli_dist_read(const char *path, struct cli_dist *dist, struct sb_error *error)
{
    json_t *root;
    enum sb_status status = load(path, JSON_DECODE_INT_AS_REAL, &root, error);
    if (status)
        return status;
    struct cli_dist new = { 0 };
    status = read_all(root, path, &new, error);
    json_decref(root);
    if (status)
        cli_dist_clear(&new);
    else
        *dist = new;
    return status;
}

void cli_dist_clear(struct cli_dist *dist)
{
    free(dist->p_p);
    free(dist->p_a);
    free(dist->p_t);
    *dist = (struct cli_dist){ 0 };
}

/* ---- exact numbers --------------------------------------------------------------------------- */

/* The text of a number; *json is replaced by a string if it is an integer. NULL: not exact. */
static const char *exact_text(json_t *container, size_t index, const char *key)
{
    json_t *json = key ? json_object_get(container, key) : json_array_get(container, index);
    if (json_is_integer(json)) {
        json_t *text = json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(json));
        if (key ? json_object_set_new(container, key, text)
                : json_array_set_new(container, index, text))
            return NULL;
        json = text;
    }
    return json_string_value(json);
}

static enum sb_status read_exact_vector(const char *path, const char *key,
                                        struct cli_exact_dist *dist, int i, struct sb_error *error)
{
    json_t *list = json_object_get(dist->root, key);
    if (!json_is_array(list) || json_array_size(list) == 0)
        return sb_fail(error, SB_FORMAT, "%s: no list \"%s\"; give a list of probabilities", path,
                       key);
    size_t n = json_array_size(list);
    if (i > 0 && n != dist->n_leaves)
        return sb_fail(error, SB_FORMAT, "%s: %s and %s have %zu and %zu entries", path, KEYS[0],
                       key, dist->n_leaves, n);
    dist->n_leaves = n;
    dist->p[i] = malloc(n * sizeof *dist->p[i]);
    if (!dist->p[i])
        return sb_fail_memory(error);
    for (size_t x = 0; x < n; x++)
        if (!(dist->p[i][x] = exact_text(list, x, NULL)))
            return sb_fail(error, SB_FORMAT,
                           "%s: %s[%zu] is not exact: write it as a string, \"0.1\" or \"1/3\"",
                           path, key, x);
    return SB_OK;
}

static enum sb_status read_exact_volume(const char *path, const char *key, json_t *root,
                                        const char **text, struct sb_error *error)
{
    if (json_object_get(root, key) && !(*text = exact_text(root, 0, key)))
        return sb_fail(error, SB_FORMAT,
                       "%s: \"%s\" is not exact: write it as a string, \"0.1\" or \"1/3\"", path,
                       key);
    return SB_OK;
}

enum sb_status cli_exact_dist_read(const char *path, struct cli_exact_dist *dist,
                                   struct sb_error *error)
{
    struct cli_exact_dist new = { 0 };
    enum sb_status status = load(path, 0, &new.root, error);
    if (status)
        return status;
    status = check_keys(new.root, path, error);
    for (int i = 0; i < 3 && !status; i++)
        status = read_exact_vector(path, KEYS[i], &new, i, error);
    if (!status)
        status = read_exact_volume(path, "k", new.root, &new.k, error);
    if (!status)
        status = read_exact_volume(path, "l", new.root, &new.l, error);
    if (status)
        cli_exact_dist_clear(&new);
    else
        *dist = new;
    return status;
}

void cli_exact_dist_clear(struct cli_exact_dist *dist)
{
    for (int i = 0; i < 3; i++)
        free(dist->p[i]);
    json_decref(dist->root);
    *dist = (struct cli_exact_dist){ 0 };
}
