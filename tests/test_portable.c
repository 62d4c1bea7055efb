#include "theory/portable.h"

#include "tests/helpers.h"
#include "theory/random.h"

enum { N_CASES = 200000 };

/* Against the machine's own library, which is within one unit in the last place. */
static void agrees_with_libm(void **state)
{
    (void)state;
    struct sb_random random;
    sb_random_init(&random, 1, 0);
    for (int i = 0; i < N_CASES; i++) {
        double x = 1400 * (sb_random_unit(&random) - 0.5);
        assert_close(sb_portable_exp(x), exp(x), 6e-16);
        double y = exp(x / 2), near_one = 1 + 1e-3 * (sb_random_unit(&random) - 0.5);
        assert_close(sb_portable_log(y), log(y), 6e-16);
        assert_close(sb_portable_log(near_one), log(near_one), 6e-16);
        double z = (sb_random_unit(&random) - 0.5) * pow(10, 9 * sb_random_unit(&random));
        assert_true(fabs(sb_portable_sin(z) - sin(z)) < 4e-16);
        assert_true(fabs(sb_portable_cos(z) - cos(z)) < 4e-16);
        double p = sb_random_unit(&random) - 0.5;
        assert_close(sb_portable_pow(10000, p), pow(10000, p), 5e-15);
    }
}

static void ends(void **state)
{
    (void)state;
    assert_true(sb_portable_exp(0) == 1 && sb_portable_log(1) == 0);
    assert_true(sb_portable_exp(-INFINITY) == 0 && sb_portable_exp(INFINITY) == INFINITY);
    assert_true(sb_portable_log(0) == -INFINITY && sb_portable_log(INFINITY) == INFINITY);
    assert_true(isnan(sb_portable_log(-1)) && isnan(sb_portable_log(NAN)));
    assert_true(isnan(sb_portable_exp(NAN)) && isnan(sb_portable_sin(2e9)));
    assert_true(sb_portable_sin(0) == 0 && sb_portable_cos(0) == 1);
    assert_close(sb_portable_log(5e-324), log(5e-324), 6e-16);
    assert_true(fabs(sb_portable_exp(-740) - exp(-740)) <= 5e-324);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_libm),
        cmocka_unit_test(ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
