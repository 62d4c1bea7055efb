/* springback theory: grids, explicit distributions, terminal plots, and what is refused. */
#include "tests/reference.h"
#include "tests/tables.h"

/* The "results" of a command under --json, to be released with json_decref(*root). */
static json_t *results_of(const char *command_line, json_t **root)
{
    char *output = output_of(command_line);
    *root = json_loads(output, 0, NULL);
    if (!*root)
        fail_msg("%s: not JSON: %s", command_line, output);
    free(output);
    json_t *results = json_object_get(*root, "results");
    assert_non_null(results);
    return results;
}

static double result_number(const json_t *results, const char *key)
{
    const json_t *value = json_object_get(results, key);
    if (!value)
        fail_msg("no \"%s\" among the results", key);
    return json_is_number(value) ? json_number_value(value) : reference_value(value);
}

static const char *const KEYS[] = { "gamma_p", "gamma_a", "gamma_t", "d_p",     "d_a",
                                    "d_t",     "R",       "l_star",  "kappa_k", "chi",
                                    "kappa",   "nu",      "balance", "verdict" };
#define N_KEYS (sizeof KEYS / sizeof *KEYS)

/* Sections B and D through the command: exactly the promised keys, every value to 1e-12. */
static void check_dist(const json_t *record, const json_t *at, const char *folder)
{
    static const char *const copied[] = { "p_p", "p_a", "p_t", "k", "l" };
    json_t *input = json_object();
    for (int i = 0; i < 5; i++)
        json_object_set(input, copied[i], json_object_get(i == 3 && at ? at : record, copied[i]));
    if (at)
        json_object_set_new(input, "l", json_integer(0));
    char path[512], line[2048];
    snprintf(path, sizeof path, "%s/dist.json", folder);
    assert_int_equal(json_dump_file(input, path, 0), 0);
    json_decref(input);
    snprintf(line, sizeof line, "$SPRINGBACK theory --json --dist %s", path);
    json_t *root, *results = results_of(line, &root);
    const char *id = json_string_value(json_object_get(record, "id"));
    assert_int_equal(json_object_size(results), N_KEYS);
    for (size_t i = 0; i < N_KEYS; i++)
        assert_non_null(json_object_get(results, KEYS[i]));
    const char *verdict = json_string_value(json_object_get(results, "verdict"));
    if (at) {
        assert_reference(result_number(results, "chi"), record, "chi", id);
        assert_reference(result_number(results, "kappa"), record, "kappa", id);
        assert_reference(result_number(results, "nu"), record, "nu", id);
        assert_reference(result_number(results, "kappa_k"), at, "kappa_k", id);
        assert_reference(result_number(results, "d_p"), at, "d_p_0", id);
        assert_reference(result_number(results, "d_a"), at, "d_a_0", id);
        assert_int_equal(strcmp(verdict, "theorem") == 0,
                         json_is_true(json_object_get(at, "nu_threshold_ok")));
    } else {
        for (int i = 0; i < 7; i++)
            assert_reference(result_number(results, KEYS[i]), record, KEYS[i], id);
        assert_reference(result_number(results, "l_star"), record, "l_star_p", id);
        assert_reference(result_number(results, "nu"), record, "nu_exact", id);
        assert_reference(result_number(results, "balance"), record, "force_balance_residual", id);
        double d_p = reference_number(record, "d_p"), d_a = reference_number(record, "d_a");
        assert_string_equal(verdict, d_p < 0 && d_a > 0   ? "theorem"
                                     : d_p > 0 && d_a < 0 ? "reversed"
                                                          : "both_rise");
    }
    json_decref(root);
}

static void test_reference(void **state)
{
    (void)state;
    char *folder = new_folder();
    json_t *root = reference_open(), *record, *at;
    size_t i, j;
    json_array_foreach(reference_section(root, "B"), i, record)
    {
        check_dist(record, NULL, folder);
    }
    json_array_foreach(reference_section(root, "D"), i, record)
    {
        json_array_foreach(json_object_get(record, "at"), j, at)
        {
            check_dist(record, at, folder);
        }
    }
    json_decref(root);
    remove_folder(folder);
}

