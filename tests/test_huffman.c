#include "tests/helpers.h"
#include <jansson.h>
#include "theory/code_length.h"
#include "theory/huffman.h"
#include "theory/numeric.h"
#include "theory/random.h"

/* Kraft's sum against 1, in integers: pairs of words of the longest length are carried to the next
 * shorter one. 0: equal, -1: below, 1: above. n_codes is the number of symbols that have a code. */
static int compare_kraft(const uint16_t *lengths, const double *weights, size_t n)
{
    enum { LONGEST = 4096 };
    static uint64_t words[LONGEST + 1];
    memset(words, 0, sizeof words);
    for (size_t x = 0; x < n; x++)
        words[lengths[x]] += weights[x] > 0;
    bool below = false;
    for (size_t length = LONGEST; length > 0; length--) {
        below |= words[length] % 2;
        words[length - 1] += (words[length] + words[length] % 2) / 2;
    }
    return words[0] > 1 ? 1 : below || words[0] == 0 ? -1 : 0;
}

static double mean_bits(const double *weights, const uint16_t *lengths, size_t n)
{
    double mean = -1;
    assert_int_equal(sb_huffman_mean_bits(weights, lengths, n, &mean), SB_OK);
    return mean;
}

static double huffman_mean(const double *weights, size_t n)
{
    uint16_t *lengths = malloc(n * sizeof *lengths);
    assert_int_equal(sb_huffman_lengths(weights, n, lengths), SB_OK);
    assert_int_equal(compare_kraft(lengths, weights, n), 0);
    double mean = mean_bits(weights, lengths, n);
    free(lengths);
    return mean;
}

/* Random weights of three kinds: integers with many ties, spread over many magnitudes, with zeros. */
static void random_weights(struct sb_random *random, double *weights, size_t n)
{
    uint64_t kind = sb_random_below(random, 3);
    for (size_t x = 0; x < n; x++)
        weights[x] = kind == 0   ? 1 + (double)sb_random_below(random, 4)
                     : kind == 1 ? exp(-30 * sb_random_unit(random))
                                 : (double)sb_random_below(random, 3);
    weights[sb_random_below(random, n)] = 1;
}

static void print_weights(const double *weights, size_t n)
{
    for (size_t x = 0; x < n; x++)
        print_error("%.17g ", weights[x]);
    print_error("\n");
}

/* ---- the reference values -------------------------------------------------------------------- */

static double number(const json_t *value)
{
    double x;
    assert_int_equal(sb_parse_number(json_string_value(value), &x), SB_OK);
    return x;
}

static size_t vector(const json_t *array, double *values)
{
    size_t n = json_array_size(array);
    for (size_t i = 0; i < n; i++)
        values[i] = number(json_array_get(array, i));
    return n;
}

static json_t *load_section(const char *name)
{
    json_t *all = json_load_file("tests/fixtures/huffman.json", 0, NULL);
    assert_non_null(all);
    json_t *section = json_incref(json_object_get(all, name));
    json_decref(all);
    assert_true(json_array_size(section) > 0);
    return section;
}

static void reference_codes(void **state)
{
    (void)state;
    json_t *section = load_section("huffman"), *entry;
    size_t i;
    json_array_foreach(section, i, entry)
    {
        double p[16];
        size_t n = vector(json_object_get(entry, "p"), p);
        assert_close(huffman_mean(p, n), number(json_object_get(entry, "expected_length")), 1e-12);
        struct sb_code_length result;
        assert_int_equal(sb_code_length(p, n, 1, &result), SB_OK);
        assert_close(result.entropy_bits_per_block, number(json_object_get(entry, "entropy_bits")),
                     1e-12);
        assert_true(result.paper_bits == number(json_object_get(entry, "ceil_entropy")));
    }
    json_decref(section);
}

/* R10: with the code that is optimal for N = k p_p + p_a + l p_t, the mean lengths are staircases in l.
 * Constant from 0 to the one breakpoint at l = 1 and from there on. */
