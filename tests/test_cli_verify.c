/* springback verify: the whole table, one statement over ranges, and what is refused. */
#include "tests/helpers.h"

#include <jansson.h>
#include "estimators/transformer/kernels.h"
#include "theory/certify.h"
#include "theory/statements.h"

static void test_everything(void **state)
{
    (void)state;
    char *output, *messages, *again;
    assert_int_equal(run_command("$SPRINGBACK verify --json", &output, &messages), 0);
    assert_string_equal(messages, "");
    json_t *root = json_loads(output, 0, NULL), *row;
    size_t i, n_refuted = 0;
    json_array_foreach(json_object_get(root, "results"), i, row)
    {
        const char *status = json_string_value(json_object_get(row, "status"));
        assert_string_not_equal(status, "FAILED");
        n_refuted += strcmp(status, "refuted") == 0;
        assert_true(json_is_string(json_object_get(row, "claim")));
        bool is_off = strcmp(json_string_value(json_object_get(row, "statement")), "R18") == 0 &&
                      !sb_certify_available();
        assert_true((strcmp(status, "off") == 0) == is_off);
        assert_true(is_off || json_integer_value(json_object_get(row, "n_cases")) > 0);
    }
    assert_true(i > 20 && n_refuted > 4);
    json_decref(root);
    assert_int_equal(run_command("$SPRINGBACK verify --json --seed 1", &again, NULL), 0);
    assert_string_equal(strstr(output, "\"results\""), strstr(again, "\"results\""));
    free(output);
    free(messages);
    free(again);
}

static void test_R3(void **state)
{
    (void)state;
    char *output, *messages;
    assert_int_equal(
        run_command("$SPRINGBACK verify R3 --k 20 --pi 1/3,1/3,1/3 --l 0:0.3", &output, &messages),
        0);
    assert_non_null(strstr(output, "1 <= R <= 2.6125, attained at l=0.3 (l*=0.5)"));
    assert_non_null(strstr(output, "proved"));
    assert_null(strstr(output, "nan"));
    free(output);
    free(messages);
    assert_int_equal(run_command("$SPRINGBACK verify R4 --k 1:1e12 --l 0:10", NULL, NULL), 0);
}

/* Each claim holds or falls as it should, at the same place for the same seed. */
static void test_explore(void **state)
{
    (void)state;
    char *output, *again, *other;
    assert_int_equal(run_command("$SPRINGBACK verify --explore --cases 500 --json", &output, NULL),
                     0);
    json_t *root = json_loads(output, 0, NULL), *row;
    size_t i, n_refuted = 0;
    json_array_foreach(json_object_get(root, "results"), i, row)
    {
        const char *status = json_string_value(json_object_get(row, "status"));
        assert_string_not_equal(status, "FAILED");
        n_refuted += strcmp(status, "refuted") == 0;
        assert_true(json_is_number(json_object_get(row, "margin")));
        assert_true(json_string_length(json_object_get(row, "where")) > 0);
    }
    assert_true(i >= 15 && n_refuted >= 4);
    json_decref(root);
    assert_int_equal(run_command("$SPRINGBACK verify --explore --cases 500 --json", &again, NULL),
                     0);
    assert_string_equal(output, again);
    assert_int_equal(
        run_command("$SPRINGBACK verify P2 --explore --cases 500 --seed 2", &other, NULL), 0);
    assert_non_null(strstr(other, "refuted"));
    free(output);
    free(again);
    free(other);
}

static void test_help(void **state)
{
    (void)state;
    char *output;
    assert_int_equal(run_command("$SPRINGBACK verify --help", &output, NULL), 0);
    for (size_t s = 0; s < sb_n_statements; s++)
        assert_non_null(strstr(output, sb_statements[s].title));
    free(output);
}

static void test_refused(void **state)
{
    (void)state;
    assert_refused("$SPRINGBACK verify R99", 2, "no statement \"R99\"");
    assert_refused("$SPRINGBACK verify R1 R2", 2, "one statement at a time");
    assert_refused("$SPRINGBACK verify --k 20", 2, "need a statement");
    assert_refused("$SPRINGBACK verify P1 --k 20", 2, "P1 takes no ranges");
    assert_refused("$SPRINGBACK verify R2 --pi 1/3,1/3,1/3", 2, "R2 takes no --pi");
    assert_refused("$SPRINGBACK verify R3 --k 20 --l 0:0.3", 2, "together");
    assert_refused("$SPRINGBACK verify R3 --k 20 --pi 1/2,1/2 --l 0", 2, "three shares");
    assert_refused("$SPRINGBACK verify R3 --k 20 --pi 1/2,1/2,1/2 --l 0", 2, "pi sums to 1.5");
    assert_refused("$SPRINGBACK verify R3 --k 20 --pi 1/2,1/2,0 --l 0", 2, "pi_t");
    assert_refused("$SPRINGBACK verify R1 --explore", 2, "R1 has no inequality");
    assert_refused("$SPRINGBACK verify R4 --explore --k 3", 2, "ranges of its own");
    assert_refused("$SPRINGBACK verify R4 --cases 3", 2, "--cases goes with --explore");
    assert_refused("$SPRINGBACK verify R4 --explore --cases 0", 2, "at least one");
    assert_refused("$SPRINGBACK verify R4 --k=-1", 2, "k is -1");
    assert_refused("$SPRINGBACK verify R4 --k 0", 2, "k is 0");
    assert_refused("$SPRINGBACK verify R4 --l=-1", 2, "l is -1");
    assert_refused("$SPRINGBACK verify R4 --k x", 2, "--k \"x\"");
}

