/* The controlled language as leaf distributions: exact rates, KL, chi, kappa, R as finite sums.
 *
 * Two levels, both exact:
 *
 *   document  The leaves are the classes of documents with equal counts (n_1, n_2, n_3) of style words
 *             by owner: (length + 3 choose 3) of them, a multinomial. The counts are sufficient: within
 *             a class all dialects agree, so that for every mixture q of dialects
 *             -sum_x p_i ln q over documents = -sum p_i ln q over classes + common_nats.
 *   word      The leaves are the words, with the probability of each in a random place of a document:
 *             the 16-bit blocks of a token tree (data/language.h). common_nats is 0.
 *
 * theory/mixture and theory/elasticity do the rest with p_p = pretraining, p_a = dialect[1] and
 * p_t = dialect[2]. The same leaves are counted in generated documents by sb_language_count.
 */
#ifndef SB_DATA_LANGUAGE_EXACT_H
#define SB_DATA_LANGUAGE_EXACT_H

#include "data/language.h"

enum sb_language_level { SB_LEVEL_DOCUMENT, SB_LEVEL_WORD };

struct sb_language_leaves {
    size_t n;
    double *dialect[SB_LANGUAGE_DIALECTS]; /* P_1, P_2, P_3: n probabilities each */
    double *pretraining;                   /* sum_d pi_d P_d */
    double common_nats; /* entropy within the leaves: the same for every dialect and mixture */
};

/* Allocates and fills *leaves. At the document level the length is at most 200 (SB_LIMIT).
 * O(n) memory; O(n) time for documents, O(topics x vocabulary) for words. */
enum sb_status sb_language_leaves_init(struct sb_language_leaves *leaves,
                                       const struct sb_language *language,
                                       enum sb_language_level level);
void sb_language_leaves_clear(struct sb_language_leaves *leaves);

/* Adds one whole document (1 + length words) to counts over the same leaves: one class, or each of its
 * words. */
void sb_language_count(const struct sb_language *language, enum sb_language_level level,
                       const uint16_t *words, double *counts);

/* -sum source ln model, in nats per document or per word: the exact rate of the source's documents
 * under the model; the entropy when both are the same, and KL is the difference. inf where the model
 * misses a leaf of the source. O(n). */
double sb_language_cross_entropy_nats(const struct sb_language_leaves *leaves,
                                      const struct sb_language_mixture *source,
                                      const struct sb_language_mixture *model);

/* The entropy of a whole document of one dialect in nats: ln(topics), and for each token the entropy given
 * topic and clock, of which it is independent. A sequence of documents has this over 1 + length as its
 * entropy per word. Any length. O(topics x vocabulary). */
double sb_language_document_entropy_nats(const struct sb_language *language, size_t dialect);

#endif
