#include "estimators/transformer/backward.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/parallel.h"
#include "estimators/transformer/backward_parts.h"
#include "estimators/transformer/gradient_product.h"
#include "theory/portable.h"

enum {
    HEAD_ROWS = 512,       /* rows whose logits stand together: at least so many, */
    HEAD_LOGITS = 1 << 23, /* and as many as make these */
    WORTH_THREADS = 4 * SB_LANES
};

struct sb_backward {
    size_t n_rows, n_threads, n_head_rows;
    struct sb_activations *activations;
    struct sb_product_scratch product;
    struct sb_kept kept;
    struct sb_panels dx, dh, dqkv, dattended, dactive, dup, logits, minus_sine, cosine_less_1;
    float *transposed, *sums, *key_sums;             /* sums: (2 n, lanes) of a vector's gradient */
    struct sb_attention_gradient_scratch *attention; /* of each thread */
    float *memory;                                   /* what all of the above lie in */
    /* Of the last forward: */
    const struct sb_transformer *t;
    struct sb_batch batch;
    float *gradients;
};

/* ---- memory ------------------------------------------------------------------------------------ */

/* Hands out floats: counts first, then places. */
struct arena {
    float *floats;
    size_t n;
};

static float *take(struct arena *arena, size_t n)
{
    float *place = arena->floats ? arena->floats + arena->n : NULL;
    arena->n += (n + 15) / 16 * 16;
    return place;
}

static struct sb_panels take_panels(struct arena *arena, size_t n_features, size_t n_tokens)
{
    float *data = take(arena, sb_n_panels(n_tokens) * SB_LANES * n_features);
    return (struct sb_panels){ data, n_features, n_tokens };
}

