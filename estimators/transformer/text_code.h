/* Files under a transformer: the decisions of an arithmetic coder, one for each token, and back.
 *
 * A file is cut into stretches, one after the other until all its bytes are there (docs/formats.md,
 * "Coded files"):
 *
 *   kind     1 bit: 0 for tokens, 1 for bytes
 *   length   k in 6 bits, then k bits: 2^k + those tokens, or bytes
 *   tokens   each a decision over the vocabulary, given those before it;   or
 *   bytes    8 bits each
 *
 * where a bit is an even decision. A stretch of tokens is text that its tokens give back exactly, encoded
 * and decoded by itself. What they do not give back (a character that a normaliser changes, a byte that
 * has no token) escapes as bytes: a text is halved until the rest survives. A text that survives as a whole
 * is one stretch.
 *
 * Before the first token stands the start token, and before the first of a stretch what was coded before
 * it, without escaped bytes. Beyond the context the model reads the windows of scorer.h: what is coded
 * are the very probabilities that `rate` sums up. The end is not charged: it is known from the length.
 *
 * Encoder and decoder take one path, token by token through a cache (forward.h); a new window is read as
 * one batch. Its logits are the same bits on any processor, their exponentials are theory/portable.h's. Time:
 * a pass over the weights for each token. Memory: a cache and activations for one context.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_TEXT_CODE_H
#define SB_ESTIMATORS_TRANSFORMER_TEXT_CODE_H

#include "data/tokenizer.h"
#include "estimators/predictor.h"
#include "estimators/transformer/forward.h"

struct sb_text_code {
    const struct sb_transformer *transformer;
    const struct sb_tokenizer *tokenizer; /* of ids below n_vocabulary */
    long start_id;              /* -1: none; the first token then costs log2 n_vocabulary */
    size_t n_context, n_stride; /* as in struct sb_scorer_options */
    size_t n_threads;           /* does not change a bit */
    void (*progress)(void *context, double share); /* may be NULL */
    void *progress_context;
};

/* As encode and decode of a predictor (predictor.h, "coding"). SB_NUMERIC: the model's probabilities are
 * not numbers. */
enum sb_status sb_text_encode(const struct sb_text_code *code, const uint8_t *bytes, size_t n_bytes,
                              struct sb_arith_encoder *encoder, struct sb_score *score,
                              struct sb_error *error);
enum sb_status sb_text_decode(const struct sb_text_code *code, struct sb_arith_decoder *decoder,
                              uint8_t *bytes, size_t n_bytes, struct sb_error *error);

#endif
