/* The controlled language: probabilities against enumeration of a tiny one, exact rates against
 * samples and closed forms, the text form, and what bad parameters get. */
#include "helpers.h"

#include "data/language_exact.h"
#include "theory/numeric.h"
#include "theory/random.h"

enum { N_DIALECTS = SB_LANGUAGE_DIALECTS };

static struct sb_language *make(const char *parameters)
{
    struct sb_language_options options = sb_language_options_default();
    struct sb_error error = { "" };
    if (sb_language_options_parse(parameters, &options, &error))
        fail_msg("%s", error.message);
    struct sb_language *language;
    assert_int_equal(sb_language_create(&options, &language), SB_OK);
    return language;
}

/* kappa = 1 - sum p_a p_t / p_p over the leaves. */
static double kappa(const struct sb_language_leaves *leaves)
{
    struct sb_sum chi = { 0 };
    for (size_t i = 0; i < leaves->n; i++)
        if (leaves->pretraining[i] > 0)
            sb_sum_add(&chi,
                       leaves->dialect[1][i] * leaves->dialect[2][i] / leaves->pretraining[i]);
    return 1 - sb_sum_value(&chi);
}

/* ---- exact sums ------------------------------------------------------------------------------- */

/* Values found independently, by summing over multinomial counts with another program. */
static void test_kappa_table(void **state)
{
    (void)state;
    static const struct {
        const char *parameters;
        double kappa;
    } table[] = {
        { "overlap=0", 0.99968 },
        { "overlap=0.3", 0.94543 },
        { "overlap=0.6", 0.62495 },
        { "overlap=0.9", 0.06698 },
        { "overlap=1", 0 },
        { "overlap=0.3,pi=0.8:0.1:0.1", 0.85443 },
        { "overlap=0.6,pi=0.8:0.1:0.1", 0.21436 },
        { "overlap=0.9,pi=0.8:0.1:0.1", -0.06636 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct sb_language *language = make(table[i].parameters);
        struct sb_language_leaves leaves;
        assert_int_equal(sb_language_leaves_init(&leaves, language, SB_LEVEL_DOCUMENT), SB_OK);
        assert_int_equal(leaves.n, 4495); /* 31 x 30 x 29 / 6 */
        if (fabs(kappa(&leaves) - table[i].kappa) > 0.5e-5)
            fail_msg("%s: kappa %.7f, expected %.5f", table[i].parameters, kappa(&leaves),
                     table[i].kappa);
        sb_language_leaves_clear(&leaves);
        sb_language_free(language);
    }
}

/* All documents of a language of length 2, in odometer order; returns 0 after the last. */
static int next_document(const struct sb_language *language, uint16_t words[3])
{
    size_t n_topics = sb_language_options_view(language)->n_topics;
    for (size_t i = 2; i > 0; i--) {
        if (++words[i] < sb_language_vocabulary(language))
            return 1;
        words[i] = (uint16_t)n_topics;
    }
    return ++words[0] < n_topics;
}

/* P of a document from the definition: the product over its tokens. */
static double product(const struct sb_language *language, size_t dialect, const uint16_t words[3])
{
    double p = 1.0 / (double)sb_language_options_view(language)->n_topics;
    for (size_t i = 1; i < 3; i++)
        p *= sb_language_word_probability(language, dialect, words[0], i - 1, words[i]);
    return p;
}

static void test_tiny_language_by_enumeration(void **state)
{
    (void)state;
    struct sb_language *language =
        make("length=2,topics=2,style_words=2,content_words=3,overlap=0.45,style=0.4,pi=5:2:3");
    const double volumes[N_DIALECTS] = { 7, 1, 0.4 }; /* k, 1, l */
    struct sb_language_mixture joint, pi = sb_language_pretraining(language);
    double weights[N_DIALECTS];
    for (size_t d = 0; d < N_DIALECTS; d++)
        weights[d] = volumes[0] * pi.parts[d] / SB_LANGUAGE_UNIT + (d ? volumes[d] : 0);
    assert_int_equal(sb_language_mixture_from(weights, &joint), SB_OK);

    uint16_t words[3] = { 0, 2, 2 };
    size_t n_documents = 0;
    double sum[N_DIALECTS] = { 0 }, gamma[N_DIALECTS] = { 0 }, chi = 0;
    do {
        double p[N_DIALECTS], q = 0, p_p = 0;
        struct sb_language_evidence evidence = sb_language_evidence(language, words, 3);
        for (size_t d = 0; d < N_DIALECTS; d++) {
            struct sb_language_mixture alone = sb_language_dialect(d);
            p[d] = product(language, d, words);
            assert_close(exp2(sb_language_log2_p(language, &alone, &evidence)), p[d], 1e-13);
            q += p[d] * joint.parts[d] / SB_LANGUAGE_UNIT;
            p_p += p[d] * pi.parts[d] / SB_LANGUAGE_UNIT;
        }
        assert_close(exp2(sb_language_log2_p(language, &joint, &evidence)), q, 1e-13);
        for (size_t d = 0; d < N_DIALECTS; d++) {
            sum[d] += p[d];
            gamma[d] -= p[d] * log(q);
        }
        chi += p[1] * p[2] / p_p;
        n_documents++;
    } while (next_document(language, words));
    assert_int_equal(n_documents, 2 * 9 * 9);

    struct sb_language_leaves leaves;
    assert_int_equal(sb_language_leaves_init(&leaves, language, SB_LEVEL_DOCUMENT), SB_OK);
    assert_int_equal(leaves.n, 10); /* 5 x 4 x 3 / 6 */
    assert_close(1 - kappa(&leaves), chi, 1e-13);
    for (size_t d = 0; d < N_DIALECTS; d++) {
        struct sb_language_mixture alone = sb_language_dialect(d);
        assert_close(sum[d], 1, 1e-13);
        assert_close(sb_language_cross_entropy_nats(&leaves, &alone, &joint), gamma[d], 1e-13);
    }
    sb_language_leaves_clear(&leaves);
    sb_language_free(language);
}

static double entropy_of(const double *p, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum -= sb_xlogx(p[i]);
    return sum;
}

static double zipf_entropy(size_t n, double exponent)
{
    double total = 0, p[200];
    for (size_t j = 0; j < n; j++)
        total += p[j] = pow((double)(j + 1), -exponent);
    for (size_t j = 0; j < n; j++)
        p[j] /= total;
    return entropy_of(p, n);
}

/* H = ln topics + length (H(style) + style (H(owner) + H(Zipf)) + (1 - style) H(Zipf)). The rounding
 * to integers moves probabilities by 2e-10, hence the tolerance. */
static void test_entropy_in_closed_form(void **state)
{
    (void)state;
    struct sb_language *language = make("");
    struct sb_language_leaves leaves;
    assert_int_equal(sb_language_leaves_init(&leaves, language, SB_LEVEL_DOCUMENT), SB_OK);
    const double kind[2] = { 0.25, 0.75 }, owner[3] = { 0.8, 0.1, 0.1 };
    double expected =
        log(8) + 28 * (entropy_of(kind, 2) + 0.25 * (entropy_of(owner, 3) + zipf_entropy(12, 1)) +
                       0.75 * zipf_entropy(100, 1.1));
    for (size_t d = 0; d < N_DIALECTS; d++) {
        struct sb_language_mixture alone = sb_language_dialect(d);
        assert_close(sb_language_cross_entropy_nats(&leaves, &alone, &alone), expected, 1e-8);
    }
    sb_language_leaves_clear(&leaves);
    sb_language_free(language);
}

/* With every token a style word and no overlap the dialects are disjoint: dialect 2 under a mixture
 * that gives it a tenth costs exactly log2 10 bits more than its entropy, and dialect 3 alone misses
 * it altogether. */
static void test_disjoint_dialects(void **state)
{
    (void)state;
    struct sb_language *language = make("overlap=0,style=1,pi=8:1:1,length=3");
    struct sb_language_leaves leaves;
    struct sb_language_mixture pi = sb_language_pretraining(language);
    struct sb_language_mixture second = sb_language_dialect(1), third = sb_language_dialect(2);
    for (int level = SB_LEVEL_DOCUMENT; level <= SB_LEVEL_WORD; level++) {
        assert_int_equal(sb_language_leaves_init(&leaves, language, (enum sb_language_level)level),
                         SB_OK);
        double own = sb_language_cross_entropy_nats(&leaves, &second, &second);
        double mixed = sb_language_cross_entropy_nats(&leaves, &second, &pi);
        /* Of the words, one in four is a topic, which all dialects share. */
        assert_close(mixed - own, log(10) * (level == SB_LEVEL_WORD ? 0.75 : 1), 1e-13);
        assert_true(isinf(sb_language_cross_entropy_nats(&leaves, &second, &third)));
        sb_language_leaves_clear(&leaves);
    }
    sb_language_free(language);
}

/* The word level counts positions: 5 tokens have phases 0 1 2 3 0. Averaging P(word | topic, position)
 * over topics and positions by hand is the second route. */
static void test_word_level(void **state)
{
    (void)state;
    static const char *const languages[] = { "length=5,topics=3,content_words=7,style_words=2",
                                             "length=2,topics=3,content_words=7", "" };
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        struct sb_language *language = make(languages[i]);
        const struct sb_language_options *o = sb_language_options_view(language);
        struct sb_language_leaves leaves;
        assert_int_equal(sb_language_leaves_init(&leaves, language, SB_LEVEL_WORD), SB_OK);
        assert_int_equal(leaves.n, sb_language_vocabulary(language));
        double total = 0;
        for (size_t w = 0; w < leaves.n; w++) {
            double p = w < o->n_topics ? 1.0 / (double)o->n_topics : 0;
            for (size_t topic = 0; topic < o->n_topics; topic++)
                for (size_t position = 0; position < o->length; position++)
                    p += sb_language_word_probability(language, 1, topic, position, w) /
                         (double)o->n_topics;
            p /= (double)(1 + o->length);
            assert_close(leaves.dialect[1][w], p, 1e-13);
            total += p;
        }
        assert_close(total, 1, 1e-13);
        sb_language_leaves_clear(&leaves);
        sb_language_free(language);
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct sb_language *language = make("length=201");
    struct sb_language_leaves leaves = { 0 };
    assert_int_equal(sb_language_leaves_init(&leaves, language, SB_LEVEL_DOCUMENT), SB_LIMIT);
    assert_null(leaves.pretraining);
    assert_int_equal(sb_language_leaves_init(&leaves, language, SB_LEVEL_WORD), SB_OK);
    sb_language_leaves_clear(&leaves);
    sb_language_free(language);
}

/* ---- samples ---------------------------------------------------------------------------------- */

/* The same documents on every machine. */
static void test_first_documents(void **state)
{
    (void)state;
    static const char *const expected[N_DIALECTS + 1] = {
        "aatizazawopajekadahuvodawaoenoiuvuraeayafivyyyliceyotysabo",
        "aiielifiyidiouoiwafarudipoiapymididizedoryoyrueizyrupobile",
        "aukynuwigileruliwyfozohioauymesorykovuvawuuofiyazadijysory",
        "bageguuugyfurusisawuoyfiyivesasinopymauuluoymuyuyiouhihumy",
    };
    struct sb_language *language = make("");
    for (size_t d = 0; d <= N_DIALECTS; d++) {
        struct sb_language_mixture mixture =
            d < N_DIALECTS ? sb_language_dialect(d) : sb_language_pretraining(language);
        uint16_t words[29];
        uint8_t text[59] = { 0 };
        sb_language_sample(language, &mixture, 1, 0, words, NULL);
        sb_language_spell(language, words, 29, text);
        assert_string_equal((const char *)text, expected[d]);
    }
    sb_language_free(language);
}

struct moments {
    double sum, squares;
    size_t n;
};

static void add_moment(struct moments *m, double x)
{
    m->sum += x;
    m->squares += x * x;
    m->n++;
}

static void assert_mean(const struct moments *m, double expected, const char *what)
{
    double n = (double)m->n, mean = m->sum / n;
    double standard_error = sqrt((m->squares / n - mean * mean) / n);
    if (!(fabs(mean - expected) <= 5 * standard_error))
        fail_msg("%s: mean %.6f +- %.6f, expected %.6f", what, mean, standard_error, expected);
}

/* The mean of -log2 p over documents is the exact cross entropy; owners come as often as they should;
 * and the classes of the documents are what sb_language_count counts. */
static void test_samples_have_their_probabilities(void **state)
{
    (void)state;
    enum { N = 4000 };
    struct sb_language *language = make("pi=8:1:1");
    struct sb_language_leaves leaves;
    assert_int_equal(sb_language_leaves_init(&leaves, language, SB_LEVEL_DOCUMENT), SB_OK);
    double *counts = calloc(leaves.n, sizeof *counts);
    assert_non_null(counts);
    struct sb_language_mixture pi = sb_language_pretraining(language), own = sb_language_dialect(1);
    struct moments under_own = { 0 }, under_pi = { 0 }, mixture = { 0 }, owned = { 0 };
    struct moments neutral = { 0 };
    for (uint64_t i = 0; i < N; i++) {
        uint16_t words[29];
        size_t dialect;
        sb_language_sample(language, &own, 7, i, words, &dialect);
        assert_int_equal(dialect, 1);
        struct sb_language_evidence evidence = sb_language_evidence(language, words, 29);
        add_moment(&under_own, -sb_language_log2_p(language, &own, &evidence));
        add_moment(&under_pi, -sb_language_log2_p(language, &pi, &evidence));
        add_moment(&owned, (double)evidence.n_style[1]);
        sb_language_count(language, SB_LEVEL_DOCUMENT, words, counts);
        sb_language_sample(language, &pi, 7, i, words, &dialect);
        evidence = sb_language_evidence(language, words, 29);
        add_moment(&mixture, -sb_language_log2_p(language, &pi, &evidence));
        add_moment(&neutral, dialect == 0);
    }
#define EXACT(source, model)                                                                       \
    sb_bits_from_nats(sb_language_cross_entropy_nats(&leaves, &(source), &(model)))
    assert_mean(&under_own, EXACT(own, own), "dialect 2 under itself");
    assert_mean(&under_pi, EXACT(own, pi), "dialect 2 under pre-training");
    assert_mean(&mixture, EXACT(pi, pi), "pre-training under itself");
#undef EXACT
    assert_mean(&owned, 28 * 0.25 * 0.8, "own style words");
    assert_mean(&neutral, 0.8, "neutral dialect");
    double total = 0, chi_squared = 0, cells = 0;
    for (size_t i = 0; i < leaves.n; i++) {
        double expected = N * leaves.dialect[1][i];
        total += counts[i];
        if (expected < 10)
            continue;
        chi_squared += (counts[i] - expected) * (counts[i] - expected) / expected;
        cells++;
    }
    assert_close(total, N, 0);
    assert_true(cells > 50);
    if (fabs(chi_squared - cells) > 5 * sqrt(2 * cells))
        fail_msg("chi squared %g in %g cells", chi_squared, cells);
    free(counts);
    sb_language_leaves_clear(&leaves);
    sb_language_free(language);
}

/* A document depends on its number alone, not on those drawn before it; and datasets of different
 * dialects under one seed do not share documents. */
static void test_streams(void **state)
{
    (void)state;
    struct sb_language *language = make("overlap=1");
    struct sb_language_mixture second = sb_language_dialect(1), third = sb_language_dialect(2);
    uint16_t words[29], again[29], other[29];
    sb_language_sample(language, &second, 3, 17, words, NULL);
    sb_language_sample(language, &third, 3, 17, other, NULL);
    sb_language_sample(language, &second, 3, 17, again, NULL);
    assert_memory_equal(words, again, sizeof words);
    assert_memory_not_equal(words, other, sizeof words);
    sb_language_free(language);
}

/* ---- probabilities ------------------------------------------------------------------------------ */

/* Decimals and thirds survive the rounding to integers exactly. */
static void test_usual_parameters_are_exact(void **state)
{
    (void)state;
    struct sb_language *language = make("overlap=0.3,pi=8:1:1");
    struct sb_language_mixture pi = sb_language_pretraining(language);
    assert_int_equal(pi.parts[0], SB_LANGUAGE_UNIT / 10 * 8);
    assert_int_equal(pi.parts[1], SB_LANGUAGE_UNIT / 10);
    assert_int_equal(pi.parts[2], SB_LANGUAGE_UNIT / 10);
    assert_true(sb_language_kind_probability(language, 1, 1) == 0.25 * 0.8);
    assert_true(sb_language_kind_probability(language, 1, 0) == 0.25 * 0.1);
    assert_true(sb_language_kind_probability(language, 1, 3) == 0.75);
    sb_language_free(language);
    const double thirds[3] = { 1.0 / 3, 1.0 / 3, 1.0 / 3 };
    assert_int_equal(sb_language_mixture_from(thirds, &pi), SB_OK);
    for (size_t d = 0; d < N_DIALECTS; d++)
        assert_int_equal(pi.parts[d], SB_LANGUAGE_UNIT / 3);
    const double bad[][3] = { { 0, 0, 0 }, { -1, 1, 1 }, { NAN, 1, 1 }, { INFINITY, 1, 1 } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(sb_language_mixture_from(bad[i], &pi), SB_DOMAIN);
    assert_int_equal(pi.parts[0], SB_LANGUAGE_UNIT / 3);
}

/* Words of one place sum to 1 under every dialect, whatever the parameters. */
static void test_words_sum_to_one(void **state)
{
    (void)state;
    struct sb_random random;
    sb_random_init(&random, 11, 0);
    for (int trial = 0; trial < 50; trial++) {
        struct sb_language_options o = sb_language_options_default();
        o.overlap = sb_random_unit(&random);
        o.style = sb_random_unit(&random);
        o.n_topics = 1 + sb_random_below(&random, 5);
        o.n_style_words = 1 + sb_random_below(&random, 40);
        o.n_content_words = 1 + sb_random_below(&random, 400);
        o.zipf_style = 3 * sb_random_unit(&random);
        o.zipf_content = 3 * sb_random_unit(&random);
        struct sb_language *language;
        assert_int_equal(sb_language_create(&o, &language), SB_OK);
        size_t topic = sb_random_below(&random, o.n_topics),
               position = sb_random_below(&random, 28);
        for (size_t d = 0; d < N_DIALECTS; d++) {
            double sum = 0;
            for (size_t w = 0; w < sb_language_vocabulary(language); w++)
                sum += sb_language_word_probability(language, d, topic, position, w);
            if (fabs(sum - 1) > 1e-12) {
                char text[SB_LANGUAGE_TEXT_SIZE];
                sb_language_options_format(&o, text);
                fail_msg("%s: dialect %zu, topic %zu, position %zu: sum %.17g", text, d + 1, topic,
                         position, sum);
            }
        }
        sb_language_free(language);
    }
}

/* At overlap 0 a foreign style word is impossible in a dialect, and not in a mixture that has its
 * owner. */
static void test_impossible_documents(void **state)
{
    (void)state;
    struct sb_language *language = make("overlap=0");
    const uint16_t words[3] = { 0, 8 + 2 * 12, 143 }; /* a topic, a word of dialect 3, content */
    struct sb_language_evidence evidence = sb_language_evidence(language, words, 3);
    assert_int_equal(evidence.n_style[2], 1);
    struct sb_language_mixture second = sb_language_dialect(1), third = sb_language_dialect(2);
    struct sb_language_mixture thirds = sb_language_pretraining(language);
    double alone = sb_language_log2_p(language, &third, &evidence);
    assert_true(sb_language_log2_p(language, &second, &evidence) == -INFINITY);
    assert_true(isfinite(alone));
    assert_close(sb_language_log2_p(language, &thirds, &evidence), alone - log2(3), 1e-14);
    struct sb_language_evidence nothing = sb_language_evidence(language, words, 0);
    assert_close(sb_language_log2_p(language, &thirds, &nothing), 0, 1e-15);
    sb_language_free(language);
}

/* ---- text --------------------------------------------------------------------------------------- */

static void test_text_form(void **state)
{
    (void)state;
    /* 144 words fill the syllables exactly; one more takes two syllables for every word. */
    static const struct {
        const char *parameters;
        size_t word_bytes;
    } languages[] = { { "", 2 },
                      { "content_words=101", 4 },
                      { "content_words=16384,topics=256", 4 },
                      { "style_words=2000,content_words=16000", 6 } };
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        struct sb_language *language = make(languages[i].parameters);
        size_t width = sb_language_word_bytes(language), n;
        assert_int_equal(width, languages[i].word_bytes);
        for (uint64_t number = 0; number < 50; number++) {
            struct sb_language_mixture pi = sb_language_pretraining(language);
            uint16_t words[29], read[29];
            uint8_t text[29 * 6];
            sb_language_sample(language, &pi, 2, number, words, NULL);
            sb_language_spell(language, words, 29, text);
            assert_int_equal(sb_language_read(language, text, 29 * width, read, &n, NULL), SB_OK);
            assert_int_equal(n, 29);
            assert_memory_equal(words, read, sizeof words);
        }
        sb_language_free(language);
    }
}

/* Every beginning that ends with a word is one; no other is. */
static void test_every_prefix(void **state)
{
    (void)state;
    struct sb_language *language = make("");
    struct sb_language_mixture pi = sb_language_pretraining(language);
    uint16_t words[29], read[29];
    uint8_t text[58];
    sb_language_sample(language, &pi, 1, 5, words, NULL);
    sb_language_spell(language, words, 29, text);
    for (size_t size = 0; size <= 58; size++) {
        uint8_t *copy = malloc(size + 1); /* of its own size, so that a byte too far is seen */
        assert_non_null(copy);
        memcpy(copy, text, size);
        copy = realloc(copy, size ? size : 1);
        size_t n = 99;
        enum sb_status status = sb_language_read(language, copy, size, read, &n, NULL);
        assert_int_equal(status, size % 2 ? SB_FORMAT : SB_OK);
        assert_int_equal(n, size % 2 ? 99 : size / 2);
        free(copy);
    }
    sb_language_free(language);
}

static void assert_unreadable(const char *text, const char *part)
{
    struct sb_language *language = make("length=2,topics=2");
    uint16_t words[3] = { 7, 7, 7 };
    size_t n = 99;
    struct sb_error error = { "" };
    assert_int_equal(
        sb_language_read(language, (const uint8_t *)text, strlen(text), words, &n, &error),
        SB_FORMAT);
    if (!strstr(error.message, part))
        fail_msg("\"%s\": \"%s\", expected \"%s\"", text, error.message, part);
    assert_int_equal(n, 99);
    assert_int_equal(words[0], 7);
    sb_language_free(language);
}

static void test_foreign_text(void **state)
{
    (void)state;
    assert_unreadable("aaaixa", "byte 5: \"xa\" is no style or content word");
    assert_unreadable("aaaiaa", "byte 5: \"aa\" is no style or content word"); /* a topic */
    assert_unreadable("aiai", "byte 1: \"ai\" is no topic word");
    assert_unreadable("aazy",
                      "byte 3: \"zy\" is no style or content word"); /* beyond the vocabulary */
    assert_unreadable("aaaia", "byte 5: the text ends inside a word");
    assert_unreadable("aaaiaiai", "byte 7: beyond the end");
    assert_unreadable("aaaiaia", "byte 7: beyond the end");
}

/* ---- parameters --------------------------------------------------------------------------------- */

static void test_parameters(void **state)
{
    (void)state;
    struct sb_language_options o = sb_language_options_default(), back;
    assert_int_equal(sb_language_options_parse("overlap=2/3,length=5,pi=8:1:1,topics=3", &o, NULL),
                     SB_OK);
    assert_close(o.overlap, 2.0 / 3, 0);
    assert_int_equal(o.length, 5);
    assert_int_equal(o.n_topics, 3);
    assert_close(o.pi[0], 0.8, 1e-15);
    assert_close(o.style, 0.25, 0);
    char text[SB_LANGUAGE_TEXT_SIZE], again[SB_LANGUAGE_TEXT_SIZE];
    sb_language_options_format(&o, text);
    back = sb_language_options_default();
    assert_int_equal(sb_language_options_parse(text, &back, NULL), SB_OK);
    sb_language_options_format(&back, again);
    assert_string_equal(text, again);
    double proportions[3];
    assert_int_equal(sb_language_parse_proportions("1/3,1/3,1/3", proportions, NULL), SB_OK);
    assert_close(proportions[1], 1.0 / 3, 1e-15);
}

static void test_bad_parameters(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } bad[] = {
        { "overlap=1.5", "overlap=1.5: give a number from 0 to 1" },
        { "overlap=-0.1", "from 0 to 1" },
        { "overlap=nan", "from 0 to 1" },
        { "overlap=", "from 0 to 1" },
        { "length=0", "give a whole number from 1 to 4096" },
        { "length=2.5", "whole number" },
        { "length=1e30", "whole number" },
        { "lenght=3", "no parameter \"lenght\"; it has overlap" },
        { "overlap", "\"overlap\" is no key=value" },
        { "pi=1:1", "three proportions" },
        { "pi=1:1:1:1", "three proportions" },
        { "pi=0:0:0", "three proportions" },
        { "pi=1:1:-1", "three proportions" },
        { "pi=1:1:inf", "three proportions" },
        { "length=3,pi=1:x:1", "\"1:x:1\": give three proportions" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sb_language_options o = sb_language_options_default();
        struct sb_error error = { "" };
        assert_int_equal(sb_language_options_parse(bad[i].text, &o, &error), SB_FORMAT);
        if (!strstr(error.message, bad[i].part))
            fail_msg("%s: \"%s\", expected \"%s\"", bad[i].text, error.message, bad[i].part);
        assert_int_equal(o.length, 28);
    }
    struct sb_language_options o = sb_language_options_default();
    struct sb_language *language = NULL;
    o.overlap = NAN;
    assert_int_equal(sb_language_create(&o, &language), SB_DOMAIN);
    assert_null(language);
    sb_language_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kappa_table),
        cmocka_unit_test(test_tiny_language_by_enumeration),
        cmocka_unit_test(test_entropy_in_closed_form),
        cmocka_unit_test(test_disjoint_dialects),
        cmocka_unit_test(test_word_level),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_first_documents),
        cmocka_unit_test(test_samples_have_their_probabilities),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_usual_parameters_are_exact),
        cmocka_unit_test(test_words_sum_to_one),
        cmocka_unit_test(test_impossible_documents),
        cmocka_unit_test(test_text_form),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_foreign_text),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_bad_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