/* Novel mass at l = 0: gamma_t is infinite, its slope -inf; chi is infinite; at the boundary R has
 * no value. p_p = (1/2, 1/2, 0, 0), p_a = (1/2, 0, 1/2, 0), p_t = (0, 0, 1/2, 1/2), k = 1. */
static void test_no_value(void **state)
{
    (void)state;
    const char *line = "echo '{\"p_p\": [0.5, \"1/2\", 0, 0], \"p_a\": [0.5, 0, 0.5, 0], \"k\": 3,"
                       "       \"p_t\": [0, 0, 0.5, 0.5]}' | "
                       "$SPRINGBACK theory --json --k 1 --l 0 --dist -";
    json_t *root, *results = results_of(line, &root);
    assert_string_equal(json_string_value(json_object_get(results, "gamma_t")), "inf");
    assert_string_equal(json_string_value(json_object_get(results, "d_t")), "-inf");
    assert_string_equal(json_string_value(json_object_get(results, "chi")), "inf");
    assert_string_equal(json_string_value(json_object_get(results, "kappa")), "-inf");
    assert_true(json_is_null(json_object_get(results, "l_star")));
    assert_string_equal(json_string_value(json_object_get(results, "verdict")), "boundary");
    assert_close(result_number(results, "d_p"), 0.5, 1e-15);
    assert_close(result_number(results, "kappa_k"), 0, 1e-15);
    json_decref(root);
}

/* Disjoint thirds at k = 20, l = 0.3: T = 20/3 + 3/10 = 209/30, S = 21.3;
 *   d_gamma_a = 1/21.3, d_gamma_p = (0.2 - 1/3)/(S T) = -(2/15)/(21.3 * 209/30) = -4/(21.3 * 209)
 *   R = (209/30)/(20 * 2/15) = 209/80 = 2.6125; l* = 1/2. */
static void test_grid(void **state)
{
    (void)state;
    json_t *root,
        *rows =
            results_of("$SPRINGBACK theory --json --k 5,20 --pi 1/3,1/3,1/3 --l 0:0.6:7", &root);
    assert_int_equal(json_array_size(rows), 14);
    const json_t *row = json_array_get(rows, 10);
    double ln2 = log(2);
    assert_close(result_number(row, "k"), 20, 0);
    assert_close(result_number(row, "l"), 0.3, 1e-15);
    assert_close(result_number(row, "pi_t"), 1 / 3., 1e-15);
    assert_close(result_number(row, "d_gamma_a_bits"), 1 / 21.3 / ln2, 1e-14);
    assert_close(result_number(row, "d_gamma_p_bits"), -4 / (21.3 * 209) / ln2, 1e-14);
    assert_close(result_number(row, "delta_gamma_a_bits"), log(21.3 / 21) / ln2, 1e-13);
    assert_close(result_number(row, "R"), 2.6125, 1e-14);
    assert_close(result_number(row, "R_lower"), 1, 0);
    assert_close(result_number(row, "R_upper"), 2.6125, 1e-14);
    assert_close(result_number(row, "l_over_l_star"), 0.6, 1e-14);
    assert_string_equal(json_string_value(json_object_get(row, "verdict")), "theorem");
    row = json_array_get(rows, 13); /* l = 0.6, beyond l* */
    assert_string_equal(json_string_value(json_object_get(row, "verdict")), "both_rise");
    assert_true(json_is_null(json_object_get(row, "R_upper")));
    json_decref(root);
    rows =
        results_of("$SPRINGBACK theory --json --k 1:1e12:log3 --pi .5,0,.5 --l 0 --nu 1/2", &root);
    assert_int_equal(json_array_size(rows), 3);
    row = json_array_get(rows, 1); /* nu = 1/2 at k = 1e6: no theorem, no l* */
    assert_string_equal(json_string_value(json_object_get(row, "d_gamma_t_bits")), "-inf");
    assert_true(json_is_null(json_object_get(row, "l_star")));
    assert_string_equal(json_string_value(json_object_get(row, "verdict")), "both_rise");
    json_decref(root);
}

