#include "tests/byte_models.h"

#include "data/pattern.h"
#include "data/tokenizer.h"
#include "estimators/gram_counts.h"
#include "estimators/ngram.h"
#include "theory/random.h"

static const char *const kinds[] = { "ngram", "ngram:smoothing=wb", "ngram:n=1", "ngram:n=7",
                                     "ngram:n=7,smoothing=wb,memory=8M" };
enum { N_KINDS = sizeof kinds / sizeof *kinds };

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
    double n_symbols;
    size_t n; /* order */
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
        return 1 / m->n_symbols;
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
            struct naive naive = { bytes + N_MAX, 256, n, is_kn, { { 0 } } };
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

/* ---- tokens ---------------------------------------------------------------------------------- */

#define GPT2 "tests/fixtures/tokenizers/gpt2/tokenizer.json"

static struct sb_document document_of_ids(const uint32_t *ids, size_t n)
{
    return (struct sb_document){ .source = "test", .ids = ids, .n_ids = n, .weight = 1 };
}

static size_t vocabulary_of(const char *path)
{
    struct sb_tokenizer *tokenizer;
    assert_int_equal(sb_tokenizer_create(path, &tokenizer, NULL), SB_OK);
    size_t n = sb_tokenizer_n_vocabulary(tokenizer);
    sb_tokenizer_free(tokenizer);
    return n;
}

/* Bytes as tokens are bytes: the sorted counts of the one, and those learned one by one of the other. */
static void test_bytes_as_tokens(void **state)
{
    (void)state;
    static const char *const keys[] = { "n=1", "n=3", "n=5,smoothing=wb", "n=7" };
    uint8_t bytes[3000], probe[400];
    for (size_t k = 0; k < 4; k++) {
        struct sb_predictor *models[2];
        draw_text(bytes, sizeof bytes, 40, k);
        draw_text(probe, sizeof probe, 60, 90 + k);
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i]++; /* a zero is what stands before a document of bytes, and not of tokens */
        for (size_t i = 0; i < sizeof probe; i++)
            probe[i]++;
        for (size_t i = 0; i < 2; i++) {
            char name[64];
            snprintf(name, sizeof name, "ngram:%s%s", keys[k], i ? ",tokenizer=bytes" : "");
            models[i] = new_model(name);
            for (size_t part = 0; part < 3; part++) { /* three documents */
                struct sb_document d = document_of(bytes + 1000 * part, 1000, part, 900);
                assert_int_equal(models[i]->class->add(models[i], &d, NULL), SB_OK);
            }
            assert_int_equal(models[i]->class->finish(models[i], NULL), SB_OK);
        }
        assert_string_equal(models[0]->note, models[1]->note);
        for (size_t begin = 0; begin < sizeof probe; begin += 57)
            assert_true(score(models[0], probe, sizeof probe, begin, sizeof probe) ==
                        score(models[1], probe, sizeof probe, begin, sizeof probe));
        assert_true(score(models[0], bytes, 1000, 0, 1000) ==
                    score(models[1], bytes, 1000, 0, 1000));
        assert_pieces(models[1], bytes, 1000, 3, 700);
        sb_predictor_free(models[0]);
        sb_predictor_free(models[1]);
    }
    struct sb_predictor *a = new_model("ngram:adaptive=1"),
                        *b = new_model("ngram:adaptive=1,tokenizer=bytes");
    assert_true(learn(a, bytes, 3000, 20, 2000) == learn(b, bytes, 3000, 20, 2000));
    assert_true(learn(a, text, 72, 0, 72) == learn(b, text, 72, 0, 72));
    sb_predictor_free(a);
    sb_predictor_free(b);
}

