#include "estimators/transformer/forward.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/parallel.h"
#include "estimators/transformer/transformer.h"
#include "theory/portable.h"

/* A batch of fewer tokens than this is not worth waking threads for, between products. */
enum { TOKENS_WORTH_THREADS = 4 * SB_LANES };

static float *new_floats(size_t n)
{
    size_t n_bytes = (n * sizeof(float) + 63) / 64 * 64;
    float *floats = aligned_alloc(64, n_bytes ? n_bytes : 64);
    if (floats)
        memset(floats, 0, n_bytes);
    return floats;
}

/* ---- the model --------------------------------------------------------------------------------- */

/* Hands out the floats of vectors: counts first, then copies. Those stored in fp32 are used where they
 * stand, so that a model in memory computes with what its parameters are at the moment. */
struct vectors {
    float *floats;
    size_t n;
};

static const float *take_vector(struct vectors *vectors, const struct sb_tensor *tensor)
{
    if (!tensor)
        return NULL;
    if (tensor->dtype == SB_F32)
        return tensor->data;
    float *place = vectors->floats ? vectors->floats + vectors->n : NULL;
    if (place)
        sb_tensor_floats(tensor, 0, tensor->n_elements, place);
    vectors->n += tensor->n_elements;
    return place;
}

static struct sb_norm_vectors take_norm(struct vectors *vectors, const struct sb_norm *norm)
{
    const float *weight = take_vector(vectors, norm->weight);
    return (struct sb_norm_vectors){ weight, take_vector(vectors, norm->bias) };
}

static struct sb_product take_linear(struct vectors *vectors, const struct sb_linear *linear)
{
    return (struct sb_product){ linear->weight, take_vector(vectors, linear->bias), linear->n_in,
                                linear->n_out, linear->is_transposed };
}

static void take_layer(struct vectors *vectors, const struct sb_checkpoint *checkpoint, size_t i,
                       struct sb_transformer_layer *layer)
{
    const struct sb_checkpoint_layer *stored = &checkpoint->layers[i];
    layer->norm1 = take_norm(vectors, &stored->norm1);
    layer->norm2 = take_norm(vectors, &stored->norm2);
    layer->q_norm = take_norm(vectors, &stored->q_norm);
    layer->k_norm = take_norm(vectors, &stored->k_norm);
    const struct sb_linear *inputs[] = { &stored->q, &stored->k, &stored->v };
    bool is_separate = checkpoint->qkv_layout == SB_QKV_SEPARATE;
    layer->n_attention_inputs = is_separate ? 3 : 1;
    for (size_t j = 0; j < layer->n_attention_inputs; j++)
        layer->attention_inputs[j] = take_linear(vectors, is_separate ? inputs[j] : &stored->qkv);
    layer->output = take_linear(vectors, &stored->output);
    layer->gate = take_linear(vectors, &stored->gate);
    layer->up = take_linear(vectors, &stored->up);
    layer->down = take_linear(vectors, &stored->down);
}

static void take_all(struct vectors *vectors, struct sb_transformer *t)
{
    for (size_t i = 0; i < t->checkpoint->config.n_layers; i++)
        take_layer(vectors, t->checkpoint, i, &t->layers[i]);
    t->final_norm = take_norm(vectors, &t->checkpoint->final_norm);
    t->head = take_linear(vectors, &t->checkpoint->head);
}

/* Llama 3: long wavelengths are stretched by the factor, short ones kept, and between them both mixed. */
static double scale_for_llama3(const struct sb_transformer_config *c, double f)
{
    double turns = (double)c->rope_original_context * f / 6.283185307179586;
    if (turns < c->rope_low_factor)
        return f / c->rope_factor;
    if (turns > c->rope_high_factor)
        return f;
    double smooth = (turns - c->rope_low_factor) / (c->rope_high_factor - c->rope_low_factor);
    return (1 - smooth) * f / c->rope_factor + smooth * f;
}

/* Angle per position of pair j. Rounded where transformers does, which is where checkpoints come from:
 * angles at large positions depend on it. */
