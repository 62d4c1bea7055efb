/* The oracle: spans by the chain rule, the belief about the dialect by hand, errors that name the
 * byte. */
#include "helpers.h"

#include "data/language.h"
#include "estimators/oracle.h"
#include "theory/numeric.h"

static struct sb_predictor *make(const char *text)
{
    struct sb_model model;
    struct sb_error error = { "" };
    struct sb_predictor *predictor = NULL;
    assert_int_equal(sb_model_parse(text, &model, &error), SB_OK);
    if (sb_predictor_create(&model, &predictor, &error))
        fail_msg("%s: %s", text, error.message);
    sb_model_clear(&model);
    return predictor;
}

static enum sb_status score(const struct sb_predictor *oracle, const char *text, size_t begin,
                            size_t end, struct sb_score *result, struct sb_error *error)
{
    struct sb_document document = { .id = "x1",
                                    .source = "x.jsonl",
                                    .record = 1,
                                    .bytes = (const uint8_t *)text,
                                    .n_bytes = strlen(text),
                                    .span_begin = begin,
                                    .span_end = end,
                                    .weight = 1 };
    return sb_oracle_class.score(oracle, &document, 0, result, error);
}

static double bits(const struct sb_predictor *oracle, const char *text, size_t begin, size_t end)
{
    struct sb_score result = { 0, 0 };
    assert_int_equal(score(oracle, text, begin, end, &result, NULL), SB_OK);
    assert_int_equal(result.n_tokens, (end - begin) / 2);
    return result.bits;
}

static void new_document(const char *parameters, uint64_t number, char text[59])
{
    struct sb_language_options options = sb_language_options_default();
    struct sb_language *language;
    uint16_t words[29];
    assert_int_equal(sb_language_options_parse(parameters, &options, NULL), SB_OK);
    assert_int_equal(sb_language_create(&options, &language), SB_OK);
    struct sb_language_mixture pi = sb_language_pretraining(language);
    sb_language_sample(language, &pi, 5, number, words, NULL);
    memset(text, 0, 59);
    sb_language_spell(language, words, 29, (uint8_t *)text);
    sb_language_free(language);
}

/* One topic and one style word for each owner, no content: words are aa (topic), ae, ai, ao (owners
 * 1, 2, 3). Under dialects 2 and 3 in equal parts at overlap 0.3,
 *   P(ai) = (0.8 + 0.1) / 2 = 0.45,  P(ai ai) = (0.64 + 0.01) / 2 = 0.325,
 *   P(ae) = 0.1. */
static void test_belief_by_hand(void **state)
{
    (void)state;
    struct sb_predictor *oracle =
        make("oracle:topics=1,style=1,style_words=1,length=2,overlap=0.3,mixture=0:1:1");
    assert_close(bits(oracle, "aaaiai", 0, 2), 0, 1e-15);
    assert_close(bits(oracle, "aaaiai", 2, 4), -log2(0.45), 1e-14);
    assert_close(bits(oracle, "aaaiai", 4, 6), -log2(0.325 / 0.45), 1e-14);
    assert_close(bits(oracle, "aaaiai", 0, 6), -log2(0.325), 1e-14);
    assert_close(bits(oracle, "aaaeae", 4, 6), -log2(0.1), 1e-14);
    assert_close(bits(oracle, "aaaiai", 4, 4), 0, 0);
    sb_predictor_free(oracle);
}

