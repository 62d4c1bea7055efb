#include "estimators/transformer/product.h"

#include <stdlib.h>
#include <string.h>
#include "estimators/parallel.h"

enum {
    BLOCK_ROWS = 20 * SB_TILE_ROWS, /* with BLOCK_COLUMNS: 245 kB, to lie in a second-level cache */
    BLOCK_COLUMNS = 256,
    STORED_ELEMENTS =
        1 << 15, /* weights of up to so many are not worth packing: they stay in a cache */
    WORTH_A_THREAD = 1 << 21 /* fused operations: about 50 microseconds */
};

/* ---- widening and packing -------------------------------------------------------------------- */

static float float_from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Finite ones only: exact, denormals included. */
static float float_from_half(uint16_t h)
{
    float magnitude = float_from_bits((uint32_t)(h & 0x7fff) << 13) * 0x1p112F;
    return h & 0x8000 ? -magnitude : magnitude;
}

void sb_tensor_floats(const struct sb_tensor *tensor, size_t first, size_t n, float *values)
{
    if (tensor->dtype == SB_F32) {
        memcpy(values, (const float *)tensor->data + first, n * sizeof *values);
        return;
    }
    const uint16_t *stored = (const uint16_t *)tensor->data + first;
    if (tensor->dtype == SB_BF16)
        for (size_t i = 0; i < n; i++)
            values[i] = float_from_bits((uint32_t)stored[i] << 16);
    else
        for (size_t i = 0; i < n; i++)
            values[i] = float_from_half(stored[i]);
}

/* One tile of n_rows <= 12 rows of W (n_out, n_in). */
static void pack_rows(const struct sb_product *product, size_t first, size_t n_rows, size_t k,
                      size_t n_k, float *tile)
{
    enum { STRETCH = 64 };
    float values[STRETCH];
    for (size_t r = 0; r < n_rows; r++)
        for (size_t j = 0; j < n_k; j += STRETCH) {
            size_t n = n_k - j < STRETCH ? n_k - j : STRETCH;
            sb_tensor_floats(product->weight, (first + r) * product->n_in + k + j, n, values);
            for (size_t i = 0; i < n; i++)
                tile[(j + i) * SB_TILE_ROWS + r] = values[i];
        }
}

/* The same where W is stored (n_in, n_out). */
static void pack_columns(const struct sb_product *product, size_t first, size_t n_rows, size_t k,
                         size_t n_k, float *tile)
{
    for (size_t j = 0; j < n_k; j++)
        sb_tensor_floats(product->weight, (k + j) * product->n_out + first, n_rows,
                         tile + j * SB_TILE_ROWS);
}

static void pack_tiles(const struct sb_product *product, size_t first, size_t n_rows, size_t k,
                       size_t n_k, float *tiles)
{
    for (size_t r = 0; r < n_rows; r += SB_TILE_ROWS, tiles += n_k * SB_TILE_ROWS) {
        size_t n = n_rows - r < SB_TILE_ROWS ? n_rows - r : SB_TILE_ROWS;
        if (n < SB_TILE_ROWS)
            memset(tiles, 0, n_k * SB_TILE_ROWS * sizeof *tiles);
        if (product->is_transposed)
            pack_columns(product, first + r, n, k, n_k, tiles);
        else
            pack_rows(product, first + r, n, k, n_k, tiles);
    }
}

/* Columns that rows of a block have in common with none between them: more, and rows a power of two apart
 * would fall into the same few lines of a cache. */
static size_t n_together(size_t n_k, size_t j)
{
    return n_k - j < BLOCK_COLUMNS ? n_k - j : BLOCK_COLUMNS;
}

/* As stored: (n_k, n_rows) if transposed; else stretches of BLOCK_COLUMNS columns, (n_rows, columns) each. */
static void copy_block(const struct sb_product *product, size_t first, size_t n_rows, size_t k,
                       size_t n_k, float *block)
{
    const struct sb_tensor *weight = product->weight;
    if (product->is_transposed) {
        for (size_t j = 0; j < n_k; j++)
            sb_tensor_floats(weight, (k + j) * product->n_out + first, n_rows, block + j * n_rows);
        return;
    }
    for (size_t j = 0; j < n_k; j += BLOCK_COLUMNS)
        for (size_t r = 0, n = n_together(n_k, j); r < n_rows; r++)
            sb_tensor_floats(weight, (first + r) * product->n_in + k + j, n,
                             block + j * n_rows + r * n);
}

void sb_load_block(const struct sb_product *product, size_t first, size_t n_rows, size_t k,
                   size_t n_k, size_t n_panels, float *block)
{
    if (n_panels > 1)
        pack_tiles(product, first, n_rows, k, n_k, block);
    else
        copy_block(product, first, n_rows, k, n_k, block);
}

void sb_multiply_block(const struct sb_product *product, const struct sb_kernels *kernels,
                       const float *block, size_t n_rows, size_t n_k, size_t n_panels,
                       const float *x, float *y, size_t n_lanes)
{
    if (n_panels > 1)
        for (size_t r = 0; r < n_rows; r += SB_TILE_ROWS)
            kernels->multiply_weights(n_rows - r < SB_TILE_ROWS ? n_rows - r : SB_TILE_ROWS, n_k,
                                      block + r * n_k, x, y + r * SB_LANES, n_lanes);
    else if (product->is_transposed)
        kernels->multiply_stored(n_rows, n_k, block, n_rows, 1, x, y, n_lanes);
    else
        for (size_t j = 0; j < n_k; j += BLOCK_COLUMNS)
            kernels->multiply_stored(n_rows, n_together(n_k, j), block + j * n_rows, 1,
                                     n_together(n_k, j), x + j * SB_LANES, y, n_lanes);
}

