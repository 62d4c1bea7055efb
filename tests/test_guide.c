/* Every example in the README, the guide, the cookbook, floating-point.md and unexplained.md prints what
 * stands there; those of theory.md run and draw its figures.
 */
#include "documents.h"

static void test_readme(void **state)
{
    (void)state;
    run_document("README.md", 1);
}

static void test_guide(void **state)
{
    (void)state;
    run_document("docs/guide.md", 8);
}

static void test_cookbook(void **state)
{
    (void)state;
    run_document("docs/cookbook.md", 8);
}

static void test_floating_point(void **state)
{
    (void)state;
    run_document("docs/floating-point.md", 4);
}

static void test_unexplained(void **state)
{
    (void)state;
    run_document("docs/unexplained.md", 8);
}

static void test_theory(void **state)
{
    (void)state;
    char *folder = new_folder(), line[512], *output, *messages;
    snprintf(line, sizeof line,
             "$SPRINGBACK report docs/theory.md --quiet --output '%s' && "
             "ls '%s'/figures/*.svg | wc -l && grep -c '^!.*(figures/' docs/theory.md",
             folder, folder);
    int status = run_command(line, &output, &messages);
    if (status || strcmp(output, "12\n12\n") != 0)
        fail_msg("exit %d, printed %s%s", status, output, messages);
    free(output);
    free(messages);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readme),      cmocka_unit_test(test_guide),
        cmocka_unit_test(test_cookbook),    cmocka_unit_test(test_floating_point),
        cmocka_unit_test(test_unexplained), cmocka_unit_test(test_theory)
    };
    return cmocka_run_group_tests_name("documents", tests, NULL, NULL);
}
