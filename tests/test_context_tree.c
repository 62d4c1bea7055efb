#include "tests/byte_models.h"

#include "estimators/context_table.h"
#include "estimators/context_tree.h"
#include "theory/random.h"

static const char *const kinds[] = {
    "ctw",          "ctw:estimator=kt", "ctw:d=12", "ctw:d=0,estimator=kt", "ctw:d=21,estimator=kt",
    "ctw:memory=1M"
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

/* Words of few letters, in an order that has something to learn. */
static void draw_text(uint8_t *bytes, size_t n, uint64_t seed)
{
    struct sb_random random;
    sb_random_init(&random, seed, 0);
    for (size_t i = 0; i < n; i++)
        if (i > 2 && sb_random_below(&random, 4))
            bytes[i] = (uint8_t)(bytes[i - 1 - sb_random_below(&random, 2)] + 1);
        else
            bytes[i] = (uint8_t)sb_random_below(&random, 256);
}

/* ---- by hand, and by the definition ------------------------------------------------------------ */

/* Depth 0: 255 nodes, one for each beginning of a byte, KT. "aab": the first a costs 8 bits. The second
 * meets nodes that saw its bit once: (1 + 1/2) / (1 + 1) = 3/4 each, 8 log2(4/3). b = 0x62 and
 * a = 0x61 share six bits, seen twice: (2 + 1/2) / (2 + 1) = 5/6; then b has 1 where a had 0 twice:
 * (0 + 1/2) / 3 = 1/6; then a new node: 1/2. */
static void test_by_hand(void **state)
{
    (void)state;
    struct sb_predictor *tree = new_model("ctw:d=0,estimator=kt,adaptive=1");
    assert_int_equal(tree->depth_bits, 0);
    assert_true(tree->is_adaptive);
    double a = 8, aa = 8 * log2(4 / 3.0), b = 6 * log2(6 / 5.0) + log2(6) + 1;
    assert_close(learn(tree, "aab", 3, 0, 3), a + aa + b, 1e-7);
    sb_predictor_free(tree);
    /* Depth 8, "aa": no context is the same twice (0, then a), but the root is. Decision by decision the
     * root has seen the bit once, 3/4, and its child votes 1/2; weights are even (r = 1, for what they
     * said before was 1/2 both): 5/8. Untouched contexts below it have nothing to add. */
    tree = new_model("ctw:d=8,estimator=kt,adaptive=1");
    assert_close(learn(tree, "aa", 2, 0, 2), 8 + 8 * log2(8 / 5.0), 1e-7);
    sb_predictor_free(tree);
}

/* The decisions of a document, as the definition sees them. */
struct decision {
    unsigned known; /* a 1 and the bits of the byte before this one */
    uint64_t context;
    unsigned bit;
};

/* log2 P_w of a node of the tree: those of the decisions that are marked. P_w = (P_e + prod P_w) / 2,
 * and P_e at the deepest. */
static double weighted(const struct decision *d, const bool *marked, size_t n, size_t level,
                       size_t n_levels)
{
    double n_bits[2] = { 0, 0 }, own = 0, below = 0;
    bool *left = malloc(n), *inner = malloc(n);
    assert_true(left && inner);
    for (size_t i = 0; i < n; i++) {
        left[i] = marked[i];
        if (!marked[i])
            continue;
        own += log2((n_bits[d[i].bit] + 0.5) / (n_bits[0] + n_bits[1] + 1));
        n_bits[d[i].bit]++;
    }
    for (size_t i = 0; i < n && level + 1 < n_levels; i++) {
        if (!left[i])
            continue;
        uint64_t byte = d[i].context >> 8 * level & 0xff;
        for (size_t j = 0; j < n; j++) {
            inner[j] = left[j] && (d[j].context >> 8 * level & 0xff) == byte;
            left[j] = left[j] && !inner[j];
        }
        below += weighted(d, inner, n, level + 1, n_levels);
    }
    free(left);
    free(inner);
    if (level + 1 == n_levels)
        return own;
    double most = own > below ? own : below;
    return most + log2((exp2(own - most) + exp2(below - most)) / 2);
}

static double by_definition(const uint8_t *bytes, size_t n, size_t n_levels)
{
    struct decision *d = malloc(8 * n * sizeof *d);
    bool *marked = malloc(8 * n);
    double bits = 0;
    uint64_t context = 0;
    assert_true(d && marked);
    for (size_t i = 0; i < n; context = context << 8 | bytes[i++])
        for (size_t b = 0; b < 8; b++)
            d[8 * i + b] = (struct decision){ (256u | bytes[i]) >> (8 - b), context,
                                              bytes[i] >> (7 - b) & 1u };
    for (unsigned known = 1; known < 256; known++) {
        for (size_t i = 0; i < 8 * n; i++)
            marked[i] = d[i].known == known;
        bits -= weighted(d, marked, 8 * n, 0, n_levels);
    }
    free(d);
    free(marked);
    return bits;
}

/* The sequential weights against the recursion over whole blocks, in doubles and logarithms. */
static void test_definition(void **state)
{
    (void)state;
    uint8_t bytes[400];
    for (uint64_t seed = 0; seed < 6; seed++)
        for (size_t n_levels = 1; n_levels <= 7; n_levels += 2) {
            char name[64];
            draw_text(bytes, sizeof bytes, seed);
            if (seed == 0)
                for (size_t i = 0; i < sizeof bytes; i++)
                    bytes[i] = (uint8_t)text[i % 72];
            snprintf(name, sizeof name, "ctw:adaptive=1,estimator=kt,d=%zu", 8 * (n_levels - 1));
            struct sb_predictor *tree = new_model(name);
            double bits = learn(tree, bytes, sizeof bytes, 0, sizeof bytes);
            assert_close(bits, by_definition(bytes, sizeof bytes, n_levels), 2e-6);
            sb_predictor_free(tree);
        }
}

/* A depth of 12 bits distinguishes the upper half of the second byte before, and not the lower: "b" and
 * "c" (0x62, 0x63) are one there, "b" and "r" (0x62, 0x72) are two. */
static void test_part_of_a_byte(void **state)
{
    (void)state;
    struct sb_predictor *tree = trained("ctw:d=12,estimator=kt", "bx1bx1bx1rx2rx2rx2", 18);
    assert_close(score(tree, "bx1", 3, 2, 3), score(tree, "cx1", 3, 2, 3), 0);
    assert_true(score(tree, "rx1", 3, 2, 3) > score(tree, "cx1", 3, 2, 3) + 1);
    sb_predictor_free(tree);
}

/* ---- a probability --------------------------------------------------------------------------- */

static void test_sums_to_one(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        struct sb_predictor *tree = trained(kinds[k], text, strlen(text));
        static const size_t places[] = { 0, 1, 7, 40, 71 };
        for (size_t i = 0; i < 5; i++) {
            uint8_t probe[72];
            double fixed = 0, adaptive = 0;
            memcpy(probe, text, sizeof probe);
            for (unsigned byte = 0; byte < 256; byte++) {
                probe[places[i]] = (uint8_t)byte;
                fixed += exp2(-score(tree, probe, sizeof probe, places[i], places[i] + 1));
                struct sb_predictor *fresh = new_model(kinds[k]);
                adaptive += exp2(-learn(fresh, probe, places[i] + 1, places[i], places[i] + 1));
                sb_predictor_free(fresh);
            }
            assert_close(fixed, 1, 1e-6);
            assert_close(adaptive, 1, 1e-6);
        }
        sb_predictor_free(tree);
    }
}

