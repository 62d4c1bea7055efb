/* The forward pass: from token ids to the last hidden states, for every architecture of config.h.
 *
 *   x = embedding_scale embedding[id] (+ position_embedding[position])            (tokens, n_width)
 *   for each layer:
 *     h = norm1 x;  q, k, v = Wq h, Wk h, Wv h                                    n_head_width a head
 *     q, k <- q_norm q, k_norm k; rotated by their positions
 *     x += Wo concat over heads of  sum_j softmax_j(q k_j / sqrt n_head_width) v_j
 *     h = norm2 x;  x += Wdown (act(Wgate h) Wup h)         is_parallel: norm2 of x before attention
 *   hidden = final_norm x
 *
 * A batch is tokens side by side, of any number of documents. Which tokens a token attends to is said
 * by two ranges of rows, so that documents of different lengths share a batch without padding, and a
 * prompt that several completions follow stands there once: the first range is the prompt, the second
 * begins with the completion and ends with the token itself. Who else is in the batch does not enter a
 * token's bits (kernels.h). docs/transformer.md explains the pass for readers.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_FORWARD_H
#define SB_ESTIMATORS_TRANSFORMER_FORWARD_H

#include <stddef.h>
#include <stdint.h>
#include "estimators/transformer/checkpoint.h"
#include "estimators/transformer/kernels.h"
#include "estimators/transformer/product.h"
#include "theory/status.h"

/* A checkpoint ready to be computed with; read-only, shared by any threads. */
struct sb_transformer;

/* For positions below n_positions (at most config.n_context with a position embedding, else SB_DOMAIN).
 * The checkpoint must outlive *transformer. Memory: 8 bytes per position and rotated pair, norms, biases. */
enum sb_status sb_transformer_create(const struct sb_checkpoint *checkpoint,
                                     const struct sb_kernels *kernels, size_t n_positions,
                                     struct sb_transformer **transformer, struct sb_error *error);
void sb_transformer_free(struct sb_transformer *transformer);

const struct sb_transformer_config *sb_transformer_config(const struct sb_transformer *transformer);
const struct sb_kernels *sb_transformer_kernels(const struct sb_transformer *transformer);
/* The head, as a product from n_width to n_vocabulary. */
const struct sb_product *sb_transformer_head(const struct sb_transformer *transformer);

/* A token's place: its position, and the rows of the batch (or of the cache) that it attends to:
 * begin[i] <= row < end[i], in increasing order of position. */
struct sb_token_place {
    uint32_t position;
    int32_t begin[2], end[2];
};

struct sb_batch {
    size_t n_tokens;
    const uint32_t *ids; /* below n_vocabulary: the caller has checked */
    const struct sb_token_place *places;
    const size_t *cache_rows; /* with a cache: where the keys and values of each token go */
};

/* Keys and values of all layers, kept from one batch to the next: for models that write. */
struct sb_cache;
enum sb_status sb_cache_create(const struct sb_transformer *transformer, size_t n_rows,
                               struct sb_cache **cache);
void sb_cache_free(struct sb_cache *cache);

/* Scratch for batches of up to n_tokens, and keys in up to n_rows rows (n_tokens, or those of a cache),
 * on n_threads threads. */
struct sb_activations;
enum sb_status sb_activations_create(const struct sb_transformer *transformer, size_t n_tokens,
                                     size_t n_rows, size_t n_threads,
                                     struct sb_activations **activations);
void sb_activations_free(struct sb_activations *activations);

/* Runs the batch; *hidden is a view of (n_tokens, n_width) in the activations, until the next call.
 * cache NULL: keys are those of the batch itself. SB_MEMORY is the one failure. */
enum sb_status sb_transformer_forward(const struct sb_transformer *transformer,
                                      const struct sb_batch *batch, struct sb_cache *cache,
                                      struct sb_activations *activations, struct sb_panels *hidden);

#endif