/* Words cost together what the document costs, and the whole of it is -log2 p. */
static void test_spans_add_up(void **state)
{
    (void)state;
    struct sb_predictor *mixture = make("oracle:pi=8:1:1");
    struct sb_predictor *dialects[3] = { make("oracle:dialect=1"), make("oracle:dialect=2"),
                                         make("oracle:mixture=0:0:5") };
    for (uint64_t number = 0; number < 20; number++) {
        char text[59];
        new_document("pi=8:1:1", number, text);
        double sum = 0, log2_p[3];
        for (size_t at = 0; at < 58; at += 2)
            sum += bits(mixture, text, at, at + 2);
        double whole = bits(mixture, text, 0, 58);
        assert_close(sum, whole, 1e-12);
        assert_close(bits(mixture, text, 0, 20) + bits(mixture, text, 20, 58), whole, 1e-13);
        for (size_t d = 0; d < 3; d++)
            log2_p[d] = -bits(dialects[d], text, 0, 58);
        double p = 0.8 * exp2(log2_p[0]) + 0.1 * exp2(log2_p[1]) + 0.1 * exp2(log2_p[2]);
        assert_close(whole, -log2(p), 1e-13);
    }
    sb_predictor_free(mixture);
    for (size_t d = 0; d < 3; d++)
        sb_predictor_free(dialects[d]);
}

/* At overlap 0 dialect 2 never says ao, a word of dialect 3: inf there and ever after, even for a span
 * that follows; the thirds find it as likely as any dialect. */
static void test_impossible_words(void **state)
{
    (void)state;
    struct sb_predictor *second =
        make("oracle:topics=1,style=1,style_words=1,length=2,overlap=0,dialect=2");
    struct sb_predictor *thirds = make("oracle:topics=1,style=1,style_words=1,length=2,overlap=0");
    assert_true(isinf(bits(second, "aaaoai", 2, 4)));
    assert_true(isinf(bits(second, "aaaoai", 4, 6)));
    assert_close(bits(second, "aaaoai", 0, 2), 0, 1e-15);
    assert_close(bits(thirds, "aaaoao", 0, 6), log2(3), 1e-14);
    assert_close(bits(thirds, "aaaoao", 4, 6), 0, 1e-14);
    sb_predictor_free(second);
    sb_predictor_free(thirds);
}

static void test_foreign_documents(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t begin, end;
        const char *part;
    } bad[] = {
        { "aabi Hello", 0, 10, "x1: byte 5: \" H\" is no style or content word" },
        { "Hello", 0, 4, "x1: byte 1: \"He\" is no topic word" },
        { "aabibi", 1, 6, "x1: bytes 2 to 6 are to be scored: they cut a word of 2 bytes" },
        { "aabibi", 2, 5, "x1: bytes 3 to 5 are to be scored" },
    };
    struct sb_predictor *oracle = make("oracle:dialect=1");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sb_score result = { -1, 77 };
        struct sb_error error = { "" };
        assert_int_equal(score(oracle, bad[i].text, bad[i].begin, bad[i].end, &result, &error),
                         SB_FORMAT);
        if (!strstr(error.message, bad[i].part))
            fail_msg("\"%s\", expected \"%s\"", error.message, bad[i].part);
        assert_int_equal(result.n_tokens, 77);
    }
    sb_predictor_free(oracle);
}

static void test_bad_models(void **state)
{
    (void)state;
    static const struct {
        const char *model, *part;
    } bad[] = {
        { "oracle:dialect=4", "the dialects are 1, 2 and 3" },
        { "oracle:dialect=1.5", "the dialects are 1, 2 and 3" },
        { "oracle:dialect=1,mixture=1:1:1", "not both" },
        { "oracle:mixture=1:1", "three proportions" },
        { "oracle:overlap=2", "from 0 to 1" },
        { "oracle:depth=16", "no key \"depth\"; oracle takes dialect" },
        { "oracle:wiki", "a value without a key" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sb_model model;
        struct sb_error error = { "" };
        struct sb_predictor *predictor = (struct sb_predictor *)&model;
        assert_int_equal(sb_model_parse(bad[i].model, &model, &error), SB_OK);
        assert_int_equal(sb_predictor_create(&model, &predictor, &error), SB_FORMAT);
        if (!strstr(error.message, bad[i].part))
            fail_msg("%s: \"%s\", expected \"%s\"", bad[i].model, error.message, bad[i].part);
        assert_null(predictor);
        sb_model_clear(&model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_belief_by_hand),   cmocka_unit_test(test_spans_add_up),
        cmocka_unit_test(test_impossible_words), cmocka_unit_test(test_foreign_documents),
        cmocka_unit_test(test_bad_models),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
