/* Any bytes as a tokenizer.json: refused with a line, or a tokenizer whose ids are its tokens, whose spans
 * partition what it encodes, and which decodes what it encoded. What is encoded is behind the file's
 * last brace, and a text that has something for every module.
 *
 * covers: data/tokenizer.c data/tokenizer_json.c data/tokenizer_part.c data/normalizer.c data/pretokenizer.c data/bpe.c data/decoder.c data/added_tokens.c data/oniguruma.c data/pattern.c data/vocabulary.c data/pair_table.c data/nfc.c data/aligned.c
 * seeds: tests/fixtures/tokenizers/gpt2/tokenizer.json tests/fixtures/tokenizers/llama3/tokenizer.json tests/fixtures/tokenizers/qwen2/tokenizer.json tests/fixtures/tokenizers/llama2/tokenizer.json tests/fixtures/tokenizers/gemma/tokenizer.json tests/fixtures/tokenizers/metaspace/tokenizer.json
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "data/tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const char TEXT[] =
    "The fox's 12345 caf\xC3\xA9 e\xCC\x81 \xE4\xB8\xAD\xE6\x96\x87  \n\n<s>ab"
    "<|endoftext|> aabb\xFF\xC3 \xE2\x96\x81x";

static void check(const struct sb_tokenizer *tokenizer, const struct sb_tokens *tokens, size_t n)
{
    struct sb_buffer text = { 0 };
    bool restores;
    size_t end = 0;
    for (size_t i = 0; i < tokens->n; i++) {
        if (tokens->ids[i] >= sb_tokenizer_n_vocabulary(tokenizer) || tokens->ends[i] < end)
            abort();
        end = tokens->ends[i];
    }
    if (end > n || tokens->n_bytes != n)
        abort();
    if (sb_tokenizer_decode(tokenizer, tokens->ids, tokens->n, true, &text, NULL) ||
        sb_tokenizer_restores(tokenizer, tokens->ids, tokens->n, (const uint8_t *)TEXT, n,
                              &restores, NULL))
        abort();
    sb_buffer_clear(&text);
}

static void encode(const struct sb_tokenizer *tokenizer, const uint8_t *text, size_t n)
{
    struct sb_encoder *encoder;
    struct sb_tokens tokens = { 0 };
    if (sb_encoder_create(tokenizer, &encoder, NULL))
        return;
    for (unsigned flags = 0; flags < 4; flags++) {
        struct sb_error error = { "" };
        sb_tokens_reset(&tokens);
        if (sb_encoder_encode(encoder, text, n, flags, &tokens, &error) == SB_OK)
            check(tokenizer, &tokens, n);
        else if (!*error.message || tokens.n || tokens.n_bytes)
            abort();
    }
    sb_tokens_clear(&tokens);
    sb_encoder_free(encoder);
}

/* Where the text behind the file begins. */
static size_t find_text(const uint8_t *bytes, size_t n)
{
    for (size_t i = n; i > 0; i--)
        if (bytes[i - 1] == '}')
            return i;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct sb_tokenizer *tokenizer;
    struct sb_error error = { "" };
    size_t end = find_text(bytes, n);
    enum sb_status status = sb_tokenizer_parse(bytes, end, "file", &tokenizer, &error);
    if ((status != SB_OK) != (tokenizer == NULL) || (status != SB_OK) != (*error.message != 0))
        abort();
    if (tokenizer) {
        encode(tokenizer, (const uint8_t *)TEXT, sizeof TEXT - 1);
        if (n - end <= sizeof TEXT - 1) /* check compares with as much of TEXT */
            encode(tokenizer, bytes + end, n - end);
    }
    sb_tokenizer_free(tokenizer);
    return 0;
}
