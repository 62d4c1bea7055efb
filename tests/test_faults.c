/* Allocations, writes and renames fail one by one, in some of the commands of tests/faults.sh. */
#include "tests/helpers.h"

static void every_call_may_fail(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0) {
        print_message("no /dev/full: skipped\n");
        skip();
    }
    char *output;
    int status =
        run_command("ONLY='^data stats c\\|^+rate --model tree\\|^code compress b\\|^train --new' "
                    "tests/faults.sh \"$(dirname \"$SPRINGBACK\")/faults/springback\" 1",
                    &output, NULL);
    if (status)
        fail_msg("%s", output);
    free(output);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_call_may_fail) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
