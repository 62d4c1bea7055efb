#include "tests/helpers.h"
#include "theory/radix_sort.h"
#include "theory/random.h"

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Keys whose set bits lie in `mask`: constant digits, few and many distinct keys. */
static void check_sort(size_t n, uint64_t mask, uint64_t seed)
{
    struct sb_random random;
    sb_random_init(&random, seed, n);
    uint64_t *keys = calloc(2 * n + 1, sizeof *keys), *expected = calloc(n + 1, sizeof *expected);
    uint64_t *pairs = calloc(4 * n + 1, sizeof *pairs);
    for (size_t i = 0; i < n; i++) {
        keys[i] = expected[i] = pairs[2 * i] = sb_random_bits(&random) & mask;
        pairs[2 * i + 1] = i;
    }
    qsort(expected, n, sizeof *expected, compare);
    const uint64_t *sorted = sb_radix_sort(keys, keys + n, n);
    const uint64_t *sorted_pairs = sb_radix_sort_pairs(pairs, pairs + 2 * n, n);
    for (size_t i = 0; i < n; i++) {
        bool stable = i == 0 || sorted_pairs[2 * i] != sorted_pairs[2 * i - 2] ||
                      sorted_pairs[2 * i + 1] > sorted_pairs[2 * i - 1];
        if (sorted[i] != expected[i] || sorted_pairs[2 * i] != expected[i] || !stable)
            fail_msg("n %zu, mask %llx, seed %llu: item %zu", n, (unsigned long long)mask,
                     (unsigned long long)seed, i);
    }
    free(keys);
    free(expected);
    free(pairs);
}

static void sorts_like_comparisons(void **state)
{
    (void)state;
    const uint64_t masks[] = {
        UINT64_MAX, 0, 0xffffffff00000000u, 0xff, 0x8000000000000001u, 0x0007ff0000000000u, 0x3
    };
    const size_t sizes[] = { 0, 1, 2, 3, 17, 1000, 5000 };
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++)
            check_sort(sizes[j], masks[i], 7 * i + j);
    /* More than the cache holds: sorted in parts, with an odd and an even number of steps each. */
    check_sort(300000, UINT64_MAX, 1);
    check_sort(300000, 0xffc00000000fffffu, 2);
    check_sort(300000, 0x00000000ffffffffu, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(sorts_like_comparisons) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