static void take_layer(struct arena *arena, const struct sb_transformer *t, size_t n,
                       struct sb_kept_layer *layer)
{
    const struct sb_transformer_config *c = &t->checkpoint->config;
    layer->x = take_panels(arena, c->n_width, n);
    layer->h1 = take_panels(arena, c->n_width, n);
    layer->qkv = take_panels(arena, t->n_qkv, n);
    layer->attended = take_panels(arena, t->n_attended, n);
    layer->x2 = take_panels(arena, c->n_width, n);
    layer->h2 = take_panels(arena, c->n_width, n);
    layer->gate = take_panels(arena, c->is_gated ? c->n_hidden : 0, n);
    layer->up = take_panels(arena, c->n_hidden, n);
    layer->active = take_panels(arena, c->n_hidden, n);
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void take_all(struct arena *arena, const struct sb_transformer *t, struct sb_backward *b)
{
    const struct sb_transformer_config *c = &t->checkpoint->config;
    size_t n = b->n_rows, n_key_floats = sb_n_panels(n) * SB_LANES * SB_LANES;
    for (size_t i = 0; i < c->n_layers; i++)
        take_layer(arena, t, n, &b->kept.layers[i]);
    b->kept.x = take_panels(arena, c->n_width, n);
    b->kept.hidden = take_panels(arena, c->n_width, n);
    b->dx = take_panels(arena, c->n_width, n);
    b->dh = take_panels(arena, c->n_width, n);
    b->dqkv = take_panels(arena, t->n_qkv, n);
    b->dattended = take_panels(arena, t->n_attended, n);
    b->dactive = take_panels(arena, c->n_hidden, n);
    b->dup = take_panels(arena, c->is_gated ? c->n_hidden : 0, n);
    b->minus_sine = take_panels(arena, c->n_rotary / 2, n);
    b->cosine_less_1 = take_panels(arena, c->n_rotary / 2, n);
    b->logits = take_panels(arena, c->n_vocabulary, b->n_head_rows);
    size_t widest = most(most(c->n_width, c->n_hidden), t->n_qkv);
    b->transposed = take(arena, sb_transposed_size(widest, n));
    b->sums = take(arena, 2 * widest * SB_LANES);
    b->key_sums = take(arena, c->n_kv_heads * c->n_head_width * SB_LANES);
    for (size_t i = 0; i < b->n_threads; i++) {
        b->attention[i].scores = take(arena, n_key_floats);
        b->attention[i].dscores = take(arena, n_key_floats);
        b->attention[i].transposed = take(arena, SB_LANES * SB_LANES);
    }
}

static size_t choose_head_rows(size_t n_rows, size_t n_vocabulary)
{
    size_t n = most(HEAD_ROWS, HEAD_LOGITS / n_vocabulary / SB_LANES * SB_LANES);
    return n < n_rows ? n : sb_n_panels(n_rows) * SB_LANES;
}

static enum sb_status refuse(const struct sb_transformer *t, struct sb_error *error)
{
    const struct sb_checkpoint *checkpoint = t->checkpoint;
    const struct sb_transformer_config *c = &checkpoint->config;
    const char *what = !checkpoint->parameters ? "weights that are mapped from a file"
                       : c->is_parallel        ? "parallel blocks"
                       : checkpoint->qkv_layout == SB_QKV_BY_HEAD ? "q, k and v by head"
                       : c->has_qk_norm                           ? "norms of q and k"
                       : c->embedding_scale != 1                  ? "scaled embeddings"
                                                                  : NULL;
    if (!what)
        return SB_OK;
    return sb_fail(error, SB_UNSUPPORTED,
                   "%s: training a %s model (%s) is not implemented; llama, mistral, qwen2 and "
                   "gpt2 are",
                   checkpoint->folder, sb_architecture_name(c->architecture), what);
}

static bool allocate(struct sb_backward *b, const struct sb_transformer *t)
{
    size_t n_panels = sb_n_panels(b->n_rows);
    b->kept.layers = calloc(t->checkpoint->config.n_layers, sizeof *b->kept.layers);
    b->attention = calloc(b->n_threads, sizeof *b->attention);
    bool ok = b->kept.layers && b->attention;
    for (size_t i = 0; ok && i < b->n_threads; i++) {
        b->attention[i].panels = calloc(n_panels, sizeof *b->attention[i].panels);
        b->attention[i].first_rows = calloc(n_panels, sizeof *b->attention[i].first_rows);
        ok = b->attention[i].panels && b->attention[i].first_rows;
    }
    if (!ok || sb_activations_create(t, b->n_rows, b->n_rows, b->n_threads, &b->activations) ||
        sb_product_scratch_init(&b->product, b->n_threads))
        return false;
    struct arena arena = { NULL, 0 };
    take_all(&arena, t, b);
    arena.floats = b->memory = aligned_alloc(64, arena.n * sizeof(float));
    if (!b->memory)
        return false;
    memset(b->memory, 0, arena.n * sizeof(float));
    arena.n = 0;
    take_all(&arena, t, b);
    return true;
}

enum sb_status sb_backward_create(const struct sb_transformer *transformer, size_t n_rows,
                                  size_t n_threads, struct sb_backward **backward,
                                  struct sb_error *error)
{
    *backward = NULL;
    enum sb_status status = refuse(transformer, error);
    if (status)
        return status;
    struct sb_backward *b = calloc(1, sizeof *b);
    if (!b)
        return sb_fail_memory(error);
    b->n_rows = sb_n_panels(n_rows) * SB_LANES;
    b->n_threads = n_threads;
    b->n_head_rows = choose_head_rows(b->n_rows, transformer->checkpoint->config.n_vocabulary);
    if (allocate(b, transformer)) {
        *backward = b;
        return SB_OK;
    }
    sb_backward_free(b);
    return sb_fail_memory(error);
}

void sb_backward_free(struct sb_backward *b)
{
    if (!b)
        return;
    sb_activations_free(b->activations);
    if (b->product.blocks)
        sb_product_scratch_clear(&b->product);
    for (size_t i = 0; b->attention && i < b->n_threads; i++) {
        free(b->attention[i].panels);
        free(b->attention[i].first_rows);
    }
    free(b->attention);
    free(b->kept.layers);
    free(b->memory);
    free(b);
}

/* ---- forward ----------------------------------------------------------------------------------- */

/* Rows of a batch to the next multiple of SB_LANES: gradients of rows without a token are 0. */
static void set_n_tokens(struct sb_backward *b, const struct sb_transformer_config *c, size_t n)
{
    size_t n_padded = sb_n_panels(n) * SB_LANES;
    struct sb_panels *gradients[] = { &b->dx,      &b->dh,  &b->dqkv,       &b->dattended,
                                      &b->dactive, &b->dup, &b->minus_sine, &b->cosine_less_1 };
    for (size_t i = 0; i < sizeof gradients / sizeof *gradients; i++)
        gradients[i]->n_tokens = n_padded;
    b->kept.x.n_tokens = b->kept.hidden.n_tokens = n_padded;
    for (size_t i = 0; i < c->n_layers; i++) {
        struct sb_kept_layer *layer = &b->kept.layers[i];
        struct sb_panels *kept[] = { &layer->x,        &layer->h1, &layer->qkv,
                                     &layer->attended, &layer->x2, &layer->h2,
                                     &layer->gate,     &layer->up, &layer->active };
        for (size_t j = 0; j < sizeof kept / sizeof *kept; j++)
            kept[j]->n_tokens = n_padded;
    }
}

enum sb_status sb_backward_forward(struct sb_backward *b, const struct sb_transformer *transformer,
                                   const struct sb_batch *batch)
{
    set_n_tokens(b, &transformer->checkpoint->config, batch->n_tokens);
    b->t = transformer;
    b->batch = *batch;
    return sb_transformer_forward_keeping(transformer, batch, &b->kept, b->activations);
}

/* ---- products ---------------------------------------------------------------------------------- */

/* Where the gradient of a parameter stands. */
static float *gradient_of(const struct sb_backward *b, const void *parameter)
{
    return b->gradients + ((const float *)parameter - b->t->checkpoint->parameters);
}

/* The sum of each feature over tokens: first by lanes, then over them. */
static void add_sums(const float *sums, size_t n, float *gradient)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t lane = 0; lane < SB_LANES; lane++)
            sum += sums[i * SB_LANES + lane];
        gradient[i] += (float)sum;
    }
}

