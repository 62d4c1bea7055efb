/* The predictor ngram:n=N: n-grams of bytes, N from 1 to 7, all orders interpolated down to 1/256.
 *
 * h is the context of order k, the k - 1 bytes before the byte w; h' is h without its first byte. Before
 * a document's first byte stand zero bytes. p_0 = 1/256, so that no byte has probability 0; a context
 * that was not seen leaves p_k = p_{k-1}.
 *
 * smoothing=wb, Witten and Bell: c counts, T(h) different bytes have followed h,
 *
 *     p_k(w|h) = (c(hw) + T(h) p_{k-1}(w|h')) / (c(h) + T(h))
 *
 * smoothing=kn, interpolated modified Kneser-Ney (Chen and Goodman 1998): c counts occurrences at order
 * N, and below that the different bytes that came before: c(g) = |{v: vg occurred}|,
 *
 *     p_k(w|h) = (c(hw) - D_k(c(hw)) + (sum_w' D_k(c(hw'))) p_{k-1}(w|h')) / c(h)
 *     D_k(0) = 0,  D_k(1) = 1 - 2 Y n_2/n_1,  D_k(2) = 2 - 3 Y n_3/n_2,  D_k(c>2) = 3 - 4 Y n_4/n_3,
 *     Y = n_1/(n_1 + 2 n_2),   n_i the k-grams with c = i
 *
 * Where an n_i is 0, or D_k(i) is not between 0 and i, that order has absolute discounting in its place:
 * D = Y, and if there is no Y, D = 1/2. The predictor's note says at which orders.
 *
 * Static: fitted on documents. Adaptive (wb): learns each byte after it was coded. kn is the default
 * where there is something to fit on and adaptive=1 is not given, else wb. Tokens are bytes.
 *
 * Fitting sorts n-grams as 64-bit keys, four million at a time, and merges them into one list of those
 * that differ: O(bytes). Memory: 32 bytes for each different N-gram meanwhile, then 21 to 43 for each
 * k-gram and each context of all orders. Where memory= does not suffice, it is refused (SB_LIMIT).
 * Coding takes 256 N look-ups for each byte, scoring N.
 */
#ifndef SB_ESTIMATORS_NGRAM_H
#define SB_ESTIMATORS_NGRAM_H

#include "estimators/predictor.h"

/* Keys: n, 1 to 7, default 5; smoothing; memory, default 4G; adaptive, 0 or 1. */
extern const struct sb_predictor_class sb_ngram_class;

#endif
