/* The oracle: the controlled language as a predictor that knows the truth (data/language.h).
 *
 *   oracle:overlap=0.3,dialect=2        dialect 2 alone
 *   oracle:mixture=1:2:3                a mixture of the dialects, over whole documents
 *   oracle:overlap=0.3                  the pre-training mixture, proportions pi
 *
 * All other keys are the language's. A span costs -log2 P(words up to its end) + log2 P(words before
 * it): what the mixture believes about the dialect follows the document. Documents of a source under
 * the oracle of a model cost their exact cross entropy on average
 * (sb_language_cross_entropy_nats), whatever either is: the yardstick of every other predictor.
 *
 * Nothing is fitted. A text that is not the beginning of a document of the language, and a span that
 * cuts a word, is an error that names the byte; a document that the language can write but these
 * dialects cannot costs inf. No end is charged: all documents have the same length.
 */
#ifndef SB_ESTIMATORS_ORACLE_H
#define SB_ESTIMATORS_ORACLE_H

#include "estimators/predictor.h"

extern const struct sb_predictor_class sb_oracle_class;

#endif
