/* Byte-pair encoding: a word is a row of symbols; of all neighbouring pairs that have a merge, the one of
 * least rank, and of these the leftmost, becomes one symbol; until none has.
 *
 * Symbols to begin with are bytes (byte-level) or characters; a character without a token becomes its
 * bytes' tokens <0x00> .. <0xFF> (byte_fallback), else the unknown token, if there is one.
 *
 * Words are cut first where no merge can join: between symbols that never meet as the end of a left and
 * the beginning of a right half. The result is the same, and a text that is not cut into words by a
 * regular expression (SentencePiece) falls into pieces that a cache can hold. */
#ifndef SB_DATA_BPE_H
#define SB_DATA_BPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "data/vocabulary.h"
#include "theory/status.h"

#define SB_BPE_NONE UINT32_MAX /* no token */

struct sb_bpe_options {
    bool byte_level;    /* the vocabulary is written in data/byte_alphabet.h */
    bool byte_fallback; /* not with byte_level: SB_DOMAIN if one of <0x00> .. <0xFF> is missing,
                         * but for an ASCII character that is a token itself */
    bool ignore_merges; /* a word that is a token is that token, whatever merging would give */
    bool fuse_unknown;  /* unknown characters in a row are one token */
    uint32_t unknown;   /* SB_BPE_NONE: there is none */
};

struct sb_bpe; /* does not change after its last merge: threads may share it */

/* Takes the tokens with SB_TOKEN_MODEL. The vocabulary must outlive *bpe; tokens may still be added to
 * it that are not the model's. */
enum sb_status sb_bpe_create(const struct sb_vocabulary *vocabulary,
                             const struct sb_bpe_options *options, struct sb_bpe **bpe);
void sb_bpe_free(struct sb_bpe *bpe);

/* The merge of the next rank: left and right into the token whose text is both. A pair that comes twice
 * has its last rank. SB_DOMAIN: one of the three is no token of the model. */
enum sb_status sb_bpe_add_merge(struct sb_bpe *bpe, const uint8_t *left, size_t n_left,
                                const uint8_t *right, size_t n_right);

/* Scratch and the cache of words (2 MiB); for one bpe and one thread. */
struct sb_bpe_scratch;
enum sb_status sb_bpe_scratch_create(struct sb_bpe_scratch **scratch);
void sb_bpe_scratch_free(struct sb_bpe_scratch *scratch);

/* The tokens of a word: ends[i] bytes of it are spent behind token i. Views of the scratch. */
struct sb_bpe_word {
    const uint32_t *ids, *ends;
    size_t n;
};

/* Encodes bytes[0..n-1], n < 2^32 - 1 (else SB_LIMIT): any bytes if byte-level, else UTF-8. SB_DOMAIN:
 * *place is where a byte or character stands that has no token. O(m log m) for the longest part of m
 * symbols that merges might join, else O(n). */
enum sb_status sb_bpe_encode(const struct sb_bpe *bpe, struct sb_bpe_scratch *scratch,
                             const uint8_t *bytes, size_t n, struct sb_bpe_word *word,
                             size_t *place);

/* The token of a single byte, SB_BPE_NONE if there is none. */
uint32_t sb_bpe_byte(const struct sb_bpe *bpe, uint8_t byte);

#endif
