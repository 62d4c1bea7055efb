#include "tests/helpers.h"
#include "theory/numeric.h"
#include "theory/random.h"
#include "theory/token_tree.h"

/* ---- the tree by brute force: paths as text -------------------------------------------------- */

/* A path is a string of '0' and '1', ended by '.' where it is an end leaf. */
enum { PATH_SIZE = 66, PATHS_MAX = 3000 };
struct paths {
    size_t n;
    char text[PATHS_MAX][PATH_SIZE];
};

static char bit_of(const uint8_t *bytes, size_t position)
{
    return bytes[position / 8] >> (7 - position % 8) & 1 ? '1' : '0';
}

static void cut_into_paths(enum sb_reading reading, unsigned depth, const uint8_t *bytes,
                           size_t n_bytes, struct paths *paths)
{
    size_t n_bits = 8 * n_bytes, n_paths = reading == SB_READING_BLOCKS ? n_bits / depth : 1;
    for (size_t path = 0; path < n_paths; path++) {
        assert_true(paths->n < PATHS_MAX);
        char *text = paths->text[paths->n++];
        size_t length = 0;
        for (; length < depth && path * depth + length < n_bits; length++)
            text[length] = bit_of(bytes, path * depth + length);
        if (length < depth)
            text[length++] = '.';
        text[length] = 0;
    }
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The paths of the tree pruned at d, sorted. '.' < '0' < '1' is the order of leaves. */
static void prune(const struct paths *paths, unsigned d, struct paths *pruned)
{
    *pruned = *paths;
    for (size_t i = 0; i < pruned->n; i++)
        pruned->text[i][d] =
            0; /* cuts an end mark at position d as well: it is then a leaf of layer d */
    qsort(pruned->text, pruned->n, PATH_SIZE, compare_paths);
}

static uint64_t parse_path(const char *text, unsigned *length)
{
    uint64_t bits = 0;
    for (*length = 0; text[*length] == '0' || text[*length] == '1'; ++*length)
        bits |= (uint64_t)(text[*length] == '1') << (63 - *length);
    return bits;
}

/* ---- the tree and its reference, from the same random documents ------------------------------- */

enum { DOCUMENTS = 60, DOCUMENT_BYTES = 24 };
struct documents {
    uint8_t bytes[DOCUMENTS][DOCUMENT_BYTES];
    size_t n_bytes[DOCUMENTS];
};

/* Few letters, so that blocks repeat; lengths from 0. */
static void random_documents(uint64_t seed, struct documents *documents)
{
    struct sb_random random;
    sb_random_init(&random, seed, 0);
    for (size_t i = 0; i < DOCUMENTS; i++) {
        documents->n_bytes[i] = sb_random_below(&random, 1 + (i % 2 ? 3 : DOCUMENT_BYTES));
        for (size_t j = 0; j < DOCUMENT_BYTES; j++)
            documents->bytes[i][j] = (uint8_t) "\0ab\xff"[sb_random_below(&random, 4)];
    }
}

static struct sb_token_tree *build(enum sb_reading reading, unsigned depth,
                                   const struct documents *documents, const size_t *order)
{
    struct sb_token_tree *tree;
    assert_int_equal(sb_token_tree_create(reading, depth, &tree), SB_OK);
    for (size_t i = 0; i < DOCUMENTS; i++) {
        size_t document = order ? order[i] : i;
        assert_int_equal(
            sb_token_tree_add(tree, documents->bytes[document], documents->n_bytes[document]),
            SB_OK);
    }
    assert_int_equal(sb_token_tree_finish(tree), SB_OK);
    return tree;
}

/* One document of a string. */
static struct sb_token_tree *build_text(enum sb_reading reading, unsigned depth, const char *text)
{
    struct sb_token_tree *tree;
    assert_int_equal(sb_token_tree_create(reading, depth, &tree), SB_OK);
    assert_int_equal(sb_token_tree_add(tree, (const uint8_t *)text, strlen(text)), SB_OK);
    assert_int_equal(sb_token_tree_finish(tree), SB_OK);
    return tree;
}

/* Leaves, their order and counts, the entropy: everything read off the tree pruned at d. */
static void check_pruned(const struct sb_token_tree *tree, const struct paths *paths, unsigned d,
                         const char *where)
{
    static struct paths pruned;
    prune(paths, d, &pruned);
    size_t cursor = 0, n_leaves = 0, n_counts;
    double *counts, entropy = 0;
    assert_int_equal(sb_token_tree_leaf_counts(tree, d, &counts, &n_counts), SB_OK);
    for (size_t i = 0; i < pruned.n;) {
        size_t count = 1;
        while (i + count < pruned.n && strcmp(pruned.text[i], pruned.text[i + count]) == 0)
            count++;
        unsigned length;
        uint64_t bits = parse_path(pruned.text[i], &length);
        struct sb_leaf leaf;
        bool there = sb_token_tree_next_leaf(tree, d, &cursor, &leaf);
        if (!there || leaf.bits != bits || leaf.length != length || leaf.count != count)
            fail_msg("%s, pruned at %u: leaf %zu should be %s with %zu", where, d, n_leaves,
                     pruned.text[i], count);
        assert_true(n_leaves < n_counts && counts[n_leaves] == (double)count);
        double p = (double)count / (double)pruned.n;
        entropy -= p * log2(p);
        n_leaves++;
        i += count;
    }
    struct sb_leaf leaf;
    assert_false(sb_token_tree_next_leaf(tree, d, &cursor, &leaf));
    assert_int_equal(sb_token_tree_n_leaves(tree, d), n_leaves);
    assert_int_equal(n_counts, n_leaves);
    assert_true(fabs(sb_token_tree_entropy_bits(tree, d) - entropy) < 1e-13 * (1 + entropy));
    free(counts);
}

/* Node and end counts at every prefix of every path, and at its sibling, which may be empty. */
static void check_nodes(const struct sb_token_tree *tree, const struct paths *paths,
                        const char *where)
{
    for (size_t i = 0; i < paths->n; i += 7) {
        unsigned length;
        uint64_t bits = parse_path(paths->text[i], &length);
        for (unsigned r = 0; r <= length; r++)
            for (unsigned sibling = 0; sibling <= (r > 0); sibling++) {
                uint64_t node = r == 0 ? 0 : bits >> (64 - r) << (64 - r);
                node ^= sibling ? (uint64_t)1 << (64 - r) : 0;
                char text[PATH_SIZE];
                for (unsigned b = 0; b < r; b++)
                    text[b] = node >> (63 - b) & 1 ? '1' : '0';
                size_t through = 0, ends = 0;
                for (size_t j = 0; j < paths->n; j++) {
                    bool passes = strncmp(paths->text[j], text, r) == 0;
                    through += passes;
                    ends += passes && paths->text[j][r] == '.';
                }
                if (sb_token_tree_node_count(tree, node, r) != through ||
                    sb_token_tree_end_count(tree, node, r) != ends)
                    fail_msg("%s: node %.*s has %zu paths, %zu ends", where, (int)r, text, through,
                             ends);
            }
    }
}

static void agrees_with_brute_force(void **state)
{
    (void)state;
    const unsigned depths[] = { 1, 3, 7, 8, 13, 16, 17, 24, 33, 63, 64 };
    static struct documents documents;
    static struct paths paths;
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++)
        for (int prefix = 0; prefix < 2; prefix++) {
            enum sb_reading reading = prefix ? SB_READING_PREFIX : SB_READING_BLOCKS;
            char where[64];
            snprintf(where, sizeof where, "depth %u, %s", depths[i], prefix ? "prefix" : "blocks");
            random_documents(depths[i], &documents);
            /* at depth 1 each bit is a path: fewer documents are enough */
            paths.n = 0;
            for (size_t document = 0; document < DOCUMENTS; document++) {
                if (depths[i] < 4)
                    documents.n_bytes[document] /= 4;
                cut_into_paths(reading, depths[i], documents.bytes[document],
                               documents.n_bytes[document], &paths);
            }
            struct sb_token_tree *tree = build(reading, depths[i], &documents, NULL);
            assert_int_equal(sb_token_tree_n(tree), paths.n);
            for (unsigned d = 0; d <= depths[i]; d++)
                check_pruned(tree, &paths, d, where);
            check_nodes(tree, &paths, where);
            sb_token_tree_free(tree);
        }
}

