/* Tokenizers: bytes into the token ids of a language model, and back.
 *
 * A tokenizer comes from a tokenizer.json as it lies on the model hub, or is "bytes": id = byte value.
 * Two families of byte-pair encoding are read, which cover GPT-2, Llama, Mistral, Qwen, Gemma, Pythia:
 *
 *   byte-level     the text is cut into words by a regular expression; symbols are bytes
 *   SentencePiece  spaces become U+2581; symbols are characters, those unknown become their bytes
 *
 * What happens to a text:
 *
 *   text -> added tokens cut out -> normaliser -> pre-tokenizer -> byte-pair encoding -> template
 *           (<|endoftext|>, ...)    (NFC, ...)    (words)          (merges by rank)      (BOS, ...)
 *
 * ids -> text goes through the decoder. Constructs that are not implemented are refused by name when
 * the file is read: no id is ever guessed. docs/transformer.md lists what is read.
 *
 * Text that is not UTF-8 is encoded nevertheless where there are tokens for single bytes: each invalid
 * byte is a token by itself. Where decoding joins bytes that are not UTF-8, they are given back as they
 * are, not replaced by U+FFFD.
 */
#ifndef SB_DATA_TOKENIZER_H
#define SB_DATA_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "data/buffer.h"
#include "data/hash.h"
#include "theory/status.h"

/* ---- the tokenizer ------------------------------------------------------------------------- */

struct sb_tokenizer; /* does not change once it is made: any number of threads may share it */

/* From "bytes", a tokenizer.json (plain, compressed, or a member of an archive: data/archive.h), or a
 * folder that holds one ("./bytes" names a file or folder of that name). SB_UNSUPPORTED names what is
 * not implemented, SB_FORMAT what is malformed, each with the file. Memory: about three times the
 * file while it is read, once the file afterwards. */
enum sb_status sb_tokenizer_create(const char *path, struct sb_tokenizer **tokenizer,
                                   struct sb_error *error);
/* The same from the text of a tokenizer.json; name stands in errors. Nothing is borrowed. */
enum sb_status sb_tokenizer_parse(const uint8_t *text, size_t n, const char *name,
                                  struct sb_tokenizer **tokenizer, struct sb_error *error);
void sb_tokenizer_free(struct sb_tokenizer *tokenizer);

/* Adds what a tokenizer is made from to a hash: the text of its file, or "bytes". */
void sb_tokenizer_hash(const struct sb_tokenizer *tokenizer, struct sb_hash *hash);

/* 1 + the largest id, added tokens included. A model's vocabulary may be larger (padding), and must
 * not be smaller: that check is the model's. */
size_t sb_tokenizer_n_vocabulary(const struct sb_tokenizer *tokenizer);

/* The id of a token by its text as in the file ("<s>", "<|endoftext|>"): false if there is none. */
bool sb_tokenizer_find(const struct sb_tokenizer *tokenizer, const char *text, uint32_t *id);

/* Whether an id is a token marked as special in the file. */
bool sb_tokenizer_is_special(const struct sb_tokenizer *tokenizer, uint32_t id);

/* The ids that the file's template puts before (BOS) and behind (EOS) a text; views, *n may be 0. */
const uint32_t *sb_tokenizer_prefix(const struct sb_tokenizer *tokenizer, size_t *n);
const uint32_t *sb_tokenizer_suffix(const struct sb_tokenizer *tokenizer, size_t *n);

/* ---- encoding ------------------------------------------------------------------------------ */

/* Token ids with the bytes they stand for. Starts as { 0 }.
 * Token i covers source bytes ends[i-1] .. ends[i]-1 (from 0 for the first): the tokens partition the
 * source. A token that the template or a normaliser added covers none. Where a normaliser changed
 * characters, the tokens within a changed character cover none but for the last, which covers all. */
struct sb_tokens {
    uint32_t *ids;
    size_t *ends;
    size_t n, capacity;
    size_t n_bytes; /* of the source so far */
};
/* Appends one that the encoder did not make: BOS, EOS. */
enum sb_status sb_tokens_add(struct sb_tokens *tokens, uint32_t id, size_t end);
void sb_tokens_reset(struct sb_tokens *tokens); /* keeps the memory */
void sb_tokens_clear(struct sb_tokens *tokens);

/* What an encoding needs beside the tokenizer: scratch and a bounded cache of words. One per thread;
 * the tokenizer must outlive it. */
struct sb_encoder;
enum sb_status sb_encoder_create(const struct sb_tokenizer *tokenizer, struct sb_encoder **encoder,
                                 struct sb_error *error);
void sb_encoder_free(struct sb_encoder *encoder);

enum {
    SB_ENCODE_SPECIAL = 1,   /* with what the template adds: prefix and suffix */
    SB_ENCODE_CONTINUED = 2, /* the text continues another: no space is put before it, where the
                              * tokenizer does so (Llama 2) */
};

/* Appends the ids of a text behind those already held; ends count from the beginning of the first text
 * appended since the last reset. A prompt and its completion can so be encoded one by one, and be
 * told apart by tokens->n in between; or as one text, and be told apart by ends.
 *
 * Added tokens are recognised in the text with and without SB_ENCODE_SPECIAL, as in the reference
 * library. SB_FORMAT names a byte or character that has no token, and its place. On failure tokens is
 * as it was. O(n log n) in the longest stretch that merges could join, else O(n); scratch of 48 bytes
 * per byte of that stretch. */
enum sb_status sb_encoder_encode(struct sb_encoder *encoder, const uint8_t *bytes, size_t n,
                                 unsigned flags, struct sb_tokens *tokens, struct sb_error *error);

/* Appends the ids of bytes begin .. end-1 of a text whose parts are encoded one by one, prompt and
 * completion, say: all but the first as texts that are continued. No ids for an empty part. */
enum sb_status sb_encoder_encode_part(struct sb_encoder *encoder, const uint8_t *bytes,
                                      size_t begin, size_t end, struct sb_tokens *tokens,
                                      struct sb_error *error);

/* ---- decoding ------------------------------------------------------------------------------ */

/* Appends the text of ids to *text; skip_special leaves special tokens out. SB_DOMAIN names an id
 * that is no token, and its position; *text is then as it was. O(bytes) time and scratch. */
enum sb_status sb_tokenizer_decode(const struct sb_tokenizer *tokenizer, const uint32_t *ids,
                                   size_t n, bool skip_special, struct sb_buffer *text,
                                   struct sb_error *error);

/* Whether decoding these ids, special tokens included, gives exactly these bytes: whether a text that
 * was encoded without SB_ENCODE_SPECIAL was encoded without loss. */
enum sb_status sb_tokenizer_restores(const struct sb_tokenizer *tokenizer, const uint32_t *ids,
                                     size_t n, const uint8_t *bytes, size_t n_bytes, bool *restores,
                                     struct sb_error *error);

#endif
