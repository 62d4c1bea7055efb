#include "tests/helpers.h"

#include "estimators/gram_counts.h"
#include "estimators/ngram.h"
#include "theory/random.h"

static const char *const kinds[] = { "ngram", "ngram:smoothing=wb", "ngram:n=1", "ngram:n=7",
                                     "ngram:n=7,smoothing=wb,memory=8M" };
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static const char text[] =
    "the cat sat on the mat, the dog sat on the cat; the cat sat on the dog. ";

static struct sb_document document_of(const void *bytes, size_t n, size_t begin, size_t end)
{
    return (struct sb_document){ .source = "test",
                                 .bytes = bytes,
                                 .n_bytes = n,
                                 .span_begin = begin,
                                 .span_end = end,
                                 .weight = 1 };
}

static struct sb_predictor *new_model(const char *name)
{
    struct sb_model model;
    struct sb_predictor *p;
    assert_int_equal(sb_model_parse(name, &model, NULL), SB_OK);
    assert_int_equal(sb_predictor_create(&model, &p, NULL), SB_OK);
    sb_model_clear(&model);
    return p;
}

static struct sb_predictor *trained(const char *name, const void *bytes, size_t n)
{
    struct sb_predictor *p = new_model(name);
    struct sb_document d = document_of(bytes, n, 0, n);
    assert_int_equal(p->class->add(p, &d, NULL), SB_OK);
    assert_int_equal(p->class->finish(p, NULL), SB_OK);
    return p;
}

static double score(const struct sb_predictor *p, const void *bytes, size_t n, size_t begin,
                    size_t end)
{
    struct sb_score s;
    struct sb_document d = document_of(bytes, n, begin, end);
    assert_int_equal(p->class->score(p, &d, 0, &s, NULL), SB_OK);
    assert_int_equal(s.n_tokens, end - begin);
    return s.bits;
}

static double learn(struct sb_predictor *p, const void *bytes, size_t n, size_t begin, size_t end)
{
    struct sb_score s;
    struct sb_document d = document_of(bytes, n, begin, end);
    assert_int_equal(p->class->learn(p, &d, &s, NULL), SB_OK);
    return s.bits;
}

/* Bytes 0 to n_letters - 1, some far more frequent than others. */
static void draw_text(uint8_t *bytes, size_t n, uint64_t n_letters, uint64_t seed)
{
    struct sb_random random;
    sb_random_init(&random, seed, 0);
    for (size_t i = 0; i < n; i++) {
        uint64_t skewed = sb_random_below(&random, 1 + sb_random_below(&random, n_letters));
        bytes[i] = (uint8_t)(i && sb_random_below(&random, 2) ? (bytes[i - 1] + skewed) % n_letters
                                                              : skewed);
    }
}

/* ---- by hand --------------------------------------------------------------------------------- */

/* One order, "aab": c(a) = 2, c(b) = 1, 3 bytes, T = 2 that differ. */
static void test_witten_bell(void **state)
{
    (void)state;
    struct sb_predictor *p = trained("ngram:n=1,smoothing=wb", "aab", 3);
    assert_int_equal(p->depth_bits, 0);
    assert_close(score(p, "a", 1, 0, 1), -log2((2 + 2 / 256.0) / 5), 1e-14);
    assert_close(score(p, "b", 1, 0, 1), -log2((1 + 2 / 256.0) / 5), 1e-14);
    assert_close(score(p, "c", 1, 0, 1), -log2((0 + 2 / 256.0) / 5), 1e-14);
    sb_predictor_free(p);
    /* Two, "ab": behind 0 stands a, behind a stands b, each once. p_1(b) = (1 + 2/256)/4, and
     * p_2(b|a) = (1 + p_1(b))/2; behind b nothing was seen: p_1(b). */
    p = trained("ngram:n=2,smoothing=wb", "ab", 2);
    double b = (1 + 2 / 256.0) / 4;
    assert_int_equal(p->depth_bits, 8);
    assert_close(score(p, "ab", 2, 1, 2), -log2((1 + b) / 2), 1e-14);
    assert_close(score(p, "bb", 2, 1, 2), -log2(b), 1e-14);
    sb_predictor_free(p);
    /* Adaptive, two, "aba": p(a) = 1/256; then p_1(b) = (0 + 1/256)/2, and nothing was seen behind a; then
     * p_1(a) = (1 + 2/256)/4, and nothing was seen behind b. */
    p = new_model("ngram:n=2,adaptive=1");
    assert_int_equal(p->class->finish(p, NULL), SB_OK);
    assert_close(learn(p, "aba", 3, 0, 3), 8 + 9 - log2((1 + 2 / 256.0) / 4), 1e-14);
    sb_predictor_free(p);
}