/* ---- building -------------------------------------------------------------------------------- */

static void order_of_documents_is_nothing(void **state)
{
    (void)state;
    static struct documents documents;
    random_documents(1, &documents);
    struct sb_random random;
    sb_random_init(&random, 2, 0);
    size_t order[DOCUMENTS];
    sb_random_permutation(&random, order, DOCUMENTS);
    for (unsigned depth = 5; depth <= 64; depth += 59) {
        struct sb_token_tree *a = build(SB_READING_PREFIX, depth, &documents, NULL);
        struct sb_token_tree *b = build(SB_READING_PREFIX, depth, &documents, order);
        struct sb_leaf x, y;
        for (size_t i = 0, j = 0; sb_token_tree_next_leaf(a, depth, &i, &x);) {
            assert_true(sb_token_tree_next_leaf(b, depth, &j, &y));
            assert_true(x.bits == y.bits && x.length == y.length && x.count == y.count);
        }
        sb_token_tree_free(a);
        sb_token_tree_free(b);
    }
}

/* Many more blocks than a buffer holds (2^18), so that sorted parts are merged: against plain counting. */
static void buffers_are_merged(void **state)
{
    (void)state;
    enum { DEPTH = 11, N_BLOCKS = 2000000, N_PARTS = 3 };
    size_t n_bytes = (size_t)N_BLOCKS / N_PARTS * DEPTH / 8;
    uint8_t *bytes = malloc(n_bytes);
    assert_non_null(bytes);
    static uint64_t expected[1 << DEPTH];
    struct sb_token_tree *tree;
    assert_int_equal(sb_token_tree_create(SB_READING_BLOCKS, DEPTH, &tree), SB_OK);
    struct sb_random random;
    sb_random_init(&random, 6, 0);
    uint64_t n = 0;
    for (int part = 0; part < N_PARTS; part++) {
        for (size_t i = 0; i < n_bytes; i++)
            bytes[i] = (uint8_t)(sb_random_bits(&random) >>
                                 (56 + part)); /* parts differ in their leaves */
        assert_int_equal(sb_token_tree_add(tree, bytes, n_bytes), SB_OK);
        size_t n_bits = 0;
        for (unsigned i = 0, window = 0; i < n_bytes; i++) {
            window = (window << 8 | bytes[i]) & 0xffffff;
            for (n_bits += 8; n_bits >= DEPTH; n_bits -= DEPTH, n++)
                expected[window >> (n_bits - DEPTH) & ((1 << DEPTH) - 1)]++;
        }
    }
    free(bytes);
    assert_int_equal(sb_token_tree_finish(tree), SB_OK);
    assert_true(n > 7 << 18 && sb_token_tree_n(tree) == n);
    for (uint64_t leaf = 0; leaf < 1 << DEPTH; leaf++)
        assert_true(sb_token_tree_node_count(tree, leaf << (64 - DEPTH), DEPTH) == expected[leaf]);
    sb_token_tree_free(tree);
}

