/* The predictor ngram:n=N: n-grams of bytes or of tokens, N from 1 to 7, all orders interpolated down to
 * one over the number of symbols V: 256 bytes, or the ids of the tokenizer named (tokenizer=FILE or folder).
 *
 * h is the context of order k, the k - 1 symbols before the symbol w; h' is h without its first one. Before
 * a document's first byte stand zero bytes, before its first token symbols that are none. p_0 = 1/V, so that
 * nothing has probability 0 and all V sum to 1; a context that was not seen leaves p_k = p_{k-1}.
 *
 * smoothing=wb, Witten and Bell: c counts, T(h) different symbols have followed h,
 *
 *     p_k(w|h) = (c(hw) + T(h) p_{k-1}(w|h')) / (c(h) + T(h))
 *
 * smoothing=kn, interpolated modified Kneser-Ney (Chen and Goodman 1998): c counts occurrences at order
 * N, and below that the different symbols that came before: c(g) = |{v: vg occurred}|,
 *
 *     p_k(w|h) = (c(hw) - D_k(c(hw)) + (sum_w' D_k(c(hw'))) p_{k-1}(w|h')) / c(h)
 *     D_k(0) = 0,  D_k(1) = 1 - 2 Y n_2/n_1,  D_k(2) = 2 - 3 Y n_3/n_2,  D_k(c>2) = 3 - 4 Y n_4/n_3,
 *     Y = n_1/(n_1 + 2 n_2),   n_i the k-grams with c = i
 *
 * Where an n_i is 0, or D_k(i) is not between 0 and i, that order has absolute discounting in its place:
 * D = Y, and if there is no Y, D = 1/2. The predictor's note says at which orders.
 *
 * Static: fitted on documents. Adaptive (wb): learns each symbol after it was scored. kn is the default
 * where there is something to fit on and adaptive=1 is not given, else wb.
 *
 * Tokens: text is encoded by the tokenizer, context and scored span one by one; its bits are those of these
 * tokens, and so a bound from above on those of the text, which other tokens could spell, too. Datasets of
 * ids below V are scored as checkpoints do: all but the first. Tokens are not coded (SB_UNSUPPORTED).
 *
 * Fitting on bytes sorts n-grams as 64-bit keys, four million at a time, and merges them into one list of
 * those that differ; tokens are counted one by one, at all orders: both O(n) for each of N. Memory: 32
 * bytes for each different N-gram of bytes meanwhile, then 32 to 64 for each k-gram and each context of
 * all orders. Where memory= does not suffice, it is refused (SB_LIMIT). Coding takes 256 N look-ups for
 * each byte, scoring N.
 */
#ifndef SB_ESTIMATORS_NGRAM_H
#define SB_ESTIMATORS_NGRAM_H

#include "estimators/predictor.h"

/* Keys: n, 1 to 7, default 5; smoothing; tokenizer; memory, default 4G; adaptive, 0 or 1. */
extern const struct sb_predictor_class sb_ngram_class;

#endif