/* Two orders, "ab": all counts are 1, so that D = 1/2. p_1(b) = (1/2 + (2/2)/256)/2,
 * p_2(b|a) = 1/2 + (1/2) p_1(b). */
static void test_half(void **state)
{
    (void)state;
    struct sb_predictor *p = trained("ngram:n=2", "ab", 2);
    double b = (0.5 + 1 / 256.0) / 2;
    assert_close(score(p, "ab", 2, 1, 2), -log2(0.5 + b / 2), 1e-14);
    assert_close(score(p, "bb", 2, 1, 2), -log2(b), 1e-14);
    assert_string_equal(p->note, "D=Y or 1/2 at n=2,1");
    sb_predictor_free(p);
}

/* One order, "aabcdd": n_1 = 2 (b, c), n_2 = 2 (a, d), n_3 = 0: D = Y = 2/(2 + 4) = 1/3. Then
 * p(a) = (2 - 1/3 + (4/3)/256)/6. */
static void test_absolute(void **state)
{
    (void)state;
    struct sb_predictor *p = trained("ngram:n=1", "aabcdd", 6);
    assert_close(score(p, "a", 1, 0, 1), -log2((2 - 1 / 3.0 + 4 / 3.0 / 256) / 6), 1e-14);
    assert_close(score(p, "z", 1, 0, 1), -log2(4 / 3.0 / 256 / 6), 1e-14);
    sb_predictor_free(p);
}

/* One order: a b c d e f once, g h i twice, j k three times, l four times. n_1..n_4 = 6, 3, 2, 1;
 * Y = 6/12 = 1/2. D_1 = 1 - 2 (1/2)(3/6) = 1/2; D_2 = 2 - 3 (1/2)(2/3) = 1; D_3 = 3 - 4 (1/2)(1/2) = 2.
 * 22 bytes; what is left over: 6/2 + 3 + 3 2 = 12. */
static void test_modified(void **state)
{
    (void)state;
    struct sb_predictor *p = trained("ngram:n=1", "abcdefgghhiijjjkkkllll", 22);
    double below = 12 / 256.0;
    assert_string_equal(p->note, "");
    assert_close(score(p, "a", 1, 0, 1), -log2((0.5 + below) / 22), 1e-14);
    assert_close(score(p, "g", 1, 0, 1), -log2((1 + below) / 22), 1e-14);
    assert_close(score(p, "j", 1, 0, 1), -log2((1 + below) / 22), 1e-14);
    assert_close(score(p, "l", 1, 0, 1), -log2((2 + below) / 22), 1e-14);
    assert_close(score(p, "z", 1, 0, 1), -log2(below / 22), 1e-14);
    sb_predictor_free(p);
}

/* ---- by counting again ----------------------------------------------------------------------- */

enum { LETTERS = 6, N_TEXT = 4000, N_MAX = 4 };

struct naive {
    const uint8_t *bytes; /* with N_MAX zeros before them */
    size_t n;             /* order */
    bool is_kn;
    double discounts[N_MAX + 1][4];
};

