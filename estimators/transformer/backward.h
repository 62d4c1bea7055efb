/* Gradients: the forward pass once more, keeping what its derivative needs, and then that derivative.
 *
 *   L = sum over rows r of  weight_r (-log p(target_r | what row r attends to))
 *
 * For the forms whose blocks are the plain ones: llama, mistral, qwen2, gpt2; every norm, bias, gate and
 * activation of config.h, grouped heads, windows, tied heads. Refused by name: parallel blocks and
 * qkv by head (gpt_neox), norms of q and k (qwen3), scaled embeddings (gemma).
 *
 * A matrix's gradient is one chain of fused multiply-adds over the rows of the batch in their order,
 * starting from what stood there; a vector's is summed by lanes first. Threads do not enter.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_BACKWARD_H
#define SB_ESTIMATORS_TRANSFORMER_BACKWARD_H

#include "estimators/transformer/network.h"

/* What a row is to predict. */
struct sb_row_target {
    uint32_t id;  /* below n_vocabulary */
    float weight; /* 0: nothing is asked for */
};

/* Scratch of one batch at a time, for a model's shape. */
struct sb_backward;

/* For batches of up to n_rows rows. Memory: for each row and layer 4 (6 n_width + n_qkv + 3 n_hidden)
 * bytes (2 instead of 3 without gate), and 4 n_vocabulary for each of at most max(512, 2^23 /
 * n_vocabulary) rows. SB_UNSUPPORTED names what has no derivative here. */
enum sb_status sb_backward_create(const struct sb_transformer *transformer, size_t n_rows,
                                  size_t n_threads, struct sb_backward **backward,
                                  struct sb_error *error);
void sb_backward_free(struct sb_backward *backward);

/* Runs the batch forward and keeps it. The transformer has the shape of the one at creation (a clone, a
 * reference), and its parameters stay as they are until the gradients are there. */
enum sb_status sb_backward_forward(struct sb_backward *backward,
                                   const struct sb_transformer *transformer,
                                   const struct sb_batch *batch);

/* log_p[r] of every row with weight != 0, in nats; others are not written. */
enum sb_status sb_backward_log_p(struct sb_backward *backward, const struct sb_row_target *targets,
                                 float *log_p);

/* Adds dL/dparameters to gradients, an array like network.h's parameters, and writes log_p as above (NULL:
 * not wanted). Once for each forward. */
enum sb_status sb_backward_gradients(struct sb_backward *backward,
                                     const struct sb_row_target *targets, float *gradients,
                                     float *log_p);

#endif
