#include "tests/helpers.h"

#include "estimators/tree_code.h"
#include "theory/random.h"
#include "theory/token_tree.h"

static struct sb_document document_of(const void *bytes, size_t n, size_t begin, size_t end)
{
    return (struct sb_document){ .source = "test",
                                 .bytes = bytes,
                                 .n_bytes = n,
                                 .span_begin = begin,
                                 .span_end = end,
                                 .weight = 1 };
}

static struct sb_predictor *new_tree(size_t depth)
{
    char text[32];
    struct sb_model model;
    struct sb_predictor *tree;
    snprintf(text, sizeof text, "tree:d=%zu", depth);
    assert_int_equal(sb_model_parse(text, &model, NULL), SB_OK);
    assert_int_equal(sb_predictor_create(&model, &tree, NULL), SB_OK);
    assert_int_equal(tree->depth_bits, depth);
    sb_model_clear(&model);
    return tree;
}

/* A tree that has learned one document. */
static struct sb_predictor *trained(size_t depth, const void *bytes, size_t n)
{
    struct sb_predictor *tree = new_tree(depth);
    struct sb_document d = document_of(bytes, n, 0, n);
    assert_int_equal(tree->class->add(tree, &d, NULL), SB_OK);
    assert_int_equal(tree->class->finish(tree, NULL), SB_OK);
    return tree;
}

static struct sb_score score(const struct sb_predictor *tree, const void *bytes, size_t n,
                             size_t begin, size_t end)
{
    struct sb_score s;
    struct sb_document d = document_of(bytes, n, begin, end);
    assert_int_equal(tree->class->score(tree, &d, 0, &s, NULL), SB_OK);
    return s;
}

/* "aab" as blocks of 8 bits: n = 3, p(a) = (2 + 2^-8)/4, p(b) = (1 + 2^-8)/4, p(c) = 2^-8/4. */
static void test_whole_blocks(void **state)
{
    (void)state;
    struct sb_predictor *tree = trained(8, "aab", 3);
    double a = -log2((2 + 1 / 256.0) / 4), b = -log2((1 + 1 / 256.0) / 4), c = 10;
    struct sb_score s = score(tree, "abac", 4, 2, 4);
    assert_close(s.bits, a + c, 1e-14);
    assert_int_equal(s.n_tokens, 2);
    assert_close(score(tree, "abac", 4, 0, 4).bits, 2 * a + b + c, 1e-14);
    assert_close(score(tree, "abac", 4, 1, 1).bits, 0, 0);
    assert_int_equal(score(tree, "abac", 4, 1, 1).n_tokens, 0);
    sb_predictor_free(tree);
}

/* "ababa" as blocks of 16 bits: "ab" twice, n = 2; the short "a" is not counted. In "abxab" the span
 * is the last two bytes: 'a', the second half of block "xa", and the short block 'b'.
 *   p(xa)/p(x) = (2^-16/3) / (2^-8/3) = 2^-8;  p(short b) = 2^-8/3. */
static void test_span_within_blocks(void **state)
{
    (void)state;
    struct sb_predictor *tree = trained(16, "ababa", 5);
    struct sb_score s = score(tree, "abxab", 5, 3, 5);
    assert_close(s.bits, 8 + 8 + log2(3), 1e-14);
    assert_int_equal(s.n_tokens, 2);
    /* 'b' after 'a' in the block that was seen twice: ((2 + 2^-16)/3) / ((2 + 2^-8)/3). */
    s = score(tree, "ab", 2, 1, 2);
    assert_close(s.bits, -log2((2 + 1 / 65536.0) / (2 + 1 / 256.0)), 1e-12);
    assert_int_equal(s.n_tokens, 1);
    sb_predictor_free(tree);
}

/* What precedes the block of the span is left out: the result must be that of the definition. */
static void test_against_definition(void **state)
{
    (void)state;
    struct sb_random random;
    sb_random_init(&random, 31, 0);
    uint8_t text[64], probe[40];
    for (size_t depth = 1; depth <= SB_TREE_DEPTH_MAX; depth++) {
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = (uint8_t)sb_random_below(&random, 3);
        for (size_t i = 0; i < sizeof probe; i++)
            probe[i] = (uint8_t)sb_random_below(&random, 3);
        struct sb_predictor *tree = trained(depth, text, sizeof text);
        struct sb_token_tree *counts;
        assert_int_equal(sb_token_tree_create(SB_READING_BLOCKS, (unsigned)depth, &counts), SB_OK);
        assert_int_equal(sb_token_tree_add(counts, text, sizeof text), SB_OK);
        assert_int_equal(sb_token_tree_finish(counts), SB_OK);
        for (int repeat = 0; repeat < 20; repeat++) {
            size_t end = (size_t)sb_random_below(&random, sizeof probe + 1);
            size_t begin = (size_t)sb_random_below(&random, end + 1);
            double expected = sb_token_tree_block_bits(counts, probe, end) -
                              sb_token_tree_block_bits(counts, probe, begin);
            struct sb_score s = score(tree, probe, sizeof probe, begin, end);
            size_t n_tokens = 0;
            for (size_t block = 0; block * depth < 8 * end; block++)
                n_tokens += end > begin && (block + 1) * depth > 8 * begin;
            double sum = 0;
            struct sb_document d = document_of(probe, sizeof probe, begin, end);
            double *pieces;
            size_t n_pieces;
            assert_int_equal(tree->class->sequence(tree, &d, 0, &pieces, &n_pieces, NULL), SB_OK);
            for (size_t i = 0; i < n_pieces; i++)
                sum += pieces[i];
            free(pieces);
            if (begin < end &&
                (fabs(sum - expected) > 1e-10 || (depth % 8 == 0 && n_pieces != s.n_tokens)))
                fail_msg("d=%zu, bytes %zu to %zu: pieces sum to %.17g, expected %.17g", depth,
                         begin, end, sum, expected);
            if (fabs(s.bits - expected) > 1e-10 || s.n_tokens != n_tokens)
                fail_msg("d=%zu, bytes %zu to %zu: %.17g bits and %zu tokens, expected %.17g and "
                         "%zu",
                         depth, begin, end, s.bits, s.n_tokens, expected, n_tokens);
        }
        sb_token_tree_free(counts);
        sb_predictor_free(tree);
    }
}

