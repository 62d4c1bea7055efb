/* Any bytes as a coded file, under adaptive and fitted trees: refused with a line, or decoded to what
 * comes back when it is coded again. As they come; then sealed, with the sizes, the fingerprint and the
 * checksum that let them through to the decoder; then as what is coded. Short ones as the payload, and as
 * the text, of a small transformer too.
 *
 * covers: estimators/coded_file.c estimators/tree_code.c estimators/transformer/text_code.c theory/arith_coder.c theory/counting_tree.c
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "data/tokenizer.h"
#include "estimators/coded_file.h"
#include "estimators/transformer/network.h"
#include "estimators/transformer/text_code.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { MAX_BYTES = 4096, MAX_TEXT = 32 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* A finished tree; a fitted one has learned the first bytes of the input. */
static struct sb_predictor *new_tree(const char *text, const uint8_t *bytes, size_t n, bool fitted)
{
    struct sb_model model;
    struct sb_predictor *tree;
    struct sb_document d = { .source = "fuzz", .bytes = bytes, .n_bytes = n < 64 ? n : 64 };
    must(sb_model_parse(text, &model, NULL) == SB_OK);
    must(sb_predictor_create(&model, &tree, NULL) == SB_OK);
    must(!fitted || tree->class->add(tree, &d, NULL) == SB_OK);
    must(tree->class->finish(tree, NULL) == SB_OK);
    sb_model_clear(&model);
    return tree;
}

/* What an input is read under: its length says. */
struct reader {
    const char *text;
    const uint8_t *bytes;
    size_t n;
    bool fitted;
};

static struct sb_predictor *reader_tree(const struct reader *reader)
{
    return new_tree(reader->text, reader->bytes, reader->n, reader->fitted);
}

static enum sb_status decode(const struct reader *reader, const uint8_t *file, size_t n,
                             struct sb_buffer *bytes)
{
    struct sb_error error = { "" };
    struct sb_predictor *tree = reader_tree(reader);
    enum sb_status status =
        sb_coded_file_decode(tree, file, n, "file", reader->text, MAX_BYTES, bytes, &error);
    must(status ? *error.message && bytes->n == 0 : bytes->n <= MAX_BYTES);
    sb_predictor_free(tree);
    return status;
}

static void code_and_decode(const struct reader *reader, const uint8_t *bytes, size_t n)
{
    struct sb_buffer file = { 0 }, back = { 0 };
    struct sb_score score;
    struct sb_predictor *tree = reader_tree(reader);
    must(sb_coded_file_encode(tree, bytes, n, &file, &score, NULL) == SB_OK);
    must((double)file.n <= 1.001 * score.bits / 8 + 64 && (double)file.n >= score.bits / 8);
    must(decode(reader, file.bytes, file.n, &back) == SB_OK);
    must(back.n == n && (n == 0 || memcmp(back.bytes, bytes, n) == 0));
    sb_predictor_free(tree);
    sb_buffer_clear(&file);
    sb_buffer_clear(&back);
}

static void decode_and_code(const struct reader *reader, const uint8_t *file, size_t n)
{
    struct sb_buffer bytes = { 0 };
    if (decode(reader, file, n, &bytes) == SB_OK)
        code_and_decode(reader, bytes.bytes, bytes.n);
    sb_buffer_clear(&bytes);
}

static void put_number(uint8_t *bytes, uint64_t number, int n)
{
    for (int i = 0; i < n; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
}

/* The bytes behind the head are the payload; its first two say how much it is to become. */
static void decode_sealed(const struct reader *reader, const uint8_t *bytes, size_t n)
{
    uint8_t *file = malloc(n);
    struct sb_predictor *tree = reader_tree(reader);
    must(file != NULL);
    memcpy(file, bytes, n);
    memcpy(file, "\x89SBcode\1", 8);
    must(sb_predictor_fingerprint(tree, file + 8, NULL) == SB_OK);
    put_number(file + 24, bytes[24] + 256u * (bytes[25] & 15), 8);
    put_number(file + 32, n - SB_CODED_FRAME_BYTES, 8);
    put_number(file + n - 4, sb_crc32(0, file, n - 4), 4);
    decode_and_code(reader, file, n);
    sb_predictor_free(tree);
    free(file);
}

/* ---- a transformer ----------------------------------------------------------------------------- */

/* 8 wide, 1 layer, and a tokenizer that loses some texts. Made once. */
static const struct sb_text_code *small_transformer(void)
{
    static struct sb_text_code code;
    static struct sb_network *network; /* what the code borrows from */
    struct sb_tokenizer *tokenizer;
    struct sb_network_options options = sb_network_options_default();
    if (code.transformer)
        return &code;
    options.n_width = 8;
    options.n_layers = 1;
    options.n_heads = 1;
    options.n_hidden = 8;
    options.n_vocabulary = 353;
    must(sb_network_create(&options, 1, &network, NULL) == SB_OK);
    must(sb_tokenizer_create("tests/fixtures/tokenizers/llama2", &tokenizer, NULL) == SB_OK);
    code = (struct sb_text_code){ .transformer = network->transformer,
                                  .tokenizer = tokenizer,
                                  .start_id = 1,
                                  .n_context = 16,
                                  .n_stride = 5,
                                  .n_threads = 1 };
    return &code;
}

/* decode stays within its bytes, and ends: in a block of their own, so that others are seen. */
static enum sb_status decode_text(const uint8_t *payload, size_t n_payload, uint8_t *bytes,
                                  size_t n)
{
    struct sb_arith_decoder *decoder;
    struct sb_error error = { "" };
    must(sb_arith_decoder_create(payload, n_payload, &decoder) == SB_OK);
    enum sb_status status = sb_text_decode(small_transformer(), decoder, bytes, n, &error);
    must(!status == !*error.message);
    sb_arith_decoder_free(decoder);
    return status;
}

static void code_text(const uint8_t *bytes, size_t n)
{
    struct sb_arith_encoder *encoder;
    struct sb_score score;
    const uint8_t *payload;
    size_t n_payload;
    uint8_t *back = malloc(n + 1);
    must(back != NULL);
    must(sb_arith_encoder_create(&encoder) == SB_OK);
    must(sb_text_encode(small_transformer(), bytes, n, encoder, &score, NULL) == SB_OK);
    must(sb_arith_encoder_finish(encoder, &payload, &n_payload) == SB_OK);
    must((double)n_payload <= 1.001 * score.bits / 8 + 16);
    must(decode_text(payload, n_payload, back, n) == SB_OK);
    must(n == 0 || memcmp(back, bytes, n) == 0);
    sb_arith_encoder_free(encoder);
    free(back);
}

static void decode_any_text(const uint8_t *bytes, size_t n)
{
    size_t n_text = n ? bytes[0] % MAX_TEXT : 0;
    uint8_t *text = malloc(n_text + 1);
    must(text != NULL);
    if (n > 0 && decode_text(bytes + 1, n - 1, text, n_text) == SB_OK)
        code_text(text, n_text);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char *const models[] = { "tree:d=8", "tree:d=1", "tree:d=11", "tree:d=64" };
    if (n > MAX_BYTES)
        return 0;
    struct reader reader = { models[n / 2 % 4], bytes, n, n % 2 };
    decode_and_code(&reader, bytes, n);
    code_and_decode(&reader, bytes, n);
    if (n >= SB_CODED_FRAME_BYTES)
        decode_sealed(&reader, bytes, n);
    if (n <= MAX_TEXT) {
        code_text(bytes, n);
        decode_any_text(bytes, n);
    }
    return 0;
}
