/* What a struct sb_transformer is made of. For forward.c, attention.c and backward.c alone. */
#ifndef SB_ESTIMATORS_TRANSFORMER_TRANSFORMER_H
#define SB_ESTIMATORS_TRANSFORMER_TRANSFORMER_H

#include "estimators/transformer/forward.h"

struct sb_norm_vectors {
    const float *weight, *bias; /* NULL: absent */
};

struct sb_transformer_layer {
    struct sb_norm_vectors norm1, norm2, q_norm, k_norm;
    struct sb_product attention_inputs[3]; /* q, k, v; or all in the first one */
    size_t n_attention_inputs;
    struct sb_product output, gate, up, down;
};

/* Where in the features of qkv the parts of a head begin. */
struct sb_head_layout {
    size_t q, k, v;         /* of head 0 (of k and v: of key head 0) */
    size_t q_step, kv_step; /* from head to head */
};

struct sb_transformer {
    const struct sb_checkpoint *checkpoint;
    const struct sb_kernels *kernels;
    struct sb_transformer_layer *layers;
    struct sb_norm_vectors final_norm;
    struct sb_product head;
    struct sb_head_layout layout;
    size_t n_qkv;      /* features of q, k and v together */
    size_t n_attended; /* n_heads n_head_width */
    size_t n_positions;
    float *cosine, *sine; /* (n_positions, n_rotary / 2) */
    float *vectors;       /* what the norms and biases point into */
};

/* Keys and values of a layer: k of key head g at feature k + g step, v likewise. */
struct sb_keys {
    struct sb_panels panels;
    size_t k, v, step;
};

/* Panel p of what head `head` attends to, into its features of attended. scores: (n_panels of keys
 * SB_LANES, lanes), panels and first_rows: one for each. */
struct sb_attention_scratch {
    float *scores;
    const float **panels;
    int32_t *first_rows;
};
void sb_attend(const struct sb_transformer *transformer, const struct sb_batch *batch,
               const struct sb_panels *qkv, const struct sb_keys *keys, size_t panel, size_t head,
               struct sb_attention_scratch *scratch, struct sb_panels *attended);

/* Which panels of keys the lanes of a panel attend to (attention.c): their ranges, and the first rows of
 * those panels, ascending; returns how many. */
size_t sb_attended_panels(const struct sb_batch *batch, size_t panel, struct sb_key_ranges *ranges,
                          int32_t *first_rows);

/* ---- what a derivative needs of the forward pass (backward.h) ---- */

/* Of a layer: x before norm1, h1 after it, q, k and v as they attend, x2 before norm2, h2 after it, the
 * mlp before and after its activation (gate has no features where there is none). */
struct sb_kept_layer {
    struct sb_panels x, h1, qkv, attended, x2, h2, gate, up, active;
};

/* x before, hidden after the final norm. n_tokens of all panels is the batch's. */
struct sb_kept {
    struct sb_kept_layer *layers;
    struct sb_panels x, hidden;
};

/* sb_transformer_forward without a cache, into *kept, for blocks that are not parallel. */
enum sb_status sb_transformer_forward_keeping(const struct sb_transformer *transformer,
                                              const struct sb_batch *batch,
                                              const struct sb_kept *kept,
                                              struct sb_activations *activations);
/* (n_rotary / 2) of the tokens of the last batch. */
const struct sb_panels *sb_activations_cosine(const struct sb_activations *activations);
const struct sb_panels *sb_activations_sine(const struct sb_activations *activations);

#endif
