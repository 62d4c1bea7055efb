/* Files coded under transformers. The frame of coded files, and what every coder must bear:
 * test_coded_file.c. */
#include "tests/folder.h"
#include "tests/transformers.h"

#include "data/pattern.h"
#include "estimators/coded_file.h"
#include "estimators/transformer/network.h"
#include "estimators/transformer/plain_tokenizer.h"
#include "theory/random.h"

/* folder/NAME: 16 wide, 1 layer, 512 ids; of zeros, so that every id has p = 1/512, or random ones. */
static void make_model(const char *name, char *tokenizer_json, long start_id, bool is_zero,
                       uint64_t seed)
{
    struct sb_network_options options = sb_network_options_default();
    struct sb_network *network;
    struct sb_error error = { "" };
    options.n_width = 16;
    options.n_layers = 1;
    options.n_heads = 2;
    options.n_context = 48;
    options.n_vocabulary = 512;
    options.bos_id = start_id;
    options.eos_id = -1;
    options.tokenizer_json = tokenizer_json;
    no_error(sb_network_create(&options, seed, &network, &error), &error);
    if (is_zero)
        memset(network->parameters, 0, network->n_parameters * sizeof *network->parameters);
    char *path = file_in(folder, name);
    no_error(sb_network_write(network, path, &error), &error);
    free(path);
    free(tokenizer_json);
    sb_network_free(network);
}

static const char *const tokenizers[] = { "gpt2", "qwen2", "llama2", "gemma", "metaspace" };
enum { N_TOKENIZERS = sizeof tokenizers / sizeof *tokenizers };

static char *tokenizer_json(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "tests/fixtures/tokenizers/%s/tokenizer.json", name);
    return read_file(path, NULL);
}

static int begin(void **state)
{
    (void)state;
    folder = new_folder();
    make_model("bytes", sb_bytes_tokenizer_json(), 256, false, 1);
    make_model("other", sb_bytes_tokenizer_json(), 256, false, 2);
    make_model("startless", sb_bytes_tokenizer_json(), -1, false, 1);
    for (size_t i = 0; i < N_TOKENIZERS; i++) {
        char name[64];
        make_model(tokenizers[i], tokenizer_json(tokenizers[i]), 1, false, i);
        snprintf(name, sizeof name, "zero-%s", tokenizers[i]);
        make_model(name, tokenizer_json(tokenizers[i]), 1, true, i);
    }
    return 0;
}

/* A model of the folder, with its keys, on some kernels (NULL: the widest). */
static struct sb_predictor *new_predictor(const char *model, const char *kernels, size_t n_threads)
{
    char text[512];
    struct sb_model parsed;
    struct sb_predictor *predictor;
    struct sb_error error = { "" };
    snprintf(text, sizeof text, "%s/%s", folder, model);
    if (kernels)
        setenv("SPRINGBACK_KERNELS", kernels, 1);
    assert_int_equal(sb_model_parse(text, &parsed, NULL), SB_OK);
    no_error(sb_predictor_create(&parsed, &predictor, &error), &error);
    sb_model_clear(&parsed);
    unsetenv("SPRINGBACK_KERNELS");
    predictor->n_threads = n_threads;
    return predictor;
}

static struct sb_score encode(const char *model, const char *kernels, size_t n_threads,
                              const void *bytes, size_t n, struct sb_buffer *file)
{
    struct sb_predictor *predictor = new_predictor(model, kernels, n_threads);
    struct sb_score score;
    struct sb_error error = { "" };
    *file = (struct sb_buffer){ 0 };
    no_error(sb_coded_file_encode(predictor, bytes, n, file, &score, &error), &error);
    sb_predictor_free(predictor);
    return score;
}

static enum sb_status decode(const char *model, const char *kernels, size_t n_threads,
                             const struct sb_buffer *file, struct sb_buffer *bytes,
                             struct sb_error *error)
{
    struct sb_predictor *predictor = new_predictor(model, kernels, n_threads);
    enum sb_status status =
        sb_coded_file_decode(predictor, file->bytes, file->n, "f.sb", model, 1 << 20, bytes, error);
    sb_predictor_free(predictor);
    return status;
}

