/* Coded files, with every predictor that can code. A class that learns to code goes into MODELS. */
#include "tests/helpers.h"

#include "estimators/coded_file.h"
#include "estimators/transformer/network.h"
#include "estimators/transformer/plain_tokenizer.h"
#include "theory/random.h"

enum { N_MODELS = 7, N_MODEL_BYTES = 1000 };
static char checkpoint[4096]; /* a small one in a folder: begin */
static const char *const MODELS[N_MODELS] = { "tree:d=16", "tree:d=1",           "tree:d=7",
                                              "tree:d=64", "ctw:d=12,memory=2M", "ngram:n=3",
                                              checkpoint };

static const char TRAINING[] = "It was the best of times, it was the worst of times.";

/* A finished predictor; a static one is fitted on TRAINING. */
static struct sb_predictor *new_predictor(const char *text, bool is_static)
{
    struct sb_model model;
    struct sb_predictor *predictor;
    assert_int_equal(sb_model_parse(text, &model, NULL), SB_OK);
    assert_int_equal(sb_predictor_create(&model, &predictor, NULL), SB_OK);
    sb_model_clear(&model);
    struct sb_document d = { .source = "training",
                             .bytes = (const uint8_t *)TRAINING,
                             .n_bytes = strlen(TRAINING),
                             .span_end = strlen(TRAINING) };
    if (is_static)
        assert_int_equal(predictor->class->add(predictor, &d, NULL), SB_OK);
    if (predictor->class->finish)
        assert_int_equal(predictor->class->finish(predictor, NULL), SB_OK);
    return predictor;
}

static struct sb_score encode(const char *model, bool is_static, const void *bytes, size_t n,
                              struct sb_buffer *file)
{
    struct sb_score score;
    struct sb_predictor *predictor = new_predictor(model, is_static);
    *file = (struct sb_buffer){ 0 };
    assert_int_equal(sb_coded_file_encode(predictor, bytes, n, file, &score, NULL), SB_OK);
    sb_predictor_free(predictor);
    return score;
}

static enum sb_status decode(const char *model, bool is_static, const uint8_t *file, size_t n,
                             size_t max_bytes, struct sb_buffer *bytes, struct sb_error *error)
{
    struct sb_predictor *predictor = new_predictor(model, is_static);
    enum sb_status status =
        sb_coded_file_decode(predictor, file, n, "f.sb", model, max_bytes, bytes, error);
    sb_predictor_free(predictor);
    return status;
}

/* Within 0.1 % and 64 bytes of the ideal length, from above and from below; and back. */
static void check_round_trip(const char *model, bool is_static, const uint8_t *bytes, size_t n)
{
    struct sb_buffer file, back = { 0 };
    struct sb_score score = encode(model, is_static, bytes, n, &file);
    double ideal_bytes = score.bits / 8, coded = (double)file.n;
    if (coded > 1.001 * ideal_bytes + 64 || coded < 0.999 * ideal_bytes)
        fail_msg("%s: %zu bytes of %zu, ideal %.3f", model, file.n, n, ideal_bytes);
    struct sb_error error = { "" };
    enum sb_status status = decode(model, is_static, file.bytes, file.n, n, &back, &error);
    if (status || back.n != n || (n > 0 && memcmp(back.bytes, bytes, n) != 0))
        fail_msg("%s: %zu bytes do not come back: %s", model, n, error.message);
    if (is_static) { /* the same as what is measured */
        struct sb_document d = {
            .source = "file", .bytes = n ? bytes : (const uint8_t *)"", .n_bytes = n, .span_end = n
        };
        struct sb_score measured;
        struct sb_predictor *predictor = new_predictor(model, true);
        assert_int_equal(predictor->class->score(predictor, &d, 0, &measured, NULL), SB_OK);
        assert_close(score.bits, measured.bits, 1e-12);
        assert_int_equal(score.n_tokens, measured.n_tokens);
        sb_predictor_free(predictor);
    }
    sb_buffer_clear(&file);
    sb_buffer_clear(&back);
}

static void check_all_models(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < N_MODELS; i++) {
        struct sb_predictor *trial = new_predictor(MODELS[i], false);
        bool is_fitted = trial->class->is_fitted, is_slow = trial->class->is_folder;
        sb_predictor_free(trial);
        check_round_trip(MODELS[i], false, bytes, is_slow && n > N_MODEL_BYTES ? N_MODEL_BYTES : n);
        if (is_fitted)
            check_round_trip(MODELS[i], true, bytes, n);
    }
}

static void test_text(void **state)
{
    (void)state;
    size_t n;
    char *text = read_file("docs/theory.md", &n);
    check_all_models((const uint8_t *)text, n);
    free(text);
}

