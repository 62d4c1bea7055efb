/* The predictor tree:d=N: one token tree of N-bit blocks (theory/token_tree.h), the simplest code
 * that the theorem is about.
 *
 *     p(block) = (n_block + 2^-N) / (n + 1)
 *
 * A document is cut into blocks from its first byte, context included; the tree counts the blocks of
 * whole training documents. A scored span costs what its document costs up to the span's end, minus
 * what it costs up to the span's beginning: by the chain rule that is -log2 p(span | context), also
 * where the context ends inside a block. Contexts reach back to the start of a block, no further.
 *
 * Tokens are the blocks of which the span holds at least one bit.
 *
 * Coding makes eight binary decisions per byte: below node v of length r, the next bit is b with
 * probability (n_vb + 2^-(r+1)) / (n_v + 2^-r), whose product over a block is p(block). A tree that was
 * fitted stays as it is; one that was not counts each whole block once it is coded, from n = 0.
 */
#ifndef SB_ESTIMATORS_TREE_CODE_H
#define SB_ESTIMATORS_TREE_CODE_H

#include "estimators/predictor.h"

/* Key d: block length in bits, 1 to 64, default 16. */
extern const struct sb_predictor_class sb_tree_class;

#endif
