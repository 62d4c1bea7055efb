/* Products of weights with activations: y = W x, panel by panel, on threads.
 *
 * Weights stay as they are stored (fp32, fp16 or bf16, memory-mapped). Blocks of rows and columns are
 * widened to fp32 and packed into tiles of SB_TILE_ROWS rows, and each block meets all tokens of the
 * batch while it lies in the cache: packing costs one pass over the weights per batch. A batch of one panel
 * does without tiles.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_PRODUCT_H
#define SB_ESTIMATORS_TRANSFORMER_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>
#include "estimators/transformer/checkpoint.h"
#include "estimators/transformer/kernels.h"
#include "theory/status.h"

/* Activations of n_tokens tokens (kernels.h): feature f of token t is
 * data[(t / 32 n_features + f) 32 + t % 32]. Lanes beyond the last token hold numbers too. */
struct sb_panels {
    float *data;
    size_t n_features, n_tokens;
};

static inline size_t sb_n_panels(size_t n_tokens)
{
    return (n_tokens + SB_LANES - 1) / SB_LANES;
}

/* Panel p from feature f on. */
static inline float *sb_panel(const struct sb_panels *x, size_t p, size_t f)
{
    return x->data + (p * x->n_features + f) * SB_LANES;
}

/* Features [first, first + n_in) of x into [first, first + n_out) of y. */
struct sb_product {
    const struct sb_tensor *weight; /* (n_out, n_in), or (n_in, n_out) if is_transposed */
    const float *bias;              /* (n_out), or NULL */
    size_t n_in, n_out;
    bool is_transposed;
};

/* Scratch for products: create once, for as many threads as will be used. */
struct sb_product_scratch {
    float **blocks; /* of each thread */
    size_t n_threads;
};
enum sb_status sb_product_scratch_init(struct sb_product_scratch *scratch, size_t n_threads);
void sb_product_scratch_clear(struct sb_product_scratch *scratch);

/* y <- W x + bias, or y <- y + bias + W x where is_sum is set (chains start from there). x and y have
 * the same number of tokens, the features that the product needs from x_first and y_first on, and do
 * not overlap. n_in n_out n_tokens fused operations; the same bits on any number of threads.
 * SB_MEMORY is the one failure. */
enum sb_status sb_product_apply(const struct sb_product *product, const struct sb_kernels *kernels,
                                const struct sb_panels *x, size_t x_first, bool is_sum,
                                struct sb_panels *y, size_t y_first,
                                struct sb_product_scratch *scratch);

/* Rows [first, first + n_rows) and columns [k, k + n_k) of W, widened, into a block of n_k times n_rows
 * rounded up to a multiple of 12 floats, for products with n_panels panels. For many, tiles: row r, column
 * j at block[(r / 12 n_k + j) 12 + r % 12], rows beyond the last filled with zeros. For one panel as they
 * are stored: to pack them would take longer than the product. */
void sb_load_block(const struct sb_product *product, size_t first, size_t n_rows, size_t k,
                   size_t n_k, size_t n_panels, float *block);

/* y (n_rows, lanes) <- chains from there over such a block and x (n_k, lanes). */
void sb_multiply_block(const struct sb_product *product, const struct sb_kernels *kernels,
                       const float *block, size_t n_rows, size_t n_k, size_t n_panels,
                       const float *x, float *y, size_t n_lanes);

/* Elements [first, first + n) of a tensor, widened. */
void sb_tensor_floats(const struct sb_tensor *tensor, size_t first, size_t n, float *values);

#endif
