/* springback code, end to end. */
#include "tests/helpers.h"

/* Runs a command line in a folder. */
static int run_in(const char *folder, const char *command, char **output, char **messages)
{
    char line[4096];
    int n = snprintf(line, sizeof line, "cd '%s' && %s", folder, command);
    assert_true(n > 0 && (size_t)n < sizeof line);
    return run_command(line, output, messages);
}

static void must_run(const char *folder, const char *command)
{
    char *output, *messages;
    int status = run_in(folder, command, &output, &messages);
    if (status || *output || *messages)
        fail_msg("%s\n  exit %d\n  stdout: %s\n  stderr: %s", command, status, output, messages);
    free(output);
    free(messages);
}

static char *folder_with_files(void)
{
    char *folder = new_folder();
    must_run(folder, "for i in 1 2 3 4 5 6 7 8 9; do echo line $i of a text; done >a.txt; : >empty;"
                     "printf x >one; head -c 50000 \"$SPRINGBACK\" >binary");
    return folder;
}

/* Refused with one line, and neither output nor temporary files are left; what was there stays. */
static void refuse(const char *folder, const char *command, int status, const char *part)
{
    char line[4096];
    snprintf(line, sizeof line, "cd '%s' && printf old >kept && %s", folder, command);
    assert_refused(line, status, part);
    must_run(folder,
             "test ! -e out && test \"$(cat kept)\" = old && test -z \"$(ls -A | grep '^\\.')\"");
}

static void test_there_and_back(void **state)
{
    (void)state;
    char *folder = folder_with_files();
    must_run(
        folder,
        "for m in tree:d=16 tree:d=9 tree:d=16,train=a.txt; do for f in a.txt empty one binary; do"
        " $SPRINGBACK code compress --model $m $f --quiet -o $f.sb &&"
        " $SPRINGBACK code decompress --model $m $f.sb --quiet -o $f.back && cmp $f $f.back ||"
        " echo $m $f; done; done");
    remove_folder(folder);
}

/* A checkpoint: encoded on one vector path, decoded on another, at other threads. */
static void test_checkpoint(void **state)
{
    (void)state;
    char *folder = folder_with_files();
    must_run(
        folder,
        "$SPRINGBACK train --quiet --new llama:width=16,layers=1,heads=2,context=40 --data a.txt"
        " --epochs 200 --lr 1e-2 --out m >/dev/null; head -c 3000 binary >b;"
        "for f in a.txt empty one b; do"
        " $SPRINGBACK code compress --model ./m --threads 1 $f --quiet -o $f.sb &&"
        " SPRINGBACK_KERNELS=scalar $SPRINGBACK code decompress --model ./m --threads 3 $f.sb"
        " --quiet -o $f.back && cmp $f $f.back || echo $f; done;"
        "test $(wc -c <a.txt.sb) -lt $(wc -c <a.txt) || echo nothing was learned");
    refuse(folder, "$SPRINGBACK code decompress --model ./m:context=20 a.txt.sb -o out", 1,
           "another model");
    refuse(folder, "$SPRINGBACK code decompress --model tree:d=16 a.txt.sb -o kept", 1,
           "another model");
    refuse(folder, "head -c 50 a.txt.sb >x; $SPRINGBACK code decompress --model ./m x -o out", 1,
           "x: truncated");
    remove_folder(folder);
}

/* Pipes on both sides, through the default model; "-" and nothing mean them. */
static void test_pipes(void **state)
{
    (void)state;
    char *folder = folder_with_files();
    must_run(folder,
             "$SPRINGBACK code compress <binary | $SPRINGBACK code decompress | cmp - binary");
    must_run(folder, "cat binary | $SPRINGBACK code compress - -o - | cat |"
                     " $SPRINGBACK code decompress --model tree:d=16 - | cmp - binary");
    must_run(folder,
             "$SPRINGBACK code compress <empty | $SPRINGBACK code decompress | cmp - empty");
    must_run(folder,
             "$SPRINGBACK code compress a.txt >x.sb; $SPRINGBACK code compress a.txt --quiet -o "
             "y.sb; cmp x.sb y.sb");
    /* A device is written to as it is; a full one is told. */
    assert_int_equal(run_in(folder, "$SPRINGBACK code compress a.txt >/dev/full 2>err", NULL, NULL),
                     1);
    must_run(folder, "grep -q 'No space' err");
    remove_folder(folder);
}

