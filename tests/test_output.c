#include "tests/helpers.h"

#include "data/output.h"

/* A full disk: every write to /dev/full fails, and shows at commit. */
static void test_full_disk(void **state)
{
    (void)state;
    struct sb_output output;
    struct sb_error error;
    if (access("/dev/full", W_OK))
        skip();
    assert_int_equal(sb_output_open(&output, "/dev/full", &error), SB_OK);
    fputs("data", output.file);
    assert_int_equal(sb_output_commit(&output, &error), SB_IO);
    assert_non_null(strstr(error.message, "/dev/full: No space left"));
    assert_null(output.file);
}

static void test_output_is_whole_or_absent(void **state)
{
    (void)state;
    char *folder = new_folder(), *path = file_in(folder, "kept");
    struct sb_output output;
    struct sb_error error;
    write_file(path, "old", 3);
    assert_int_equal(sb_output_open(&output, path, &error), SB_OK);
    fputs("new", output.file);
    sb_output_discard(&output);
    char *text = read_file(path, NULL);
    assert_string_equal(text, "old");
    free(text);
    char *missing = file_in(folder, "none/here");
    assert_int_equal(sb_output_open(&output, missing, &error), SB_IO);
    assert_null(output.file);
    assert_non_null(strstr(error.message, "none/here"));
    free(missing);
    char command[5000];
    snprintf(command, sizeof command, "ls -A '%s'", folder);
    run_command(command, &text, NULL);
    assert_string_equal(text, "kept\n");
    free(text);
    free(path);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_output_is_whole_or_absent),
    };
    return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