/* c of a k-gram, as the header of estimators/ngram.h defines it. */
static double naive_count(const struct naive *m, const uint8_t *gram, size_t k)
{
    bool before[256] = { false };
    size_t n_before = 0, n = 0;
    for (size_t i = 0; i < N_TEXT; i++) {
        const uint8_t *end = m->bytes + i + 1;
        if (memcmp(end - k, gram, k) != 0)
            continue;
        n++;
        if (k < m->n && !before[end[-(ptrdiff_t)k - 1]]) {
            before[end[-(ptrdiff_t)k - 1]] = true;
            n_before++;
        }
    }
    return m->is_kn && k < m->n ? (double)n_before : (double)n;
}

static void naive_discounts(struct naive *m)
{
    for (size_t k = 1; k <= m->n; k++) {
        double n[5] = { 0 };
        size_t n_grams = 1;
        for (size_t i = 0; i < k; i++)
            n_grams *= LETTERS;
        for (size_t i = 0; i < n_grams; i++) {
            uint8_t gram[N_MAX];
            for (size_t j = 0, rest = i; j < k; j++, rest /= LETTERS)
                gram[j] = (uint8_t)(rest % LETTERS);
            double c = naive_count(m, gram, k);
            if (c <= 4)
                n[(size_t)c]++;
        }
        double y = n[1] / (n[1] + 2 * n[2]);
        double d[4] = { 0, 1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2],
                        3 - 4 * y * n[4] / n[3] };
        bool good = n[1] * n[2] * n[3] * n[4] > 0 && d[1] > 0 && d[2] > 0 && d[3] > 0 && d[1] < 1 &&
                    d[2] < 2 && d[3] < 3;
        for (size_t i = 0; i < 4; i++)
            m->discounts[k][i] = good || !i ? d[i] : n[1] * n[2] > 0 ? y : 0.5;
    }
}

/* p_k of the last byte of a k-gram given the others. */
static double naive_probability(const struct naive *m, const uint8_t *end, size_t k)
{
    uint8_t gram[N_MAX];
    double total = 0, below = 0, here = 0;
    if (k == 0)
        return 1 / 256.0;
    memcpy(gram, end - k, k);
    for (unsigned w = 0; w < LETTERS; w++) {
        gram[k - 1] = (uint8_t)w;
        double c = naive_count(m, gram, k), d = m->discounts[k][c < 3 ? (size_t)c : 3];
        total += c;
        below += m->is_kn ? d : c > 0;
        if (w == end[-1])
            here = m->is_kn ? c - d : c;
    }
    double lower = naive_probability(m, end, k - 1);
    if (total == 0)
        return lower;
    return (here + below * lower) / (m->is_kn ? total : total + below);
}

static void test_against_counting(void **state)
{
    (void)state;
    uint8_t bytes[N_MAX + N_TEXT] = { 0 }, probe[N_MAX + 40] = { 0 };
    for (size_t n = 1; n <= N_MAX; n++)
        for (int is_kn = 0; is_kn < 2; is_kn++) {
            char name[64];
            draw_text(bytes + N_MAX, N_TEXT, LETTERS, n);
            draw_text(probe + N_MAX, 40, LETTERS, 100 + n);
            struct naive naive = { bytes + N_MAX, n, is_kn, { { 0 } } };
            naive_discounts(&naive);
            snprintf(name, sizeof name, "ngram:n=%zu,smoothing=%s", n, is_kn ? "kn" : "wb");
            struct sb_predictor *p = trained(name, bytes + N_MAX, N_TEXT);
            for (size_t i = 0; i < 40; i++) {
                double expected = naive_probability(&naive, probe + N_MAX + i + 1, n);
                assert_close(score(p, probe + N_MAX, 40, i, i + 1), -log2(expected), 1e-11);
            }
            sb_predictor_free(p);
        }
}