static float frequency(const struct sb_transformer_config *c, size_t j)
{
    double exponent = -2.0 * (double)j / (double)c->n_rotary;
    double f = (float)sb_portable_pow(c->rope_theta, exponent);
    if (c->rope_scaling == SB_ROPE_LINEAR)
        f /= c->rope_factor;
    else if (c->rope_scaling == SB_ROPE_LLAMA3)
        f = scale_for_llama3(c, f);
    return (float)sb_round_to_bits((float)f, c->n_rope_bits);
}

static void make_rotations(struct sb_transformer *t)
{
    size_t n_pairs = t->checkpoint->config.n_rotary / 2;
    for (size_t j = 0; j < n_pairs; j++) {
        float f = frequency(&t->checkpoint->config, j);
        for (size_t position = 0; position < t->n_positions; position++) {
            float angle = (float)position * f;
            t->cosine[position * n_pairs + j] = (float)sb_portable_cos(angle);
            t->sine[position * n_pairs + j] = (float)sb_portable_sin(angle);
        }
    }
}

static void lay_out_heads(struct sb_transformer *t)
{
    const struct sb_transformer_config *c = &t->checkpoint->config;
    size_t width = c->n_head_width;
    t->n_attended = c->n_heads * width;
    t->n_qkv = (c->n_heads + 2 * c->n_kv_heads) * width;
    if (t->checkpoint->qkv_layout == SB_QKV_BY_HEAD)
        t->layout = (struct sb_head_layout){ 0, width, 2 * width, 3 * width, 3 * width };
    else
        t->layout = (struct sb_head_layout){ 0, t->n_attended,
                                             t->n_attended + c->n_kv_heads * width, width, width };
}

enum sb_status sb_transformer_create(const struct sb_checkpoint *checkpoint,
                                     const struct sb_kernels *kernels, size_t n_positions,
                                     struct sb_transformer **transformer, struct sb_error *error)
{
    *transformer = NULL;
    const struct sb_transformer_config *c = &checkpoint->config;
    if (c->has_position_embedding && n_positions > c->n_context)
        return sb_fail(error, SB_DOMAIN,
                       "%s: a context of %zu tokens; the model has positions for "
                       "%zu",
                       checkpoint->folder, n_positions, c->n_context);
    struct sb_transformer *t = calloc(1, sizeof *t);
    if (!t)
        return sb_fail_memory(error);
    t->checkpoint = checkpoint;
    t->kernels = kernels;
    t->n_positions = n_positions;
    t->layers = calloc(c->n_layers, sizeof *t->layers);
    t->cosine = new_floats(n_positions * (c->n_rotary / 2));
    t->sine = new_floats(n_positions * (c->n_rotary / 2));
    struct vectors vectors = { NULL, 0 };
    if (t->layers)
        take_all(&vectors, t);
    t->vectors = new_floats(vectors.n);
    if (!t->layers || !t->cosine || !t->sine || !t->vectors) {
        sb_transformer_free(t);
        return sb_fail_memory(error);
    }
    vectors = (struct vectors){ t->vectors, 0 };
    take_all(&vectors, t);
    lay_out_heads(t);
    make_rotations(t);
    *transformer = t;
    return SB_OK;
}

void sb_transformer_free(struct sb_transformer *t)
{
    if (!t)
        return;
    free(t->layers);
    free(t->cosine);
    free(t->sine);
    free(t->vectors);
    free(t);
}

const struct sb_transformer_config *sb_transformer_config(const struct sb_transformer *transformer)
{
    return &transformer->checkpoint->config;
}

const struct sb_kernels *sb_transformer_kernels(const struct sb_transformer *transformer)
{
    return transformer->kernels;
}

const struct sb_product *sb_transformer_head(const struct sb_transformer *transformer)
{
    return &transformer->head;
}

/* ---- the cache --------------------------------------------------------------------------------- */

struct sb_cache {
    struct sb_keys keys; /* of layer 0 */
    size_t n_layer;      /* floats of a layer */
};

enum sb_status sb_cache_create(const struct sb_transformer *t, size_t n_rows,
                               struct sb_cache **cache)
{
    const struct sb_transformer_config *c = &t->checkpoint->config;
    size_t n_half = c->n_kv_heads * c->n_head_width;
    *cache = calloc(1, sizeof **cache);
    if (!*cache)
        return SB_MEMORY;
    (*cache)->n_layer = sb_n_panels(n_rows) * SB_LANES * 2 * n_half;
    float *floats = new_floats(c->n_layers * (*cache)->n_layer);
    (*cache)->keys = (struct sb_keys){ { floats, 2 * n_half, n_rows }, 0, n_half, c->n_head_width };
    if (floats)
        return SB_OK;
    sb_cache_free(*cache);
    *cache = NULL;
    return SB_MEMORY;
}