/* ---- the product ------------------------------------------------------------------------------- */

enum sb_status sb_product_scratch_init(struct sb_product_scratch *scratch, size_t n_threads)
{
    *scratch = (struct sb_product_scratch){ calloc(n_threads, sizeof(float *)), n_threads };
    bool ok = scratch->blocks;
    for (size_t i = 0; i < n_threads && ok; i++) {
        size_t n_bytes = BLOCK_ROWS * BLOCK_COLUMNS * sizeof(float);
        ok = (scratch->blocks[i] = aligned_alloc(64, n_bytes)) != NULL;
    }
    if (ok)
        return SB_OK;
    sb_product_scratch_clear(scratch);
    return SB_MEMORY;
}

void sb_product_scratch_clear(struct sb_product_scratch *scratch)
{
    for (size_t i = 0; scratch->blocks && i < scratch->n_threads; i++)
        free(scratch->blocks[i]);
    free(scratch->blocks);
    *scratch = (struct sb_product_scratch){ 0 };
}

struct job {
    const struct sb_product *product;
    const struct sb_kernels *kernels;
    const struct sb_panels *x;
    struct sb_panels *y;
    size_t x_first, y_first;
    bool is_sum;
    size_t n_rows; /* of a block */
    struct sb_product_scratch *scratch;
};

/* Where the chains of rows [first, first + n) of a panel start. */
static void start_chains(const struct job *job, size_t panel, size_t first, size_t n)
{
    const float *bias = job->product->bias;
    if (job->is_sum && !bias)
        return;
    for (size_t r = 0; r < n; r++) {
        float *y = sb_panel(job->y, panel, job->y_first + first + r);
        float b = bias ? bias[first + r] : 0;
        for (size_t lane = 0; lane < SB_LANES; lane++)
            y[lane] = job->is_sum ? y[lane] + b : b;
    }
}

/* A block of weights, columns [k, k + n_k), with all tokens. */
static void multiply_block(const struct job *job, const float *block, size_t first, size_t n_rows,
                           size_t k, size_t n_k)
{
    size_t n_tokens = job->x->n_tokens, n_panels = sb_n_panels(n_tokens);
    for (size_t p = 0; p < n_panels; p++) {
        size_t left = n_tokens - p * SB_LANES, n_lanes = left < SB_LANES ? left : SB_LANES;
        sb_multiply_block(job->product, job->kernels, block, n_rows, n_k, n_panels,
                          sb_panel(job->x, p, job->x_first + k),
                          sb_panel(job->y, p, job->y_first + first), n_lanes);
    }
}

static enum sb_status multiply_rows(void *context, size_t item, size_t thread,
                                    struct sb_error *error)
{
    (void)error;
    const struct job *job = context;
    const struct sb_product *product = job->product;
    float *block = job->scratch->blocks[thread];
    size_t first = item * job->n_rows, n_rows = job->n_rows;
    if (n_rows > product->n_out - first)
        n_rows = product->n_out - first;
    for (size_t p = 0; p < sb_n_panels(job->y->n_tokens); p++)
        start_chains(job, p, first, n_rows);
    for (size_t k = 0; k < product->n_in; k += BLOCK_COLUMNS) {
        size_t left = product->n_in - k, n_k = left < BLOCK_COLUMNS ? left : BLOCK_COLUMNS;
        sb_load_block(product, first, n_rows, k, n_k, sb_n_panels(job->x->n_tokens), block);
        multiply_block(job, block, first, n_rows, k, n_k);
    }
    return SB_OK;
}

/* A panel with weights as they are stored. */
static enum sb_status multiply_panel(void *context, size_t panel, size_t thread,
                                     struct sb_error *error)
{
    (void)thread, (void)error;
    const struct job *job = context;
    const struct sb_product *product = job->product;
    size_t left = job->x->n_tokens - panel * SB_LANES;
    start_chains(job, panel, 0, product->n_out);
    job->kernels->multiply_stored(
        product->n_out, product->n_in, product->weight->data,
        product->is_transposed ? product->n_out : 1, product->is_transposed ? 1 : product->n_in,
        sb_panel(job->x, panel, job->x_first), sb_panel(job->y, panel, job->y_first),
        left < SB_LANES ? left : SB_LANES);
    return SB_OK;
}

enum sb_status sb_product_apply(const struct sb_product *product, const struct sb_kernels *kernels,
                                const struct sb_panels *x, size_t x_first, bool is_sum,
                                struct sb_panels *y, size_t y_first,
                                struct sb_product_scratch *scratch)
{
    struct job job = { product, kernels, x, y, x_first, y_first, is_sum, 0, scratch };
    size_t n_threads = scratch->n_threads, n_tiles = (product->n_out - 1) / SB_TILE_ROWS + 1;
    if (product->n_in * product->n_out < WORTH_A_THREAD / x->n_tokens)
        n_threads = 1;
    if (product->weight->dtype == SB_F32 && product->n_in * product->n_out <= STORED_ELEMENTS)
        return sb_parallel_for(n_threads, sb_n_panels(x->n_tokens), multiply_panel, &job, NULL);
    /* Blocks of equal size, as many for each thread. */
    size_t n_blocks = (product->n_out + BLOCK_ROWS - 1) / BLOCK_ROWS;
    n_blocks = (n_blocks + n_threads - 1) / n_threads * n_threads;
    job.n_rows = (n_tiles + n_blocks - 1) / n_blocks * SB_TILE_ROWS;
    n_blocks = (product->n_out + job.n_rows - 1) / job.n_rows;
    return sb_parallel_for(n_threads, n_blocks, multiply_rows, &job, NULL);
}
