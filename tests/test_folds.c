#include "tests/helpers.h"

#include "estimators/folds.h"

static void test_folds(void **state)
{
    (void)state;
    enum { N = 1003 };
    uint32_t fold[N], again[N], other[N];
    for (size_t k = 1; k <= 30; k++) {
        assert_int_equal(sb_assign_folds(k, 7, N, fold), SB_OK);
        for (size_t run = 0; run + k <= N; run += k) {
            uint64_t seen = 0;
            for (size_t i = run; i < run + k; i++)
                seen |= (uint64_t)1 << fold[i];
            assert_int_equal(seen, ((uint64_t)1 << k) - 1);
        }
        /* A shorter dataset has the same folds. */
        assert_int_equal(sb_assign_folds(k, 7, 500, again), SB_OK);
        assert_memory_equal(again, fold, 500 * sizeof *fold);
    }
    assert_int_equal(sb_assign_folds(10, 7, N, fold), SB_OK);
    assert_int_equal(sb_assign_folds(10, 8, N, other), SB_OK);
    assert_memory_not_equal(other, fold, sizeof fold);
    size_t same = 0; /* runs in the same order: 1 in 10! by chance */
    for (size_t run = 10; run + 10 <= N; run += 10)
        same += memcmp(fold + run, fold, 10 * sizeof *fold) == 0;
    assert_int_equal(same, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