void sb_cache_free(struct sb_cache *cache)
{
    if (cache)
        free(cache->keys.panels.data);
    free(cache);
}

static struct sb_keys cache_layer(const struct sb_cache *cache, size_t layer)
{
    struct sb_keys keys = cache->keys;
    keys.panels.data += layer * cache->n_layer;
    return keys;
}

/* ---- activations ------------------------------------------------------------------------------- */

struct sb_activations {
    size_t n_threads;
    struct sb_panels x, h, qkv, attended, gate, up;
    struct sb_panels cosine, sine;          /* of the tokens' positions */
    struct sb_attention_scratch *attention; /* of each thread */
    struct sb_product_scratch product;
};

static bool new_panels(struct sb_panels *panels, size_t n_features, size_t n_tokens)
{
    *panels = (struct sb_panels){ new_floats(sb_n_panels(n_tokens) * SB_LANES * n_features),
                                  n_features, n_tokens };
    return panels->data;
}

static bool new_attention_scratch(struct sb_attention_scratch *scratch, size_t n_rows)
{
    size_t n = sb_n_panels(n_rows);
    scratch->scores = new_floats(n * SB_LANES * SB_LANES);
    scratch->panels = calloc(n, sizeof *scratch->panels);
    scratch->first_rows = calloc(n, sizeof *scratch->first_rows);
    return scratch->scores && scratch->panels && scratch->first_rows;
}

enum sb_status sb_activations_create(const struct sb_transformer *t, size_t n_tokens, size_t n_rows,
                                     size_t n_threads, struct sb_activations **activations)
{
    const struct sb_transformer_config *c = &t->checkpoint->config;
    struct sb_activations *a = *activations = calloc(1, sizeof *a);
    if (!a)
        return SB_MEMORY;
    a->n_threads = n_threads;
    a->attention = calloc(n_threads, sizeof *a->attention);
    bool ok = a->attention && new_panels(&a->x, c->n_width, n_tokens) &&
              new_panels(&a->h, c->n_width, n_tokens) && new_panels(&a->qkv, t->n_qkv, n_tokens) &&
              new_panels(&a->attended, t->n_attended, n_tokens) &&
              new_panels(&a->gate, c->is_gated ? c->n_hidden : 0, n_tokens) &&
              new_panels(&a->up, c->n_hidden, n_tokens) &&
              new_panels(&a->cosine, c->n_rotary / 2, n_tokens) &&
              new_panels(&a->sine, c->n_rotary / 2, n_tokens) &&
              !sb_product_scratch_init(&a->product, n_threads);
    for (size_t i = 0; ok && i < n_threads; i++)
        ok = new_attention_scratch(&a->attention[i], n_rows);
    if (ok)
        return SB_OK;
    sb_activations_free(a);
    *activations = NULL;
    return SB_MEMORY;
}

void sb_activations_free(struct sb_activations *a)
{
    if (!a)
        return;
    struct sb_panels *all[] = { &a->x,    &a->h,  &a->qkv,    &a->attended,
                                &a->gate, &a->up, &a->cosine, &a->sine };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]->data);
    for (size_t i = 0; a->attention && i < a->n_threads; i++) {
        free(a->attention[i].scores);
        free(a->attention[i].panels);
        free(a->attention[i].first_rows);
    }
    free(a->attention);
    sb_product_scratch_clear(&a->product);
    free(a);
}

/* ---- the pass ------------------------------------------------------------------------------------ */

/* What is running: the steps below are items of it, panels or heads of panels. */
struct pass {
    const struct sb_transformer *t;
    const struct sb_transformer_config *c;
    const struct sb_batch *batch;
    struct sb_activations *a;
    const struct sb_transformer_layer *layer;
    const struct sb_norm_vectors *norm; /* the one to be applied */
    const struct sb_kept *kept;         /* what is to be kept, or NULL */
    struct sb_keys keys;                /* of the layer */
};

