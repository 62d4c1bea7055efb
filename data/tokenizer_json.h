/* What a tokenizer is made of, and the reading of its file. For data/tokenizer.c. */
#ifndef SB_DATA_TOKENIZER_JSON_H
#define SB_DATA_TOKENIZER_JSON_H

#include "data/added_tokens.h"
#include "data/bpe.h"
#include "data/decoder.h"
#include "data/normalizer.h"
#include "data/pretokenizer.h"
#include "data/tokenizer.h"
#include "data/vocabulary.h"

struct sb_tokenizer {
    bool is_bytes;      /* nothing else is set then */
    uint8_t digest[32]; /* of the file's text */
    struct sb_vocabulary vocabulary;
    struct sb_added_tokens added, added_normalized;
    struct sb_normalizer *normalizer;
    struct sb_pretokenizer *pretokenizer;
    struct sb_bpe *bpe;
    struct sb_decoder *decoder;
    struct sb_template {
        uint32_t *ids;
        size_t n;
    } prefix, suffix;
};

/* Fills an empty tokenizer from the text of a tokenizer.json. What failed is left to be freed. */
enum sb_status sb_tokenizer_read(struct sb_tokenizer *tokenizer, const uint8_t *text, size_t n,
                                 const char *file, struct sb_error *error);

#endif
