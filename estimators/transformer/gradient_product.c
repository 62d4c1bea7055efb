#include "estimators/transformer/gradient_product.h"

#include <string.h>
#include "estimators/parallel.h"

enum {
    BLOCK_PANELS = 4,             /* of tokens: their rows of A and B lie in a first-level cache */
    ITEM_ROWS = 2 * SB_TILE_ROWS, /* of A */
    WORTH_A_THREAD = 1 << 21      /* fused operations */
};

struct job {
    const struct sb_kernels *kernels;
    const struct sb_panels *a;
    size_t first, n_a, n_features;
    struct sb_transposed b;
    float *gradient;
};

size_t sb_transposed_size(size_t n_features, size_t n_tokens)
{
    return (n_features + SB_LANES - 1) / SB_LANES * sb_n_panels(n_tokens) * SB_LANES * SB_LANES;
}

static enum sb_status transpose_panel(void *context, size_t panel, size_t thread,
                                      struct sb_error *error)
{
    (void)thread, (void)error;
    const struct job *job = context;
    for (size_t f = 0; f < job->n_features; f += SB_LANES) {
        size_t left = job->n_features - f;
        job->kernels->transpose(
            left < SB_LANES ? left : SB_LANES, sb_panel(job->a, panel, job->first + f),
            job->b.data + (f / SB_LANES * job->b.n_rows + panel * SB_LANES) * SB_LANES);
    }
    return SB_OK;
}

struct sb_transposed sb_transpose_panels(const struct sb_kernels *kernels,
                                         const struct sb_panels *x, size_t first, size_t n_features,
                                         float *data, size_t n_threads)
{
    size_t n_panels = sb_n_panels(x->n_tokens);
    struct job job = { .kernels = kernels, .a = x, .first = first, .n_features = n_features };
    job.b = (struct sb_transposed){ data, n_panels * SB_LANES, n_features };
    if (n_features * x->n_tokens < WORTH_A_THREAD / 16)
        n_threads = 1;
    sb_parallel_for(n_threads, n_panels, transpose_panel, &job, NULL);
    return job.b;
}

/* Rows of G from r on with 32 of its columns, or with the last ones, from a block of tokens. */
static void add_block(const struct job *job, size_t r, size_t n_rows, size_t column,
                      const float *const *panels, size_t n_panels, size_t token)
{
    size_t n_columns = job->b.n_features, left = n_columns - column;
    const float *b = job->b.data + (column / SB_LANES * job->b.n_rows + token) * SB_LANES;
    float *gradient = job->gradient + r * n_columns + column;
    if (left >= SB_LANES) {
        job->kernels->multiply_tokens(n_rows, n_panels, panels, b, gradient, n_columns);
        return;
    }
    float block[ITEM_ROWS * SB_LANES] = { 0 };
    for (size_t i = 0; i < n_rows; i++)
        memcpy(block + i * SB_LANES, gradient + i * n_columns, left * sizeof *block);
    job->kernels->multiply_tokens(n_rows, n_panels, panels, b, block, SB_LANES);
    for (size_t i = 0; i < n_rows; i++)
        memcpy(gradient + i * n_columns, block + i * SB_LANES, left * sizeof *block);
}

static enum sb_status add_rows(void *context, size_t item, size_t thread, struct sb_error *error)
{
    (void)thread, (void)error;
    const struct job *job = context;
    size_t r = item * ITEM_ROWS, n_all = job->b.n_rows / SB_LANES;
    size_t n_rows = job->n_a - r < ITEM_ROWS ? job->n_a - r : ITEM_ROWS;
    for (size_t p = 0; p < n_all; p += BLOCK_PANELS) {
        const float *panels[BLOCK_PANELS];
        size_t n_panels = n_all - p < BLOCK_PANELS ? n_all - p : BLOCK_PANELS;
        for (size_t i = 0; i < n_panels; i++)
            panels[i] = sb_panel(job->a, p + i, job->first + r);
        for (size_t column = 0; column < job->b.n_features; column += SB_LANES)
            add_block(job, r, n_rows, column, panels, n_panels, p * SB_LANES);
    }
    return SB_OK;
}

void sb_product_gradient(const struct sb_kernels *kernels, const struct sb_panels *a, size_t first,
                         size_t n_a, const struct sb_transposed *b, float *gradient,
                         size_t n_threads)
{
    struct job job = { kernels, a, first, n_a, 0, *b, gradient };
    if (n_a * b->n_features < WORTH_A_THREAD / b->n_rows)
        n_threads = 1;
    sb_parallel_for(n_threads, (n_a + ITEM_ROWS - 1) / ITEM_ROWS, add_rows, &job, NULL);
}
