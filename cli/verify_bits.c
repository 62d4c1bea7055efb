/* springback verify B1 to B4: what must be the same bits on every machine (docs/floating-point.md) is
 * computed here and its digest compared with the one that is written below. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/verify.h"
#include "data/hash.h"
#include "data/language.h"
#include "estimators/coded_file.h"
#include "estimators/transformer/kernels.h"
#include "estimators/transformer/network.h"
#include "estimators/transformer/train.h"
#include "theory/portable.h"
#include "theory/random.h"
#include "theory/trials.h"

/* What was computed: a digest, and how many values it is of. */
struct bits {
    struct sb_hash hash;
    size_t n;
};

static void add_double(struct bits *bits, double x)
{
    uint64_t number;
    memcpy(&number, &x, sizeof number);
    sb_hash_number(&bits->hash, number);
    bits->n++;
}

static void add_floats(struct bits *bits, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t number;
        memcpy(&number, &x[i], sizeof number);
        sb_hash_number(&bits->hash, number);
    }
    bits->n += n;
}

static void add_bytes(struct bits *bits, const uint8_t *bytes, size_t n)
{
    sb_hash_bytes(&bits->hash, bytes, n);
    bits->n += n;
}

/* ---- what is computed ----------------------------------------------------------------------- */

static enum sb_status numbers(struct bits *bits, struct sb_error *error)
{
    (void)error;
    struct sb_random random;
    sb_random_init(&random, 1, 2);
    for (size_t i = 0; i < 20000; i++) {
        double x = 60 * (sb_random_unit(&random) - 0.5);
        add_double(bits, x);
        add_double(bits, sb_random_normal(&random));
        add_double(bits, (double)sb_random_below(&random, 1000003));
        add_double(bits, sb_portable_exp(x));
        add_double(bits, sb_portable_log(x * x));
        add_double(bits, sb_portable_sin(1000 * x));
        add_double(bits, sb_portable_cos(x));
        add_double(bits, sb_portable_pow(x * x + 1, x / 10));
    }
    return SB_OK;
}

/* n documents of the controlled language, one after another. */
static enum sb_status make_text(size_t n, struct sb_buffer *text, struct sb_error *error)
{
    const struct sb_language_options options = sb_language_options_default();
    struct sb_language *language;
    if (sb_language_create(&options, &language))
        return sb_fail_memory(error);
    const struct sb_language_mixture mixture = sb_language_pretraining(language);
    size_t n_words = sb_language_document_words(language);
    size_t n_bytes = n_words * sb_language_word_bytes(language);
    uint16_t *words = malloc(n_words * sizeof *words);
    enum sb_status status = words ? sb_buffer_reserve(text, n * n_bytes) : SB_MEMORY;
    for (size_t i = 0; i < n && status == SB_OK; i++) {
        sb_language_sample(language, &mixture, 1, i, words, NULL);
        sb_language_spell(language, words, n_words, text->bytes + text->n);
        text->n += n_bytes;
    }
    free(words);
    sb_language_free(language);
    return status ? sb_fail_memory(error) : SB_OK;
}

static enum sb_status language(struct bits *bits, struct sb_error *error)
{
    struct sb_buffer text = { 0 };
    enum sb_status status = make_text(1000, &text, error);
    add_bytes(bits, text.bytes, text.n);
    sb_buffer_clear(&text);
    return status;
}

static enum sb_status encode(const char *name, const struct sb_buffer *text, struct sb_buffer *file,
                             struct sb_error *error)
{
    struct sb_model model;
    struct sb_predictor *predictor = NULL;
    struct sb_score score;
    enum sb_status status = sb_model_parse(name, &model, error);
    if (status)
        return status;
    status = sb_predictor_create(&model, &predictor, error);
    if (!status)
        status = predictor->class->finish(predictor, error);
    if (!status)
        status = sb_coded_file_encode(predictor, text->bytes, text->n, file, &score, error);
    sb_predictor_free(predictor);
    sb_model_clear(&model);
    return status;
}

static enum sb_status codes(struct bits *bits, struct sb_error *error)
{
    static const char *const models[] = { "tree:d=16", "ctw:d=24,memory=16M", "ngram:n=4" };
    struct sb_buffer text = { 0 }, file = { 0 };
    enum sb_status status = make_text(100, &text, error);
    for (size_t i = 0; i < sizeof models / sizeof *models && !status; i++)
        status = encode(models[i], &text, &file, error);
    add_bytes(bits, file.bytes, file.n);
    sb_buffer_clear(&file);
    sb_buffer_clear(&text);
    return status;
}