/* Witten-Bell counts the same whether it is fitted or learns: then it scores the same. */
static void test_static_is_adaptive(void **state)
{
    (void)state;
    uint8_t bytes[3000];
    draw_text(bytes, sizeof bytes, 30, 5);
    struct sb_predictor *fitted = trained("ngram:smoothing=wb", bytes, sizeof bytes);
    struct sb_predictor *adaptive = new_model("ngram:adaptive=1");
    assert_int_equal(adaptive->class->finish(adaptive, NULL), SB_OK);
    double first = learn(adaptive, bytes, sizeof bytes, 0, sizeof bytes);
    assert_true(score(fitted, bytes, sizeof bytes, 0, sizeof bytes) < first);
    assert_true(score(fitted, bytes, 700, 0, 700) == score(adaptive, bytes, 700, 0, 700));
    /* and goes on as one that was fitted first and then learns */
    struct sb_predictor *both = trained("ngram:adaptive=1", bytes, sizeof bytes);
    assert_true(learn(both, text, 72, 9, 70) == learn(adaptive, text, 72, 9, 70));
    assert_true(score(both, bytes, 70, 0, 70) == score(adaptive, bytes, 70, 0, 70));
    sb_predictor_free(fitted);
    sb_predictor_free(adaptive);
    sb_predictor_free(both);
}

/* ---- a probability --------------------------------------------------------------------------- */

static void test_sums_to_one(void **state)
{
    (void)state;
    uint8_t bytes[5000], probe[32];
    draw_text(bytes, sizeof bytes, 200, 3);
    for (size_t k = 0; k < N_KINDS; k++) {
        struct sb_predictor *p = trained(kinds[k], bytes, sizeof bytes);
        for (uint64_t seed = 0; seed < 30; seed++) {
            size_t place = seed % sizeof probe;
            double sum = 0;
            draw_text(probe, sizeof probe, 200, 40 + seed);
            if (seed % 2)
                memcpy(probe, bytes + 100 * seed, sizeof probe); /* contexts that were seen */
            for (unsigned byte = 0; byte < 256; byte++) {
                probe[place] = (uint8_t)byte;
                sum += exp2(-score(p, probe, sizeof probe, place, place + 1));
            }
            assert_close(sum, 1, 1e-12);
        }
        sb_predictor_free(p);
    }
}

static void test_spans(void **state)
{
    (void)state;
    uint8_t bytes[600];
    draw_text(bytes, sizeof bytes, 20, 8);
    for (size_t k = 0; k < N_KINDS; k++) {
        struct sb_predictor *p = trained(kinds[k], bytes, 300);
        double whole = score(p, bytes, 600, 0, 600), sum = 0;
        for (size_t i = 0; i < 600; i++)
            sum += score(p, bytes, i % 3 ? 600 : i + 1, i, i + 1);
        assert_close(sum, whole, 1e-12);
        assert_close(score(p, bytes, 600, 0, 333) + score(p, bytes, 600, 333, 600), whole, 1e-12);
        assert_close(score(p, bytes, 600, 9, 9), 0, 0);
        assert_true(score(p, bytes, 600, 0, 600) == whole);
        sb_predictor_free(p);
    }
    /* Nothing learned: eight bits a byte. */
    struct sb_predictor *p = new_model("ngram");
    assert_int_equal(p->class->finish(p, NULL), SB_OK);
    assert_close(score(p, text, 72, 0, 72), 576, 0);
    sb_predictor_free(p);
}

/* ---- coding ---------------------------------------------------------------------------------- */