/* Documents of ids against counting again; p_0 is 1 over the vocabulary. */
static void test_ids_against_counting(void **state)
{
    (void)state;
    NEED_REGEX();
    uint8_t bytes[N_MAX + N_TEXT] = { 0 }, probe[N_MAX + 40] = { 0 };
    uint32_t ids[N_TEXT];
    double n_symbols = (double)vocabulary_of(GPT2);
    for (size_t n = 1; n <= N_MAX; n++)
        for (int is_kn = 0; is_kn < 2; is_kn++) {
            char name[128];
            draw_text(bytes + N_MAX, N_TEXT, LETTERS - 1, n);
            draw_text(probe + N_MAX, 40, LETTERS - 1, 100 + n);
            for (size_t i = 0; i < N_TEXT; i++)
                ids[i] = ++bytes[N_MAX + i]; /* 0 stands before them */
            struct naive naive = { bytes + N_MAX, n_symbols, n, is_kn, { { 0 } } };
            naive_discounts(&naive);
            snprintf(name, sizeof name, "ngram:n=%zu,smoothing=%s,tokenizer=" GPT2, n,
                     is_kn ? "kn" : "wb");
            struct sb_predictor *p = new_model(name);
            struct sb_document d = document_of_ids(ids, N_TEXT);
            assert_int_equal(p->class->add(p, &d, NULL), SB_OK);
            assert_int_equal(p->class->finish(p, NULL), SB_OK);
            for (size_t i = 0; i < 40; i++)
                ids[i] = ++probe[N_MAX + i];
            d = document_of_ids(ids, 40);
            struct sb_scoring scoring = { .document = &d };
            assert_int_equal(p->class->score_all(p, &scoring, 1, true, 1, NULL), SB_OK);
            assert_int_equal(scoring.score.n_tokens, 39); /* the first is never scored */
            for (size_t i = 0; i < 39; i++) {
                double expected = naive_probability(&naive, probe + N_MAX + i + 2, n);
                assert_int_equal(scoring.tokens[i].position, i + 1);
                assert_int_equal(scoring.tokens[i].id, ids[i + 1]);
                assert_close(scoring.tokens[i].log2_p, log2(expected), 1e-11);
            }
            free(scoring.tokens);
            sb_predictor_free(p);
        }
}

/* Over all ids that could have come: one, also behind what was never seen. */
static void test_tokens_sum_to_one(void **state)
{
    (void)state;
    NEED_REGEX();
    uint32_t n = (uint32_t)vocabulary_of(GPT2);
    static const char *const names[] = { "ngram:n=3,tokenizer=" GPT2,
                                         "ngram:smoothing=wb,tokenizer=" GPT2 };
    for (size_t k = 0; k < 2; k++) {
        struct sb_predictor *p = trained(names[k], text, strlen(text));
        for (uint32_t first = 0; first < 40; first++) {
            double sum = 0;
            for (uint32_t id = 0; id < n; id++) {
                uint32_t ids[] = { first, (first * first) % n, id };
                static const uint8_t mask[] = { 0, 1 };
                struct sb_score s;
                struct sb_document d = document_of_ids(ids, 3);
                d.loss_mask = mask;
                assert_int_equal(p->class->score(p, &d, 0, &s, NULL), SB_OK);
                assert_int_equal(s.n_tokens, 1);
                sum += exp2(-s.bits);
            }
            assert_close(sum, 1, 1e-12);
        }
        sb_predictor_free(p);
    }
}