/* The same bits with any kernels. */
static void test_bits(void **state)
{
    (void)state;
    char line[256], *output;
    for (const char *const *name = sb_kernels_names; *name; name++) {
        if (!sb_kernels_named(*name))
            continue;
        snprintf(line, sizeof line, "SPRINGBACK_KERNELS=%s $SPRINGBACK verify B4 --tsv", *name);
        assert_int_equal(run_command(line, &output, NULL), 0);
        assert_non_null(strstr(output, "\nB4\tchecked\t"));
        assert_non_null(strstr(output, "\t07ba040d5da49ea9\n"));
        free(output);
    }
    assert_refused("$SPRINGBACK verify B1 --k 20", 2, "B1 takes no ranges");
    assert_refused("$SPRINGBACK verify B1 --explore", 2, "B1 has no inequality to explore");
    assert_refused("$SPRINGBACK verify B1 --certify", 1,
                   sb_certify_available() ? "B1" : "certificates are off");
}

/* As in docs/guide.md. */
static void test_certificate(void **state)
{
    (void)state;
    if (!sb_certify_available()) {
        print_message("certificates are off: built without FLINT\n");
        assert_refused("$SPRINGBACK verify R3 --certify", 1, "certificates are off");
        assert_refused("$SPRINGBACK verify --recheck README.md", 1, "certificates are off");
        skip();
    }
    char *folder = new_folder(), line[8192], *text, *made, *checked;
    assert_int_equal(
        run_command("$SPRINGBACK verify R3 --certify --k 20 --pi-t 1/3 --l 0:0.3", &text, NULL), 0);
    assert_non_null(strstr(text, "box k 20 20 l 3/20 3/10 pi_t 1/3 1/3 R 1.46071428571 2.6125"));
    snprintf(line, sizeof line,
             "cd '%s' && $SPRINGBACK verify R3 --certify --k 20 --pi-t 1/3 --l 0:0.3 -o r3.txt",
             folder);
    assert_int_equal(run_command(line, &made, NULL), 0);
    assert_non_null(strstr(made, "certified"));
    snprintf(line, sizeof line, "%s/r3.txt", folder);
    char *written = read_file(line, NULL);
    assert_string_equal(written, text);
    snprintf(line, sizeof line, "$SPRINGBACK verify --recheck - <'%s/r3.txt'", folder);
    assert_int_equal(run_command(line, &checked, NULL), 0);
    assert_non_null(strstr(checked, "certified"));
    snprintf(line, sizeof line,
             "sed 's/3\\/20/3\\/21/' '%s/r3.txt' >'%s/bad'; "
             "$SPRINGBACK verify --recheck '%s/bad'",
             folder, folder, folder);
    assert_refused(line, 1, "bad line 10: the lower constant");
    snprintf(line, sizeof line,
             "printf '{\"p_p\": [0.5, \"1/2\"], \"p_a\": [1, 0], \"p_t\": [0, 1]}' >'%s/d.json'; "
             "$SPRINGBACK verify R5 --certify --dist '%s/d.json'",
             folder, folder);
    assert_refused(line, 1, "p_p[0] is not exact: write it as a string");
    assert_refused("$SPRINGBACK verify R3 --certify --l 0:0.5 --pi-t 1/3", 1, "reaches the pole");
    assert_refused("$SPRINGBACK verify R4 --certify", 1, "give --dist FILE");
    assert_refused("$SPRINGBACK verify R7 --certify --leaves 4", 1, "2 or 3 leaves");
    assert_refused("$SPRINGBACK verify R12 --certify --pi 1/3,1/3,1/3", 1, "there is no alpha_c");
    assert_refused("$SPRINGBACK verify R1 --certify", 1, "R1 has no certificate");
    assert_refused("$SPRINGBACK verify --recheck README.md", 1, "README.md line 1: expected");
    assert_refused("$SPRINGBACK verify --recheck none", 1, "none: No such file");
    free(text);
    free(made);
    free(written);
    free(checked);
    remove_folder(folder);
}

static void test_certificate_usage(void **state)
{
    (void)state;
    assert_refused("$SPRINGBACK verify --certify", 2, "needs a statement");
    assert_refused("$SPRINGBACK verify R3 --recheck x", 2, "takes a FILE and no more");
    assert_refused("$SPRINGBACK verify R3 --theta 0:1", 2, "need --certify");
    assert_refused("$SPRINGBACK verify R3 --certify --dist x", 2,
                   "the certificate of R3 takes no --dist; it takes: k l theta pi-t");
    assert_refused("$SPRINGBACK verify R5 --certify --k 20", 2, "takes no --k");
    assert_refused("$SPRINGBACK verify R6 --certify --pi 1,0,0", 2, "it takes: leaves");
    assert_refused("$SPRINGBACK verify R6 --leaves 3", 2, "need --certify");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything),  cmocka_unit_test(test_R3),
        cmocka_unit_test(test_explore),     cmocka_unit_test(test_help),
        cmocka_unit_test(test_refused),     cmocka_unit_test(test_bits),
        cmocka_unit_test(test_certificate), cmocka_unit_test(test_certificate_usage),
    };
    return cmocka_run_group_tests_name("springback verify", tests, NULL, NULL);
}
