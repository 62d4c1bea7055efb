/* The predictor FOLDER: a transformer from a checkpoint, with its tokenizer.
 *
 * A document is  start, prompt, completion, end:
 *
 *   start   the model's BOS, else its EOS; else the first token costs log2 of the vocabulary's size
 *   prompt  and completion are tokenized apart, so that bytes of the span and its tokens agree
 *   end     the model's EOS, charged to the document that it ends, unless eos=0
 *
 * A document of ids is scored as it is: nothing is put before or behind it, its first id is given, and no
 * tokenizer is needed. Longer ones than the context: scorer.h. Tokens are those that were charged.
 *
 * It codes (text_code.h) with the same probabilities; the end is not charged then, the file's length tells
 * it.
 *
 * Keys: context (default the model's own, at most 2048; rotary models take longer ones), stride (default
 * half the context), batch (tokens computed together, default 2048; does not change a bit), eos (1 or 0),
 * tokenizer (a file, a folder, or "bytes"; default the folder's tokenizer.json).
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_LANGUAGE_MODEL_H
#define SB_ESTIMATORS_TRANSFORMER_LANGUAGE_MODEL_H

#include "data/tokenizer.h"
#include "estimators/predictor.h"
#include "estimators/transformer/forward.h"

extern const struct sb_predictor_class sb_language_model_class;

/* ---- two models on the same documents (estimators/comparison.h) ---------------------------------- */

/* A scored token, and the distributions of which it is one outcome: logarithms to base 2. */
struct sb_compared_token {
    uint64_t position; /* in its document, as in struct sb_token_score */
    uint32_t id;       /* of the token that stands there */
    uint32_t top;      /* the second model's likeliest, the lowest id of equals */
    uint32_t rank;     /* of top under the first: 1 + how many are likelier; 0: a first token
                                * without a start, which no model predicts: it has no divergence */
    double log2_p[2];  /* of id under each model */
    double divergence_bits[2]; /* KL(first || second), KL(second || first) */
    double top_log2_p[2];
};

struct sb_compared_document {
    const struct sb_document *document; /* in: something of it is scored */
    bool is_lossy;                      /* out: its tokens do not give its bytes back */
    struct sb_compared_token *tokens;   /* out: new, (n) */
    size_t n;
};

/* Whether two predictors are checkpoints that can be compared: vocabularies of the same tokens, the same
 * start, end, context and stride. SB_UNSUPPORTED says by name what differs, or which is no checkpoint. */
enum sb_status sb_language_models_check(const struct sb_predictor *const models[2],
                                        struct sb_error *error);

/* Compares n documents, tokenized by the first model's tokenizer. Domain: models that were checked.
 * log2_p are the bits that the class's score_all gives. */
enum sb_status sb_language_models_compare(const struct sb_predictor *const models[2],
                                          struct sb_compared_document *documents, size_t n,
                                          size_t n_threads, struct sb_error *error);

/* A model's inside, for those who draw from it or show its tokens. */
struct sb_language_model_view {
    const struct sb_transformer *transformer;
    const struct sb_tokenizer *tokenizer; /* NULL: none was found */
    long start_id, end_id;                /* before and behind a document; -1: none */
    size_t n_context;                     /* that it is read with */
};
struct sb_language_model_view sb_language_model_view(const struct sb_predictor *predictor);

#endif
