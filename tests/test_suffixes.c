/* Suffixes in order against sorting them one by one; matches against looking at every pair. */
#include "helpers.h"

#include "estimators/suffixes.h"
#include "theory/random.h"

static size_t in_common(const uint32_t *s, size_t n, size_t i, size_t j)
{
    size_t length = 0;
    while (i + length < n && j + length < n && s[i + length] == s[j + length])
        length++;
    return length;
}

static bool is_before(const uint32_t *s, size_t n, size_t i, size_t j)
{
    size_t length = in_common(s, n, i, j);
    return i + length == n || (j + length < n && s[i + length] < s[j + length]);
}

static void check(const uint32_t *s, size_t n, uint32_t n_symbols)
{
    struct sb_suffixes suffixes;
    uint32_t before[200], elsewhere[200];
    assert_int_equal(sb_suffixes_init(&suffixes, s, n, n_symbols), SB_OK);
    for (size_t k = 1; k < n; k++) {
        size_t a = suffixes.order[k - 1], b = suffixes.order[k];
        assert_true(is_before(s, n, a, b));
        assert_int_equal(suffixes.common[k], in_common(s, n, a, b));
    }
    assert_int_equal(suffixes.common[0], 0);
    assert_int_equal(sb_suffixes_matches(&suffixes, before, elsewhere), SB_OK);
    for (size_t i = 0; i < n; i++) {
        size_t longest_before = 0, longest = 0;
        for (size_t j = 0; j < n; j++) {
            size_t length = j == i ? 0 : in_common(s, n, i, j);
            longest = length > longest ? length : longest;
            longest_before = j < i && length > longest_before ? length : longest_before;
        }
        assert_int_equal(before[i], longest_before);
        assert_int_equal(elsewhere[i], longest);
    }
    sb_suffixes_clear(&suffixes);
}

static void test_random_sequences(void **state)
{
    (void)state;
    for (uint64_t trial = 0; trial < 300; trial++) {
        struct sb_random random;
        uint32_t s[200], n_symbols = 1 + (uint32_t)(trial % 5);
        sb_random_init(&random, 4, trial);
        size_t n = 1 + (size_t)sb_random_below(&random, 199);
        for (size_t i = 0; i < n; i++)
            s[i] = (uint32_t)sb_random_below(&random, n_symbols);
        if (trial % 7 == 0) /* a long repetition */
            for (size_t i = n / 2; i < n; i++)
                s[i] = s[i - n / 2];
        check(s, n, n_symbols);
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct sb_suffixes suffixes = { .n = 7 };
    const uint32_t s[] = { 0, 3 };
    assert_int_equal(sb_suffixes_init(&suffixes, s, 2, 3), SB_DOMAIN);
    assert_int_equal(sb_suffixes_init(&suffixes, s, 0, 3), SB_DOMAIN);
    assert_int_equal(sb_suffixes_init(&suffixes, s, (size_t)1 << 31, 3), SB_LIMIT);
    assert_int_equal(suffixes.n, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_sequences),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests_name("suffixes", tests, NULL, NULL);
}
