/* The predictor scores:FILE: log2 probabilities of tokens that any tool on any machine has made.
 *
 *   # any=provenance                        optional lines before the header
 *   document<TAB>position<TAB>id<TAB>log2_p the header; columns in any order, others are ignored
 *   0<TAB>12<TAB>464<TAB>-3.25              one row per scored token
 *
 * document counts from 0 through all datasets in the order given; the rows of a document stand
 * together, position (a whole number) increases among them; log2_p <= 0, finite or -inf. FILE may be
 * compressed. A document costs the sum of its -log2_p; what was context and what was scored is the
 * business of whoever wrote the file: rows are wanted for scored tokens only.
 *
 * Refused, naming the line: NaN, positive and other things that are no log2 probability, documents
 * out of range or in two places, positions that do not increase, a missing column, a row too short.
 * Memory: 16 bytes per document; of up to 16 documents 8 bytes per token, for their sequence.
 */
#ifndef SB_ESTIMATORS_SCORES_H
#define SB_ESTIMATORS_SCORES_H

#include "estimators/predictor.h"

/* create opens the file; expect reads it. A document that is scored but has no rows is SB_FORMAT. */
extern const struct sb_predictor_class sb_scores_class;

#endif
