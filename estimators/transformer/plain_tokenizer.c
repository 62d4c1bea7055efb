#include "estimators/transformer/plain_tokenizer.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include "data/byte_alphabet.h"

static json_t *added_token(size_t id, const char *content, bool is_special)
{
    return json_pack("{s:I, s:s, s:b, s:b, s:b, s:b, s:b}", "id", (json_int_t)id, "content",
                     content, "single_word", 0, "lstrip", 0, "rstrip", 0, "normalized", 0,
                     "special", (int)is_special);
}

/* A file around a vocabulary and added tokens, whose references it takes. */
static char *write_tokenizer(json_t *vocabulary, json_t *added)
{
    json_t *root =
        json_pack("{s:s, s:n, s:n, s:o, s:n, s:{s:s, s:b, s:b, s:b}, s:n, s:{s:s, s:b, s:b, s:b}, "
                  "s:{s:s, s:n, s:n, s:n, s:n, s:b, s:b, s:o, s:[]}}",
                  "version", "1.0", "truncation", "padding", "added_tokens", added, "normalizer",
                  "pre_tokenizer", "type", "ByteLevel", "add_prefix_space", 0, "trim_offsets", 1,
                  "use_regex", 0, "post_processor", "decoder", "type", "ByteLevel",
                  "add_prefix_space", 0, "trim_offsets", 1, "use_regex", 0, "model", "type", "BPE",
                  "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
                  "fuse_unk", 0, "byte_fallback", 0, "vocab", vocabulary, "merges");
    char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
    json_decref(root);
    return text;
}

char *sb_bytes_tokenizer_json(void)
{
    json_t *vocabulary = json_object(), *added = json_array();
    bool ok = vocabulary && added;
    for (size_t byte = 0; byte < 256 && ok; byte++) {
        uint8_t text[3] = { 0 };
        sb_byte_alphabet_write((uint8_t)byte, text);
        ok = !json_object_set_new(vocabulary, (const char *)text, json_integer((json_int_t)byte));
    }
    ok = ok && !json_array_append_new(added, added_token(256, "<|endoftext|>", true));
    if (ok)
        return write_tokenizer(vocabulary, added);
    json_decref(vocabulary);
    json_decref(added);
    return NULL;
}

char *sb_words_tokenizer_json(const struct sb_language *language)
{
    size_t n = sb_language_vocabulary(language), n_bytes = sb_language_word_bytes(language);
    json_t *vocabulary = json_object(), *added = json_array();
    char *text = calloc(n_bytes + 1, 1);
    bool ok = vocabulary && added && text;
    for (size_t i = 0; i < n && ok; i++) {
        uint16_t word = (uint16_t)i;
        sb_language_spell(language, &word, 1, (uint8_t *)text);
        ok = !json_array_append_new(added, added_token(i, text, false));
    }
    ok = ok && !json_array_append_new(added, added_token(n, "<s>", true));
    free(text);
    if (ok)
        return write_tokenizer(vocabulary, added);
    json_decref(vocabulary);
    json_decref(added);
    return NULL;
}