/* The probabilities of all bytes that could follow sum to 1, wherever in a block they fall. */
static void test_probabilities_sum_to_one(void **state)
{
    (void)state;
    static const size_t depths[] = { 3, 8, 12, 16, 24, 64 };
    const char *text = "the cat sat on the mat, the dog sat on the cat";
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
        struct sb_predictor *tree = trained(depths[i], text, strlen(text));
        for (size_t place = 0; place < 12; place++) {
            uint8_t probe[16];
            double sum = 0;
            memcpy(probe, text, sizeof probe);
            for (unsigned byte = 0; byte < 256; byte++) {
                probe[place] = (uint8_t)byte;
                sum += exp2(-score(tree, probe, sizeof probe, place, place + 1).bits);
            }
            assert_close(sum, 1, 1e-12);
        }
        sb_predictor_free(tree);
    }
}

/* Nothing was learned: every bit costs one bit. */
static void test_untrained(void **state)
{
    (void)state;
    struct sb_predictor *tree = new_tree(16);
    assert_int_equal(tree->class->finish(tree, NULL), SB_OK);
    assert_close(score(tree, "hello", 5, 1, 4).bits, 24, 1e-14);
    sb_predictor_free(tree);
}

/* ---- coding ---------------------------------------------------------------------------------- */

static struct sb_score encode(struct sb_predictor *tree, const void *bytes, size_t n)
{
    struct sb_score s;
    struct sb_arith_encoder *encoder;
    assert_int_equal(sb_arith_encoder_create(&encoder), SB_OK);
    assert_int_equal(tree->class->encode(tree, bytes, n, encoder, &s, NULL), SB_OK);
    sb_arith_encoder_free(encoder);
    return s;
}

/* A tree that was not fitted costs what trees fitted on all blocks so far would say of each next:
 * the chain of scores, one tree per block. */
static void test_adaptive_is_chain_of_scores(void **state)
{
    (void)state;
    const char text[] = "to be or not to be, that is the question: whether to be or not to be";
    const size_t n = strlen(text), depths[] = { 1, 8, 16, 24, 64 };
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
        size_t step = depths[i] / 8 + (depths[i] < 8),
               n_tokens = (8 * n + depths[i] - 1) / depths[i];
        double bits = 0;
        for (size_t begin = 0; begin < n && depths[i] >= 8; begin += step) {
            struct sb_predictor *tree = trained(depths[i], text, begin);
            size_t length = n - begin < step ? n - begin : step;
            bits += score(tree, text + begin, length, 0, length).bits;
            sb_predictor_free(tree);
        }
        size_t ones = 0; /* depth 1: p = (n_1 + 1/2) / (n + 1), the KT estimator */
        for (size_t j = 0; depths[i] == 1 && j < 8 * n; j++) {
            bool bit = text[j / 8] >> (7 - j % 8) & 1;
            bits -= log2(((double)(bit ? ones : j - ones) + 0.5) / ((double)j + 1));
            ones += bit;
        }
        struct sb_predictor *tree = new_tree(depths[i]);
        assert_int_equal(tree->class->finish(tree, NULL), SB_OK);
        struct sb_score s = encode(tree, text, n);
        assert_close(s.bits, bits, 1e-12);
        assert_int_equal(s.n_tokens, n_tokens);
        sb_predictor_free(tree);
    }
}

/* What a tree was fitted on is in its fingerprint, in whatever order; and that it was fitted at all. */
static void test_fingerprints(void **state)
{
    (void)state;
    struct sb_predictor *trees[] = { trained(8, "abc", 3), trained(8, "cab", 3),
                                     trained(8, "abb", 3), trained(7, "abc", 3),
                                     trained(8, "", 0),    new_tree(8) };
    enum { N = sizeof trees / sizeof *trees };
    uint8_t prints[N][SB_FINGERPRINT_BYTES];
    assert_int_equal(trees[N - 1]->class->finish(trees[N - 1], NULL), SB_OK);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(sb_predictor_fingerprint(trees[i], prints[i], NULL), SB_OK);
        for (size_t j = 0; j < i; j++)
            assert_int_equal(memcmp(prints[i], prints[j], SB_FINGERPRINT_BYTES) == 0,
                             i == 1 && j == 0);
    }
    for (size_t i = 0; i < N; i++)
        sb_predictor_free(trees[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_blocks),
        cmocka_unit_test(test_span_within_blocks),
        cmocka_unit_test(test_against_definition),
        cmocka_unit_test(test_probabilities_sum_to_one),
        cmocka_unit_test(test_untrained),
        cmocka_unit_test(test_adaptive_is_chain_of_scores),
        cmocka_unit_test(test_fingerprints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
