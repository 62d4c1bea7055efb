/* The head: from hidden states to probabilities of the next token.
 *
 *   log p(id) = logit_id - log sum_i exp(logit_i)      (natural logarithm)
 *
 * The vocabulary goes by in blocks of SB_HEAD_BLOCK rows, so that the logits of a batch never stand
 * anywhere together. A block leaves its maximum and its sum of exponentials; these are put together in
 * double precision in the order of the blocks: the same bits on any number of threads.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_HEAD_H
#define SB_ESTIMATORS_TRANSFORMER_HEAD_H

#include "estimators/transformer/forward.h"

enum { SB_HEAD_BLOCK = 20 * SB_TILE_ROWS };

/* A token to be scored: the row of the hidden states that predict it, and its id. */
struct sb_target {
    size_t row;
    uint32_t id;
};

/* log_p[i], in nats, of target i < n. Rows may come in any order, and again. Memory: the rows' hidden
 * states once more, 8 bytes for each row and block, a block of weights in fp32 for each thread.
 * SB_MEMORY is the one failure. */
enum sb_status sb_head_log_p(const struct sb_transformer *transformer,
                             const struct sb_panels *hidden, const struct sb_target *targets,
                             size_t n, size_t n_threads, double *log_p);

/* The logits of one row, (n_vocabulary). */
enum sb_status sb_head_logits(const struct sb_transformer *transformer,
                              const struct sb_panels *hidden, size_t row, size_t n_threads,
                              float *logits);

#endif