/* There and back, within 0.1 % and 64 bytes of the ideal; returns the ideal. */
static double round_trip(const char *model, const char *there, const char *back, const void *bytes,
                         size_t n)
{
    struct sb_buffer file, again = { 0 };
    struct sb_error error = { "" };
    struct sb_score score = encode(model, there, 1, bytes, n, &file);
    double coded = (double)file.n;
    if (coded > 1.001 * score.bits / 8 + 64 || coded < 0.999 * score.bits / 8)
        fail_msg("%s: %zu bytes of %zu, ideal %.3f bits", model, file.n, n, score.bits);
    enum sb_status status = decode(model, back, 2, &file, &again, &error);
    if (status || again.n != n || (n && memcmp(again.bytes, bytes, n) != 0))
        fail_msg("%s: %zu bytes do not come back: %s", model, n, error.message);
    sb_buffer_clear(&file);
    sb_buffer_clear(&again);
    return score.bits;
}

/* ---- any bytes --------------------------------------------------------------------------------- */

/* What some tokenizers do not give back: characters that NFC composes, the character that stands for a
 * space, the texts of added tokens, bytes that are not UTF-8, a 0. */
#define TEXT(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
static const struct {
    const char *text;
    size_t n;
} awkward[] = {
    TEXT(""),
    TEXT("a"),
    TEXT(" "),
    TEXT("\0"),
    TEXT("\xff"),
    TEXT("line one\nline two\r\n\tand more  spaces   "),
    TEXT("e\xcc\x81 and \xc3\xa9, e\xcc\x81"),
    TEXT("\xe2\x96\x81"),
    TEXT("a \xe2\x96\x81 b\xe2\x96\x81"),
    TEXT("<s> text </s><|endoftext|><mask> "),
    TEXT("cut \xe2\x96"),
    TEXT("\x80\x81\xfe\xff mixed \xf0\x9f\x99\x82 \xed\xa0\x80"),
};
enum { N_AWKWARD = sizeof awkward / sizeof *awkward };

static void any_bytes(void **state)
{
    (void)state;
    NEED_REGEX();
    enum { N = 700 };
    uint8_t random_bytes[N];
    struct sb_random random;
    size_t n_text;
    char *text = read_file("docs/theory.md", &n_text);
    sb_random_init(&random, 3, 0);
    for (size_t i = 0; i < N; i++)
        random_bytes[i] = (uint8_t)sb_random_below(&random, 256);
    for (size_t m = 0; m < N_TOKENIZERS + 2; m++) {
        const char *model = m < N_TOKENIZERS    ? tokenizers[m]
                            : m == N_TOKENIZERS ? "bytes"
                                                : "startless";
        for (size_t i = 0; i < N_AWKWARD; i++)
            round_trip(model, NULL, NULL, awkward[i].text, awkward[i].n);
        round_trip(model, NULL, NULL, random_bytes, N);
        round_trip(model, NULL, NULL, text, n_text < 2500 ? n_text : 2500);
    }
    free(text);
}

/* Text with things in it that no tokens give back costs little more than without: under 1/512 for every
 * token, by hand. Stretches of n = 2^k + r cost 7 + k bits, tokens 9, bytes 8. */
static void escapes(void **state)
{
    (void)state;
    NEED_REGEX();
    /* Three bytes as bytes: k = 1. */
    assert_close(round_trip("zero-llama2", NULL, NULL, "\xe2\x96\x81", 3), 7 + 1 + 24, 1e-12);
    /* One token of one byte: k = 0. (Under gpt2's bytes; llama2 puts a space before it.) */
    assert_close(round_trip("zero-gpt2", NULL, NULL, "~", 1), 7 + 0 + 9, 1e-12);
    /* 64 bytes: 32 that survive, 16 with the character that does not, 16 that survive. '~' is a token. */
    char text[65] = "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~";
    memcpy(text + 40, "\xe2\x96\x81", 3);
    double tokens_32 = 7 + 5 + 9 * 33, bytes_16 = 7 + 4 + 8 * 16, tokens_16 = 7 + 4 + 9 * 17;
    assert_close(round_trip("zero-llama2", NULL, NULL, text, 64), tokens_32 + bytes_16 + tokens_16,
                 1e-12);
    /* Behind it, the halves of the second half: texts side by side are one stretch. */
    memcpy(text + 40, "~~~", 3);
    memcpy(text, "\xe2\x96\x81", 3);
    assert_close(round_trip("zero-llama2", NULL, NULL, text, 64), bytes_16 + 7 + 5 + 9 * 49, 1e-12);
}

/* ---- the same numbers as `rate` ------------------------------------------------------------------ */