static void apply_norm(const struct pass *pass, const struct sb_norm_vectors *norm, size_t n,
                       const float *x, float *y)
{
    const struct sb_kernels *kernels = pass->t->kernels;
    float epsilon = (float)pass->c->norm_epsilon;
    if (norm->bias)
        kernels->layer_norm(n, x, norm->weight, norm->bias, epsilon, y);
    else
        kernels->rms_norm(n, x, norm->weight, epsilon, (float)pass->c->norm_offset, y);
}

/* Row `row` of a table (rows, x->n_features) into lane `lane` of a panel of x, times scale; added to
 * what is there if is_sum. */
static void put_row(const struct sb_tensor *table, size_t row, float scale, bool is_sum,
                    struct sb_panels *x, size_t panel, size_t lane)
{
    enum { STRETCH = 256 };
    float values[STRETCH];
    for (size_t f = 0; f < x->n_features; f += STRETCH) {
        size_t n = x->n_features - f < STRETCH ? x->n_features - f : STRETCH;
        sb_tensor_floats(table, row * x->n_features + f, n, values);
        for (size_t i = 0; i < n; i++) {
            float *place = sb_panel(x, panel, f + i) + lane;
            *place = (is_sum ? *place : 0) + scale * values[i];
        }
    }
}

/* Embeddings of a panel's tokens, and the cosines and sines of their positions. Lanes without a token
 * repeat the last one. */
static enum sb_status embed(void *context, size_t panel, size_t thread, struct sb_error *error)
{
    (void)thread, (void)error;
    const struct pass *pass = context;
    const struct sb_checkpoint *checkpoint = pass->t->checkpoint;
    size_t n_pairs = pass->c->n_rotary / 2;
    for (size_t lane = 0; lane < SB_LANES; lane++) {
        size_t i = panel * SB_LANES + lane, last = pass->batch->n_tokens - 1;
        i = i < last ? i : last;
        size_t position = pass->batch->places[i].position;
        put_row(checkpoint->embedding, pass->batch->ids[i], (float)pass->c->embedding_scale, false,
                &pass->a->x, panel, lane);
        if (checkpoint->position_embedding)
            put_row(checkpoint->position_embedding, position, 1, true, &pass->a->x, panel, lane);
        for (size_t j = 0; j < n_pairs; j++) {
            sb_panel(&pass->a->cosine, panel, j)[lane] = pass->t->cosine[position * n_pairs + j];
            sb_panel(&pass->a->sine, panel, j)[lane] = pass->t->sine[position * n_pairs + j];
        }
    }
    return SB_OK;
}

static enum sb_status normalise(void *context, size_t panel, size_t thread, struct sb_error *error)
{
    (void)thread, (void)error;
    const struct pass *pass = context;
    apply_norm(pass, pass->norm, pass->c->n_width, sb_panel(&pass->a->x, panel, 0),
               sb_panel(&pass->a->h, panel, 0));
    return SB_OK;
}

/* The heads of a panel that begin at `first`: normalised and rotated. */
static void prepare_heads(const struct pass *pass, size_t panel, size_t first, size_t step,
                          size_t n_heads, const struct sb_norm_vectors *norm)
{
    for (size_t head = 0; head < n_heads; head++) {
        float *x = sb_panel(&pass->a->qkv, panel, first + head * step);
        if (norm->weight)
            apply_norm(pass, norm, pass->c->n_head_width, x, x);
        if (pass->c->n_rotary)
            pass->t->kernels->rotate(pass->c->n_rotary / 2, x, sb_panel(&pass->a->cosine, panel, 0),
                                     sb_panel(&pass->a->sine, panel, 0));
    }
}

static enum sb_status prepare_panel(void *context, size_t panel, size_t thread,
                                    struct sb_error *error)
{
    (void)thread, (void)error;
    const struct pass *pass = context;
    const struct sb_head_layout *layout = &pass->t->layout;
    prepare_heads(pass, panel, layout->q, layout->q_step, pass->c->n_heads, &pass->layer->q_norm);
    prepare_heads(pass, panel, layout->k, layout->kv_step, pass->c->n_kv_heads,
                  &pass->layer->k_norm);
    return SB_OK;
}