static void depths_outside_the_domain(void **state)
{
    (void)state;
    struct sb_token_tree *tree = (struct sb_token_tree *)state;
    assert_int_equal(sb_token_tree_create(SB_READING_BLOCKS, 0, &tree), SB_DOMAIN);
    assert_null(tree);
    assert_int_equal(sb_token_tree_create(SB_READING_PREFIX, 65, &tree), SB_DOMAIN);
    assert_null(tree);
    sb_token_tree_free(NULL);
}

static void tree_without_blocks(void **state)
{
    (void)state;
    struct sb_token_tree *tree = build_text(SB_READING_BLOCKS, 16, "a"); /* 8 bits: no block */
    size_t cursor = 0;
    struct sb_leaf leaf;
    double m = 42;
    assert_int_equal(sb_token_tree_n(tree), 0);
    assert_int_equal(sb_token_tree_n_leaves(tree, 16), 0);
    assert_false(sb_token_tree_next_leaf(tree, 0, &cursor, &leaf));
    assert_true(sb_token_tree_entropy_bits(tree, 16) == 0);
    assert_true(sb_token_tree_block_bits(tree, (const uint8_t *)"abc", 3) == 24); /* uniform */
    assert_int_equal(sb_token_tree_rarefied_leaves(tree, 16, 1, &m), SB_DOMAIN);
    assert_true(m == 42);
    sb_token_tree_free(tree);
    /* An empty document is counted in the prefix reading: it ends at the root. */
    tree = build_text(SB_READING_PREFIX, 16, "");
    assert_int_equal(sb_token_tree_n(tree), 1);
    assert_int_equal(sb_token_tree_end_count(tree, 0, 0), 1);
    sb_token_tree_free(tree);
}

/* ---- abracadabra, by hand -------------------------------------------------------------------- */

static uint64_t byte_node(char c)
{
    return (uint64_t)(uint8_t)c << 56;
}

