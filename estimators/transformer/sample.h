/* Sampling: ids drawn one by one from a model, through a cache of its keys and values.
 *
 * Sequences are drawn side by side; which others are drawn beside it does not change a sequence: it
 * depends on the model, the prompt, the options and (seed, its number) alone.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_SAMPLE_H
#define SB_ESTIMATORS_TRANSFORMER_SAMPLE_H

#include "estimators/transformer/forward.h"

struct sb_sample_options {
    double
        temperature; /* > 0: p^(1 / temperature), normalised; 0: the likeliest, the lowest id of equals */
    size_t n_ids; /* most ids of a sequence, the prompt among them; at most the context */
    size_t n_new; /* most ids behind the prompt; 0: as many as n_ids leaves */
    long end_id;  /* a sequence ends with this id, which is kept; -1: none */
    uint64_t seed;
    size_t n_threads;
};

/* n sequences that begin with the same prompt (n_prompt >= 1 ids below n_vocabulary). Sequence i has
 * stream first + i. ids (n, n_ids), lengths (n). */
enum sb_status sb_sample_sequences(const struct sb_transformer *transformer, const uint32_t *prompt,
                                   size_t n_prompt, uint64_t first, size_t n,
                                   const struct sb_sample_options *options, uint32_t *ids,
                                   size_t *lengths);

/* The same, each behind a prompt of its own: prompts[i], (n_prompts[i]). */
enum sb_status sb_sample_continuations(const struct sb_transformer *transformer,
                                       const uint32_t *const *prompts, const size_t *n_prompts,
                                       uint64_t first, size_t n,
                                       const struct sb_sample_options *options, uint32_t *ids,
                                       size_t *lengths);

#endif
