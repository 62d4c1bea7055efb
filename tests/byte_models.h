/* What the tests of predictors of bytes share: models fitted on one text, scoring, learning, coding. */
#ifndef SB_TESTS_BYTE_MODELS_H
#define SB_TESTS_BYTE_MODELS_H

#include "tests/helpers.h"

#include "estimators/predictor.h"

static const char text[] =
    "the cat sat on the mat, the dog sat on the cat; the cat sat on the dog. ";

static inline struct sb_document document_of(const void *bytes, size_t n, size_t begin, size_t end)
{
    return (struct sb_document){ .source = "test",
                                 .bytes = bytes,
                                 .n_bytes = n,
                                 .span_begin = begin,
                                 .span_end = end,
                                 .weight = 1 };
}

static inline struct sb_predictor *new_model(const char *name)
{
    struct sb_model model;
    struct sb_predictor *p;
    assert_int_equal(sb_model_parse(name, &model, NULL), SB_OK);
    assert_int_equal(sb_predictor_create(&model, &p, NULL), SB_OK);
    sb_model_clear(&model);
    return p;
}

static inline struct sb_predictor *trained(const char *name, const void *bytes, size_t n)
{
    struct sb_predictor *p = new_model(name);
    struct sb_document d = document_of(bytes, n, 0, n);
    assert_int_equal(p->class->add(p, &d, NULL), SB_OK);
    assert_int_equal(p->class->finish(p, NULL), SB_OK);
    return p;
}

static inline double score(const struct sb_predictor *p, const void *bytes, size_t n, size_t begin,
                           size_t end)
{
    struct sb_score s;
    struct sb_document d = document_of(bytes, n, begin, end);
    assert_int_equal(p->class->score(p, &d, 0, &s, NULL), SB_OK);
    assert_int_equal(s.n_tokens, end - begin);
    return s.bits;
}

static inline double learn(struct sb_predictor *p, const void *bytes, size_t n, size_t begin,
                           size_t end)
{
    struct sb_score s;
    struct sb_document d = document_of(bytes, n, begin, end);
    assert_int_equal(p->class->learn(p, &d, &s, NULL), SB_OK);
    return s.bits;
}

/* The pieces of a span are its bits, byte by byte: of its sequence, or its tokens. */
static inline void assert_pieces(const struct sb_predictor *p, const void *bytes, size_t n,
                                 size_t begin, size_t end)
{
    double *pieces = NULL, sum = 0;
    size_t n_pieces = 0;
    struct sb_document d = document_of(bytes, n, begin, end);
    struct sb_scoring scoring = { .document = &d };
    if (p->class->sequence) {
        assert_int_equal(p->class->sequence(p, &d, 0, &pieces, &n_pieces, NULL), SB_OK);
    } else {
        assert_int_equal(p->class->score_all(p, &scoring, 1, true, 1, NULL), SB_OK);
        n_pieces = scoring.score.n_tokens;
    }
    assert_int_equal(n_pieces, end - begin);
    for (size_t i = 0; i < n_pieces; i++) {
        double piece = pieces ? pieces[i] : -scoring.tokens[i].log2_p;
        assert_true(piece == score(p, bytes, n, begin + i, begin + i + 1));
        sum += piece;
    }
    assert_close(sum, score(p, bytes, n, begin, end), 1e-12);
    free(pieces);
    free(scoring.tokens);
}

/* Codes the bytes and decodes them, also from half of the code; trained on the text or on nothing. */
static inline void round_trip(const char *name, bool train, const uint8_t *bytes, size_t n,
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

static inline void assert_model_refused(const char *name)
{
    struct sb_model model;
    struct sb_predictor *p = (struct sb_predictor *)&model;
    struct sb_error error = { "" };
    assert_int_equal(sb_model_parse(name, &model, NULL), SB_OK);
    if (sb_predictor_create(&model, &p, &error) != SB_FORMAT || p || !*error.message)
        fail_msg("%s was not refused", name);
    sb_model_clear(&model);
}

#endif
