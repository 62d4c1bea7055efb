/* Counts of words in contexts, which learn document by document and may forget: the simplest learner.
 *
 *   p_0(w)        = 1/V
 *   p_n(w | h)    = (c(h w) + s p_{n-1}(w | h')) / (c(h) + s),       h the n - 1 words before w, h' all but
 *                                                                    the first of them
 *
 * with strength s: the predictive law of a hierarchical Dirichlet prior. Order 1 is a token tree of words
 * (theory/token_tree.h with blocks as words), order 2 a bigram model. With memory m, every count is
 * multiplied by 1 - 1/m after each document; without, nothing is forgotten, and what has been learned is a
 * joint fit on all documents, whatever their order: the theorem's setting.
 */
#ifndef SB_ESTIMATORS_EXPERIMENT_COUNTS_H
#define SB_ESTIMATORS_EXPERIMENT_COUNTS_H

#include "estimators/transformer/train.h"

struct sb_counts;

/* Domain: order 1..3, n_vocabulary^order <= 2^24 (SB_LIMIT), strength > 0, memory > 1 documents or 0: none
 * is lost (SB_DOMAIN). 8 n_vocabulary^order bytes. */
enum sb_status sb_counts_create(size_t n_vocabulary, unsigned order, double strength, double memory,
                                struct sb_counts **counts);
enum sb_status sb_counts_clone(const struct sb_counts *counts, struct sb_counts **clone);
void sb_counts_free(struct sb_counts *counts);

size_t sb_counts_n_vocabulary(const struct sb_counts *counts);
size_t sb_counts_n_cells(const struct sb_counts *counts); /* of the highest order */

/* Learns what a sequence asks for: `weight` times, as a volume. O(n). */
void sb_counts_learn(struct sb_counts *counts, const struct sb_training_sequence *sequence,
                     double weight);

/* -ln p of what the sequence asks for, in nats. O(n). */
double sb_counts_nats(const struct sb_counts *counts, const struct sb_training_sequence *sequence);

/* p(. | ids[0 .. n-1]), (n_vocabulary). */
void sb_counts_next(const struct sb_counts *counts, const uint32_t *ids, size_t n,
                    double *probabilities);

#endif