/* Features [first, first + n) of x, summed over panels, into sums. */
static void sum_features(struct sb_backward *b, const struct sb_panels *x, size_t first, size_t n)
{
    memset(b->sums, 0, n * SB_LANES * sizeof *b->sums);
    for (size_t p = 0; p < sb_n_panels(x->n_tokens); p++)
        b->t->kernels->add(n, sb_panel(x, p, first), b->sums);
}

/* y = W x + b: db += sum_t dy_t */
static void add_bias(struct sb_backward *b, const struct sb_product *product,
                     const struct sb_panels *dy)
{
    if (!product->bias)
        return;
    sum_features(b, dy, 0, product->n_out);
    add_sums(b->sums, product->n_out, gradient_of(b, product->bias));
}

/* y = W x: dW += dy x^T. Where W is stored (n_in, n_out), its transpose: dW^T += x dy^T. x is transposed
 * unless the product before had the same. */
static void add_weight(struct sb_backward *b, const struct sb_product *product,
                       const struct sb_panels *x, const struct sb_panels *dy, size_t y_first,
                       const struct sb_panels **transposed, struct sb_transposed *t)
{
    const struct sb_kernels *kernels = b->t->kernels;
    float *gradient = gradient_of(b, product->weight->data);
    if (product->is_transposed) {
        *t = sb_transpose_panels(kernels, dy, y_first, product->n_out, b->transposed, b->n_threads);
        *transposed = NULL;
        sb_product_gradient(kernels, x, 0, product->n_in, t, gradient, b->n_threads);
        return;
    }
    if (*transposed != x)
        *t = sb_transpose_panels(kernels, x, 0, product->n_in, b->transposed, b->n_threads);
    *transposed = x;
    sb_product_gradient(kernels, dy, y_first, product->n_out, t, gradient, b->n_threads);
}

