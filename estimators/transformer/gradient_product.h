/* Gradients of weights: G <- G + A B^T, sums over tokens.
 *
 *   y = W x        dW_oi <- dW_oi + sum_t dy_ot x_it
 *
 * Vectors of panels run over tokens (kernels.h), so B is transposed first, panel by panel, and then each
 * element of G is one chain of fused multiply-adds over the tokens in their order, from what it was: the
 * same bits on any number of threads. Lanes without a token must be 0 in A and numbers in B.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_GRADIENT_PRODUCT_H
#define SB_ESTIMATORS_TRANSFORMER_GRADIENT_PRODUCT_H

#include "estimators/transformer/product.h"

/* Token t, feature f at data[(f / 32 n_rows + t) 32 + f % 32]; features up to the next multiple of 32
 * are 0. */
struct sb_transposed {
    float *data;
    size_t n_rows, n_features;
};

/* Floats that the features need for n_tokens tokens. */
size_t sb_transposed_size(size_t n_features, size_t n_tokens);

/* Features [first, first + n_features) of x into data, which is large enough. */
struct sb_transposed sb_transpose_panels(const struct sb_kernels *kernels,
                                         const struct sb_panels *x, size_t first, size_t n_features,
                                         float *data, size_t n_threads);

/* gradient (n_a, b->n_features) <- it + A B^T, A the features [first, first + n_a) of a. */
void sb_product_gradient(const struct sb_kernels *kernels, const struct sb_panels *a, size_t first,
                         size_t n_a, const struct sb_transposed *b, float *gradient,
                         size_t n_threads);

#endif