static enum sb_status attend(void *context, size_t item, size_t thread, struct sb_error *error)
{
    (void)error;
    const struct pass *pass = context;
    sb_attend(pass->t, pass->batch, &pass->a->qkv, &pass->keys, item / pass->c->n_heads,
              item % pass->c->n_heads, &pass->a->attention[thread], &pass->a->attended);
    return SB_OK;
}

static enum sb_status activate(void *context, size_t panel, size_t thread, struct sb_error *error)
{
    (void)thread, (void)error;
    const struct pass *pass = context;
    bool is_gated = pass->c->is_gated;
    pass->t->kernels->activate(pass->c->activation, pass->c->n_hidden,
                               sb_panel(is_gated ? &pass->a->gate : &pass->a->up, panel, 0),
                               is_gated ? sb_panel(&pass->a->up, panel, 0) : NULL);
    return SB_OK;
}

/* A step over all panels, each in n_parts. */
static enum sb_status over_panels(struct pass *pass, sb_parallel_function *step, size_t n_parts)
{
    size_t n_tokens = pass->batch->n_tokens;
    size_t n_threads = n_tokens < TOKENS_WORTH_THREADS ? 1 : pass->a->n_threads;
    return sb_parallel_for(n_threads, sb_n_panels(n_tokens) * n_parts, step, pass, NULL);
}

static enum sb_status normalise_all(struct pass *pass, const struct sb_norm_vectors *norm)
{
    pass->norm = norm;
    return over_panels(pass, normalise, 1);
}

static enum sb_status multiply(const struct pass *pass, const struct sb_product *product,
                               const struct sb_panels *x, bool is_sum, struct sb_panels *y,
                               size_t y_first)
{
    return sb_product_apply(product, pass->t->kernels, x, 0, is_sum, y, y_first, &pass->a->product);
}

/* Keys and values of the batch into their rows of the cache. */
static void fill_cache(const struct pass *pass)
{
    const struct sb_head_layout *layout = &pass->t->layout;
    size_t width = pass->c->n_head_width;
    for (size_t i = 0; i < pass->batch->n_tokens; i++) {
        size_t row = pass->batch->cache_rows[i];
        for (size_t g = 0; g < pass->c->n_kv_heads; g++)
            for (size_t f = 0; f < width; f++) {
                const float *k =
                    sb_panel(&pass->a->qkv, i / SB_LANES, layout->k + g * layout->kv_step + f);
                const float *v =
                    sb_panel(&pass->a->qkv, i / SB_LANES, layout->v + g * layout->kv_step + f);
                const struct sb_keys *keys = &pass->keys;
                size_t at = g * keys->step + f;
                sb_panel(&keys->panels, row / SB_LANES, keys->k + at)[row % SB_LANES] =
                    k[i % SB_LANES];
                sb_panel(&keys->panels, row / SB_LANES, keys->v + at)[row % SB_LANES] =
                    v[i % SB_LANES];
            }
    }
}

static enum sb_status run_attention(struct pass *pass, struct sb_cache *cache, size_t layer)
{
    struct sb_activations *a = pass->a;
    enum sb_status status = SB_OK;
    size_t y_first = 0;
    for (size_t i = 0; i < pass->layer->n_attention_inputs && !status; i++) {
        const struct sb_product *product = &pass->layer->attention_inputs[i];
        status = multiply(pass, product, &a->h, false, &a->qkv, y_first);
        y_first += product->n_out;
    }
    if (!status)
        status = over_panels(pass, prepare_panel, 1);
    if (status)
        return status;
    const struct sb_head_layout *layout = &pass->t->layout;
    pass->keys = (struct sb_keys){ a->qkv, layout->k, layout->v, layout->kv_step };
    if (cache) {
        pass->keys = cache_layer(cache, layer);
        fill_cache(pass);
    }
    return over_panels(pass, attend, pass->c->n_heads);
}

static void copy_panels(const struct sb_panels *from, const struct sb_panels *to)
{
    memcpy(to->data, from->data,
           sb_n_panels(from->n_tokens) * SB_LANES * from->n_features * sizeof *to->data);
}

/* The panels of a layer that are kept take the place of those that the next layer overwrites. */
static void keep_layer(struct sb_activations *a, const struct sb_kept_layer *kept)
{
    copy_panels(&a->x, &kept->x);
    a->h = kept->h1;
    a->qkv = kept->qkv;
    a->attended = kept->attended;
    a->gate = kept->gate;
    a->up = kept->up;
}