/* y = W x: dx = W^T dy, or dx += W^T dy */
static enum sb_status multiply_back(struct sb_backward *b, const struct sb_product *product,
                                    const struct sb_panels *dy, size_t y_first, bool is_sum,
                                    struct sb_panels *dx)
{
    struct sb_product back = { product->weight, NULL, product->n_out, product->n_in,
                               !product->is_transposed };
    return sb_product_apply(&back, b->t->kernels, dy, y_first, is_sum, dx, 0, &b->product);
}

/* Both for products of the same x, whose outputs follow each other in dy. */
static enum sb_status differentiate_products(struct sb_backward *b,
                                             const struct sb_product *products, size_t n,
                                             const struct sb_panels *x, const struct sb_panels *dy,
                                             struct sb_panels *dx)
{
    const struct sb_panels *transposed = NULL;
    struct sb_transposed t;
    enum sb_status status = SB_OK;
    for (size_t i = 0, y_first = 0; i < n && !status; y_first += products[i++].n_out) {
        add_weight(b, &products[i], x, dy, y_first, &transposed, &t);
        status = multiply_back(b, &products[i], dy, y_first, i > 0, dx);
    }
    return status;
}

/* ---- layers ------------------------------------------------------------------------------------ */

/* h = norm(x): dx += its derivative applied to dh */
static void differentiate_norm(struct sb_backward *b, const struct sb_norm_vectors *norm,
                               const struct sb_panels *x)
{
    const struct sb_transformer_config *c = &b->t->checkpoint->config;
    const struct sb_kernels *kernels = b->t->kernels;
    size_t n = c->n_width;
    float epsilon = (float)c->norm_epsilon, *bias_sums = b->sums + n * SB_LANES;
    memset(b->sums, 0, 2 * n * SB_LANES * sizeof *b->sums);
    for (size_t p = 0; p < sb_n_panels(b->batch.n_tokens); p++)
        if (norm->bias)
            kernels->layer_norm_backward(n, sb_panel(x, p, 0), norm->weight, epsilon,
                                         sb_panel(&b->dh, p, 0), sb_panel(&b->dx, p, 0), b->sums,
                                         bias_sums);
        else
            kernels->rms_norm_backward(n, sb_panel(x, p, 0), norm->weight, epsilon,
                                       (float)c->norm_offset, sb_panel(&b->dh, p, 0),
                                       sb_panel(&b->dx, p, 0), b->sums);
    add_sums(b->sums, n, gradient_of(b, norm->weight));
    if (norm->bias)
        add_sums(bias_sums, n, gradient_of(b, norm->bias));
}

struct layer_job {
    struct sb_backward *b;
    const struct sb_kept_layer *kept;
};

/* active = act(gate) up, or act(up) */
static enum sb_status differentiate_activation(void *context, size_t panel, size_t thread,
                                               struct sb_error *error)
{
    (void)thread, (void)error;
    const struct layer_job *job = context;
    struct sb_backward *b = job->b;
    const struct sb_transformer_config *c = &b->t->checkpoint->config;
    float *d = sb_panel(&b->dactive, panel, 0);
    if (c->is_gated)
        b->t->kernels->activate_backward(
            c->activation, c->n_hidden, sb_panel(&job->kept->gate, panel, 0),
            sb_panel(&job->kept->up, panel, 0), d, d, sb_panel(&b->dup, panel, 0));
    else
        b->t->kernels->activate_backward(c->activation, c->n_hidden,
                                         sb_panel(&job->kept->up, panel, 0), NULL, d, d, NULL);
    return SB_OK;
}

static size_t threads_for_panels(const struct sb_backward *b)
{
    return b->batch.n_tokens < WORTH_THREADS ? 1 : b->n_threads;
}