/* A text is its ids: scored, learned, with rows of tokens, on any number of threads. */
static void test_text_is_its_ids(void **state)
{
    (void)state;
    NEED_REGEX();
    enum { N_DOCUMENTS = 50 };
    struct sb_tokenizer *tokenizer;
    struct sb_encoder *encoder;
    struct sb_tokens tokens = { 0 };
    assert_int_equal(sb_tokenizer_create(GPT2, &tokenizer, NULL), SB_OK);
    assert_int_equal(sb_encoder_create(tokenizer, &encoder, NULL), SB_OK);
    struct sb_predictor *p = trained("ngram:n=2,tokenizer=" GPT2, text, strlen(text));
    assert_true(p->depth_bits == 0 && p->n_facts == 1);
    struct sb_document documents[N_DOCUMENTS];
    struct sb_scoring one[N_DOCUMENTS] = { { 0 } }, four[N_DOCUMENTS] = { { 0 } };
    for (size_t i = 0; i < N_DOCUMENTS; i++) {
        documents[i] = document_of(text, strlen(text), i / 2, 12 + i);
        one[i].document = four[i].document = &documents[i];
    }
    assert_int_equal(p->class->score_all(p, one, N_DOCUMENTS, true, 1, NULL), SB_OK);
    assert_int_equal(p->class->score_all(p, four, N_DOCUMENTS, false, 4, NULL), SB_OK);
    for (size_t i = 0; i < N_DOCUMENTS; i++) {
        double sum = 0;
        const uint8_t *bytes = (const uint8_t *)text;
        sb_tokens_reset(&tokens);
        assert_int_equal(sb_encoder_encode_part(encoder, bytes, 0, i / 2, &tokens, NULL), SB_OK);
        size_t n_prompt = tokens.n;
        assert_int_equal(sb_encoder_encode_part(encoder, bytes, i / 2, 12 + i, &tokens, NULL),
                         SB_OK);
        assert_true(one[i].score.bits == four[i].score.bits && !four[i].tokens && !one[i].is_lossy);
        assert_int_equal(one[i].score.n_tokens, tokens.n - n_prompt);
        for (size_t j = 0; j < one[i].score.n_tokens; j++) {
            assert_int_equal(one[i].tokens[j].position, n_prompt + j);
            assert_int_equal(one[i].tokens[j].id, tokens.ids[n_prompt + j]);
            sum -= one[i].tokens[j].log2_p;
        }
        assert_close(sum, one[i].score.bits, 1e-12);
        free(one[i].tokens);
    }
    sb_predictor_free(p);

    /* Learned as text and as ids; of ids the first is learned, and not scored. */
    struct sb_predictor *a = new_model("ngram:adaptive=1,tokenizer=" GPT2),
                        *b = new_model("ngram:adaptive=1,tokenizer=" GPT2);
    sb_tokens_reset(&tokens);
    assert_int_equal(sb_encoder_encode(encoder, (const uint8_t *)text, 72, 0, &tokens, NULL),
                     SB_OK);
    struct sb_document ids = document_of_ids(tokens.ids, tokens.n);
    struct sb_score s;
    double whole = learn(a, text, 72, 0, 72);
    assert_int_equal(b->class->learn(b, &ids, &s, NULL), SB_OK);
    assert_close(whole, s.bits + log2((double)sb_tokenizer_n_vocabulary(tokenizer)), 1e-12);
    assert_true(learn(a, text, 72, 0, 72) == learn(b, text, 72, 0, 72));
    sb_predictor_free(a);
    sb_predictor_free(b);
    sb_tokens_clear(&tokens);
    sb_encoder_free(encoder);
    sb_tokenizer_free(tokenizer);
}

static void test_tokens_refused(void **state)
{
    (void)state;
    NEED_REGEX();
    uint32_t ids[] = { 1, 2, 1 << 30 };
    struct sb_document d = document_of_ids(ids, 3);
    struct sb_score s;
    struct sb_error error = { "" };
    struct sb_predictor *p = new_model("ngram:tokenizer=" GPT2);
    assert_int_equal(p->class->add(p, &d, &error), SB_FORMAT);
    assert_non_null(strstr(error.message, "position 2"));
    assert_int_equal(p->class->score(p, &d, 0, &s, &error), SB_FORMAT);
    uint8_t print[SB_FINGERPRINT_BYTES];
    assert_int_equal(sb_predictor_fingerprint(p, print, &error), SB_UNSUPPORTED);
    sb_predictor_free(p);
    p = new_model("ngram");
    assert_int_equal(p->class->add(p, &d, &error), SB_UNSUPPORTED);
    assert_non_null(strstr(error.message, "tokenizer=FILE"));
    sb_predictor_free(p);
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
        assert_pieces(p, bytes, 600, 77, 500);
        sb_predictor_free(p);
    }
    /* Nothing learned: eight bits a byte. */
    struct sb_predictor *p = new_model("ngram");
    assert_int_equal(p->class->finish(p, NULL), SB_OK);
    assert_close(score(p, text, 72, 0, 72), 576, 0);
    sb_predictor_free(p);
}

/* ---- coding ---------------------------------------------------------------------------------- */

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
                                         "ngram:adaptive=1,memory=1M",
                                         "ngram:tokenizer=bytes,memory=1M" };
    for (size_t k = 0; k < 4; k++) {
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
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_model_refused(bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_witten_bell),
        cmocka_unit_test(test_half),
        cmocka_unit_test(test_absolute),
        cmocka_unit_test(test_modified),
        cmocka_unit_test(test_against_counting),
        cmocka_unit_test(test_static_is_adaptive),
        cmocka_unit_test(test_bytes_as_tokens),
        cmocka_unit_test(test_ids_against_counting),
        cmocka_unit_test(test_tokens_sum_to_one),
        cmocka_unit_test(test_text_is_its_ids),
        cmocka_unit_test(test_tokens_refused),
        cmocka_unit_test(test_sums_to_one),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