/* a 5, b 2, r 2, c 1, d 1 of 11; a 0x61, b 0x62, c 0x63, d 0x64, r 0x72. */
static void abracadabra(void **state)
{
    (void)state;
    struct sb_token_tree *tree = build_text(SB_READING_BLOCKS, 8, "abracadabra");
    assert_int_equal(sb_token_tree_n(tree), 11);
    assert_int_equal(sb_token_tree_n_leaves(tree, 8), 5);
    assert_int_equal(sb_token_tree_node_count(tree, byte_node('a'), 8), 5);
    assert_int_equal(sb_token_tree_node_count(tree, byte_node('z'), 8), 0);
    assert_int_equal(sb_token_tree_node_count(tree, byte_node('b'), 7), 3); /* 0110001.: b, c */
    assert_int_equal(sb_token_tree_node_count(tree, byte_node('a'), 4),
                     9); /* 0110....: all but r */
    assert_int_equal(sb_token_tree_n_leaves(tree, 3), 1);
    assert_int_equal(sb_token_tree_n_leaves(tree, 4), 2);
    /* (5 log2(11/5) + 4 log2(11/2) + 2 log2 11)/11 */
    double entropy = (5 * log2(2.2) + 4 * log2(5.5) + 2 * log2(11)) / 11;
    assert_close(sb_token_tree_entropy_bits(tree, 8), entropy, 1e-15);
    sb_token_tree_free(tree);

    /* Of 16 bits: ab, ra, ca, da, br; the last "a" is short and not counted. */
    tree = build_text(SB_READING_BLOCKS, 16, "abracadabra");
    assert_int_equal(sb_token_tree_n(tree), 5);
    assert_int_equal(sb_token_tree_node_count(tree, byte_node('a'), 8), 1);
    sb_token_tree_free(tree);
}

/* ---- rarefaction ----------------------------------------------------------------------------- */

static void rarefied_against_binomials(void **state)
{
    (void)state;
    struct sb_token_tree *tree = build_text(SB_READING_BLOCKS, 8, "abracadabra, said the raven!");
    uint64_t n = sb_token_tree_n(tree); /* 28 */
    double choose[32][32] = { { 0 } };
    for (int i = 0; i < 32; i++)
        for (int j = 0; j <= i; j++)
            choose[i][j] = j == 0 ? 1 : choose[i - 1][j - 1] + choose[i - 1][j];
    for (unsigned d = 0; d <= 8; d++)
        for (uint64_t m = 1; m <= n; m++) {
            double expected = 0, actual;
            struct sb_leaf leaf;
            for (size_t cursor = 0; sb_token_tree_next_leaf(tree, d, &cursor, &leaf);)
                expected += 1 - choose[n - leaf.count][m] / choose[n][m];
            assert_int_equal(sb_token_tree_rarefied_leaves(tree, d, m, &actual), SB_OK);
            assert_close(actual, expected, 1e-13);
        }
    double leaves = 42;
    assert_int_equal(sb_token_tree_rarefied_leaves(tree, 8, 0, &leaves), SB_DOMAIN);
    assert_int_equal(sb_token_tree_rarefied_leaves(tree, 8, n + 1, &leaves), SB_DOMAIN);
    assert_int_equal(sb_token_tree_rarefied_leaves(tree, 9, 1, &leaves), SB_DOMAIN);
    assert_true(leaves == 42);
    sb_token_tree_free(tree);
}

/* Large counts: two leaves of n/2 each miss m draws with probability about 2^-m. */
static void rarefied_of_large_counts(void **state)
{
    (void)state;
    enum { HALF = 1000000 };
    char *text = malloc(2 * HALF + 1);
    memset(text, 'a', HALF);
    memset(text + HALF, 'b', HALF);
    text[2 * HALF] = 0;
    struct sb_token_tree *tree = build_text(SB_READING_BLOCKS, 8, text);
    free(text);
    double leaves;
    assert_int_equal(sb_token_tree_rarefied_leaves(tree, 8, 1, &leaves), SB_OK);
    assert_close(leaves, 1, 1e-10);
    /* C(h,3)/C(2h,3) = h (h-1) (h-2)/(2h (2h-1) (2h-2)) = (h-2)/(4 (2h-1)) */
    assert_int_equal(sb_token_tree_rarefied_leaves(tree, 8, 3, &leaves), SB_OK);
    assert_close(leaves, 2 - 2 * (HALF - 2.0) / (4 * (2.0 * HALF - 1)), 1e-10);
    assert_int_equal(sb_token_tree_rarefied_leaves(tree, 8, 2 * HALF, &leaves), SB_OK);
    assert_true(leaves == 2);
    sb_token_tree_free(tree);
}

