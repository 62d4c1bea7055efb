#include "tests/helpers.h"
#include "theory/random.h"
#include "theory/tree_alignment.h"

static struct sb_token_tree *build(enum sb_reading reading, unsigned depth,
                                   const char *const *texts)
{
    struct sb_token_tree *tree;
    assert_int_equal(sb_token_tree_create(reading, depth, &tree), SB_OK);
    for (; *texts; texts++)
        assert_int_equal(sb_token_tree_add(tree, (const uint8_t *)*texts, strlen(*texts)), SB_OK);
    assert_int_equal(sb_token_tree_finish(tree), SB_OK);
    return tree;
}

/* "aab" and "bc" in blocks of 8: a (2/3, 0), b (1/3, 1/2), c (0, 1/2). */
static void two_trees_by_hand(void **state)
{
    (void)state;
    const char *const first[] = { "aab", NULL }, *const second[] = { "bc", NULL };
    struct sb_token_tree *a = build(SB_READING_BLOCKS, 8, first),
                         *b = build(SB_READING_BLOCKS, 16, second);
    const struct sb_token_tree *pair[] = { a, b };
    struct sb_tree_alignment alignment;
    assert_int_equal(sb_tree_alignment_init(&alignment, pair, 2, 9), SB_DOMAIN);
    assert_int_equal(sb_tree_alignment_init(&alignment, pair, 0, 8), SB_DOMAIN);
    sb_token_tree_free(b);
    pair[1] = b = build(SB_READING_BLOCKS, 8, second);
    assert_int_equal(sb_tree_alignment_init(&alignment, pair, 2, 8), SB_OK);
    const double expected[] = { 2.0 / 3, 1.0 / 3, 0, 0, 0.5, 0.5 };
    assert_int_equal(alignment.n_leaves, 3);
    assert_int_equal(alignment.n_trees, 2);
    for (size_t i = 0; i < 6; i++)
        assert_true(alignment.p[i] == expected[i]);
    for (size_t x = 0; x < 3; x++) {
        assert_true(alignment.leaves[x].bits == (uint64_t) "abc"[x] << 56);
        assert_int_equal(alignment.leaves[x].count, x == 2 ? 1 : 2);
    }
    sb_tree_alignment_clear(&alignment);
    assert_null(alignment.p);
    sb_token_tree_free(b);
    pair[1] = b = build(SB_READING_PREFIX, 8, second);
    assert_int_equal(sb_tree_alignment_init(&alignment, pair, 2, 8), SB_DOMAIN); /* two readings */
    sb_token_tree_free(b);
    const char *const nothing[] = { NULL };
    pair[1] = b = build(SB_READING_BLOCKS, 8, nothing);
    assert_int_equal(sb_tree_alignment_init(&alignment, pair, 2, 8), SB_DOMAIN); /* n = 0 */
    assert_null(alignment.p);
    sb_token_tree_free(a);
    sb_token_tree_free(b);
}

/* Random responses of 0 to 9 letters. */
static struct sb_token_tree *random_tree(struct sb_random *random, enum sb_reading reading,
                                         unsigned depth)
{
    char texts[40][10];
    const char *list[41] = { NULL };
    for (int i = 0; i < 40; i++) {
        size_t n = sb_random_below(random, 10);
        for (size_t j = 0; j < n; j++)
            texts[i][j] = "abcx"[sb_random_below(random, 4)];
        texts[i][n] = 0;
        list[i] = texts[i];
    }
    return build(reading, depth, list);
}

static void check_against_counts(const struct sb_tree_alignment *alignment,
                                 const struct sb_token_tree *const *trees)
{
    for (size_t i = 0; i < alignment->n_trees; i++) {
        double sum = 0;
        for (size_t x = 0; x < alignment->n_leaves; x++) {
            const struct sb_leaf *leaf = &alignment->leaves[x];
            uint64_t count = leaf->length == alignment->depth
                                 ? sb_token_tree_node_count(trees[i], leaf->bits, leaf->length)
                                 : sb_token_tree_end_count(trees[i], leaf->bits, leaf->length);
            double p = alignment->p[i * alignment->n_leaves + x];
            assert_true(p == (double)count / (double)sb_token_tree_n(trees[i]));
            sum += p;
        }
        assert_close(sum, 1, 1e-13);
    }
}

/* Masses agree with the counts of nodes; merging a layer gives the masses of the layer above. */
static void masses_and_parents(void **state)
{
    (void)state;
    enum { TREES = 3, DEPTH = 40 };
    struct sb_random random;
    sb_random_init(&random, 9, 0);
    for (int prefix = 0; prefix < 2; prefix++) {
        const struct sb_token_tree *trees[TREES];
        for (int i = 0; i < TREES; i++)
            trees[i] = random_tree(&random, prefix ? SB_READING_PREFIX : SB_READING_BLOCKS, DEPTH);
        struct sb_tree_alignment coarse, fine;
        assert_int_equal(sb_tree_alignment_init(&coarse, trees, TREES, 0), SB_OK);
        assert_int_equal(coarse.n_leaves, 1);
        for (unsigned d = 1; d <= DEPTH; d++) {
            assert_int_equal(sb_tree_alignment_init(&fine, trees, TREES, d), SB_OK);
            check_against_counts(&fine, trees);
            size_t *parents = malloc(fine.n_leaves * sizeof *parents);
            double *merged = calloc(TREES * coarse.n_leaves, sizeof *merged);
            sb_tree_alignment_parents(&coarse, &fine, parents);
            for (size_t i = 0; i < TREES; i++)
                for (size_t x = 0; x < fine.n_leaves; x++)
                    merged[i * coarse.n_leaves + parents[x]] += fine.p[i * fine.n_leaves + x];
            for (size_t i = 0; i < TREES * coarse.n_leaves; i++)
                assert_true(fabs(merged[i] - coarse.p[i]) < 1e-14);
            free(parents);
            free(merged);
            sb_tree_alignment_clear(&coarse);
            coarse = fine;
        }
        sb_tree_alignment_clear(&coarse);
        for (int i = 0; i < TREES; i++)
            sb_token_tree_free((struct sb_token_tree *)trees[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_trees_by_hand),
        cmocka_unit_test(masses_and_parents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
