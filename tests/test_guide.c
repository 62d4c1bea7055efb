/* Every example in the README, the guide, the cookbook, floating-point.md and unexplained.md prints what
 * stands there.
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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_readme), cmocka_unit_test(test_guide),
                                        cmocka_unit_test(test_cookbook),
                                        cmocka_unit_test(test_floating_point),
                                        cmocka_unit_test(test_unexplained) };
    return cmocka_run_group_tests_name("documents", tests, NULL, NULL);
}
