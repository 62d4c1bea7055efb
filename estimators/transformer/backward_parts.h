/* Parts of the backward pass. For backward.c and attention_backward.c alone. */
#ifndef SB_ESTIMATORS_TRANSFORMER_BACKWARD_PARTS_H
#define SB_ESTIMATORS_TRANSFORMER_BACKWARD_PARTS_H

#include "estimators/transformer/transformer.h"

/* scores, dscores: (n_panels of keys SB_LANES, lanes); panels, first_rows: one for each; transposed:
 * (SB_LANES, lanes). */
struct sb_attention_gradient_scratch {
    float *scores, *dscores, *transposed;
    const float **panels;
    int32_t *first_rows;
};

/* Adds to dqkv what the heads of key head `group` owe: dq of their features, dk and dv of the group's.
 * Panels of queries come in their order, so that each sum is one chain over tokens. */
void sb_attend_backward(const struct sb_transformer *transformer, const struct sb_batch *batch,
                        const struct sb_panels *qkv, const struct sb_panels *attended,
                        const struct sb_panels *dattended, size_t group,
                        struct sb_attention_gradient_scratch *scratch, struct sb_panels *dqkv);

#endif
