#include "tests/helpers.h"

#include "theory/numeric.h"

static void test_log1p_minus_x(void **state)
{
    (void)state;
    /* x = 1e-8: -x^2/2 + x^3/3 = -5e-17 + 3.33e-25; the naive difference keeps no digit of it. */
    assert_close(sb_log1p_minus_x(1e-8), -4.99999996666666691666666e-17, 1e-15);
    assert_close(sb_log1p_minus_x(0), 0, 0);
    /* Both branches at their border, and against log1p where nothing cancels. */
    for (double x = -0.9; x < 3; x += 0.0625)
        if (fabs(x) > 0.05)
            assert_close(sb_log1p_minus_x(x), log1p(x) - x, 2e-13);
    /* ln(9/8) = 0.117783035656383454538794109470... */
    assert_close(sb_log1p_minus_x(0.125), -0.007216964343616545461205890530, 4e-16);
}

static void test_sum_compensates(void **state)
{
    (void)state;
    struct sb_sum sum = { 0 };
    sb_sum_add(&sum, 1);
    sb_sum_add(&sum, 1e100);
    sb_sum_add(&sum, 1);
    sb_sum_add(&sum, -1e100);
    assert_true(sb_sum_value(&sum) == 2); /* a plain sum gives 0 */
    sb_sum_add(&sum, INFINITY);
    sb_sum_add(&sum, 1);
    assert_true(isinf(sb_sum_value(&sum)));
}

static void test_log_sum_exp(void **state)
{
    (void)state;
    const double x[] = { 1000, 1000 + log(2), -INFINITY }, none[] = { -INFINITY, -INFINITY };
    assert_close(sb_log_sum_exp(x, 3), 1000 + log(3), 1e-15);
    assert_true(sb_log_sum_exp(none, 2) == -INFINITY);
    assert_true(sb_log_sum_exp(NULL, 0) == -INFINITY);
}

static void test_small_functions(void **state)
{
    (void)state;
    assert_true(sb_xlogx(0) == 0 && sb_xlog2x(0) == 0);
    assert_close(sb_xlog2x(0.25), -0.5, 0);
    assert_close(sb_nats_from_bits(sb_bits_from_nats(0.7)), 0.7, 1e-15);
    double x[] = { 3, NAN, 1, 2 };
    sb_sort(x, 4);
    assert_true(x[0] == 1 && x[1] == 2 && x[2] == 3 && isnan(x[3]));
    /* Type 7: position p (n - 1) = 0.5 between 1 and 2. */
    assert_close(sb_quantile_sorted(x, 3, 0.25), 1.5, 0);
    assert_close(sb_quantile_sorted(x, 3, 1), 3, 0);
    assert_close(sb_quantile_sorted(x, 1, 0.3), 1, 0);
}

static void test_parse_number(void **state)
{
    (void)state;
    const struct {
        const char *text;
        double value;
    } good[] = { { "20", 20 },   { "1e-3", 1e-3 },      { "1/3", 1.0 / 3 }, { "-2.5", -2.5 },
                 { ".5", 0.5 },  { "3/-4", -0.75 },     { "+7", 7 },        { "inf", INFINITY },
                 { "0/5", 0.0 }, { "-inf", -INFINITY }, { "1e-400", 0 } };
    const char *bad[] = { "",  "nan", "1/0",   "1/",  "x",    "1 ",      " 1",  "0x10",
                          "/", "1e",  "1e999", "1,2", "1//2", "inf/inf", "--1", "infinity1" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double value = -1;
        assert_int_equal(sb_parse_number(good[i].text, &value), SB_OK);
        assert_close(value, good[i].value, 0);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double value = -1;
        if (sb_parse_number(bad[i], &value) != SB_FORMAT || value != -1)
            fail_msg("\"%s\" was taken for a number", bad[i]);
    }
}

static void test_parse_grid(void **state)
{
    (void)state;
    double *grid;
    size_t n;
    assert_int_equal(sb_parse_grid("1/3,2,1e3", 5, &grid, &n), SB_OK);
    assert_int_equal(n, 3);
    assert_close(grid[2], 1000, 0);
    free(grid);
    assert_int_equal(sb_parse_grid("0:0.45", 10, &grid, &n), SB_OK);
    assert_int_equal(n, 10);
    assert_close(grid[1], 0.05, 1e-15);
    assert_true(grid[9] == 0.45);
    free(grid);
    assert_int_equal(sb_parse_grid("1:1e6:log7", 10, &grid, &n), SB_OK);
    assert_int_equal(n, 7);
    assert_close(grid[3], 1000, 1e-14);
    free(grid);
    const char *bad[] = { "",    "1,",      "1:2:1",   "2:1",       "1:2:3:4", "0:1:log3",
                          "a:b", "1:inf:3", "1:2:2.5", "1:2:1e300", "1,inf",   "::" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (sb_parse_grid(bad[i], 10, &grid, &n) != SB_FORMAT)
            fail_msg("\"%s\" was taken for a grid", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log1p_minus_x), cmocka_unit_test(test_sum_compensates),
        cmocka_unit_test(test_log_sum_exp),   cmocka_unit_test(test_small_functions),
        cmocka_unit_test(test_parse_number),  cmocka_unit_test(test_parse_grid),
    };
    return cmocka_run_group_tests_name("numeric", tests, NULL, NULL);
}