/* Windows of any context and stride: what is coded is what is scored, and a stretch's 7 + k bits. */
static void codes_what_is_scored(void **state)
{
    (void)state;
    NEED_REGEX();
    static const char *const models[] = { "gpt2",           "gpt2:context=20,stride=7",
                                          "gpt2:context=2", "startless:context=9,stride=8",
                                          "startless",      "llama2:context=33,stride=1" };
    size_t n;
    char *text = read_file("docs/theory.md", &n);
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        struct sb_document d = {
            .source = "text", .bytes = (uint8_t *)text, .n_bytes = 600, .span_end = 600
        };
        struct sb_scoring scored = { .document = &d };
        struct sb_predictor *predictor = new_predictor(models[i], NULL, 1);
        assert_int_equal(predictor->class->score_all(predictor, &scored, 1, false, 1, NULL), SB_OK);
        sb_predictor_free(predictor);
        assert_false(scored.is_lossy);
        double k = floor(log2((double)scored.score.n_tokens));
        assert_close(round_trip(models[i], NULL, NULL, text, 600), scored.score.bits + 7 + k, 1e-7);
    }
    free(text);
}

/* ---- the same code everywhere -------------------------------------------------------------------- */

/* Coded on one set of kernels, decoded on every other; the same file from each. */
static void every_vector_path(void **state)
{
    (void)state;
    NEED_REGEX();
    static const char *const kernels[] = { "scalar", "avx2", "avx512" };
    static const char text[] =
        "Coded here, decoded there; e\xcc\x81 escapes, and the window slides on.";
    struct sb_buffer files[3];
    size_t n_kernels = 0;
    for (size_t i = 0; i < 3; i++) {
        if (!sb_kernels_named(kernels[i])) {
            print_message("no %s here: skipped\n", kernels[i]);
            continue;
        }
        encode("qwen2:context=24", kernels[i], i + 1, text, sizeof text, &files[n_kernels++]);
        assert_int_equal(files[0].n, files[n_kernels - 1].n);
        assert_memory_equal(files[0].bytes, files[n_kernels - 1].bytes, files[0].n);
        for (size_t j = 0; j < 3; j++)
            if (sb_kernels_named(kernels[j]))
                round_trip("qwen2:context=24", kernels[i], kernels[j], text, sizeof text);
    }
    for (size_t i = 0; i < n_kernels; i++)
        sb_buffer_clear(&files[i]);
}

/* ---- refusals ------------------------------------------------------------------------------------ */

static void wrong_models(void **state)
{
    (void)state;
    NEED_REGEX();
    struct sb_buffer file, bytes = { 0 };
    encode("bytes", NULL, 1, "text", 4, &file);
    static const char *const others[] = {
        "other", "startless", "gpt2", "bytes:context=47", "bytes:stride=23", "bytes:tokenizer=bytes"
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct sb_error error = { "" };
        if (decode(others[i], NULL, 1, &file, &bytes, &error) != SB_FORMAT ||
            !strstr(error.message, "another model") || bytes.n)
            fail_msg("%s: %s", others[i], error.message);
    }
    /* What cannot change a decision may differ. */
    struct sb_error error = { "" };
    no_error(decode("bytes:batch=100,eos=0", NULL, 1, &file, &bytes, &error), &error);
    assert_int_equal(bytes.n, 4);
    sb_buffer_clear(&file);
    sb_buffer_clear(&bytes);
}

static void without_tokenizer(void **state)
{
    (void)state;
    char *path = file_in(folder, "bare");
    struct sb_error error = { "" };
    struct sb_buffer file = { 0 };
    struct sb_score score;
    make_model("bare", NULL, 256, false, 1);
    struct sb_predictor *predictor = new_predictor("bare", NULL, 1);
    assert_int_equal(
        sb_coded_file_encode(predictor, (const uint8_t *)"a", 1, &file, &score, &error), SB_FORMAT);
    assert_non_null(strstr(error.message, "tokenizer=FILE"));
    assert_int_equal(file.n, 0);
    sb_predictor_free(predictor);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_bytes),
        cmocka_unit_test(escapes),
        cmocka_unit_test(codes_what_is_scored),
        cmocka_unit_test(every_vector_path),
        cmocka_unit_test(wrong_models),
        cmocka_unit_test(without_tokenizer),
    };
    return cmocka_run_group_tests(tests, begin, tear_down_folder);
}