static enum sb_status note_loss(void *context, const struct sb_training_step *step,
                                struct sb_error *error)
{
    (void)error;
    add_double(context, step->loss_nats);
    return SB_OK;
}

/* A few steps of a fresh model on documents of the language as bytes. */
static enum sb_status train(const char *form, struct bits *bits, struct sb_error *error)
{
    enum { N = 32, LENGTH = 48, STEPS = 4 };
    struct sb_network_options network_options = sb_network_options_default();
    struct sb_training_options options = sb_training_options_default();
    struct sb_network *network = NULL;
    struct sb_trainer *trainer = NULL;
    struct sb_buffer text = { 0 };
    uint32_t ids[N * LENGTH];
    struct sb_training_sequence sequences[N];
    network_options.form = form;
    network_options.n_width = 32;
    options.rate = 1e-3;
    options.n_threads = 2;
    enum sb_status status = make_text(N, &text, error);
    for (size_t i = 0; i < N && !status; i++) {
        for (size_t j = 0; j < LENGTH; j++)
            ids[i * LENGTH + j] = text.bytes[i * (text.n / N) + j];
        sequences[i] = (struct sb_training_sequence){ .ids = ids + i * LENGTH, .n = LENGTH };
    }
    if (!status)
        status = sb_network_create(&network_options, 1, &network, error);
    if (!status)
        status = sb_trainer_create(network, &options, &trainer, error);
    if (!status)
        status = sb_trainer_run(trainer, sequences, N, STEPS, note_loss, bits, error);
    if (!status)
        add_floats(bits, network->parameters, network->n_parameters);
    sb_trainer_free(trainer);
    sb_network_free(network);
    sb_buffer_clear(&text);
    return status;
}

static enum sb_status transformers(struct bits *bits, struct sb_error *error)
{
    enum sb_status status = train("llama", bits, error);
    return status ? status : train("gpt2", bits, error);
}

/* ---- and compared --------------------------------------------------------------------------- */

static size_t compare(const char *statement, const char *claim, const char *domain,
                      enum sb_status (*compute)(struct bits *bits, struct sb_error *error),
                      const char *expected, struct sb_finding *finding)
{
    struct bits bits = { .n = 0 };
    struct sb_error error = { "" };
    uint8_t digest[8];
    char hex[17];
    *finding = sb_finding_unproved(statement, claim, domain, "");
    sb_hash_init(&bits.hash);
    enum sb_status status = compute(&bits, &error);
    sb_hash_digest(&bits.hash, digest, sizeof digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    bool is_same = !status && strcmp(hex, expected) == 0;
    finding->n_cases = bits.n;
    if (!is_same)
        finding->status = SB_FAILED;
    if (status)
        snprintf(finding->where, sizeof finding->where, "%.159s", error.message);
    else
        snprintf(finding->where, sizeof finding->where, "%s%s%s", hex,
                 is_same ? "" : ", documented: ", is_same ? "" : expected);
    return 1;
}

static size_t check_B1(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    (void)ranges;
    return compare("B1", "same bits: random numbers, exp, log, sin, cos, pow", "20000 draws",
                   numbers, "a85c57fa3d573e8f", findings);
}

static size_t check_B2(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    (void)ranges;
    return compare("B2", "same bytes: documents of the controlled language", "1000 documents",
                   language, "25fdef3bfd2d77fb", findings);
}

static size_t check_B3(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    (void)ranges;
    return compare("B3", "same bytes: files coded under tree, ctw and ngram", "100 documents",
                   codes, "5e532b9732177bcd", findings);
}

static size_t check_B4(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    char domain[64];
    (void)ranges;
    snprintf(domain, sizeof domain, "4 steps of llama and gpt2, %s kernels",
             sb_kernels_best()->name);
    return compare("B4", "same bits: transformers trained from nothing", domain, transformers,
                   "07ba040d5da49ea9", findings);
}

const struct sb_statement cli_bit_checks[CLI_BIT_CHECKS] = {
    { "B1", "random numbers, and functions written out", false, false, check_B1 },
    { "B2", "the controlled language", false, false, check_B2 },
    { "B3", "arithmetic coding", false, false, check_B3 },
    { "B4", "transformers", false, false, check_B4 },
};