/* ---- code lengths ---------------------------------------------------------------------------- */

/* The probabilities of all documents of one or two bytes sum to one: blocks that end inside a byte, and
 * short last blocks of every length, included. */
static void probabilities_sum_to_one(void **state)
{
    (void)state;
    const unsigned depths[] = { 1, 2, 3, 5, 7, 8, 9, 13, 15, 16, 17, 64 };
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
        struct sb_token_tree *tree = build_text(SB_READING_BLOCKS, depths[i],
                                                "how much wood would a "
                                                "woodchuck chuck");
        struct sb_sum one_byte = { 0 }, two_bytes = { 0 };
        for (int first = 0; first < 256; first++) {
            uint8_t bytes[2] = { (uint8_t)first };
            sb_sum_add(&one_byte, exp2(-sb_token_tree_block_bits(tree, bytes, 1)));
            for (int second = 0; second < 256; second++) {
                bytes[1] = (uint8_t)second;
                sb_sum_add(&two_bytes, exp2(-sb_token_tree_block_bits(tree, bytes, 2)));
            }
        }
        assert_close(sb_sum_value(&one_byte), 1, 1e-12);
        assert_close(sb_sum_value(&two_bytes), 1, 1e-12);
        sb_token_tree_free(tree);
    }
}

/* The cost of a prefix is the mass of all that begins with it: 2^-cost(x) = sum_c 2^-cost(xc). */
static void chain_rule(void **state)
{
    (void)state;
    const char *text = "how much wood would a woodchuck chuck";
    for (unsigned depth = 1; depth <= 64; depth++) {
        struct sb_token_tree *tree = build_text(SB_READING_BLOCKS, depth, text);
        uint8_t bytes[12];
        memcpy(bytes, text + 9, sizeof bytes);
        for (size_t n = 0; n < sizeof bytes; n++) {
            double before = sb_token_tree_block_bits(tree, bytes, n), sum = 0;
            for (int c = 0; c < 256; c++) {
                bytes[n] = (uint8_t)c;
                sum += exp2(before - sb_token_tree_block_bits(tree, bytes, n + 1));
            }
            bytes[n] = (uint8_t)text[9 + n];
            if (fabs(sum - 1) > 1e-12)
                fail_msg("depth %u, %zu bytes: %.17g", depth, n, sum);
        }
        sb_token_tree_free(tree);
    }
}

/* Under abracadabra, N = 8: a costs log2(12/(5 + 1/256)), an unseen letter 8 + log2 12. */
static void bits_by_hand(void **state)
{
    (void)state;
    struct sb_token_tree *tree = build_text(SB_READING_BLOCKS, 8, "abracadabra");
    const uint8_t *az = (const uint8_t *)"az";
    assert_close(sb_token_tree_block_bits(tree, az, 1), log2(12 / (5 + 1.0 / 256)), 1e-15);
    assert_close(sb_token_tree_block_bits(tree, az + 1, 1), 8 + log2(12), 1e-15);
    assert_true(sb_token_tree_block_bits(tree, az, 0) == 0);
    sb_token_tree_free(tree);
    /* N = 64: one block, abracada. It costs log2(2/(1 + 2^-64)) = 1; then 24 unseen bits 24 + log2 2. */
    tree = build_text(SB_READING_BLOCKS, 64, "abracadabra");
    const uint8_t *text = (const uint8_t *)"abracadabra";
    assert_close(sb_token_tree_block_bits(tree, text, 8), 1, 1e-15);
    assert_close(sb_token_tree_block_bits(tree, text, 11), 26, 1e-15);
    assert_close(sb_token_tree_block_bits(tree, text, 3), log2(2 / (1 + 0x1p-24)), 1e-15);
    assert_close(sb_token_tree_block_bits(tree, (const uint8_t *)"zzzzzzzz", 8), 65, 1e-15);
    sb_token_tree_free(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_brute_force),
        cmocka_unit_test(order_of_documents_is_nothing),
        cmocka_unit_test(buffers_are_merged),
        cmocka_unit_test(depths_outside_the_domain),
        cmocka_unit_test(tree_without_blocks),
        cmocka_unit_test(abracadabra),
        cmocka_unit_test(rarefied_against_binomials),
        cmocka_unit_test(rarefied_of_large_counts),
        cmocka_unit_test(probabilities_sum_to_one),
        cmocka_unit_test(chain_rule),
        cmocka_unit_test(bits_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