static void test_binary(void **state)
{
    (void)state;
    size_t n;
    char *bytes = read_file(getenv("SPRINGBACK"), &n);
    check_all_models((const uint8_t *)bytes, n < 100000 ? n : 100000);
    free(bytes);
}

static void test_random(void **state)
{
    (void)state;
    enum { N = 50000 };
    uint8_t *bytes = malloc(N);
    assert_non_null(bytes);
    struct sb_random random;
    sb_random_init(&random, 12, 0);
    for (size_t i = 0; i < N; i++)
        bytes[i] = (uint8_t)sb_random_below(&random, 256);
    check_all_models(bytes, N);
    for (size_t n = 1; n <= 24; n++)
        check_all_models(bytes, n);
    free(bytes);
}

static void test_equal_bytes(void **state)
{
    (void)state;
    enum { N = 200000 };
    uint8_t *bytes = malloc(N);
    assert_non_null(bytes);
    for (int value = 0; value < 256; value += 85) {
        memset(bytes, value, N);
        check_all_models(bytes, N);
    }
    free(bytes);
}

static void test_empty_and_one_byte(void **state)
{
    (void)state;
    check_all_models(NULL, 0);
    for (int value = 0; value < 256; value += 17)
        check_all_models(&(uint8_t){ (uint8_t)value }, 1);
}

/* Whoever can code is tested here. */
static void test_models_are_complete(void **state)
{
    (void)state;
    for (size_t i = 0; sb_predictor_classes[i]; i++) {
        const struct sb_predictor_class *class = sb_predictor_classes[i];
        assert_true(!class->encode == !class->decode && !class->encode == !class->fingerprint);
        bool found = !sb_predictor_can_code(class);
        for (size_t j = 0; j < N_MODELS; j++) {
            size_t n = strcspn(MODELS[j], ":");
            found |= strlen(class->name) == n && strncmp(MODELS[j], class->name, n) == 0;
            found |= class->is_folder && *MODELS[j] == '/';
        }
        if (!found)
            fail_msg("%s can code, and is not tested", class->name);
    }
}

/* "ab" under tree:d=8, adaptive: p(a) = 2^-8 / 1, p(b) = 2^-8 / 2: 17 bits. By hand:
 *   a = 01100001: eight even decisions; 1 takes the lower half, so that the code begins 10011110
 *   b = 01100010: six decisions as a's, (1 + 2^-r-1)/(1 + 2^-r) each, then away from a and on
 * The head is as docs/formats.md says, the checksums are zlib's: crc32("ab") = 9e83486d. */
static void test_layout(void **state)
{
    (void)state;
    struct sb_buffer file;
    struct sb_score score = encode("tree:d=8", false, "ab", 2, &file);
    assert_close(score.bits, 17, 1e-15);
    assert_int_equal(file.n, SB_CODED_FRAME_BYTES + 3);
    assert_memory_equal(file.bytes, "\x89SBcode\1", 8);
    assert_memory_equal(file.bytes + 24, "\2\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\x6d\x48\x83\x9e", 20);
    assert_int_equal(file.bytes[44], 0x9e);
    /* sha256("tree", 0, depth, whether it was fitted), 16 bytes of it. */
    assert_memory_equal(file.bytes + 8,
                        "\x93\x4c\xbb\x9a\x62\xb6\xcf\xe7\xba\x5d\x2a\x4d\xe6\xa2\x93\x6f", 16);
    sb_buffer_clear(&file);
}

static void test_crc32(void **state)
{
    (void)state;
    assert_int_equal(sb_crc32(0, (const uint8_t *)"123456789", 9),
                     0xcbf43926); /* its check value */
    uint32_t part = sb_crc32(0, (const uint8_t *)"1234", 4);
    assert_int_equal(sb_crc32(part, (const uint8_t *)"56789", 5), 0xcbf43926);
}

/* ---- refusals ------------------------------------------------------------------------------ */

/* Refused with one line that contains part; the output is as it was. */
static void check_refused(const char *model, const uint8_t *file, size_t n, size_t max_bytes,
                          enum sb_status expected, const char *part)
{
    struct sb_error error = { "" };
    struct sb_buffer bytes = { 0 };
    uint8_t *copy = malloc(n ? n : 1); /* of just that size: reads behind it are seen */
    assert_non_null(copy);
    if (n)
        memcpy(copy, file, n);
    assert_int_equal(sb_buffer_append(&bytes, "keep", 4), SB_OK);
    enum sb_status status = decode(model, false, copy, n, max_bytes, &bytes, &error);
    if (status != expected || !strstr(error.message, part) || !strstr(error.message, "f.sb"))
        fail_msg("%zu bytes: status %d, \"%s\", expected \"%s\"", n, status, error.message, part);
    assert_int_equal(bytes.n, 4);
    assert_memory_equal(bytes.bytes, "keep", 4);
    free(copy);
    sb_buffer_clear(&bytes);
}

