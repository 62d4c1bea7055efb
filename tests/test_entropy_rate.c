/* Entropy per symbol: blocks by hand, a Markov chain and the language whose rates are known. */
#include "helpers.h"

#include <gsl/gsl_errno.h>
#include "data/language_exact.h"
#include "estimators/entropy_rate.h"
#include "theory/numeric.h"
#include "theory/random.h"

/* 0 1 0 1 1: symbols 2 and 3 of 5; pairs 01 twice, 10, 11; after 0 always 1, after 1 a 0 or a 1. */
static void test_blocks_by_hand(void **state)
{
    (void)state;
    const uint32_t s[] = { 0, 1, 0, 1, 1 };
    struct sb_suffixes suffixes;
    struct sb_block_entropy blocks[2];
    assert_int_equal(sb_suffixes_init(&suffixes, s, 5, 2), SB_OK);
    assert_int_equal(sb_block_entropies(&suffixes, 2, SB_ENTROPY_PLUG_IN, 2, blocks), SB_OK);
    double H1 = -(0.4 * log2(0.4) + 0.6 * log2(0.6));
    assert_close(blocks[0].block_bits, H1, 1e-14);
    assert_close(blocks[1].block_bits, 1.5, 1e-14);
    assert_close(blocks[1].increment_bits, 1.5 - H1, 1e-13);
    assert_int_equal(blocks[1].n_distinct, 3);
    assert_close(blocks[1].coverage, 0.5, 1e-15);
    /* -log2 p is 0, 1, 0, 1 at the four places: variance 1/4, over 4. */
    assert_close(blocks[1].increment_se_bits, 0.25, 1e-14);
    assert_int_equal(sb_block_entropies(&suffixes, 2, SB_ENTROPY_PLUG_IN, 6, blocks), SB_DOMAIN);
    struct sb_match_rates rates;
    assert_int_equal(sb_match_rates(&suffixes, &rates), SB_DOMAIN);
    sb_suffixes_clear(&suffixes);
}

/* P = (0.9 0.1; 0.4 0.6), stationary (0.8, 0.2): h = 0.8 H(0.1) + 0.2 H(0.4); H_n = H_1 + (n - 1) h, so
 * that h_2, h_3, ... are all h. */
static void test_markov_chain(void **state)
{
    (void)state;
    enum { N = 100000 };
    static uint32_t s[N];
    struct sb_random random;
    sb_random_init(&random, 12, 0);
    for (size_t i = 1; i < N; i++)
        s[i] = sb_random_unit(&random) < (s[i - 1] ? 0.6 : 0.1);
    double h = -0.8 * (sb_xlog2x(0.1) + sb_xlog2x(0.9)) - 0.2 * (sb_xlog2x(0.4) + sb_xlog2x(0.6));
    struct sb_suffixes suffixes;
    struct sb_block_entropy blocks[8];
    assert_int_equal(sb_suffixes_init(&suffixes, s, N, 2), SB_OK);
    for (int method = 0; method < SB_N_ENTROPY_METHODS; method++) {
        assert_int_equal(
            sb_block_entropies(&suffixes, 2, (enum sb_entropy_method)method, 8, blocks), SB_OK);
        assert_true(fabs(blocks[0].block_bits + sb_xlog2x(0.2) + sb_xlog2x(0.8)) < 0.02);
        for (size_t n = 1; n < 8; n++)
            assert_true(fabs(blocks[n].increment_bits - h) < 4 * blocks[n].increment_se_bits);
    }
    struct sb_scaling_fit fit;
    size_t n_used;
    assert_int_equal(sb_block_extrapolate(blocks, 8, 0.98, &fit, &n_used, NULL), SB_OK);
    assert_int_equal(n_used, 8);
    assert_true(fit.parameters[0].low < h && h < fit.parameters[0].high);
    assert_true(fit.parameters[0].high - fit.parameters[0].low < 0.05);
    struct sb_match_rates rates;
    assert_int_equal(sb_match_rates(&suffixes, &rates), SB_OK);
    /* Too low, as the lengths' constant makes them; the slope is not. */
    assert_true(rates.before.bits < h && rates.anywhere.bits < h && rates.before.bits > 0.85 * h);
    assert_true(rates.before.standard_error_bits < 0.01 && rates.anywhere.standard_error_bits > 0);
    assert_true(fabs(rates.slope.bits - h) < 3 * rates.slope.standard_error_bits);
    assert_true(rates.slope.standard_error_bits < 0.15 * h);
    struct sb_error error;
    assert_int_equal(sb_block_extrapolate(blocks, 3, 0.98, &fit, &n_used, &error), SB_DOMAIN);
    sb_suffixes_clear(&suffixes);
}