/* h = norm2 x;  x += Wdown (act(Wgate h) Wup h) */
static enum sb_status differentiate_mlp(struct sb_backward *b,
                                        const struct sb_transformer_layer *layer,
                                        const struct sb_kept_layer *kept)
{
    bool is_gated = b->t->checkpoint->config.is_gated;
    struct layer_job job = { b, kept };
    add_bias(b, &layer->down, &b->dx);
    enum sb_status status =
        differentiate_products(b, &layer->down, 1, &kept->active, &b->dx, &b->dactive);
    if (!status)
        status = sb_parallel_for(threads_for_panels(b), sb_n_panels(b->batch.n_tokens),
                                 differentiate_activation, &job, NULL);
    if (status)
        return status;
    const struct sb_panels *transposed = NULL, *dup = is_gated ? &b->dup : &b->dactive;
    struct sb_transposed t;
    add_bias(b, &layer->up, dup);
    add_weight(b, &layer->up, &kept->h2, dup, 0, &transposed, &t);
    status = multiply_back(b, &layer->up, dup, 0, false, &b->dh);
    if (is_gated && !status) {
        add_bias(b, &layer->gate, &b->dactive);
        add_weight(b, &layer->gate, &kept->h2, &b->dactive, 0, &transposed, &t);
        status = multiply_back(b, &layer->gate, &b->dactive, 0, true, &b->dh);
    }
    if (!status)
        differentiate_norm(b, &layer->norm2, &kept->x2);
    return status;
}

static enum sb_status differentiate_heads(void *context, size_t group, size_t thread,
                                          struct sb_error *error)
{
    (void)error;
    const struct layer_job *job = context;
    struct sb_backward *b = job->b;
    sb_attend_backward(b->t, &b->batch, &job->kept->qkv, &job->kept->attended, &b->dattended, group,
                       &b->attention[thread], &b->dqkv);
    return SB_OK;
}

/* q, k <- rotated by their positions: rotated back */
static void rotate_back(struct sb_backward *b, size_t first, size_t step, size_t n_heads)
{
    const struct sb_panels *cosine = sb_activations_cosine(b->activations);
    size_t n_pairs = b->t->checkpoint->config.n_rotary / 2;
    for (size_t p = 0; p < sb_n_panels(b->batch.n_tokens) && n_pairs; p++)
        for (size_t head = 0; head < n_heads; head++)
            b->t->kernels->rotate(n_pairs, sb_panel(&b->dqkv, p, first + head * step),
                                  sb_panel(cosine, p, 0), sb_panel(&b->minus_sine, p, 0));
}

/* k' = R (Wk h + bk), R the rotation by the position: db_k = sum over keys of R^-1 dk'. A number added to
 * all k' adds the same to all scores of a query, and softmax does not see it, so that sum dk' = 0: what is
 * summed is (R^-1 - 1) dk', which is exact where pairs hardly turn, and 0 where nothing does. */
static void sum_keys(struct sb_backward *b)
{
    const struct sb_transformer_config *c = &b->t->checkpoint->config;
    const struct sb_kernels *kernels = b->t->kernels;
    size_t width = c->n_head_width, n = c->n_kv_heads * width;
    memset(b->key_sums, 0, n * SB_LANES * sizeof *b->key_sums);
    for (size_t p = 0; p < sb_n_panels(b->batch.n_tokens) && c->n_rotary; p++)
        for (size_t g = 0; g < c->n_kv_heads; g++) {
            float *turned = sb_panel(&b->dattended, p, 0); /* free by now */
            size_t k = b->t->layout.k + g * b->t->layout.kv_step;
            memcpy(turned, sb_panel(&b->dqkv, p, k), c->n_rotary * SB_LANES * sizeof *turned);
            kernels->rotate(c->n_rotary / 2, turned, sb_panel(&b->cosine_less_1, p, 0),
                            sb_panel(&b->minus_sine, p, 0));
            kernels->add(c->n_rotary, turned, b->key_sums + g * width * SB_LANES);
        }
}