/* Words of a drawing: its title, both ends of the axes, and 72 columns of curves. At k = 20 gamma_a
 * ends at log2(21.45/21) = 0.03059 bits. */
static void test_terminal(void **state)
{
    (void)state;
    char *plot = output_of("$SPRINGBACK theory --k 20 --pi 1/3,1/3,1/3 --l 0:0.45 --terminal");
    assert_non_null(strstr(plot, "k = 20"));
    assert_non_null(strstr(plot, "     0.03059 |"));
    assert_non_null(strstr(plot, "           0 |aaa"));
    assert_non_null(strstr(plot, "ttt\n             +------"));
    for (const char *c = plot; *c; c += strcspn(c, "\n") + 1)
        assert_true(strcspn(c, "\n") <= 86);
    free(plot);
}

static void test_refused_grids(void **state)
{
    (void)state;
    assert_refused("$SPRINGBACK theory", 2, "no --k");
    assert_refused("$SPRINGBACK theory --k 1 --pi 1/3,1/3,1/3", 2, "no --l");
    assert_refused("$SPRINGBACK theory --k 1 --pi 1/3,2/3 --l 0", 2, "three shares");
    assert_refused("$SPRINGBACK theory --k 1 --pi 1/3,1/3,1/4 --l 0", 2, "pi sums to 0.91666");
    assert_refused("$SPRINGBACK theory --k 1 --pi=-1/3,1/3,1 --l 0", 2, "pi[0] is -0.333");
    assert_refused("$SPRINGBACK theory --k 1 --pi 1/2,1/2,0 --l 0", 2, "pi_t");
    assert_refused("$SPRINGBACK theory --k=-1 --pi 1/3,1/3,1/3 --l 0", 2, "k is -1");
    assert_refused("$SPRINGBACK theory --k 0 --pi 1/3,1/3,1/3 --l 0", 2, "k is 0");
    assert_refused("$SPRINGBACK theory --k nan --pi 1/3,1/3,1/3 --l 0", 2, "--k \"nan\"");
    assert_refused("$SPRINGBACK theory --k 1 --pi 1/3,1/3,1/3 --l=-0.1", 2, "l is -0.1");
    assert_refused("$SPRINGBACK theory --k 1 --pi 1/3,1/3,1/3 --l inf", 2, "--l \"inf\"");
    assert_refused("$SPRINGBACK theory --k 1 --pi 1/3,1/3,1/3 --l 0 --nu 2", 2, "nu is 2");
    assert_refused("$SPRINGBACK theory --k 1 --pi 1/3,1/3,1/3 --l 0 x", 2, "no argument");
    assert_refused("$SPRINGBACK theory --k 1 --pi 1/3,1/3,1/3 --l 0 --terminal", 2, "range of l");
    assert_refused("$SPRINGBACK theory --k 1:2:10001 --pi 1/3,1/3,1/3 --l 0:1:1000", 2,
                   "more than 1000000 rows");
}