static void reference_staircases(void **state)
{
    (void)state;
    json_t *section = load_section("huffman_staircase"), *entry;
    size_t i;
    json_array_foreach(section, i, entry)
    {
        double p_p[16], p_a[16], p_t[16], joint[16], k = number(json_object_get(entry, "k"));
        size_t n = vector(json_object_get(entry, "p_p"), p_p);
        vector(json_object_get(entry, "p_a"), p_a);
        vector(json_object_get(entry, "p_t"), p_t);
        for (double l = 0.0625; l < 2; l += 0.125) {
            uint16_t lengths[16];
            for (size_t x = 0; x < n; x++)
                joint[x] = k * p_p[x] + p_a[x] + l * p_t[x];
            assert_int_equal(sb_huffman_lengths(joint, n, lengths), SB_OK);
            const char *at_t = l < 1 ? "gamma_t_at_0" : "gamma_t_at_lmax";
            const char *at_pa =
                l < 1 ? "k_gamma_p_plus_gamma_a_at_0" : "k_gamma_p_plus_gamma_a_at_lmax";
            assert_close(mean_bits(p_t, lengths, n), number(json_object_get(entry, at_t)), 1e-12);
            assert_close(k * mean_bits(p_p, lengths, n) + mean_bits(p_a, lengths, n),
                         number(json_object_get(entry, at_pa)), 1e-12);
        }
    }
    json_decref(section);
}

/* ---- optimality ------------------------------------------------------------------------------ */

/* The least mean over all length vectors in 1..max_length with Kraft's sum <= 1, by trying them. */
static double brute_force(const double *weights, size_t n, unsigned max_length)
{
    unsigned lengths[8];
    double best = INFINITY, sum = 0;
    for (size_t x = 0; x < n; x++) {
        lengths[x] = 1;
        sum += weights[x];
    }
    for (;;) {
        unsigned kraft = 0;
        double bits = 0;
        for (size_t x = 0; x < n; x++) {
            kraft += 1u << (max_length - lengths[x]);
            bits += weights[x] * lengths[x];
        }
        if (kraft <= 1u << max_length && bits / sum < best)
            best = bits / sum;
        size_t x = 0;
        while (x < n && lengths[x] == max_length)
            lengths[x++] = 1;
        if (x == n)
            return best;
        lengths[x]++;
    }
}

static void optimal_among_all_codes(void **state)
{
    (void)state;
    struct sb_random random;
    sb_random_init(&random, 3, 0);
    for (int round = 0; round < 120; round++) {
        double weights[6];
        size_t n = 2 + sb_random_below(&random, 5);
        for (size_t x = 0; x < n; x++)
            weights[x] = round % 2 ? 1 + (double)sb_random_below(&random, 9)
                                   : exp(-9 * sb_random_unit(&random));
        for (unsigned limit = 1; limit < n; limit++) {
            uint16_t lengths[6];
            enum sb_status status = sb_huffman_limited_lengths(weights, n, limit, lengths);
            assert_int_equal(status, n > 1u << limit ? SB_DOMAIN : SB_OK);
            if (status)
                continue;
            double actual = mean_bits(weights, lengths, n), best = brute_force(weights, n, limit);
            if (fabs(actual - best) > 1e-14 * best) {
                print_weights(weights, n);
                fail_msg("limit %u: mean %.17g, best %.17g", limit, actual, best);
            }
        }
        assert_close(huffman_mean(weights, n), brute_force(weights, n, (unsigned)n - 1), 1e-14);
    }
}

static void limits_approach_the_optimum(void **state)
{
    (void)state;
    struct sb_random random;
    sb_random_init(&random, 4, 0);
    for (int round = 0; round < 60; round++) {
        double weights[150];
        uint16_t lengths[150];
        size_t n = 1 + sb_random_below(&random, 150);
        random_weights(&random, weights, n);
        double optimum = huffman_mean(weights, n), before = INFINITY;
        for (unsigned limit = 0; limit <= 160; limit += limit < 12 ? 1 : 37) {
            if (sb_huffman_limited_lengths(weights, n, limit, lengths))
                continue;
            double mean = mean_bits(weights, lengths, n);
            bool short_enough = true;
            for (size_t x = 0; x < n; x++)
                short_enough &= lengths[x] <= limit;
            if (!short_enough || compare_kraft(lengths, weights, n) != 0 ||
                mean > before * (1 + 1e-14) || mean < optimum * (1 - 1e-14)) {
                print_weights(weights, n);
                fail_msg("round %d, limit %u: mean %.17g, optimum %.17g", round, limit, mean,
                         optimum);
            }
            before = mean;
        }
        assert_close(before, optimum, 1e-14);
    }
}

