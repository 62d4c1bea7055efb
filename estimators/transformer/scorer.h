/* Scoring sequences of token ids: packed into batches, prompts shared, long ones by sliding window.
 *
 * A sequence x_0 .. x_{n-1} asks for log p(x_i | x_0 .. x_{i-1}), i >= 1. One whose inputs x_0 .. x_{n-2}
 * exceed the context is read in windows that advance by the stride:
 *
 *   window w: (start), then context - 1 ids;  scores what window w - 1 did not
 *
 * so that every id is scored exactly once, with at least context - stride ids before it (all of them, as
 * long as they fit). A start token (BOS) stands at the head of every window. Without one, a window is
 * `context` ids.
 *
 * Sequences lie side by side in a batch of n_batch tokens, without padding; neighbours that begin with
 * the same prompt have it computed once. None of that, nor the number of threads, changes a bit.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_SCORER_H
#define SB_ESTIMATORS_TRANSFORMER_SCORER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "estimators/transformer/forward.h"

struct sb_sequence {
    const uint32_t *ids; /* (n); below n_vocabulary: the caller has checked */
    size_t n;
    bool has_start;        /* ids[0] is a start token */
    size_t n_prompt;       /* leading ids that are a prompt, the start among them; 0: none */
    const uint8_t *scored; /* (n): whether ids[i] is asked for; NULL: all but ids[0] */
    double *log_p;         /* (n): natural logarithms, written where scored */
};

struct sb_scorer_options {
    size_t n_context; /* 2 or more */
    size_t n_stride;  /* 1 .. n_context - 1 */
    size_t n_batch;   /* tokens of a batch, at least n_context */
    size_t n_threads;
};

/* Memory: activations for n_batch tokens (forward.h). SB_MEMORY is the one failure. */
enum sb_status sb_score_sequences(const struct sb_transformer *transformer,
                                  const struct sb_sequence *sequences, size_t n,
                                  const struct sb_scorer_options *options);

/* ---- for those who run several models over the same batches ------------------------------------ */

/* A batch that was filled, and what is to be scored in it: targets[i] of it is ids[index] of sequence. */
struct sb_planned_target {
    size_t sequence, index;
};
struct sb_plan {
    struct sb_batch batch;
    const struct sb_target *targets;
    const struct sb_planned_target *wanted; /* beside targets */
    size_t n_targets;
};

/* Packs the sequences, and calls run for every batch, in order; stops at its first failure. The windows
 * of attention are those of config. */
typedef enum sb_status sb_plan_function(void *context, const struct sb_plan *plan);
enum sb_status sb_plan_batches(const struct sb_transformer_config *config,
                               const struct sb_sequence *sequences, size_t n,
                               const struct sb_scorer_options *options, sb_plan_function *run,
                               void *context);
/* Tokens of a batch that is no larger than all sequences together. */
size_t sb_fitting_batch(const struct sb_sequence *sequences, size_t n, size_t n_batch);

#endif