static void test_results(void **state)
{
    (void)state;
    char *folder = folder_with_files(), *output;
    assert_int_equal(run_in(folder,
                            "printf ab >ab; $SPRINGBACK code compress --model tree:d=8 ab -o ab.sb"
                            " --tsv | grep -v '^#'",
                            &output, NULL),
                     0);
    assert_string_equal(output, "model\tbytes\tcoded_bytes\tcoded_bits_per_byte\tideal_bits\t"
                                "ideal_bits_per_byte\n"
                                "tree:d=8\t2\t51\t204\t17\t8.5\n");
    free(output);
    assert_int_equal(run_in(folder,
                            "$SPRINGBACK code decompress --model tree:d=8 ab.sb -o back --json",
                            &output, NULL),
                     0);
    assert_non_null(strstr(output, "\"coded_bytes\": 51"));
    assert_non_null(strstr(output, "\"input.file\": \"ab.sb 51 bytes sha256:"));
    free(output);
    assert_int_equal(
        run_in(folder, "$SPRINGBACK code compress empty -o e.sb --tsv | tail -1", &output, NULL),
        0);
    assert_string_equal(output, "tree:d=16\t0\t49\tNA\t0\tNA\n");
    free(output);
    remove_folder(folder);
}

static void test_refusals(void **state)
{
    (void)state;
    char *folder = folder_with_files();
    must_run(folder,
             "$SPRINGBACK code compress a.txt --quiet -o a.sb; head -c 100 a.sb >short.sb;"
             "{ cat a.sb; echo; } >long.sb; { head -c 60 a.sb; printf '\\377\\377\\377\\377';"
             "tail -c +65 a.sb; } >damaged.sb; cp a.txt b.txt; echo more >>b.txt;"
             "$SPRINGBACK code compress --model tree:d=16,train=a.txt a.txt --quiet -o t.sb");
    refuse(folder, "$SPRINGBACK code decompress short.sb -o out", 1, "short.sb: truncated");
    refuse(folder, "$SPRINGBACK code decompress long.sb -o out", 1,
           "long.sb: 1 bytes stand behind");
    refuse(folder, "$SPRINGBACK code decompress damaged.sb -o kept", 1, "damaged.sb: damaged");
    refuse(folder, "$SPRINGBACK code decompress a.txt -o out", 1, "a.txt: not a coded file");
    refuse(folder, "$SPRINGBACK code decompress empty -o out", 1, "empty: truncated");
    refuse(folder, "$SPRINGBACK code decompress --model tree:d=8 a.sb -o kept", 1, "another model");
    refuse(folder, "$SPRINGBACK code decompress --model tree:d=16,train=b.txt t.sb -o out", 1,
           "another model");
    refuse(folder, "$SPRINGBACK code decompress --max-bytes 10 a.sb -o out", 1, "--max-bytes");
    refuse(folder, "$SPRINGBACK code compress --max-bytes 10 a.txt -o out", 1, "--max-bytes");
    refuse(folder, "$SPRINGBACK code compress absent -o out", 1, "absent: No such file");
    refuse(folder, "$SPRINGBACK code compress . -o out", 1, ".: Is a directory");
    refuse(folder, "$SPRINGBACK code compress a.txt -o absent/out", 1,
           "absent/out: cannot be written");
    refuse(folder, "$SPRINGBACK code compress --model tree:train=absent a.txt -o out", 1, "absent");
    refuse(folder, "$SPRINGBACK code compress <&- -o out", 1, "-: ");
    remove_folder(folder);
}

static void test_usage(void **state)
{
    (void)state;
    char *folder = folder_with_files();
    refuse(folder, "$SPRINGBACK code", 2, "say compress or decompress");
    refuse(folder, "$SPRINGBACK code a.txt -o out", 2, "expected compress or decompress");
    refuse(folder, "$SPRINGBACK code compress a.txt one -o out", 2, "\"one\": expected one file");
    refuse(folder, "$SPRINGBACK code compress --model xz a.txt -o out", 2,
           "cannot code; these can: ");
    refuse(folder, "$SPRINGBACK code compress --model tree:d=65 a.txt -o out", 2, "d must be");
    refuse(folder, "$SPRINGBACK code compress --model nothing a.txt -o out", 2, "no model");
    refuse(folder, "$SPRINGBACK code compress --json a.txt", 2, "-o FILE");
    refuse(folder, "$SPRINGBACK code compress --model tree:train=- - -o out", 2, "only once");
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_checkpoint),
        cmocka_unit_test(test_pipes),          cmocka_unit_test(test_results),
        cmocka_unit_test(test_refusals),       cmocka_unit_test(test_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