/* Fibonacci weights 1, 1, 2, 3, 5, ...: the longest words there are, n-1, n-1, n-2, ..., 1. */
static void longest_words(void **state)
{
    (void)state;
    enum { N = 70 };
    double weights[N] = { 1, 1 };
    uint16_t lengths[N];
    uint64_t codes[N];
    for (size_t x = 2; x < N; x++)
        weights[x] = weights[x - 1] + weights[x - 2];
    assert_int_equal(sb_huffman_lengths(weights, 65, lengths), SB_OK);
    assert_int_equal(sb_huffman_codes(lengths, 65, codes), SB_OK);
    assert_true(lengths[0] == 64 && codes[0] == UINT64_MAX - 1 && codes[1] == UINT64_MAX);
    assert_int_equal(sb_huffman_lengths(weights, N, lengths), SB_OK);
    for (size_t x = 0; x < N; x++)
        assert_int_equal(lengths[x], x == 0 ? N - 1 : N - x);
    codes[0] = 42;
    assert_int_equal(sb_huffman_codes(lengths, N, codes), SB_LIMIT);
    assert_true(codes[0] == 42);
}

static void extreme_weights(void **state)
{
    (void)state;
    enum { N = 2000 };
    static double weights[N];
    for (int x = 0; x < N; x++)
        weights[x] = ldexp(1, x - 1000);
    huffman_mean(weights, N); /* words of 1999 bits; Kraft's sum is checked */
    weights[0] = 5e-324;
    huffman_mean(weights, 1);
}

/* ---- words ----------------------------------------------------------------------------------- */

/* By hand: b has 1 bit: 0. a has 2: (0 + 1) 2 = 10. c, d have 3: (10 + 1) 2 = 110, 111. */
static void canonical_words(void **state)
{
    (void)state;
    const uint16_t lengths[] = { 2, 1, 3, 0, 3 };
    uint64_t codes[5];
    assert_int_equal(sb_huffman_codes(lengths, 5, codes), SB_OK);
    assert_true(codes[0] == 2 && codes[1] == 0 && codes[2] == 6 && codes[3] == 0 && codes[4] == 7);
    const uint16_t too_many[] = { 1, 2, 2, 3 };
    assert_int_equal(sb_huffman_codes(too_many, 4, codes), SB_DOMAIN);
    uint16_t full[256];
    uint64_t bytes[256];
    for (size_t x = 0; x < 256; x++)
        full[x] = 8;
    assert_int_equal(sb_huffman_codes(full, 256, bytes), SB_OK);
    for (size_t x = 0; x < 256; x++)
        assert_true(bytes[x] == x);
    full[0] = 7; /* 1/128 + 255/256 > 1 */
    assert_int_equal(sb_huffman_codes(full, 256, bytes), SB_DOMAIN);
}

/* A text is written word after word and read back by growing a word until a symbol has it. */
static void decodes_what_it_encodes(void **state)
{
    (void)state;
    struct sb_random random;
    sb_random_init(&random, 5, 0);
    for (int round = 0; round < 40; round++) {
        enum { TEXT = 60 };
        double weights[30];
        uint16_t lengths[30];
        uint64_t codes[30];
        size_t n = 2 + sb_random_below(&random, 29), text[TEXT], n_bits = 0;
        random_weights(&random, weights, n);
        assert_int_equal(sb_huffman_lengths(weights, n, lengths), SB_OK);
        assert_int_equal(sb_huffman_codes(lengths, n, codes), SB_OK);
        static char bits[TEXT * 64];
        for (size_t i = 0; i < TEXT; i++) {
            do
                text[i] = sb_random_below(&random, n);
            while (weights[text[i]] == 0);
            for (unsigned b = lengths[text[i]]; b-- > 0;)
                bits[n_bits++] = (char)(codes[text[i]] >> b & 1);
        }
        size_t at = 0;
        for (size_t i = 0; i < TEXT; i++) {
            uint64_t word = 0;
            unsigned length = 0;
            size_t found = n;
            for (;;) {
                for (size_t x = 0; x < n; x++)
                    if (weights[x] > 0 && lengths[x] == length && codes[x] == word)
                        found = x;
                if (found < n || at == n_bits)
                    break;
                word = word << 1 | (uint64_t)bits[at++];
                length++;
            }
            if (found != text[i]) {
                print_weights(weights, n);
                fail_msg("round %d: symbol %zu reads %zu, wrote %zu", round, i, found, text[i]);
            }
        }
        assert_int_equal(at, n_bits);
    }
}