/* The bits of spans add up; a span costs what its bytes cost one by one. */
static void test_spans(void **state)
{
    (void)state;
    uint8_t bytes[300];
    draw_text(bytes, sizeof bytes, 4);
    for (size_t k = 0; k < N_KINDS; k++) {
        struct sb_predictor *tree = trained(kinds[k], bytes, 200);
        double whole = score(tree, bytes, sizeof bytes, 0, sizeof bytes), sum = 0;
        for (size_t i = 0; i < sizeof bytes; i++)
            sum += score(tree, bytes, i % 3 ? sizeof bytes : i + 1, i, i + 1);
        assert_close(sum, whole, 1e-12);
        assert_close(score(tree, bytes, 300, 0, 123) + score(tree, bytes, 300, 123, 300), whole,
                     1e-12);
        assert_close(score(tree, bytes, 300, 5, 5), 0, 0);
        assert_true(score(tree, bytes, sizeof bytes, 0, sizeof bytes) == whole);
        assert_pieces(tree, bytes, sizeof bytes, 77, 250);
        sb_predictor_free(tree);

        struct sb_predictor *a = new_model(kinds[k]), *b = new_model(kinds[k]);
        double first = learn(a, bytes, 300, 0, 123);
        assert_true(learn(b, bytes, 300, 0, 300) > first);
        /* Both have learned the whole document, whatever its span was. */
        assert_true(learn(a, text, 72, 3, 72) == learn(b, text, 72, 3, 72));
        sb_predictor_free(a);
        sb_predictor_free(b);
    }
}