/* Each bad file gets one line with its name and the place. */
static void test_refused_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } bad[] = {
        { "", "line 1" },
        { "{\"p_p\": [1], ", "line 1" },
        { "{\n\"p_p\": [1],\n\"p_p\": [1]}", "line 3" },
        { "[1, 2]", "not a JSON object" },
        { "{}", "no \"p_p\"" },
        { "{\"p_p\": 1}", "no list in \"p_p\"" },
        { "{\"p_p\": []}", "p_p is empty" },
        { "{\"p_p\": [1], \"p_x\": [1]}", "unknown key \"p_x\"" },
        { "{\"p_p\": [0.5, -0.5, 1]}", "p_p[1] is -0.5" },
        { "{\"p_p\": [0.5, \"nan\"]}", "p_p[1] is not a number" },
        { "{\"p_p\": [0.5, NaN]}", "line 1" },
        { "{\"p_p\": [\"inf\", 0.5]}", "p_p[0] is inf" },
        { "{\"p_p\": [0.5, null]}", "p_p[1] is not a number" },
        { "{\"p_p\": [0.5, \"1/0\"]}", "p_p[1] is not a number" },
        { "{\"p_p\": [0.5, 0.500001]}", "p_p sums to 1.000001" },
        { "{\"p_p\": [1], \"p_a\": [0.5, 0.5], \"p_t\": [1]}", "1, 2 and 1 entries" },
        { "{\"p_p\": [1], \"p_a\": [1], \"p_t\": [1]}", "no \"k\"" },
        { "{\"p_p\": [1], \"p_a\": [1], \"p_t\": [1], \"k\": 1}", "no \"l\"" },
        { "{\"p_p\": [1], \"p_a\": [1], \"p_t\": [1], \"k\": -2, \"l\": 0}", "k is -2" },
        { "{\"p_p\": [1], \"p_a\": [1], \"p_t\": [1], \"k\": 1, \"l\": \"inf\"}", "l is inf" },
        { "{\"p_p\": [1], \"p_a\": [1], \"p_t\": [1], \"k\": [1], \"l\": 0}", "\"k\" is not" },
    };
    char *folder = new_folder(), path[512], line[2048];
    snprintf(path, sizeof path, "%s/bad.json", folder);
    snprintf(line, sizeof line, "$SPRINGBACK theory --dist %s -o %s/out.tsv", path, folder);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_file(path, bad[i].text, strlen(bad[i].text));
        assert_refused(line, 1, "/bad.json");
        assert_refused(line, 1, bad[i].part);
    }
    snprintf(line, sizeof line, "ls %s", folder);
    char *left = output_of(line);
    assert_string_equal(left, "bad.json\n");
    free(left);
    /* Brackets nested without end, every prefix of a good file, and a file that is not there. */
    snprintf(line, sizeof line,
             "head -c 1000000 /dev/zero | tr '\\0' '[' >%s; $SPRINGBACK theory --dist %s", path,
             path);
    assert_refused(line, 1, "line 1");
    const char *good = "{\"p_p\":[\"1/2\",0.5],\"p_a\":[1,0],\"p_t\":[0,1],\"k\":2,\"l\":0}";
    snprintf(line, sizeof line, "$SPRINGBACK theory --dist %s", path);
    for (size_t n = 0; n < strlen(good); n += 4) {
        write_file(path, good, n);
        assert_refused(line, 1, path);
    }
    write_file(path, good, strlen(good));
    free(output_of(line));
    snprintf(line, sizeof line, "$SPRINGBACK theory --dist %s --k x", path);
    assert_refused(line, 2, "expected one number");
    snprintf(line, sizeof line, "$SPRINGBACK theory --dist %s --l=-1", path);
    assert_refused(line, 2, "volumes are finite");
    snprintf(line, sizeof line, "$SPRINGBACK theory --dist %s --pi 1,0,0", path);
    assert_refused(line, 2, "--pi does not go with --dist");
    snprintf(line, sizeof line, "$SPRINGBACK theory --dist %s/none.json", folder);
    assert_refused(line, 1, "none.json: cannot be read");
    remove_folder(folder);
}

