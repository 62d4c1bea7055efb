/* Bracketed roots: known roots, hard shapes, the promised number of evaluations. */
#include "tests/helpers.h"

#include <float.h>
#include "theory/root.h"

static double square_minus(double x, const void *context)
{
    return *(const double *)context - x * x;
}

static double step(double x, const void *context)
{
    return x < *(const double *)context ? 1 : -1e-300;
}

static double steep(double x, const void *context)
{
    (void)context;
    return 1e-9 - pow(x, 21);
}

static double undefined_inside(double x, const void *context)
{
    (void)context;
    return x == 0 ? 1 : x == 1 ? -1 : NAN;
}

static void assert_bracket(const struct sb_root *root, double truth, double width, int most)
{
    assert_true(root->low <= truth && truth <= root->high);
    assert_true(root->low <= root->root && root->root <= root->high);
    assert_true(root->high - root->low <= fmax(width, nextafter(root->low, INFINITY) - root->low));
    if (root->n_iterations > most)
        fail_msg("%d evaluations, promised %d", root->n_iterations, most);
}

static void test_known_roots(void **state)
{
    (void)state;
    struct sb_root root;
    double four = 4, third = 1 / 3.0;
    assert_int_equal(sb_root_between(square_minus, &four, 0.5, 4.3, 1e-12, &root), SB_OK);
    assert_bracket(&root, 2, 1e-12, 44); /* log2(3.8e12) = 41.8 */
    assert_true(root.n_iterations < 15);
    assert_close(root.root, 2, 1e-12);
    assert_close(root.residual, four - root.root * root.root, 1e-15);
    assert_int_equal(sb_root_between(step, &third, 0, 1, 1e-15, &root), SB_OK);
    assert_bracket(&root, third, 1e-15, 51); /* log2(1e15) = 49.8 */
    assert_int_equal(sb_root_between(steep, NULL, 0, 2, 1e-9, &root), SB_OK);
    assert_bracket(&root, pow(1e-9, 1 / 21.0), 1e-9, 33);
}

/* A root at the upper end, an exact hit, and a width that doubles cannot reach. */
static void test_edges(void **state)
{
    (void)state;
    struct sb_root root;
    double four = 4, two = 2;
    assert_int_equal(sb_root_between(square_minus, &four, 1, 2, 1e-10, &root), SB_OK);
    assert_close(root.root, 2, 0);
    assert_int_equal(sb_root_between(square_minus, &four, 1, 3, 1e-10, &root), SB_OK);
    assert_bracket(&root, 2, 1e-10, 36);
    assert_int_equal(sb_root_between(square_minus, &two, 1, 2, 1e-30, &root), SB_OK);
    assert_true(root.high - root.low <= 2 * DBL_EPSILON);
    assert_close(root.root, sqrt(2), 2e-16);
}

static void test_refused(void **state)
{
    (void)state;
    struct sb_root root = { .root = 42 };
    double four = 4;
    assert_int_equal(sb_root_between(square_minus, &four, 3, 5, 1e-9, &root), SB_DOMAIN);
    assert_int_equal(sb_root_between(square_minus, &four, 0, 1, 1e-9, &root), SB_DOMAIN);
    assert_int_equal(sb_root_between(square_minus, &four, 0, 4, 0, &root), SB_DOMAIN);
    assert_int_equal(sb_root_between(undefined_inside, NULL, 0, 1, 1e-9, &root), SB_NUMERIC);
    assert_close(root.root, 42, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_roots),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
