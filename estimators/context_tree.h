/* The predictor ctw:d=N: context-tree weighting (Willems, Shtarkov and Tjalkens 1995) over the binary
 * decomposition of bytes.
 *
 * Each byte is eight binary decisions, most significant bit first. A decision is made in a context:
 * the bits of its own byte that are known, and the D <= N bits before the byte. Contexts are weighted at
 * the depths D = 0, 8, 16, ... (whole bytes, the nearest first), and N itself where it is no multiple
 * of 8 (then of the farthest byte the most significant bits count). Before a document's first byte
 * stand zero bytes.
 *
 * A node s is the known bits of the byte and a context of depth D_k. It has an estimate p_e(s) of the
 * next bit, from the bits that came in it, and weights it against its child, the next longer context:
 *
 *     p_w(s) = (r_s p_e(s) + p_w(child)) / (r_s + 1)           p_w = p_e at the deepest
 *     after the bit x came    r_s <- r_s p_e(s)(x) / p_w(child)(x)
 *
 * r_s starts at 1. That is the sequential form of P_w(s) = (P_e(s) + prod_children P_w) / 2, without
 * logarithms: additions, multiplications and divisions of floats in a fixed order, so that every
 * processor gets the same bits. r_s is kept within 2^-64 .. 2^64.
 *
 * estimator=kt: Krichevsky and Trofimov, p_e(1) = (n_1 + 1/2) / (n_0 + n_1 + 1). A context that has not
 * been seen votes 1/2. This is the textbook's code. Counts are halved at 65,535.
 *
 * estimator=secondary, the default, compresses better, in three ways:
 *   p_e is what came, so far, in nodes of the same depth and with the same counts (quantised to 22
 *     levels each), with a prior of weight 4; where the child has not been seen, apart from where it has;
 *   a context that has not been seen has no vote: the deepest one seen stands in its place;
 *   counts forget: when a bit comes, a count n > 4 of the other becomes floor((n + 5) / 2), and counts
 *     are halved at 250; and r_s <- (r_s + e) / (1 + e r_s), e = 2^-13, drawn towards 1, lets
 *     the best depth change with time.
 *
 * Static (trained, then only read) or adaptive (learns each document after each bit of it). Tokens
 * are bytes. Ends are not charged.
 *
 * Memory: 128 bytes for each context of at most N bits and each half of a byte in it that occurred, and
 * 11 to 21 for the index: 25 to 70 bytes per byte of English text. At the bound, contexts that are
 * there go on learning and no new ones are made: what would have been below them ends at the deepest
 * that is there. Time: about 1.4 microseconds per byte at N = 48.
 */
#ifndef SB_ESTIMATORS_CONTEXT_TREE_H
#define SB_ESTIMATORS_CONTEXT_TREE_H

#include "estimators/predictor.h"

/* Keys: d, context in bits, 0 to 48, default 48; estimator; memory, default 4G; adaptive, 0 or 1. */
extern const struct sb_predictor_class sb_ctw_class;

#endif
