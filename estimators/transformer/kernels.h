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

/* Of each lane: p = factor exp(logit - largest) of two sets of logits, and log Z_p - log Z_q. */
struct sb_normalisers {
    float largest[2][SB_LANES], factor[2][SB_LANES], shift[SB_LANES];
};

/* x <- kept x - step m / (root sqrt(v) + epsilon), m <- beta1 m + rest1 g', v <- beta2 v + rest2 g'^2,
 * g' = factor g. */
struct sb_adamw_step {
    float factor, beta1, rest1, beta2, rest2, root, epsilon, kept, step;
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

    /* Of two distributions p and q, n of their logits: forward <- sum p log(p/q) - p + q, backward <-
     * sum q log(q/p) - q + p, by lane. Every term is >= 0, and an error of a normaliser enters squared
     * only: what these sum to over a vocabulary are the two divergences. */
    void (*sum_divergences)(size_t n, const float *logits_p, const float *logits_q,
                            const struct sb_normalisers *normalisers, float *forward,
                            float *backward);

    /* c (n_rows, lanes) <- chain over a b as above, for small weights as they are stored: a_k of row r
     * is a[k k_step + r r_step], one of the two steps being 1. */
    void (*multiply_stored)(size_t n_rows, size_t n_k, const float *a, size_t k_step, size_t r_step,
                            const float *b, float *c, size_t n_lanes);

    /* ---- for gradients (backward.c): a d before a name is the derivative of the loss by it ---- */

    /* c[r c_step + lane], for all lanes, <- chain over a b as in multiply_values, where k runs over
     * tokens and the lanes of b (n_panels SB_LANES, lanes) and c are features. */
    void (*multiply_tokens)(size_t n_rows, size_t n_panels, const float *const *panels,
                            const float *b, float *c, size_t c_step);
    /* y[lane][row] <- x[row][lane], for n <= SB_LANES rows; 0 where there is no row. */
    void (*transpose)(size_t n, const float *x, float *y);
    /* dx <- dx + the norm's derivative applied to dy; dweight, dbias (n, lanes) likewise. */
    void (*rms_norm_backward)(size_t n, const float *x, const float *weight, float epsilon,
                              float offset, const float *dy, float *dx, float *dweight);
    void (*layer_norm_backward)(size_t n, const float *x, const float *weight, float epsilon,
                                const float *dy, float *dx, float *dweight, float *dbias);
    /* Of y = act(x), or of y = act(x) factor: dx, which may be dy, and dfactor. */
    void (*activate_backward)(enum sb_activation activation, size_t n, const float *x,
                              const float *factor, const float *dy, float *dx, float *dfactor);
    /* e <- p = e reciprocal, dp <- scale p (dp - dot): the derivative by the scores, where dot is
     * sum p dp of a lane. */
    void (*softmax_backward)(size_t n, const float *reciprocal, const float *dot, float scale,
                             float *e, float *dp);
    /* c (lanes) <- sum of a b down the lanes; y <- y + x. */
    void (*dot)(size_t n, const float *a, const float *b, float *c);
    void (*add)(size_t n, const float *x, float *y);
    /* x <- factor exp(x - largest), by lane. */
    void (*exponentiate)(size_t n, const float *largest, const float *factor, float *x);

    /* A step of AdamW on n numbers, anywhere in memory (optimizer.h). */
    void (*adamw)(size_t n, const struct sb_adamw_step *step, float *x, const float *g, float *m,
                  float *v);
};

/* The widest kernels that this processor and this build have, or those that the environment variable
 * SPRINGBACK_KERNELS names. */
const struct sb_kernels *sb_kernels_best(void);

/* Those of a name, NULL where this processor or this build lacks them. */
const struct sb_kernels *sb_kernels_named(const char *name);

/* The names of all, widest first; NULL ends them. */
extern const char *const sb_kernels_names[];

#endif