/* q, k, v = Wq h + bq, ...: the sums of all of dqkv, then each bias's own. */
static void add_attention_biases(struct sb_backward *b, const struct sb_transformer_layer *layer)
{
    const struct sb_transformer_config *c = &b->t->checkpoint->config;
    sum_features(b, &b->dqkv, 0, b->t->n_qkv);
    memcpy(b->sums + b->t->layout.k * SB_LANES, b->key_sums,
           c->n_kv_heads * c->n_head_width * SB_LANES * sizeof *b->sums);
    for (size_t i = 0, first = 0; i < layer->n_attention_inputs; i++) {
        const struct sb_product *product = &layer->attention_inputs[i];
        if (product->bias)
            add_sums(b->sums + first * SB_LANES, product->n_out, gradient_of(b, product->bias));
        first += product->n_out;
    }
}

/* h = norm1 x;  q, k, v = Wq h, Wk h, Wv h;  x += Wo attention(q, k, v) */
static enum sb_status differentiate_attention(struct sb_backward *b,
                                              const struct sb_transformer_layer *layer,
                                              const struct sb_kept_layer *kept)
{
    const struct sb_transformer *t = b->t;
    const struct sb_transformer_config *c = &t->checkpoint->config;
    struct layer_job job = { b, kept };
    add_bias(b, &layer->output, &b->dx);
    enum sb_status status =
        differentiate_products(b, &layer->output, 1, &kept->attended, &b->dx, &b->dattended);
    if (status)
        return status;
    memset(b->dqkv.data, 0, b->dqkv.n_tokens * t->n_qkv * sizeof(float));
    status = sb_parallel_for(threads_for_panels(b), c->n_kv_heads, differentiate_heads, &job, NULL);
    if (status)
        return status;
    if (c->has_qkv_bias)
        sum_keys(b);
    rotate_back(b, t->layout.q, t->layout.q_step, c->n_heads);
    rotate_back(b, t->layout.k, t->layout.kv_step, c->n_kv_heads);
    if (c->has_qkv_bias)
        add_attention_biases(b, layer);
    status = differentiate_products(b, layer->attention_inputs, layer->n_attention_inputs,
                                    &kept->h1, &b->dqkv, &b->dh);
    if (!status)
        differentiate_norm(b, &layer->norm1, &kept->x);
    return status;
}

/* x_t = embedding[id_t] + position_embedding[t] */
static void differentiate_embedding(struct sb_backward *b)
{
    const struct sb_checkpoint *checkpoint = b->t->checkpoint;
    size_t n = checkpoint->config.n_width;
    for (size_t i = 0; i < b->batch.n_tokens; i++) {
        const float *dx = sb_panel(&b->dx, i / SB_LANES, 0) + i % SB_LANES;
        float *row = gradient_of(b, checkpoint->embedding->data) + b->batch.ids[i] * n;
        for (size_t f = 0; f < n; f++)
            row[f] += dx[f * SB_LANES];
        if (!checkpoint->position_embedding)
            continue;
        row =
            gradient_of(b, checkpoint->position_embedding->data) + b->batch.places[i].position * n;
        for (size_t f = 0; f < n; f++)
            row[f] += dx[f * SB_LANES];
    }
}

/* ---- the head ---------------------------------------------------------------------------------- */

/* Rows [first, first + n) of panels, first a multiple of SB_LANES. */
static struct sb_panels view_rows(const struct sb_panels *x, size_t first, size_t n)
{
    return (struct sb_panels){ sb_panel(x, first / SB_LANES, 0), x->n_features, n };
}

struct head_job {
    struct sb_backward *b;
    const struct sb_row_target *targets;
    float *log_p; /* or NULL */
    size_t first; /* row of the batch that row 0 of the logits is */
    bool has_gradient;
};

static struct sb_row_target target_of(const struct head_job *job, size_t row)
{
    return row < job->b->batch.n_tokens ? job->targets[row] : (struct sb_row_target){ 0, 0 };
}