/* Before x and h become those of the mlp. */
static void keep_middle(struct sb_activations *a, const struct sb_kept_layer *kept)
{
    copy_panels(&a->x, &kept->x2);
    a->h = kept->h2;
}

static enum sb_status run_mlp(struct pass *pass, const struct sb_kept_layer *kept)
{
    struct sb_activations *a = pass->a;
    bool is_gated = pass->c->is_gated;
    enum sb_status status = multiply(pass, &pass->layer->up, &a->h, false, &a->up, 0);
    if (!status && is_gated)
        status = multiply(pass, &pass->layer->gate, &a->h, false, &a->gate, 0);
    if (!status && kept) {
        struct sb_panels *in = is_gated ? &a->gate : &a->up;
        copy_panels(in, &kept->active);
        *in = kept->active;
    }
    if (!status)
        status = over_panels(pass, activate, 1);
    if (!status)
        status = multiply(pass, &pass->layer->down, is_gated ? &a->gate : &a->up, true, &a->x, 0);
    return status;
}

static enum sb_status run_layer(struct pass *pass, struct sb_cache *cache, size_t layer)
{
    struct sb_activations *a = pass->a;
    const struct sb_kept_layer *kept = pass->kept ? &pass->kept->layers[layer] : NULL;
    pass->layer = &pass->t->layers[layer];
    if (kept)
        keep_layer(a, kept);
    enum sb_status status = normalise_all(pass, &pass->layer->norm1);
    if (!status)
        status = run_attention(pass, cache, layer);
    if (!status && pass->c->is_parallel)
        status = normalise_all(pass, &pass->layer->norm2);
    if (!status)
        status = multiply(pass, &pass->layer->output, &a->attended, true, &a->x, 0);
    if (!status && kept)
        keep_middle(a, kept);
    if (!status && !pass->c->is_parallel)
        status = normalise_all(pass, &pass->layer->norm2);
    return status ? status : run_mlp(pass, kept);
}

static void set_n_tokens(struct sb_activations *a, size_t n_tokens)
{
    struct sb_panels *all[] = { &a->x,    &a->h,  &a->qkv,    &a->attended,
                                &a->gate, &a->up, &a->cosine, &a->sine };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        all[i]->n_tokens = n_tokens;
}

static enum sb_status run(struct pass *pass, struct sb_cache *cache)
{
    enum sb_status status = over_panels(pass, embed, 1);
    for (size_t layer = 0; layer < pass->c->n_layers && !status; layer++)
        status = run_layer(pass, cache, layer);
    return status;
}

enum sb_status sb_transformer_forward(const struct sb_transformer *transformer,
                                      const struct sb_batch *batch, struct sb_cache *cache,
                                      struct sb_activations *activations, struct sb_panels *hidden)
{
    struct pass pass = {
        .t = transformer, .c = &transformer->checkpoint->config, .batch = batch, .a = activations
    };
    set_n_tokens(activations, batch->n_tokens);
    enum sb_status status = run(&pass, cache);
    if (!status)
        status = normalise_all(&pass, &transformer->final_norm);
    if (!status)
        *hidden = activations->h;
    return status;
}

enum sb_status sb_transformer_forward_keeping(const struct sb_transformer *transformer,
                                              const struct sb_batch *batch,
                                              const struct sb_kept *kept,
                                              struct sb_activations *activations)
{
    set_n_tokens(activations, batch->n_tokens);
    struct sb_activations views = *activations; /* of the activations, then of what is kept */
    struct pass pass = { .t = transformer,
                         .c = &transformer->checkpoint->config,
                         .batch = batch,
                         .a = &views,
                         .kept = kept };
    enum sb_status status = run(&pass, NULL);
    if (status)
        return status;
    copy_panels(&views.x, &kept->x);
    views.h = kept->hidden;
    return normalise_all(&pass, &transformer->final_norm);
}

const struct sb_panels *sb_activations_cosine(const struct sb_activations *activations)
{
    return &activations->cosine;
}

const struct sb_panels *sb_activations_sine(const struct sb_activations *activations)
{
    return &activations->sine;
}