/* It learns: a text costs less the second time, and a static model of it less than an empty one. */
static void test_learns(void **state)
{
    (void)state;
    size_t n = strlen(text);
    for (size_t k = 0; k < N_KINDS; k++) {
        struct sb_predictor *tree = new_model(kinds[k]);
        double first = learn(tree, text, n, 0, n), second = learn(tree, text, n, 0, n);
        assert_true(second < 0.9 * first && first < 8 * (double)n);
        sb_predictor_free(tree);
        tree = trained(kinds[k], text, n);
        assert_true(score(tree, text, n, 0, n) < 0.9 * first);
        sb_predictor_free(tree);
    }
    /* Nothing learned: eight bits a byte. */
    struct sb_predictor *tree = new_model("ctw");
    assert_int_equal(tree->class->finish(tree, NULL), SB_OK);
    assert_close(score(tree, text, n, 0, n), 8 * (double)n, 0);
    sb_predictor_free(tree);
}

/* ---- coding ---------------------------------------------------------------------------------- */

/* What is coded is what score and learn measure, to the last bit. */
static void test_round_trip(void **state)
{
    (void)state;
    enum { N = 20000 };
    uint8_t *bytes = malloc(N);
    assert_non_null(bytes);
    static const size_t lengths[] = { 0, 1, 72, N };
    draw_text(bytes, N, 9);
    for (size_t k = 0; k < N_KINDS; k++)
        for (size_t i = 0; i < 4; i++) {
            size_t n = lengths[i];
            struct sb_predictor *fixed = trained(kinds[k], text, strlen(text));
            struct sb_predictor *adaptive = new_model(kinds[k]);
            round_trip(kinds[k], true, bytes, n, score(fixed, bytes, n, 0, n));
            round_trip(kinds[k], false, bytes, n, learn(adaptive, bytes, n, 0, n));
            sb_predictor_free(fixed);
            sb_predictor_free(adaptive);
        }
    /* Trained first, then learning as it codes. */
    struct sb_predictor *both = trained("ctw:adaptive=1", text, strlen(text));
    round_trip("ctw:adaptive=1", true, bytes, N, learn(both, bytes, N, 0, N));
    sb_predictor_free(both);
    free(bytes);
}