/* L_r = -weight log p(target), p = exp(logit - largest) / sum: dlogit_i = weight (p_i - [i = target]) */
static enum sb_status differentiate_logits(void *context, size_t panel, size_t thread,
                                           struct sb_error *error)
{
    (void)thread, (void)error;
    const struct head_job *job = context;
    struct sb_backward *b = job->b;
    float *logits = sb_panel(&b->logits, panel, 0);
    float largest[SB_LANES] __attribute__((aligned(64))),
        sum[SB_LANES] __attribute__((aligned(64)));
    b->t->kernels->sum_exponentials(b->logits.n_features, logits, largest, sum);
    for (size_t lane = 0; lane < SB_LANES; lane++) {
        size_t row = job->first + panel * SB_LANES + lane;
        struct sb_row_target target = target_of(job, row);
        if (target.weight != 0 && job->log_p)
            job->log_p[row] = (float)((double)logits[target.id * SB_LANES + lane] - largest[lane] -
                                      sb_portable_log(sum[lane]));
        sum[lane] = target.weight / sum[lane];
    }
    if (!job->has_gradient)
        return SB_OK;
    b->t->kernels->exponentiate(b->logits.n_features, largest, sum, logits);
    for (size_t lane = 0; lane < SB_LANES; lane++) {
        struct sb_row_target target = target_of(job, job->first + panel * SB_LANES + lane);
        logits[target.id * SB_LANES + lane] -= target.weight;
    }
    return SB_OK;
}

/* logits = head hidden, chunk by chunk. */
static enum sb_status run_head(struct sb_backward *b, const struct sb_row_target *targets,
                               bool has_gradient, float *log_p)
{
    const struct sb_product *head = &b->t->head;
    size_t n = b->dh.n_tokens;
    enum sb_status status = SB_OK;
    for (size_t first = 0; first < n && !status; first += b->n_head_rows) {
        size_t n_rows = n - first < b->n_head_rows ? n - first : b->n_head_rows;
        struct sb_panels hidden = view_rows(&b->kept.hidden, first, n_rows);
        struct sb_panels dhidden = view_rows(&b->dh, first, n_rows);
        struct head_job job = { b, targets, log_p, first, has_gradient };
        b->logits.n_tokens = n_rows;
        status =
            sb_product_apply(head, b->t->kernels, &hidden, 0, false, &b->logits, 0, &b->product);
        if (!status)
            status = sb_parallel_for(threads_for_panels(b), sb_n_panels(n_rows),
                                     differentiate_logits, &job, NULL);
        if (!status && has_gradient)
            status = differentiate_products(b, head, 1, &hidden, &b->logits, &dhidden);
    }
    return status;
}

enum sb_status sb_backward_log_p(struct sb_backward *b, const struct sb_row_target *targets,
                                 float *log_p)
{
    return run_head(b, targets, false, log_p);
}

/* ---- the whole --------------------------------------------------------------------------------- */

/* Of the angles by which heads are rotated back. (cos - 1 is exact where it is small.) */
static void turn_back(struct sb_backward *b)
{
    const struct sb_panels *sine = sb_activations_sine(b->activations);
    const struct sb_panels *cosine = sb_activations_cosine(b->activations);
    size_t n = b->dx.n_tokens * b->minus_sine.n_features;
    for (size_t i = 0; i < n; i++) {
        b->minus_sine.data[i] = -sine->data[i];
        b->cosine_less_1.data[i] = cosine->data[i] - 1;
    }
}

enum sb_status sb_backward_gradients(struct sb_backward *b, const struct sb_row_target *targets,
                                     float *gradients, float *log_p)
{
    const struct sb_transformer *t = b->t;
    b->gradients = gradients;
    turn_back(b);
    enum sb_status status = run_head(b, targets, true, log_p);
    if (status)
        return status;
    memset(b->dx.data, 0, b->dx.n_tokens * b->dx.n_features * sizeof(float));
    differentiate_norm(b, &t->final_norm, &b->kept.x);
    for (size_t i = t->checkpoint->config.n_layers; i-- > 0 && !status;) {
        status = differentiate_mlp(b, &t->layers[i], &b->kept.layers[i]);
        if (!status)
            status = differentiate_attention(b, &t->layers[i], &b->kept.layers[i]);
    }
    if (!status)
        differentiate_embedding(b);
    return status;
}