/* FO6 of the reference, and the table's other promises. */
static void test_pareto(void **state)
{
    (void)state;
    json_t *root,
        *rows = results_of(
            "$SPRINGBACK theory --json --alpha 2,3 --k 100 --pi 1/2,1/4,1/4 --l 0,0.1", &root);
    assert_int_equal(json_array_size(rows), 4);
    json_t *row = json_array_get(rows, 1);
    assert_close(result_number(row, "kappa_l"), 0.111292709308409235856779444086, 1e-12);
    assert_close(result_number(row, "R"), 1.62276216295435919887644000455, 1e-11);
    assert_close(result_number(row, "d_gamma_a_bits"),
                 sb_bits_from_nats(0.00110081809404954733785142872488), 1e-12);
    assert_string_equal(json_string_value(json_object_get(row, "verdict")), "theorem");
    json_decref(root);
    rows =
        results_of("$SPRINGBACK theory --json --alpha 3 --k 100 --pi 8/10,1/10,1/10 --l 0", &root);
    row = json_array_get(rows, 0);
    assert_string_equal(json_string_value(json_object_get(row, "verdict")), "reversed");
    json_decref(root);
    rows = results_of("$SPRINGBACK theory --json --phase 0.1,0.21,0.22", &root);
    assert_close(result_number(json_array_get(rows, 0), "alpha_c"), 1.684368468, 1e-9);
    assert_close(result_number(json_array_get(rows, 1), "alpha_c_low"), 50, 0);
    json_decref(root);
    assert_refused("$SPRINGBACK theory --alpha 1 --k 20 --pi 1/3,1/3,1/3 --l 0", 2, "alpha > 1");
    assert_refused("$SPRINGBACK theory --alpha 60 --k 20 --pi 1/3,1/3,1/3 --l 0", 2, "at most 50");
    assert_refused("$SPRINGBACK theory --alpha 2 --k 0 --pi 1/3,1/3,1/3 --l 0", 2, "k is 0");
    assert_refused("$SPRINGBACK theory --alpha x --k 1 --pi 1/3,1/3,1/3 --l 0", 2, "--alpha");
    assert_refused("$SPRINGBACK theory --alpha 2 --k 1 --pi 1/3,1/3,1/3 --l 0:1 --terminal", 2,
                   "neither --terminal nor --nu");
    assert_refused("$SPRINGBACK theory --phase 0.6", 2, "0 < share <= 1/2");
    assert_refused("$SPRINGBACK theory --phase 0.1 --k 5", 2, "no other option");
}

/* The map of signs: verdicts agree with l*, l_a* and k*, and with the point by itself. */
static void test_map_of_signs(void **state)
{
    (void)state;
    static const char dist[] = "tests/fixtures/shared.json";
    char line[512];
    json_t *root, *row, *one_root;
    snprintf(line, sizeof line,
             "$SPRINGBACK theory --json --dist %s --k 1:1000:log7 --l 0.01,0.1,1", dist);
    json_t *rows = results_of(line, &root);
    assert_int_equal(json_array_size(rows), 21);
    size_t i;
    int n_theorem = 0, n_reversed = 0;
    json_array_foreach(rows, i, row)
    {
        double k = result_number(row, "k"), l = result_number(row, "l");
        double l_star = result_number(row, "l_star"), l_star_a = result_number(row, "l_star_a");
        const char *verdict = json_string_value(json_object_get(row, "verdict"));
        const char *expected = l < l_star ? "theorem" : l < l_star_a ? "reversed" : "both_rise";
        assert_string_equal(verdict, expected);
        assert_int_equal(isnan(l_star), k > result_number(row, "k_star"));
        n_theorem += *verdict == 't';
        n_reversed += *verdict == 'r';
    }
    assert_true(n_theorem > 3 && n_reversed > 3);
    snprintf(line, sizeof line, "$SPRINGBACK theory --json --dist %s --k 10 --l 0.1", dist);
    json_t *one = results_of(line, &one_root);
    row = json_array_get(rows, 7); /* k = 10, l = 0.1 */
    assert_close(result_number(row, "k"), 10, 1e-12);
    assert_close(result_number(row, "R"), result_number(one, "R"), 1e-10);
    assert_close(result_number(row, "l_star"), result_number(one, "l_star"), 1e-10);
    json_decref(root);
    json_decref(one_root);
    snprintf(line, sizeof line, "$SPRINGBACK theory --dist %s --k 1,2", dist);
    assert_refused(line, 1, "no \"l\"");
    snprintf(line, sizeof line, "$SPRINGBACK theory --dist %s --k 1,-2 --l 0", dist);
    assert_refused(line, 2, "volumes are >= 0");
}

/* ---- whole codewords and totals ---------------------------------------------------------------- */

static json_t *rows_of(const char *command)
{
    char *output;
    assert_int_equal(run_command(command, &output, NULL), 0);
    json_t *root = json_loads(output, 0, NULL);
    free(output);
    json_t *rows = json_incref(json_object_get(root, "results"));
    json_decref(root);
    assert_non_null(rows);
    return rows;
}

