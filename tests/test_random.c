#include "tests/helpers.h"

#include "theory/random.h"

static void test_known_sequence(void **state)
{
    (void)state;
    /* xoshiro256** from the state 1, 2, 3, 4, worked by hand: rotl(2 * 5, 7) * 9 = 1280 * 9 = 11520;
     * then s = { 7, 0, 262146, rotl(6, 45) }: s[1] = 0 gives 0. */
    struct sb_random random = { { 1, 2, 3, 4 } };
    assert_int_equal(sb_random_bits(&random), 11520);
    assert_int_equal(sb_random_bits(&random), 0);
    assert_int_equal(sb_random_bits(&random), 1509978240);
}

static void test_streams_differ(void **state)
{
    (void)state;
    struct sb_random a, b, c;
    sb_random_init(&a, 1, 0);
    sb_random_init(&b, 1, 1);
    sb_random_init(&c, 2, 0);
    int same = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t x = sb_random_bits(&a), y = sb_random_bits(&b), z = sb_random_bits(&c);
        same += (x == y) + (y == z) + (x == z);
    }
    assert_int_equal(same, 0);
}

/* Chi-squared of 60,000 draws from six faces: 5 degrees of freedom, 20.5 is the 99.9 % quantile. */
static void test_below_is_uniform(void **state)
{
    (void)state;
    struct sb_random random;
    sb_random_init(&random, 7, 3);
    double count[6] = { 0 }, statistic = 0;
    for (int i = 0; i < 60000; i++)
        count[sb_random_below(&random, 6)]++;
    for (int i = 0; i < 6; i++)
        statistic += (count[i] - 10000) * (count[i] - 10000) / 10000;
    assert_true(statistic < 20.5);
    assert_int_equal(sb_random_below(&random, 1), 0);
    /* Just above half the range: without rejection the low half would come twice as often. */
    uint64_t n = (UINT64_C(1) << 63) + 1;
    for (int i = 0; i < 1000; i++)
        assert_true(sb_random_below(&random, n) < n);
}

static void test_unit(void **state)
{
    (void)state;
    struct sb_random random;
    sb_random_init(&random, 1, 1);
    double mean = 0;
    for (int i = 0; i < 10000; i++) {
        double u = sb_random_unit(&random);
        assert_true(u >= 0 && u < 1);
        mean += u / 10000;
    }
    assert_true(fabs(mean - 0.5) < 5 * 0.2887 / 100);
}

/* All 6 permutations of 3 come about equally often (5 standard deviations of a binomial). */
static void test_permutation(void **state)
{
    (void)state;
    struct sb_random random;
    sb_random_init(&random, 5, 0);
    int count[27] = { 0 };
    for (int i = 0; i < 6000; i++) {
        size_t order[3];
        sb_random_permutation(&random, order, 3);
        assert_int_equal(order[0] + order[1] + order[2], 3);
        count[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    int kinds = 0;
    for (int i = 0; i < 27; i++)
        if (count[i]) {
            kinds++;
            assert_in_range(count[i], 1000 - 145, 1000 + 145);
        }
    assert_int_equal(kinds, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_sequence),   cmocka_unit_test(test_streams_differ),
        cmocka_unit_test(test_below_is_uniform), cmocka_unit_test(test_unit),
        cmocka_unit_test(test_permutation),
    };
    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