static void round_trip(const char *name, bool train, const uint8_t *bytes, size_t n,
                       double expected)
{
    struct sb_predictor *models[3];
    uint8_t prints[3][SB_FINGERPRINT_BYTES], *out = malloc(n + 1);
    struct sb_arith_encoder *encoder;
    struct sb_arith_decoder *decoder;
    struct sb_score ideal;
    const uint8_t *code;
    size_t n_code;
    assert_non_null(out);
    for (size_t i = 0; i < 3; i++) {
        models[i] = train ? trained(name, text, strlen(text)) : new_model(name);
        if (!train)
            assert_int_equal(models[i]->class->finish(models[i], NULL), SB_OK);
        assert_int_equal(sb_predictor_fingerprint(models[i], prints[i], NULL), SB_OK);
        assert_memory_equal(prints[0], prints[i], SB_FINGERPRINT_BYTES);
    }
    const struct sb_predictor_class *class = models[0]->class;
    assert_int_equal(sb_arith_encoder_create(&encoder), SB_OK);
    assert_int_equal(class->encode(models[0], bytes, n, encoder, &ideal, NULL), SB_OK);
    assert_int_equal(sb_arith_encoder_finish(encoder, &code, &n_code), SB_OK);
    assert_true(ideal.bits == expected && ideal.n_tokens == n);
    /* Zeros at the end of a code need not be written: it may be a little shorter. */
    if (fabs((double)(8 * n_code) - ideal.bits) > 16)
        fail_msg("%s: %zu bytes, ideal %.17g bits", name, n_code, ideal.bits);
    for (size_t i = 1; i < 3; i++) { /* damaged, it decodes to something, within bounds */
        assert_int_equal(sb_arith_decoder_create(code, n_code / i, &decoder), SB_OK);
        assert_int_equal(class->decode(models[i], decoder, out, n, NULL), SB_OK);
        sb_arith_decoder_free(decoder);
        if (i == 1)
            assert_memory_equal(out, bytes, n);
    }
    sb_arith_encoder_free(encoder);
    for (size_t i = 0; i < 3; i++)
        sb_predictor_free(models[i]);
    free(out);
}

static void test_round_trip(void **state)
{
    (void)state;
    enum { N = 3000 };
    static const size_t lengths[] = { 0, 1, N };
    uint8_t bytes[N];
    draw_text(bytes, N, 60, 9);
    memcpy(bytes + 500, text, 72);
    for (size_t i = 0; i < 3; i++) {
        size_t n = lengths[i];
        for (size_t k = 0; k < N_KINDS; k++) {
            struct sb_predictor *p = trained(kinds[k], text, strlen(text));
            round_trip(kinds[k], true, bytes, n, score(p, bytes, n, 0, n));
            sb_predictor_free(p);
        }
        struct sb_predictor *p = new_model("ngram:adaptive=1");
        double bits = learn(p, bytes, n, 0, n);
        round_trip("ngram", false, bytes, n, bits); /* without documents it learns as it codes */
        round_trip("ngram:adaptive=1", false, bytes, n, bits);
        sb_predictor_free(p);
    }
    /* but for Kneser-Ney, which cannot */
    struct sb_predictor *p = new_model("ngram:smoothing=kn");
    struct sb_arith_encoder *encoder;
    struct sb_score s;
    struct sb_error error = { "" };
    assert_int_equal(sb_arith_encoder_create(&encoder), SB_OK);
    assert_int_equal(p->class->encode(p, bytes, 3, encoder, &s, &error), SB_FORMAT);
    assert_non_null(strstr(error.message, "train=FILE"));
    sb_arith_encoder_free(encoder);
    sb_predictor_free(p);
}

/* ---- counts, and what is refused --------------------------------------------------------------- */

