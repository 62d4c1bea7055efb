#include "tests/helpers.h"

#include "theory/counting_tree.h"
#include "theory/random.h"
#include "theory/token_tree.h"

static struct sb_counting_tree *new_tree(unsigned depth)
{
    struct sb_counting_tree *tree;
    assert_int_equal(sb_counting_tree_create(depth, &tree), SB_OK);
    return tree;
}

static struct sb_counting_walk walk_to(const struct sb_counting_tree *tree, uint64_t bits,
                                       unsigned length)
{
    struct sb_counting_walk walk = sb_counting_tree_root(tree);
    for (unsigned r = 0; r < length; r++)
        sb_counting_tree_step(tree, &walk, (unsigned)(bits >> (63 - r) & 1));
    return walk;
}

/* Depth 3, blocks 000, 001 (twice), 110: counts of nodes 0: 3, 00: 3, 1: 1, 11: 1, 10: 0. */
static void test_by_hand(void **state)
{
    (void)state;
    struct sb_counting_tree *tree = new_tree(3);
    uint64_t counts[2];
    struct sb_counting_walk root = sb_counting_tree_root(tree);
    assert_int_equal(root.count, 0);
    sb_counting_tree_children(tree, &root, counts);
    assert_true(counts[0] == 0 && counts[1] == 0);
    assert_int_equal(sb_counting_tree_add(tree, (uint64_t)0 << 61, 1), SB_OK);
    assert_int_equal(sb_counting_tree_add(tree, (uint64_t)1 << 61, 2), SB_OK);
    assert_int_equal(sb_counting_tree_add(tree, (uint64_t)6 << 61, 1), SB_OK);
    assert_int_equal(sb_counting_tree_n(tree), 4);
    root = sb_counting_tree_root(tree);
    sb_counting_tree_children(tree, &root, counts);
    assert_true(counts[0] == 3 && counts[1] == 1);
    struct sb_counting_walk walk = walk_to(tree, 0, 2);
    assert_int_equal(walk.count, 3);
    sb_counting_tree_children(tree, &walk, counts);
    assert_true(counts[0] == 1 && counts[1] == 2);
    walk = walk_to(tree, (uint64_t)1 << 63, 2); /* 10 */
    assert_int_equal(walk.count, 0);
    assert_int_equal(walk_to(tree, (uint64_t)3 << 62, 2).count, 1);
    assert_int_equal(walk_to(tree, (uint64_t)6 << 61, 3).count, 1);
    sb_counting_tree_free(tree);
}

/* Every node on the way to every block, against the tree that is built once and then read. */
static void check_against_token_tree(uint64_t seed, unsigned depth)
{
    enum { N = 400 };
    uint8_t bytes[8 * N];
    struct sb_random random;
    sb_random_init(&random, seed, depth);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = sb_random_below(&random, 6) ? 0xaa : (uint8_t)sb_random_below(&random, 256);
    struct sb_counting_tree *tree = new_tree(depth);
    struct sb_token_tree *whole;
    assert_int_equal(sb_token_tree_create(SB_READING_BLOCKS, depth, &whole), SB_OK);
    for (size_t i = 0; i < N; i++) { /* documents of one block and less than another */
        uint64_t bits = 0;
        for (size_t j = 0; j < 8; j++)
            bits = bits << 8 | bytes[8 * i + j];
        size_t n_bytes = (depth + 7) / 8;
        uint64_t n = 8 * n_bytes / depth;
        for (uint64_t b = 0; b < n; b++) {
            uint64_t block = bits << (b * depth);
            block = depth < 64 ? block & ~(UINT64_MAX >> depth) : block;
            assert_int_equal(sb_counting_tree_add(tree, block, 1), SB_OK);
        }
        assert_int_equal(sb_token_tree_add(whole, bytes + 8 * i, n_bytes), SB_OK);
    }
    assert_int_equal(sb_token_tree_finish(whole), SB_OK);
    assert_int_equal(sb_counting_tree_n(tree), sb_token_tree_n(whole));
    for (int repeat = 0; repeat < 500; repeat++) {
        uint64_t path = repeat % 2 ? sb_random_bits(&random) : 0xaaaaaaaaaaaaaaaa;
        path ^= repeat % 3 ? 0 : (uint64_t)1 << sb_random_below(&random, 64);
        struct sb_counting_walk walk = sb_counting_tree_root(tree);
        for (unsigned r = 0; r < depth; r++) {
            uint64_t counts[2], node = r ? path & ~(UINT64_MAX >> r) : 0;
            uint64_t one = node | (uint64_t)1 << (63 - r);
            sb_counting_tree_children(tree, &walk, counts);
            assert_int_equal(counts[0], sb_token_tree_node_count(whole, node, r + 1));
            assert_int_equal(counts[1], sb_token_tree_node_count(whole, one, r + 1));
            assert_int_equal(walk.count, counts[0] + counts[1]);
            sb_counting_tree_step(tree, &walk, (unsigned)(path >> (63 - r) & 1));
        }
    }
    sb_token_tree_free(whole);
    sb_counting_tree_free(tree);
}

static void test_against_token_tree(void **state)
{
    (void)state;
    const unsigned depths[] = { 1, 2, 7, 8, 16, 33, 63, 64 };
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++)
        check_against_token_tree(17, depths[i]);
}

static void test_domain(void **state)
{
    (void)state;
    struct sb_counting_tree *tree;
    assert_int_equal(sb_counting_tree_create(0, &tree), SB_DOMAIN);
    assert_null(tree);
    assert_int_equal(sb_counting_tree_create(65, &tree), SB_DOMAIN);
    sb_counting_tree_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_against_token_tree),
        cmocka_unit_test(test_domain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
