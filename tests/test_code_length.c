#include "tests/helpers.h"
#include "theory/code_length.h"
#include "theory/random.h"

static void ideal_bits_of_shares(void **state)
{
    (void)state;
    assert_true(sb_ideal_bits(1, 0) == 0);
    assert_true(sb_ideal_bits(5, 5) == 1); /* powers of two are exact */
    assert_true(sb_ideal_bits(3, 21) == 3);
    assert_true(sb_ideal_bits(0x1p-64, 1 - 0x1p-64) == 64);
    /* -log2(1 - 2^-40) = 2^-40 (1 + 2^-41 + ...)/ln 2 */
    assert_close(sb_ideal_bits(0x1p40 - 1, 1), 0x1p-40 * (1 + 0x1p-41) / 0.69314718055994530942,
                 1e-15);
}

static void entropy_of_weights(void **state)
{
    (void)state;
    const double one[] = { 7 }, dyadic[] = { 4, 2, 0, 1, 1 },
                 uniform[] = { .1, .1, .1, .1, .1, .1, .1, .1 };
    assert_true(sb_entropy_bits(one, 1) == 0);
    assert_true(sb_entropy_bits(dyadic, 5) == 1.75); /* 1/2 + 2/4 + 3/8 + 3/8 */
    assert_close(sb_entropy_bits(uniform, 8), 3, 1e-15);
    /* N - 1 against 1: ((N-1) ln(N/(N-1)) + ln N)/(N ln 2) with N = 1e12 */
    const double nearly_sure[] = { 1, 1e12 - 1 };
    double expected =
        ((1e12 - 1) * log1p(1 / (1e12 - 1)) + log(1e12)) / 1e12 / 0.69314718055994530942;
    assert_close(sb_entropy_bits(nearly_sure, 2), expected, 1e-14);
    /* the same as probabilities: the sum is not exactly 1, and yet nothing cancels */
    const double probabilities[] = { 1e-12, 1 - 1e-12 };
    assert_close(sb_entropy_bits(probabilities, 2), expected, 1e-14);
}

/* P1: the paper's expression is neither a lower nor an upper bound. */
static void paper_against_bracket(void **state)
{
    (void)state;
    struct sb_code_length result;
    const double quarter[] = { .5, .25, .25 }, skewed[] = { .8, .1, .1 };
    assert_int_equal(sb_code_length(quarter, 3, 10, &result), SB_OK);
    assert_true(result.entropy_bits_per_block == 1.5 && result.huffman_bits_per_block == 1.5);
    assert_true(result.lower_bits == 15 && result.huffman_bits == 15 && result.upper_bits == 25);
    assert_true(result.paper_bits == 20); /* 10 ceil(1.5), above what Huffman's code needs */
    assert_int_equal(sb_code_length(skewed, 3, 10, &result), SB_OK);
    /* .8 * 1 + .1 * 2 + .1 * 2 = 1.2;  H = .8 log2 1.25 + .2 log2 10 = 0.92193 */
    assert_close(result.huffman_bits, 12, 1e-15);
    assert_close(result.entropy_bits_per_block, 0.921928094887362347870319429489, 1e-14);
    assert_true(result.paper_bits == 10); /* below */
}

static void bracket_on_random_weights(void **state)
{
    (void)state;
    struct sb_random random;
    sb_random_init(&random, 11, 0);
    for (int round = 0; round < 300; round++) {
        double weights[40];
        size_t n = 1 + sb_random_below(&random, 40);
        for (size_t x = 0; x < n; x++)
            weights[x] = exp(-20 * sb_random_unit(&random));
        struct sb_code_length r;
        assert_int_equal(sb_code_length(weights, n, 3, &r), SB_OK);
        if (!(r.entropy_bits_per_block <= r.huffman_bits_per_block * (1 + 1e-14) &&
              r.huffman_bits_per_block < r.entropy_bits_per_block + 1))
            fail_msg("round %d, n %zu: H %.17g, Huffman %.17g", round, n, r.entropy_bits_per_block,
                     r.huffman_bits_per_block);
    }
}

static void failure_leaves_result_alone(void **state)
{
    (void)state;
    struct sb_code_length result = { .paper_bits = 42 };
    const double negative[] = { 1, -1e-9 }, zero[] = { 0, 0 };
    assert_int_equal(sb_code_length(negative, 2, 1, &result), SB_DOMAIN);
    assert_int_equal(sb_code_length(zero, 2, 1, &result), SB_DOMAIN);
    assert_int_equal(sb_code_length(zero, 0, 1, &result), SB_DOMAIN);
    assert_true(result.paper_bits == 42);
}

static void block_counts(void **state)
{
    (void)state;
    assert_int_equal(sb_block_count(0, 8), 0);
    assert_int_equal(sb_block_count(1, 8), 1);
    assert_int_equal(sb_block_count(88, 16), 6); /* 5.5 blocks */
    assert_true(sb_block_count(UINT64_MAX, 1) == UINT64_MAX);
    assert_true(sb_block_count(UINT64_MAX, 64) == (uint64_t)1 << 58);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ideal_bits_of_shares),        cmocka_unit_test(entropy_of_weights),
        cmocka_unit_test(paper_against_bracket),       cmocka_unit_test(bracket_on_random_weights),
        cmocka_unit_test(failure_leaves_result_alone), cmocka_unit_test(block_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