/* Batches of 16,384 keys under a bound of 1 MiB: merged, they are the counts of one array. */
static void test_counts(void **state)
{
    (void)state;
    enum { KEYS = 5000, N = 100000 };
    struct sb_gram_counts counts = { .n_bytes_max = 1 << 20 };
    uint64_t *expected = calloc(KEYS, sizeof *expected), suffix[256] = { 0 }, sum[256] = { 0 };
    struct sb_random random;
    assert_non_null(expected);
    sb_random_init(&random, 77, 0);
    for (size_t i = 0; i < N; i++) {
        uint64_t key = sb_random_below(&random, 1 + sb_random_below(&random, KEYS));
        expected[key]++;
        assert_int_equal(sb_gram_counts_add(&counts, key), SB_OK);
    }
    assert_int_equal(sb_gram_counts_finish(&counts), SB_OK);
    size_t n = 0;
    for (uint64_t key = 0; key < KEYS; key++) {
        suffix[key & 255] += expected[key] > 0;
        sum[key & 255] += expected[key];
        if (expected[key]) {
            assert_true(n < counts.n && counts.pairs[2 * n] == key);
            assert_int_equal(counts.pairs[2 * n++ + 1], expected[key]);
        }
    }
    assert_int_equal(n, counts.n);
    for (int how_many = 1; how_many >= 0; how_many--) {
        struct sb_gram_counts copy = counts;
        copy.pairs = malloc(2 * n * sizeof *copy.pairs);
        assert_non_null(copy.pairs);
        memcpy(copy.pairs, counts.pairs, 2 * n * sizeof *copy.pairs);
        assert_int_equal(sb_gram_counts_shorten(&copy, 255, how_many), SB_OK);
        assert_int_equal(copy.n, 256);
        for (size_t i = 0; i < 256; i++) {
            assert_int_equal(copy.pairs[2 * i], i);
            assert_int_equal(copy.pairs[2 * i + 1], how_many ? suffix[i] : sum[i]);
        }
        sb_gram_counts_clear(&copy);
    }
    sb_gram_counts_clear(&counts);
    free(expected);
}

/* More different n-grams than memory= holds: refused, in fitting and in learning. */
static void test_memory(void **state)
{
    (void)state;
    enum { N = 200000 };
    uint8_t *bytes = malloc(N);
    struct sb_random random;
    assert_non_null(bytes);
    sb_random_init(&random, 6, 0);
    for (size_t i = 0; i < N; i++)
        bytes[i] = (uint8_t)sb_random_below(&random, 256);
    struct sb_document d = document_of(bytes, N, 0, N);
    static const char *const names[] = { "ngram:memory=1M", "ngram:smoothing=wb,memory=1M",
                                         "ngram:adaptive=1,memory=1M" };
    for (size_t k = 0; k < 3; k++) {
        struct sb_predictor *p = new_model(names[k]);
        struct sb_error error = { "" };
        struct sb_score s;
        enum sb_status status =
            k == 2 ? p->class->learn(p, &d, &s, &error) : p->class->add(p, &d, &error);
        if (!status)
            status = p->class->finish(p, &error);
        assert_int_equal(status, SB_LIMIT);
        assert_non_null(strstr(error.message, "memory="));
        sb_predictor_free(p);
    }
    free(bytes);
}

static void test_refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "ngram:n=0",      "ngram:n=8",          "ngram:n=x",
        "ngram:n=",       "ngram:smoothing=KN", "ngram:smoothing=",
        "ngram:memory=1", "ngram:adaptive=2",   "ngram:smoothing=kn,adaptive=1",
        "ngram:order=3",  "ngram:n=3,n=4",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sb_model model;
        struct sb_predictor *p = (struct sb_predictor *)&model;
        struct sb_error error = { "" };
        assert_int_equal(sb_model_parse(bad[i], &model, NULL), SB_OK);
        if (sb_predictor_create(&model, &p, &error) != SB_FORMAT || p || !*error.message)
            fail_msg("%s was not refused", bad[i]);
        sb_model_clear(&model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_witten_bell),      cmocka_unit_test(test_half),
        cmocka_unit_test(test_absolute),         cmocka_unit_test(test_modified),
        cmocka_unit_test(test_against_counting), cmocka_unit_test(test_static_is_adaptive),
        cmocka_unit_test(test_sums_to_one),      cmocka_unit_test(test_spans),
        cmocka_unit_test(test_round_trip),       cmocka_unit_test(test_counts),
        cmocka_unit_test(test_memory),           cmocka_unit_test(test_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
