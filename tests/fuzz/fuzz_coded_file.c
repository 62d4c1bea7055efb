/* Any bytes as a coded file, under adaptive and fitted trees: refused with a line, or decoded to what
 * comes back when it is coded again. As they come; then sealed, with the sizes, the fingerprint and the
 * checksum that let them through to the decoder; then as what is coded.
 *
 * covers: estimators/coded_file.c estimators/tree_code.c theory/arith_coder.c theory/counting_tree.c
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/coded_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { MAX_BYTES = 4096 };

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
    return 0;
}