static void test_fingerprint(void **state)
{
    (void)state;
    static const char *const others[] = { "ctw", "ctw:d=40", "ctw:estimator=kt", "ctw:adaptive=1",
                                          "ctw:memory=1M" };
    uint8_t prints[7][SB_FINGERPRINT_BYTES];
    for (size_t i = 0; i < 7; i++) {
        struct sb_predictor *tree = i == 6   ? new_model("ctw")
                                    : i == 5 ? trained("ctw", text, strlen(text) - 1)
                                             : trained(others[i], text, strlen(text));
        assert_int_equal(sb_predictor_fingerprint(tree, prints[i], NULL), SB_OK);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(prints[i], prints[j], SB_FINGERPRINT_BYTES);
        sb_predictor_free(tree);
    }
}

/* ---- the table ------------------------------------------------------------------------------- */

static uint64_t some_key(uint64_t i)
{
    return (i * 0x100000001u) & (((uint64_t)1 << 56) - 1); /* many alike in their low bits */
}

static void test_table(void **state)
{
    (void)state;
    static const size_t bounds[] = { SB_CONTEXT_BYTES_MIN, (size_t)3 << 20, (size_t)64 << 20 };
    for (size_t b = 0; b < 3; b++) {
        struct sb_context_table *table;
        struct sb_context_page *page;
        enum { N = 50000 };
        size_t n_made = 0;
        assert_int_equal(sb_context_table_create(bounds[b], &table), SB_OK);
        assert_null(sb_context_find(table, 0));
        for (uint64_t i = 0; i < N; i++) {
            assert_int_equal(sb_context_obtain(table, some_key(i), &page), SB_OK);
            if (!page)
                break;
            assert_true(page->key == some_key(i) && page->nodes[14].ratio == 1);
            page->nodes[14].n[0] = (uint16_t)(i + 1);
            n_made++;
        }
        assert_int_equal(n_made, sb_context_n_pages(table));
        assert_true(sb_context_n_bytes(table) <= bounds[b]);
        assert_true(sb_context_is_full(table) == (n_made < N));
        assert_true(b < 2 ? n_made > bounds[b] / 256 && n_made < N : n_made == N);
        for (uint64_t i = 0; i < N; i++) {
            page = sb_context_find(table, some_key(i));
            assert_true(i < n_made ? page && page->nodes[14].n[0] == (uint16_t)(i + 1) : !page);
        }
        sb_context_table_free(table);
    }
    sb_context_table_free(NULL);
}

/* A full tree goes on: it is a probability, and what it has, learns. */
static void test_full(void **state)
{
    (void)state;
    enum { N = 60000 };
    uint8_t *bytes = malloc(N);
    assert_non_null(bytes);
    draw_text(bytes, N, 1);
    for (size_t k = 0; k < 2; k++) {
        struct sb_predictor *tree =
            trained(k ? "ctw:memory=1M" : "ctw:memory=1M,estimator=kt", bytes, N);
        double sum = 0, before = score(tree, text, 72, 0, 72);
        for (unsigned byte = 0; byte < 256; byte++) {
            bytes[20] = (uint8_t)byte;
            sum += exp2(-score(tree, bytes, 21, 20, 21));
        }
        assert_close(sum, 1, 1e-6);
        learn(tree, text, 72, 0, 72);
        assert_true(score(tree, text, 72, 0, 72) < before);
        sb_predictor_free(tree);
    }
    free(bytes);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void test_refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "ctw:d=49",     "ctw:d=-1",       "ctw:d=",           "ctw:memory=1",
        "ctw:memory=",  "ctw:memory=4X",  "ctw:memory=4GB",   "ctw:memory=99999999T",
        "ctw:memory=G", "ctw:adaptive=2", "ctw:adaptive=yes", "ctw:estimator=Kt",
        "ctw:order=6",  "ctw:d=8,d=16",   "ctw:estimator=",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_model_refused(bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),        cmocka_unit_test(test_definition),
        cmocka_unit_test(test_part_of_a_byte), cmocka_unit_test(test_sums_to_one),
        cmocka_unit_test(test_spans),          cmocka_unit_test(test_learns),
        cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_fingerprint),
        cmocka_unit_test(test_table),          cmocka_unit_test(test_full),
        cmocka_unit_test(test_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
