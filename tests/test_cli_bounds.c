/* springback bounds: closed forms beside roots, explicit distributions, datasets, what is refused. */
#include "tests/helpers.h"

#include <jansson.h>

/* The "results" of a command under --json, to be released with json_decref(*root). */
static json_t *results_of(const char *command_line, json_t **root)
{
    char *output, *messages;
    if (run_command(command_line, &output, &messages) || *messages)
        fail_msg("%s: %s", command_line, messages);
    *root = json_loads(output, 0, NULL);
    assert_non_null(*root);
    free(output);
    free(messages);
    return json_object_get(*root, "results");
}

/* The row of a quantity, the last where there are several. */
static const json_t *row_of(const json_t *results, const char *quantity)
{
    const json_t *row, *found = NULL;
    size_t i;
    json_array_foreach(results, i,
                       row) if (strcmp(json_string_value(json_object_get(row, "quantity")),
                                       quantity) == 0) found = row;
    if (!found)
        fail_msg("no row %s", quantity);
    return found;
}

static double value_of(const json_t *results, const char *quantity)
{
    return json_number_value(json_object_get(row_of(results, quantity), "value"));
}

static const char *status_of(const json_t *results, const char *quantity)
{
    return json_string_value(json_object_get(row_of(results, quantity), "status"));
}

static void test_closed_form(void **state)
{
    (void)state;
    json_t *root, *row;
    json_t *results =
        results_of("$SPRINGBACK bounds --k 20 --pi 1/3,1/3,1/3 --l 0.3 --factor 3 --json", &root);
    assert_close(value_of(results, "l_star"), 0.5, 1e-14);
    assert_close(value_of(results, "c1"), 1, 1e-15);
    assert_close(value_of(results, "c2"), 2.6125, 1e-13);
    assert_close(value_of(results, "R_upper"), 2.6125, 1e-13);
    assert_string_equal(status_of(results, "R_upper"), "holds");
    assert_string_equal(status_of(results, "k_star"), "always");
    size_t i;
    json_array_foreach(results, i, row) /* twice the same: closed form first, then the root */
    {
        const char *quantity = json_string_value(json_object_get(row, "quantity"));
        assert_close(json_number_value(json_object_get(row, "value")), value_of(results, quantity),
                     1e-12);
        if (strcmp(json_string_value(json_object_get(row, "status")), "root") == 0) {
            assert_true(json_number_value(json_object_get(row, "low")) <=
                        json_number_value(json_object_get(row, "high")));
            assert_true(json_is_integer(json_object_get(row, "n_iterations")));
            assert_true(fabs(json_number_value(json_object_get(row, "residual"))) < 1e-10);
        }
    }
    json_decref(root);
}

static void test_dist(void **state)
{
    (void)state;
    json_t *root;
    /* p_p = (1, 0, 0), p_a = (1/2, 1/4, 1/4), p_t = (3/4, 1/4, 0): kappa_k > 0 for k < 1
     * (tests/test_threshold.c). */
    const char *threshold =
        "echo '{\"p_p\": [1, 0, 0], \"p_a\": [0.5, 0.25, 0.25], \"p_t\": [0.75, "
        "0.25, 0]}' | $SPRINGBACK bounds --dist - --k 20 --l 0.1 --json";
    json_t *results = results_of(threshold, &root);
    assert_close(value_of(results, "k_star"), 1, 1e-13);
    assert_string_equal(status_of(results, "k_star"), "below_k_star");
    assert_string_equal(status_of(results, "l_star"), "none");
    assert_string_equal(status_of(results, "c2"), "none");
    assert_string_equal(status_of(results, "R_upper"), "p_p >= c p_t fails");
    assert_string_equal(status_of(results, "largest_l"), "none");
    assert_true(json_is_null(json_object_get(row_of(results, "largest_l"), "value")));
    json_decref(root);
}

static void test_datasets(void **state)
{
    (void)state;
    char *folder = new_folder(), line[2048];
    json_t *root;
    snprintf(
        line, sizeof line,
        "cd %s && printf 'a\\nb\\nc\\n' >p.txt && printf 'b\\n' >a.txt && printf 'c\\n' >t.txt && "
        "$SPRINGBACK bounds --k 20 --l 0.3 --split line --depth 8 --pretrain p.txt "
        "--align a.txt --perturb t.txt --json",
        folder);
    json_t *results = results_of(line, &root); /* three leaves, disjoint, thirds: R3 */
    assert_close(value_of(results, "l_star"), 0.5, 1e-14);
    assert_close(value_of(results, "c2"), 2.6125, 1e-13);
    json_decref(root);
    remove_folder(folder);
}

static void test_alpha(void **state)
{
    (void)state;
    json_t *root;
    json_t *results = results_of("$SPRINGBACK bounds --alpha-c 0.1 --json", &root);
    assert_close(value_of(results, "alpha_c"), 1.684, 1e-3);
    json_decref(root);
    results = results_of("$SPRINGBACK bounds --alpha-c 0.3 --json", &root);
    assert_string_equal(status_of(results, "alpha_c"), "always");
    json_decref(root);
}

static void test_refused(void **state)
{
    (void)state;
    assert_refused("$SPRINGBACK bounds", 2, "nothing to solve");
    assert_refused("$SPRINGBACK bounds x", 2, "no argument");
    assert_refused("$SPRINGBACK bounds --pi 1/3,1/3,1/3", 2, "give --k");
    assert_refused("$SPRINGBACK bounds --k 20 --pi 1/2,1/2", 2, "three shares");
    assert_refused("$SPRINGBACK bounds --k 20 --pi 1/2,1/2,0", 2, "pi_t");
    assert_refused("$SPRINGBACK bounds --k 0 --pi 1/3,1/3,1/3", 2, "> 0");
    assert_refused("$SPRINGBACK bounds --k 20 --l=-1 --pi 1/3,1/3,1/3", 2, ">= 0");
    assert_refused("$SPRINGBACK bounds --k 20 --pi 1/3,1/3,1/3 --factor 1", 2, "factor");
    assert_refused("$SPRINGBACK bounds --k 20 --pi 1/3,1/3,1/3 --dist x", 2, "one of");
    assert_refused("$SPRINGBACK bounds --k 20 --pretrain x", 2, "needed together");
    assert_refused("$SPRINGBACK bounds --dist /nowhere.json", 1, "/nowhere.json");
    assert_refused("$SPRINGBACK bounds --alpha-c 0.6", 2, "1/2");
    assert_refused("$SPRINGBACK bounds --k 1 --pretrain a --align b --perturb c --depth 65", 2,
                   "1 to 64");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_form), cmocka_unit_test(test_dist),
        cmocka_unit_test(test_datasets),    cmocka_unit_test(test_alpha),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("springback bounds", tests, NULL, NULL);
}