/* ---- corners --------------------------------------------------------------------------------- */

static void zeros_and_single_symbols(void **state)
{
    (void)state;
    const double single[] = { 0, 3, 0 }, pair[] = { 0, 3, 0, 1e-9 };
    uint16_t lengths[4] = { 9, 9, 9, 9 };
    assert_int_equal(sb_huffman_lengths(single, 3, lengths), SB_OK);
    assert_true(lengths[0] == 0 && lengths[1] == 0 && lengths[2] == 0);
    assert_true(mean_bits(single, lengths, 3) == 0);
    lengths[1] = 9;
    assert_int_equal(sb_huffman_limited_lengths(single, 3, 0, lengths), SB_OK);
    assert_int_equal(lengths[1], 0);
    assert_int_equal(sb_huffman_lengths(pair, 4, lengths), SB_OK);
    assert_true(lengths[0] == 0 && lengths[1] == 1 && lengths[2] == 0 && lengths[3] == 1);
}

/* Equal weights: the first symbols are merged first, so that the last ones have the short words. */
static void ties_in_order_of_index(void **state)
{
    (void)state;
    const double sixths[] = { 1, 1, 1, 1, 1, 1 }, mixed[] = { 4, 2, 2, 1, 1 };
    const uint16_t expected[] = { 3, 3, 3, 3, 2, 2 }, expected_mixed[] = { 2, 2, 2, 3, 3 };
    uint16_t lengths[6];
    assert_int_equal(sb_huffman_lengths(sixths, 6, lengths), SB_OK);
    assert_memory_equal(lengths, expected, sizeof expected);
    assert_int_equal(sb_huffman_limited_lengths(sixths, 6, 9, lengths), SB_OK);
    assert_memory_equal(lengths, expected, sizeof expected);
    assert_int_equal(sb_huffman_lengths(mixed, 5, lengths), SB_OK); /* not 1, 2, 3, 4, 4 */
    assert_memory_equal(lengths, expected_mixed, sizeof expected_mixed);
}

static void bad_weights_change_nothing(void **state)
{
    (void)state;
    const double bad[][2] = {
        { 0, 0 }, { 1, -1e-300 }, { NAN, 1 }, { 1, INFINITY }, { 1e308, 1e308 }
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint16_t lengths[2] = { 42, 42 };
        double mean = 42;
        assert_int_equal(sb_huffman_lengths(bad[i], 2, lengths), SB_DOMAIN);
        assert_int_equal(sb_huffman_limited_lengths(bad[i], 2, 5, lengths), SB_DOMAIN);
        assert_int_equal(sb_huffman_mean_bits(bad[i], lengths, 2, &mean), SB_DOMAIN);
        assert_true(lengths[0] == 42 && lengths[1] == 42 && mean == 42);
    }
    uint16_t lengths[2] = { 42, 42 };
    assert_int_equal(sb_huffman_lengths(bad[0], 0, lengths), SB_DOMAIN);
    assert_int_equal(lengths[0], 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_codes),
        cmocka_unit_test(reference_staircases),
        cmocka_unit_test(optimal_among_all_codes),
        cmocka_unit_test(limits_approach_the_optimum),
        cmocka_unit_test(longest_words),
        cmocka_unit_test(extreme_weights),
        cmocka_unit_test(canonical_words),
        cmocka_unit_test(decodes_what_it_encodes),
        cmocka_unit_test(zeros_and_single_symbols),
        cmocka_unit_test(ties_in_order_of_index),
        cmocka_unit_test(bad_weights_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