/* One random symbol at a time: everything is log2 of the alphabet; and matches of a constant sequence, of
 * which everything is known, tend to 0. */
static void test_extremes(void **state)
{
    (void)state;
    enum { N = 50000 };
    static uint32_t s[N];
    struct sb_suffixes suffixes;
    struct sb_match_rates rates;
    struct sb_block_entropy blocks[3];
    assert_int_equal(sb_suffixes_init(&suffixes, s, N, 1), SB_OK);
    assert_int_equal(sb_match_rates(&suffixes, &rates), SB_OK);
    assert_true(rates.before.bits < 0.002 && rates.anywhere.bits < 0.002);
    assert_int_equal(sb_block_entropies(&suffixes, 1, SB_ENTROPY_NSB, 3, blocks), SB_OK);
    assert_close(blocks[2].block_bits, 0, 1e-15);
    assert_close(blocks[2].increment_se_bits, 0, 1e-15);
    sb_suffixes_clear(&suffixes);
    struct sb_random random;
    sb_random_init(&random, 1, 1);
    for (size_t i = 0; i < N; i++)
        s[i] = (uint32_t)sb_random_below(&random, 8);
    assert_int_equal(sb_suffixes_init(&suffixes, s, N, 8), SB_OK);
    assert_int_equal(sb_match_rates(&suffixes, &rates), SB_OK);
    /* Matches anywhere are below length l with probability exp(-N 8^-l), all but independently. */
    double length = 1;
    for (int l = 1; l < 40; l++)
        length += -expm1(-N * pow(8, -l));
    assert_close(rates.anywhere.bits, log2(N) / length, 0.005);
    assert_true(rates.before.bits < rates.anywhere.bits);
    assert_true(fabs(rates.slope.bits - 3) < 3 * rates.slope.standard_error_bits + 0.06);
    assert_int_equal(sb_block_entropies(&suffixes, 8, SB_ENTROPY_NSB, 3, blocks), SB_OK);
    assert_close(blocks[2].increment_bits, 3, 0.01);
    sb_suffixes_clear(&suffixes);
}

/* A document's entropy by topic and clock, against the sum over all documents. */
static void test_language(void **state)
{
    (void)state;
    static const char *const parameters[] = { "", "length=1", "length=2",
                                              "length=30,topics=3,overlap=0.7",
                                              "length=7,style=1" };
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
        struct sb_language_options options = sb_language_options_default();
        struct sb_language *language;
        struct sb_language_leaves leaves;
        assert_int_equal(sb_language_options_parse(parameters[i], &options, NULL), SB_OK);
        assert_int_equal(sb_language_create(&options, &language), SB_OK);
        assert_int_equal(sb_language_leaves_init(&leaves, language, SB_LEVEL_DOCUMENT), SB_OK);
        for (size_t dialect = 0; dialect < SB_LANGUAGE_DIALECTS; dialect++) {
            struct sb_language_mixture own = sb_language_dialect(dialect);
            assert_close(sb_language_document_entropy_nats(language, dialect),
                         sb_language_cross_entropy_nats(&leaves, &own, &own), 1e-12);
        }
        sb_language_leaves_clear(&leaves);
        sb_language_free(language);
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_by_hand),
        cmocka_unit_test(test_markov_chain),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_language),
    };
    return cmocka_run_group_tests_name("entropy_rate", tests, NULL, NULL);
}
