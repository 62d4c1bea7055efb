#include "estimators/oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "data/language.h"
#include "theory/numeric.h"

struct oracle {
    struct sb_predictor predictor;
    struct sb_language *language;
    struct sb_language_mixture mixture;
};

/* "dialect=2" as proportions, so that it is a mixture like any other. */
static enum sb_status parse_dialect(const char *text, double proportions[SB_LANGUAGE_DIALECTS],
                                    struct sb_error *error)
{
    double number;
    if (sb_parse_number(text, &number) || !(number == 1 || number == 2 || number == 3))
        return sb_fail(error, SB_FORMAT, "dialect=%s: the dialects are 1, 2 and 3", text);
    for (size_t d = 0; d < SB_LANGUAGE_DIALECTS; d++)
        proportions[d] = number == (double)(d + 1);
    return SB_OK;
}

/* Sorts the keys of a model into the language's and the speakers. */
static enum sb_status parse_keys(const struct sb_model *model, struct sb_language_options *options,
                                 double speakers[SB_LANGUAGE_DIALECTS], struct sb_error *error)
{
    const char *dialect = sb_model_value(model, "dialect"),
               *mixture = sb_model_value(model, "mixture");
    if (dialect && mixture)
        return sb_fail(error, SB_FORMAT, "%s: give dialect= or mixture=, not both", model->text);
    for (size_t i = 0; i < model->n; i++) {
        const char *key = model->keys[i];
        if (strcmp(key, "dialect") == 0 || strcmp(key, "mixture") == 0)
            continue;
        enum sb_status status = sb_language_options_set(options, key, model->values[i], error);
        if (status)
            return status;
    }
    memcpy(speakers, options->pi, sizeof options->pi);
    if (dialect)
        return parse_dialect(dialect, speakers, error);
    return mixture ? sb_language_parse_proportions(mixture, speakers, error) : SB_OK;
}

static void oracle_free(struct sb_predictor *predictor)
{
    struct oracle *oracle = (struct oracle *)predictor;
    if (oracle)
        sb_language_free(oracle->language);
    free(oracle);
}

static enum sb_status oracle_create(const struct sb_model *model, struct sb_predictor **predictor,
                                    struct sb_error *error)
{
    *predictor = NULL;
    struct sb_language_options options = sb_language_options_default();
    double speakers[SB_LANGUAGE_DIALECTS];
    enum sb_status status = parse_keys(model, &options, speakers, error);
    if (status)
        return status;
    /* Every key was checked above: what can still be missing is memory. */
    struct oracle *oracle = calloc(1, sizeof *oracle);
    if (!oracle)
        return sb_fail_memory(error);
    if (sb_language_create(&options, &oracle->language) ||
        sb_language_mixture_from(speakers, &oracle->mixture)) {
        oracle_free(&oracle->predictor);
        return sb_fail_memory(error);
    }
    *predictor = &oracle->predictor;
    return SB_OK;
}

/* -log2 P(span | what precedes it) of words begin..end-1. */
static double span_bits(const struct oracle *oracle, const uint16_t *words, size_t begin,
                        size_t end)
{
    struct sb_language_evidence before = sb_language_evidence(oracle->language, words, begin);
    struct sb_language_evidence after = sb_language_evidence(oracle->language, words, end);
    double before_log2_p = sb_language_log2_p(oracle->language, &oracle->mixture, &before);
    double after_log2_p = sb_language_log2_p(oracle->language, &oracle->mixture, &after);
    if (isinf(after_log2_p))
        return INFINITY;
    return before_log2_p > after_log2_p ? before_log2_p - after_log2_p : 0;
}

static enum sb_status oracle_score(const struct sb_predictor *predictor,
                                   const struct sb_document *document, size_t index,
                                   struct sb_score *score, struct sb_error *error)
{
    (void)index;
    const struct oracle *oracle = (const struct oracle *)predictor;
    size_t width = sb_language_word_bytes(oracle->language), n_words;
    size_t begin = document->span_begin, end = document->span_end;
    uint16_t words[SB_LANGUAGE_MAX_LENGTH + 1];
    struct sb_error reason;
    enum sb_status status;
    if (begin % width || end % width)
        status = sb_fail(&reason, SB_FORMAT,
                         "bytes %zu to %zu are to be scored: they cut a word of %zu bytes",
                         begin + 1, end, width);
    else
        status = sb_language_read(oracle->language, document->bytes, end, words, &n_words, &reason);
    if (status) {
        char name[256];
        sb_document_name(document, name, sizeof name);
        return sb_fail(error, status, "%s: %s", name, reason.message);
    }
    *score = (struct sb_score){ span_bits(oracle, words, begin / width, end / width),
                                (end - begin) / width };
    return SB_OK;
}

static const char *const keys[] = { "dialect",       "mixture",    "pi",           "overlap",
                                    "style",         "length",     "topics",       "style_words",
                                    "content_words", "zipf_style", "zipf_content", NULL };

const struct sb_predictor_class sb_oracle_class = {
    .name = "oracle",
    .description = "the controlled language itself: dialect=1|2|3 or mixture=A:B:C (default pi);\n"
                   "its parameters: overlap=0.3, pi=1:1:1, style=0.25, length=28, topics=8,\n"
                   "style_words=12, content_words=100, zipf_style=1, zipf_content=1.1",
    .keys = keys,
    .create = oracle_create,
    .free = oracle_free,
    .score = oracle_score,
};