static const char *const REFUSING[] = { "tree:d=16", checkpoint };
enum { N_REFUSING = sizeof REFUSING / sizeof *REFUSING };

static void test_every_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_REFUSING; i++) {
        struct sb_buffer file;
        encode(REFUSING[i], false, TRAINING, strlen(TRAINING), &file);
        for (size_t n = 0; n < file.n; n++)
            check_refused(REFUSING[i], file.bytes, n, 1000, SB_FORMAT, "truncated");
        assert_int_equal(sb_buffer_append(&file, "", 1), SB_OK);
        check_refused(REFUSING[i], file.bytes, file.n, 1000, SB_FORMAT, "behind the end");
        sb_buffer_clear(&file);
    }
}

static void test_every_bit(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_REFUSING; i++) {
        struct sb_buffer file;
        encode(REFUSING[i], false, TRAINING, strlen(TRAINING), &file);
        for (size_t bit = 0; bit < 8 * file.n; bit++) {
            size_t byte = bit / 8;
            const char *part = byte < 7                  ? "not a coded file"
                               : byte == 7               ? "version"
                               : byte < 32 || byte >= 40 ? "damaged"
                                                         : ""; /* sizes: too long, or too short */
            file.bytes[byte] ^= (uint8_t)(1 << bit % 8);
            check_refused(REFUSING[i], file.bytes, file.n, 1000, SB_FORMAT, part);
            file.bytes[byte] ^= (uint8_t)(1 << bit % 8);
        }
        sb_buffer_clear(&file);
    }
}

/* With a valid checksum of the file: what whoever writes such a file on purpose can do. */
static void seal(struct sb_buffer *file)
{
    uint32_t crc = sb_crc32(0, file->bytes, file->n - 4);
    for (int i = 0; i < 4; i++)
        file->bytes[file->n - 4 + (size_t)i] = (uint8_t)(crc >> 8 * i);
}

/* Any bit of the payload: other decisions, which the model refuses or the checksum of what they give. */
static void check_forged_payload(const char *model)
{
    struct sb_buffer file;
    encode(model, false, TRAINING, strlen(TRAINING), &file);
    for (size_t bit = 8 * 44; bit < 8 * (file.n - 5); bit++) {
        file.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        seal(&file);
        check_refused(model, file.bytes, file.n, 1000, SB_FORMAT, "");
        file.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    sb_buffer_clear(&file);
}

static void test_forged(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_REFUSING; i++)
        check_forged_payload(REFUSING[i]);
    struct sb_buffer file;
    encode("tree:d=16", false, TRAINING, strlen(TRAINING), &file);
    file.bytes[44] ^= 1; /* the payload */
    seal(&file);
    check_refused("tree:d=16", file.bytes, file.n, 1000, SB_FORMAT, "another checksum");
    file.bytes[44] ^= 1;
    file.bytes[31] = 0x7f; /* petabytes */
    seal(&file);
    check_refused("tree:d=16", file.bytes, file.n, 1000, SB_LIMIT, "--max-bytes");
    file.bytes[31] = 0;
    seal(&file);
    check_refused("tree:d=16", file.bytes, file.n, strlen(TRAINING) - 1, SB_LIMIT, "--max-bytes");
    sb_buffer_clear(&file);
}

static void test_wrong_model(void **state)
{
    (void)state;
    struct sb_buffer file;
    encode("tree:d=16", false, TRAINING, strlen(TRAINING), &file);
    check_refused("tree:d=15", file.bytes, file.n, 1000, SB_FORMAT, "another model");
    sb_buffer_clear(&file);
    encode("tree:d=16", true, TRAINING, strlen(TRAINING), &file); /* fitted, and not */
    check_refused("tree:d=16", file.bytes, file.n, 1000, SB_FORMAT, "another model");
    sb_buffer_clear(&file);
}

/* 16 wide, 1 layer, bytes. */
static int begin(void **state)
{
    char *folder = *state = new_folder(), *json = sb_bytes_tokenizer_json();
    struct sb_network_options options = sb_network_options_default();
    struct sb_network *network;
    options.n_width = 16;
    options.n_layers = 1;
    options.n_heads = 2;
    options.n_context = 64;
    options.tokenizer_json = json;
    snprintf(checkpoint, sizeof checkpoint, "%s/m", folder);
    assert_int_equal(sb_network_create(&options, 1, &network, NULL), SB_OK);
    assert_int_equal(sb_network_write(network, checkpoint, NULL), SB_OK);
    sb_network_free(network);
    free(json);
    return 0;
}

static int end(void **state)
{
    remove_folder(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_binary),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_equal_bytes),
        cmocka_unit_test(test_empty_and_one_byte),
        cmocka_unit_test(test_models_are_complete),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_crc32),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_every_bit),
        cmocka_unit_test(test_forged),
        cmocka_unit_test(test_wrong_model),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
