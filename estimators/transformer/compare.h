/* Two models of one vocabulary over the same sequences: what each says of the next token, and how far
 * apart their distributions are (head.h). The batches are those of scorer.h; of each, no more logits
 * stand in memory than a block of the vocabulary for a panel of tokens.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_COMPARE_H
#define SB_ESTIMATORS_TRANSFORMER_COMPARE_H

#include "estimators/transformer/head.h"
#include "estimators/transformer/scorer.h"

/* comparisons[i][j] is written where ids[j] of sequence i is scored and j > 0; the sequences' log_p are
 * not. log_p have the bits of sb_score_sequences. SB_DOMAIN: vocabularies of different sizes, or windows
 * of attention that differ within the context. Memory: the activations of both models, and head.h. */
enum sb_status sb_compare_sequences(const struct sb_transformer *const transformers[2],
                                    const struct sb_sequence *sequences, size_t n,
                                    const struct sb_scorer_options *options,
                                    struct sb_head_comparison *const *comparisons);

/* Whether they attend alike within n_context tokens. */
bool sb_same_windows(const struct sb_transformer *const transformers[2], size_t n_context);

#endif
