/* Sequences to train on, from files.
 *
 *   {"ids": [..], "loss_mask": [..]}   JSONL whose records hold ids: as they are. loss_mask has one
 *                                      number fewer: whether ids[i + 1] is asked for; absent: all
 *   anything else (data/corpus.h)      documents, through the model's tokenizer
 *
 * A document begins with the model's BOS, else its EOS, and ends with its EOS, where it has them. What is
 * asked for is the scored span, the completion or everything, and the end. Where neither is there, the
 * first token is a context that nothing predicts.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_TRAINING_DATA_H
#define SB_ESTIMATORS_TRANSFORMER_TRAINING_DATA_H

#include "data/corpus.h"
#include "estimators/transformer/train.h"

struct sb_training_data {
    struct sb_training_sequence *sequences;
    size_t n, capacity;
    size_t n_documents, n_windowed; /* read; of them longer than the context, cut into windows */
};

/* Appends to *data, which starts as { 0 }. A document longer than the context is cut into windows, each
 * beginning with the last id of the one before, so that each token is asked for once; with `whole` it is
 * SB_LIMIT instead. SB_FORMAT, SB_DOMAIN name file, record and remedy. On failure *data holds what was
 * read before. Everything is held in memory: 5 bytes for each token. */
enum sb_status sb_training_data_read(const char *path, const struct sb_corpus_options *options,
                                     const struct sb_network *network, bool whole,
                                     struct sb_training_data *data, struct sb_error *error);

/* Pairs for DPO: the columns prompt, chosen and rejected; each pair stands side by side. */
enum sb_status sb_training_data_read_pairs(const char *path,
                                           const struct sb_corpus_options *options,
                                           const struct sb_network *network,
                                           struct sb_training_data *data, struct sb_error *error);
void sb_training_data_clear(struct sb_training_data *data);

#endif
