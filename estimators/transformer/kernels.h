/* The inner loops of a transformer, in one form for every width of vector.
 *
 * Activations lie in panels of SB_LANES tokens, feature by feature:
 *
 *   x[panel][feature][lane]     token t is lane t % 32 of panel t / 32
 *
 * so that a vector holds the same feature of neighbouring tokens. Everything that runs over features
 * or keys (products, norms, softmax) is then a chain down a lane, and no sum crosses the lanes of a
 * vector. An element of a product is one chain of fused multiply-adds in increasing k from what it
 * was before,
 *
 *   c <- fma(a_k, b_k, c),   k = 0, 1, ..., n_k - 1,
 *
 * so that width of vectors, number of threads and company in a batch cannot enter: the results are the
 * same bits on every processor with fused multiply-add. Beside that, + - * / and sqrt alone are used,
 * and no libm: exp and the activations are written out (kernels.inc; relative error of exp
 * below 2e-7).
 *
 * One template is compiled once per instruction set into a table of functions. Below, arrays are
 * (rows, SB_LANES), contiguous, aligned to 64 bytes, and do not overlap except where it says so. Lanes
 * that no token stands in are computed too: they must hold numbers, and what comes out is not read.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_KERNELS_H
#define SB_ESTIMATORS_TRANSFORMER_KERNELS_H

#include <stddef.h>
#include <stdint.h>
#include "estimators/transformer/config.h"

enum {
    SB_LANES = 32,    /* tokens of a panel */
    SB_TILE_ROWS = 12 /* rows of a packed tile of weights */
};

/* The keys that each lane of a panel attends to: rows j of the batch with
 * begin[0] <= j < end[0] or begin[1] <= j < end[1], by lane. */
struct sb_key_ranges {
    int32_t begin[2][SB_LANES], end[2][SB_LANES];
};

struct sb_kernels {
    const char *name; /* "scalar", "avx2", "avx512" */

    /* c (n_rows, lanes) <- chain over a b, for b (n_k, lanes). n_lanes in 1..32: lanes from there
     * on may be left as they are.
     *   weights  a_k of row r is a[k SB_TILE_ROWS + r]: a packed tile; n_rows <= SB_TILE_ROWS
     *   keys     a[k SB_LANES + r]: rows are the lanes of a panel; n_rows <= SB_LANES
     *   values   panels[k / SB_LANES][r SB_LANES + k % SB_LANES]: k runs over the lanes of
     *            n_panels panels; any n_rows */
    void (*multiply_weights)(size_t n_rows, size_t n_k, const float *a, const float *b, float *c,
                             size_t n_lanes);
    void (*multiply_keys)(size_t n_rows, size_t n_k, const float *a, const float *b, float *c,
                          size_t n_lanes);
    void (*multiply_values)(size_t n_rows, size_t n_panels, const float *const *panels,
                            const float *b, float *c, size_t n_lanes);

    /* y <- x / sqrt(mean x^2 + epsilon) (weight + offset), for weight (n). y may be x. */
    void (*rms_norm)(size_t n, const float *x, const float *weight, float epsilon, float offset,
                     float *y);
    /* y <- (x - mean) / sqrt(variance + epsilon) weight + bias. y may be x. */
    void (*layer_norm)(size_t n, const float *x, const float *weight, const float *bias,
                       float epsilon, float *y);
    /* Rotates the pairs (x_j, x_{j + n_pairs}) by angles with the given cosines and sines
     * (n_pairs, lanes). */
    void (*rotate)(size_t n_pairs, float *x, const float *cosine, const float *sine);
    /* x <- act(x), times gate where that is not NULL: y = act(gate x) up x has x = gate x. */
    void (*activate)(enum sb_activation activation, size_t n, float *x, const float *factor);

    /* scores (n_panels SB_LANES, lanes), key j of panel p being row first_rows[p] + j of the batch
     * -> exp(scale (score - largest)) for the keys in range, else 0; then reciprocal <- 1 / sum. */
    void (*softmax)(size_t n_panels, const int32_t *first_rows, const struct sb_key_ranges *ranges,
                    float scale, float *scores, float *reciprocal);
    /* x <- x factor, for factor (lanes). */
    void (*scale)(size_t n, float *x, const float *factor);

    /* largest <- max of n >= 1 logits, sum <- sum exp(logit - largest), by lane. */
    void (*sum_exponentials)(size_t n, const float *logits, float *largest, float *sum);
};

/* The widest kernels that this processor and this build have, or those that the environment variable
 * SPRINGBACK_KERNELS names. */
const struct sb_kernels *sb_kernels_best(void);

/* Those of a name, NULL where this processor or this build lacks them. */
const struct sb_kernels *sb_kernels_named(const char *name);

#endif
