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

/* Two models of one vocabulary at a target, in nats: first and second, of the whole distribution of the
 * next token. */
struct sb_head_comparison {
    double log_p[2];      /* of the target */
    double divergence[2]; /* KL(first || second), KL(second || first) */
    uint32_t top;         /* the second's likeliest token, the lowest id of equals */
    uint32_t rank;        /* of top under the first: 1 + how many are likelier */
    double top_log_p[2];
};

/* The same targets in hidden states of two models. log_p are the bits of sb_head_log_p. The vocabulary
 * goes by twice: for the normalisers and the likeliest, then for divergences and ranks. Memory: both
 * models' hidden states, 40 bytes for each target and block, two blocks of weights for each thread.
 * SB_DOMAIN: the vocabularies differ in size; SB_MEMORY. */
enum sb_status sb_head_compare(const struct sb_transformer *const transformers[2],
                               const struct sb_panels hidden[2], const struct sb_target *targets,
                               size_t n, size_t n_threads, struct sb_head_comparison *comparisons);

/* The logits of one row, (n_vocabulary). */
enum sb_status sb_head_logits(const struct sb_transformer *transformer,
                              const struct sb_panels *hidden, size_t row, size_t n_threads,
                              float *logits);

#endif