static double cell(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

#define TOTALS_DIST                                                                                \
    "echo '{\"p_p\": [\"5/8\",\"2/8\",\"1/8\"], \"p_a\": [\"1/8\",\"4/8\",\"3/8\"], "              \
    "\"p_t\": [\"1/8\",\"1/8\",\"6/8\"], \"k\": 1}' >'%s/d.json'; $SPRINGBACK theory --dist '%s/d.json'"

/* N = (6, 6, 4)/8 + l (1, 1, 6)/8: the third leaf gets the short word where 4 + 6l > 6 + l, l > 2/5.
 * Before: words of 1, 2, 2 or 2, 1, 2 bits, gamma_p = 11/8 or 14/8, gamma_t = 15/8. After: 2, 2, 1,
 * gamma_p = 15/8, gamma_t = 10/8. At l = 2/5 N = (32, 32, 32)/40 either way. */
static void test_codes(void **state)
{
    (void)state;
    char *folder = new_folder(), line[2048];
    snprintf(line, sizeof line, TOTALS_DIST " --codes --l 0:1:2 --json", folder, folder);
    json_t *rows = rows_of(line);
    assert_int_equal(json_array_size(rows), 6);
    static const double l[] = { 0, 0.4, 0.4, 1 }, t[] = { 15, 15, 10, 10 };
    static const double least[] = { 11, 11, 15, 15 }, most[] = { 14, 14, 15, 15 };
    for (size_t i = 0; i < 4; i++) {
        const json_t *row = json_array_get(rows, i);
        assert_string_equal(json_string_value(json_object_get(row, "code")), "huffman");
        assert_close(cell(row, "l"), l[i], 1e-15);
        assert_close(cell(row, "gamma_t_bits"), t[i] / 8, 1e-15);
        assert_close(cell(row, "gamma_p_least_bits"), least[i] / 8, 1e-15);
        assert_close(cell(row, "gamma_p_most_bits"), most[i] / 8, 1e-15);
    }
    /* k gamma_p + gamma_a = (6 + 12 + 8)/8, then (12 + 12 + 4)/8; the jump: 2/8 - 2/5 5/8 = 0. */
    assert_close(cell(json_array_get(rows, 1), "gamma_pa_bits"), 26 / 16., 1e-15);
    assert_close(cell(json_array_get(rows, 2), "gamma_pa_bits"), 28 / 16., 1e-15);
    assert_close(cell(json_array_get(rows, 1), "gamma_all_bits"),
                 cell(json_array_get(rows, 2), "gamma_all_bits"), 1e-15);
    /* The ideal code at l = 0: q = (3, 3, 2)/8. */
    double entropy = 6 / 8. * log2(8 / 3.) + 2 / 8. * 2;
    assert_close(cell(json_array_get(rows, 4), "gamma_all_bits"), entropy, 1e-14);
    json_decref(rows);
    snprintf(line, sizeof line, TOTALS_DIST " --codes --l 0 --blocks 1,2 --json", folder, folder);
    rows = rows_of(line);
    assert_close(cell(json_array_get(rows, 0), "bits_per_leaf"), 13 / 8., 1e-14);
    /* Pairs: 9, 9, 9, 9, 6, 6, 6, 6, 4 of 64. 4+6, 6+6, 6+9, 9+9, 9+10, 12+15, 18+19, 27+37. */
    assert_close(cell(json_array_get(rows, 1), "bits_per_leaf"),
                 (10 + 12 + 15 + 18 + 19 + 27 + 37 + 64) / 128., 1e-14);
    assert_close(cell(json_array_get(rows, 1), "entropy_bits"), entropy, 1e-14);
    json_decref(rows);

    static const char *const wrong[][2] = {
        { "--codes", "no --l" },
        { "--codes --l 1", "from low to high" },
        { "--codes --l 0:1 --k 0", "k is 0" },
        { "--codes --l 0:1 --k 1e300", "k is 1e300" },
        { "--codes --l 0:1 --k 9007199254740991", "simpler" },
        { "--codes --l 0 --blocks 0", "not a length" },
        { "--codes --l 0 --blocks 40", "2^20 blocks" },
        { "--codes --l 0:1 --documents 3", "--documents goes with" },
        { "--blocks 3", "--blocks with --codes" },
        { "--documents 0", "not a number of documents" },
        { "--documents 1.5", "not a number of documents" },
        { "--documents 9 --total x", "expected p, a or t" },
        { "--total a", "--total with --documents" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char *output, *messages;
        snprintf(line, sizeof line, TOTALS_DIST " --l 1 %s", folder, folder, wrong[i][0]);
        if (strstr(wrong[i][0], "codes")) /* its own --l */
            snprintf(line, sizeof line, TOTALS_DIST " %s", folder, folder, wrong[i][0]);
        int status = run_command(line, &output, &messages);
        if (status == 0 || *output || !strstr(messages, wrong[i][1]))
            fail_msg("%s: exit %d, \"%s\"", wrong[i][0], status, messages);
        free(output);
        free(messages);
    }
    remove_folder(folder);
}

/* l = 0: q = (3, 3, 2)/8, p_t/q = 1/3, 1/3, 3 with 1/8, 1/2, 3/8 under p_a. Two documents average below 1
 * unless one is the third leaf: (5/8)^2. chi = 5/8/3 + 9/8 = 4/3. */
static void test_totals(void **state)
{
    (void)state;
    char *folder = new_folder(), line[2048];
    snprintf(line, sizeof line, TOTALS_DIST " --l 0 --documents 2 --json", folder, folder);
    json_t *rows = rows_of(line);
    const json_t *row = json_array_get(rows, 0);
    assert_close(cell(row, "P_sign"), 25 / 64., 1e-12);
    assert_close(cell(row, "chi_l"), 4 / 3., 1e-14);
    assert_true(cell(row, "P_sign_low") <= 25 / 64. && cell(row, "P_sign_high") >= 25 / 64.);
    assert_true(isnan(cell(row, "n_95"))); /* never: chi > 1 */
    json_decref(rows);
    /* Code lengths of p_a are log2(8/3) with 5/8 and 2 with 3/8. */
    snprintf(line, sizeof line, TOTALS_DIST " --l 0 --documents 3 --total a --json", folder,
             folder);
    rows = rows_of(line);
    double mean = 5 / 8. * log2(8 / 3.) + 3 / 8. * 2;
    double sd = (2 - log2(8 / 3.)) * sqrt(15 / 64.);
    assert_int_equal(json_array_size(rows), 65);
    size_t i;
    json_t *at;
    json_array_foreach(rows, i, at)
    {
        double z = cell(at, "z"), x = cell(at, "total_bits"), P = 0;
        assert_close(cell(at, "mean_bits"), 3 * mean, 1e-13);
        assert_close(cell(at, "sd_bits"), sqrt(3) * sd, 1e-13);
        assert_close(cell(at, "varentropy_bits2"), sd * sd, 1e-13);
        static const double binomial[] = { 125, 225, 135, 27 };
        for (int n = 0; n < 4; n++) { /* n documents of 2 bits */
            double total = 2 * n + (3 - n) * log2(8 / 3.);
            P += (z > 0 ? total >= x : total <= x) ? binomial[n] / 512 : 0;
        }
        if (P > 0)
            assert_close(cell(at, "log10_P"), log10(P), 1e-10);
        else
            assert_true(isnan(cell(at, "log10_P"))); /* "-inf" */
    }
    json_decref(rows);
    snprintf(line, sizeof line,
             "echo '{\"p_p\": [1,0], \"p_a\": [1,0], \"p_t\": [0,1]}' >'%s/d.json'; "
             "$SPRINGBACK theory --dist '%s/d.json' --k 1 --l 0 --documents 3 --total t",
             folder, folder);
    assert_refused(line, 1, "code length is infinite");
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),     cmocka_unit_test(test_no_value),
        cmocka_unit_test(test_grid),          cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_refused_grids), cmocka_unit_test(test_refused_files),
        cmocka_unit_test(test_pareto),        cmocka_unit_test(test_map_of_signs),
        cmocka_unit_test(test_codes),         cmocka_unit_test(test_totals),
    };
    return cmocka_run_group_tests_name("springback theory", tests, NULL, NULL);
}
