/* What every command has in common: help, version, usage errors, exit statuses. */
#include "tests/helpers.h"

#include "data/pattern.h"
#include "theory/certify.h"

static const char *const COMMANDS[] = { "rate",   "tree",     "theory", "curve", "verify",
                                        "bounds", "coverage", "data",   "plot",  "report" };
#define N_COMMANDS (sizeof COMMANDS / sizeof *COMMANDS)

static void test_version_and_help(void **state)
{
    (void)state;
    char *output, *messages;
    assert_int_equal(run_command("$SPRINGBACK --version", &output, &messages), 0);
    assert_int_equal(strncmp(output, "springback ", 11), 0);
    assert_string_equal(messages, "");
    assert_true(!!strstr(output, "certificates         on\n") == sb_certify_available());
    assert_true(!!strstr(output, "regular expressions  on\n") == sb_pattern_has_regex());
    assert_non_null(strstr(output, " scalar\n  libraries            GSL "));
    assert_non_null(strstr(output, ", libarchive "));
    free(output);
    free(messages);
    assert_int_equal(
        run_command("SPRINGBACK_KERNELS=scalar PATH= $SPRINGBACK --version", &output, NULL), 0);
    assert_non_null(strstr(output, "figures              off: no gnuplot in PATH (gnuplot-nox)\n"));
    assert_non_null(strstr(output, "kernels              scalar, of "));
    free(output);
    assert_refused("SPRINGBACK_KERNELS=mmx $SPRINGBACK verify P1", 2,
                   "SPRINGBACK_KERNELS=mmx: this processor and this build have no such kernels");
    assert_int_equal(run_command("$SPRINGBACK --help", &output, NULL), 0);
    for (size_t i = 0; i < N_COMMANDS; i++)
        assert_non_null(strstr(output, COMMANDS[i]));
    free(output);
}

/* Help of each command names its options with no line beyond 100 columns, and goes to stdout. */
static void test_help_of_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        char line[128], *output, *messages;
        snprintf(line, sizeof line, "$SPRINGBACK %s --help", COMMANDS[i]);
        if (run_command(line, &output, &messages) || *messages || !strstr(output, "usage: "))
            fail_msg("%s: %s", line, messages);
        for (const char *c = output; *c; c += strcspn(c, "\n") + 1)
            if (strcspn(c, "\n") > 100)
                fail_msg("%s: too wide: %.110s", line, c);
        free(output);
        free(messages);
    }
}

static void test_usage(void **state)
{
    (void)state;
    assert_refused("$SPRINGBACK nonsense", 2, "no command \"nonsense\"");
    for (size_t i = 0; i < N_COMMANDS; i++) {
        char line[128], option[128];
        if (strcmp(COMMANDS[i], "data") == 0)
            continue; /* its subcommands have the options */
        snprintf(line, sizeof line, "$SPRINGBACK %s --nonsense", COMMANDS[i]);
        snprintf(option, sizeof option, "no option \"--nonsense\"; see 'springback %s --help'",
                 COMMANDS[i]);
        assert_refused(line, 2, option);
    }
    assert_refused("$SPRINGBACK verify --seed -1", 2, "--seed \"-1\": expected a whole number");
    assert_refused("$SPRINGBACK verify --seed", 2, "--seed needs N");
    assert_refused("$SPRINGBACK verify --threads 0", 2, "--threads must be 1 to 1024");
    assert_refused("$SPRINGBACK verify --json=1", 2, "--json takes no value");
    char *output;
    assert_int_equal(run_command("$SPRINGBACK", &output, NULL), 2);
    assert_string_equal(output, "");
    free(output);
}

/* Results that cannot be written are a failure, not a success with nothing in it. */
static void test_unwritable_output(void **state)
{
    (void)state;
    const char *theory = "$SPRINGBACK theory --k 20 --pi 1/3,1/3,1/3 --l 0.1";
    char line[512];
    snprintf(line, sizeof line, "%s -o /nowhere/at/all.tsv", theory);
    assert_refused(line, 1, "/nowhere/at/all.tsv: cannot be written");
    if (access("/dev/full", W_OK) == 0) {
        snprintf(line, sizeof line, "%s -o /dev/full", theory);
        assert_refused(line, 1, "/dev/full: No space left on device");
        snprintf(line, sizeof line, "%s --json >/dev/full", theory);
        assert_refused(line, 1, "standard output: No space left on device");
        assert_refused("$SPRINGBACK --help >/dev/full", 1, "standard output: No space left");
        assert_refused("$SPRINGBACK rate --help >/dev/full", 1, "standard output: ");
    }
}

/* Provenance names the command as it can be repeated, without what cannot change a result. */
static void test_provenance(void **state)
{
    (void)state;
    char *a, *b;
    assert_int_equal(run_command("$SPRINGBACK theory --k 20 --pi '1/3,1/3,1/3' --l 0.1 --tsv "
                                 "--threads 1 --quiet",
                                 &a, NULL),
                     0);
    assert_int_equal(run_command("$SPRINGBACK theory --k 20 --pi '1/3,1/3,1/3' --l 0.1 --tsv "
                                 "--threads=7",
                                 &b, NULL),
                     0);
    assert_string_equal(a, b);
    assert_non_null(
        strstr(a, "# command=springback theory --k 20 --pi 1/3,1/3,1/3 --l 0.1\n# seed=1\n"));
    free(a);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_and_help),
        cmocka_unit_test(test_help_of_each),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_unwritable_output),
        cmocka_unit_test(test_provenance),
    };
    return cmocka_run_group_tests_name("command line", tests, NULL, NULL);
}
