#include "estimators/transformer/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ------------------------------------------------------------------------------------ */

/* How an architecture calls its weights: PREFIX, LAYER with its number, then the part, then ".weight" or
 * ".bias". The prefix may be missing (gpt2 on the hub). NULL: there is no such part. */
struct names {
    const char *prefix, *embedding, *position_embedding, *layer, *final_norm;
    const char *heads[2]; /* without the prefix; either of them */
    const char *norm1, *q, *k, *v, *qkv, *q_norm, *k_norm, *output, *norm2, *gate, *up, *down;
    enum sb_qkv_layout qkv_layout;
    bool is_transposed;
};

static const struct names LLAMA = {
    .prefix = "model.",
    .embedding = "embed_tokens",
    .layer = "layers",
    .norm1 = "input_layernorm",
    .q = "self_attn.q_proj",
    .k = "self_attn.k_proj",
    .v = "self_attn.v_proj",
    .q_norm = "self_attn.q_norm",
    .k_norm = "self_attn.k_norm",
    .output = "self_attn.o_proj",
    .norm2 = "post_attention_layernorm",
    .gate = "mlp.gate_proj",
    .up = "mlp.up_proj",
    .down = "mlp.down_proj",
    .final_norm = "norm",
    .heads = { "lm_head" },
    .qkv_layout = SB_QKV_SEPARATE,
};

static const struct names GPT2 = {
    .prefix = "transformer.",
    .embedding = "wte",
    .position_embedding = "wpe",
    .layer = "h",
    .norm1 = "ln_1",
    .qkv = "attn.c_attn",
    .output = "attn.c_proj",
    .norm2 = "ln_2",
    .up = "mlp.c_fc",
    .down = "mlp.c_proj",
    .final_norm = "ln_f",
    .heads = { "lm_head" },
    .qkv_layout = SB_QKV_CONCATENATED,
    .is_transposed = true,
};

static const struct names GPT_NEOX = {
    .prefix = "gpt_neox.",
    .embedding = "embed_in",
    .layer = "layers",
    .norm1 = "input_layernorm",
    .qkv = "attention.query_key_value",
    .output = "attention.dense",
    .norm2 = "post_attention_layernorm",
    .up = "mlp.dense_h_to_4h",
    .down = "mlp.dense_4h_to_h",
    .final_norm = "final_layer_norm",
    .heads = { "embed_out", "lm_head" },
    .qkv_layout = SB_QKV_BY_HEAD,
};

static const struct names *names_of(enum sb_architecture architecture)
{
    return architecture == SB_GPT2 ? &GPT2 : architecture == SB_GPT_NEOX ? &GPT_NEOX : &LLAMA;
}

/* Buffers that some files keep beside the weights. */
static const char *const BUFFERS[] = { ".attn.bias", ".attn.masked_bias", ".attention.bias",
                                       ".attention.masked_bias", "rotary_emb.inv_freq" };

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), n_end = strlen(end);
    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

/* ---- one tensor ------------------------------------------------------------------------------- */

/* The first failure stays in status; what is taken after it does not matter. */
struct builder {
    struct sb_checkpoint *checkpoint;
    const struct names *names;
    const char *prefix;
    size_t capacity; /* of checkpoint->weights */
    struct sb_error *error;
    enum sb_status status;
};

#define FAIL(b, code, ...)                                                                         \
    ((b)->status = (b)->status ? (b)->status : sb_fail((b)->error, (code), __VA_ARGS__))

static void describe_shape(char text[], size_t size, size_t n_dims, const size_t *shape)
{
    size_t n = (size_t)snprintf(text, size, "(");
    for (size_t i = 0; i < n_dims && n < size; i++)
        n += (size_t)snprintf(text + n, size - n, "%s%zu", i ? ", " : "", shape[i]);
    if (n < size)
        snprintf(text + n, size - n, ")");
}

static void check_tensor(struct builder *b, const struct sb_tensor *tensor, size_t n_dims,
                         const size_t *shape)
{
    if (tensor->dtype == SB_OTHER)
        FAIL(
            b, SB_UNSUPPORTED,
            "%s: tensor \"%.200s\" is of another type than F32, F16 and BF16; quantised weights are "
            "not implemented",
            b->checkpoint->folder, tensor->name);
    if (tensor->n_dims == n_dims && memcmp(tensor->shape, shape, n_dims * sizeof *shape) == 0)
        return;
    char is[200], should_be[200];
    describe_shape(is, sizeof is, tensor->n_dims, tensor->shape);
    describe_shape(should_be, sizeof should_be, n_dims, shape);
    FAIL(b, SB_FORMAT, "%s: tensor \"%.200s\" is %s, but %s according to config.json",
         b->checkpoint->folder, tensor->name, is, should_be);
}

static void keep(struct builder *b, const struct sb_tensor *tensor)
{
    struct sb_checkpoint *c = b->checkpoint;
    if (c->n_weights == b->capacity) {
        size_t capacity = 2 * b->capacity + 64;
        const struct sb_tensor **grown = realloc(c->weights, capacity * sizeof *grown);
        if (!grown) {
            b->status = b->status ? b->status : sb_fail_memory(b->error);
            return;
        }
        c->weights = grown;
        b->capacity = capacity;
    }
    c->weights[c->n_weights++] = tensor;
}

enum { MAX_NAME = 256 };

/* A tensor without data, as sb_checkpoint_create wants it. */
static struct sb_tensor *declare(const char *name, size_t rows, size_t columns)
{
    struct sb_tensor *tensor = calloc(1, sizeof *tensor);
    if (!tensor)
        return NULL;
    *tensor = (struct sb_tensor){ .name = strdup(name),
                                  .dtype = SB_F32,
                                  .n_dims = columns ? 2 : 1,
                                  .shape = { rows, columns },
                                  .n_elements = columns ? rows * columns : rows };
    if (tensor->name)
        return tensor;
    free(tensor);
    return NULL;
}

static void free_declared(const struct sb_tensor *tensor)
{
    free((char *)tensor->name);
    free((void *)tensor);
}

static const struct sb_tensor *take_declared(struct builder *b, const char *name, size_t rows,
                                             size_t columns)
{
    struct sb_tensor *tensor = declare(name, rows, columns);
    if (tensor)
        keep(b, tensor);
    else
        b->status = sb_fail_memory(b->error);
    if (tensor && b->status)
        free_declared(tensor);
    return b->status ? NULL : tensor;
}

/* The tensor of that name, which must have this shape: columns 0 is a vector. */
static const struct sb_tensor *take(struct builder *b, const char *name, size_t rows,
                                    size_t columns)
{
    if (b->status)
        return NULL;
    if (b->checkpoint->is_in_memory)
        return take_declared(b, name, rows, columns);
    const struct sb_tensor *tensor = sb_shards_find(&b->checkpoint->shards, name);
    if (!tensor) {
        FAIL(b, SB_FORMAT,
             "%s: no tensor \"%s\", which a %s model of this config.json has; the weights are "
             "incomplete",
             b->checkpoint->folder, name, sb_architecture_name(b->checkpoint->config.architecture));
        return NULL;
    }
    const size_t shape[] = { rows, columns };
    check_tensor(b, tensor, columns ? 2 : 1, shape);
    keep(b, tensor);
    return tensor;
}

/* ---- roles ------------------------------------------------------------------------------------ */

/* "model.layers.3.mlp.up_proj" in where; layer is SIZE_MAX outside the layers. */
static void write_stem(const struct builder *b, char where[MAX_NAME], size_t layer,
                       const char *part)
{
    if (layer == SIZE_MAX)
        snprintf(where, MAX_NAME, "%s%s", b->prefix, part);
    else
        snprintf(where, MAX_NAME, "%s%s.%zu.%s", b->prefix, b->names->layer, layer, part);
}

static const struct sb_tensor *take_part(struct builder *b, const char *stem, const char *kind,
                                         size_t rows, size_t columns)
{
    char name[MAX_NAME + 8];
    snprintf(name, sizeof name, "%s.%s", stem, kind);
    return take(b, name, rows, columns);
}

static struct sb_norm take_norm(struct builder *b, size_t layer, const char *part, size_t n,
                                bool has_bias)
{
    char stem[MAX_NAME];
    struct sb_norm norm = { NULL, NULL };
    write_stem(b, stem, layer, part);
    norm.weight = take_part(b, stem, "weight", n, 0);
    if (has_bias)
        norm.bias = take_part(b, stem, "bias", n, 0);
    return norm;
}

static struct sb_linear take_linear(struct builder *b, size_t layer, const char *part, size_t n_in,
                                    size_t n_out, bool has_bias)
{
    char stem[MAX_NAME];
    bool flip = b->names->is_transposed;
    struct sb_linear linear = { NULL, NULL, n_in, n_out, flip };
    write_stem(b, stem, layer, part);
    linear.weight = take_part(b, stem, "weight", flip ? n_in : n_out, flip ? n_out : n_in);
    if (has_bias)
        linear.bias = take_part(b, stem, "bias", n_out, 0);
    return linear;
}

static const struct sb_tensor *take_table(struct builder *b, const char *part, size_t rows,
                                          size_t columns)
{
    char stem[MAX_NAME];
    write_stem(b, stem, SIZE_MAX, part);
    return take_part(b, stem, "weight", rows, columns);
}

static void take_attention(struct builder *b, size_t i, struct sb_checkpoint_layer *layer)
{
    const struct sb_transformer_config *c = &b->checkpoint->config;
    const struct names *names = b->names;
    size_t n_q = c->n_heads * c->n_head_width, n_kv = c->n_kv_heads * c->n_head_width;
    if (names->qkv_layout == SB_QKV_SEPARATE) {
        layer->q = take_linear(b, i, names->q, c->n_width, n_q, c->has_qkv_bias);
        layer->k = take_linear(b, i, names->k, c->n_width, n_kv, c->has_qkv_bias);
        layer->v = take_linear(b, i, names->v, c->n_width, n_kv, c->has_qkv_bias);
    } else {
        layer->qkv = take_linear(b, i, names->qkv, c->n_width, n_q + 2 * n_kv, c->has_qkv_bias);
    }
    if (c->has_qk_norm) {
        layer->q_norm = take_norm(b, i, names->q_norm, c->n_head_width, false);
        layer->k_norm = take_norm(b, i, names->k_norm, c->n_head_width, false);
    }
    layer->output = take_linear(b, i, names->output, n_q, c->n_width, c->has_output_bias);
}

static void take_layer(struct builder *b, size_t i, struct sb_checkpoint_layer *layer)
{
    const struct sb_transformer_config *c = &b->checkpoint->config;
    const struct names *names = b->names;
    layer->norm1 = take_norm(b, i, names->norm1, c->n_width, c->is_layer_norm);
    take_attention(b, i, layer);
    layer->norm2 = take_norm(b, i, names->norm2, c->n_width, c->is_layer_norm);
    if (c->is_gated)
        layer->gate = take_linear(b, i, names->gate, c->n_width, c->n_hidden, c->has_mlp_bias);
    layer->up = take_linear(b, i, names->up, c->n_width, c->n_hidden, c->has_mlp_bias);
    layer->down = take_linear(b, i, names->down, c->n_hidden, c->n_width, c->has_mlp_bias);
}

static const char *head_name(const struct builder *b, char name[MAX_NAME])
{
    for (size_t i = 2; i-- > 0;)
        if (b->names->heads[i]) {
            snprintf(name, MAX_NAME, "%s.weight", b->names->heads[i]);
            if (sb_shards_find(&b->checkpoint->shards, name))
                break;
        }
    return name; /* one that is there, else the first */
}

static void take_head(struct builder *b)
{
    struct sb_checkpoint *c = b->checkpoint;
    char name[MAX_NAME];
    c->head =
        (struct sb_linear){ c->embedding, NULL, c->config.n_width, c->config.n_vocabulary, false };
    if (!c->config.is_tied)
        c->head.weight = take(b, head_name(b, name), c->config.n_vocabulary, c->config.n_width);
}

static void choose_prefix(struct builder *b)
{
    char name[MAX_NAME];
    snprintf(name, sizeof name, "%s%s.weight", b->names->prefix, b->names->embedding);
    bool has_prefix = sb_shards_find(&b->checkpoint->shards, name);
    snprintf(name, sizeof name, "%s.weight", b->names->embedding);
    bool has_none = !has_prefix && sb_shards_find(&b->checkpoint->shards, name);
    b->prefix = has_none ? "" : b->names->prefix;
}

static void take_all(struct builder *b)
{
    struct sb_checkpoint *c = b->checkpoint;
    const struct sb_transformer_config *config = &c->config;
    choose_prefix(b);
    c->qkv_layout = b->names->qkv_layout;
    c->embedding = take_table(b, b->names->embedding, config->n_vocabulary, config->n_width);
    if (config->has_position_embedding)
        c->position_embedding =
            take_table(b, b->names->position_embedding, config->n_context, config->n_width);
    for (size_t i = 0; i < config->n_layers && !b->status; i++)
        take_layer(b, i, &c->layers[i]);
    c->final_norm =
        take_norm(b, SIZE_MAX, b->names->final_norm, config->n_width, config->is_layer_norm);
    take_head(b);
}

/* ---- checks over all weights ------------------------------------------------------------------ */

static bool may_be_ignored(const struct builder *b, const char *name)
{
    for (size_t i = 0; i < sizeof BUFFERS / sizeof *BUFFERS; i++)
        if (ends_with(name, BUFFERS[i]))
            return true;
    for (size_t i = 0; i < 2 && b->checkpoint->config.is_tied; i++) {
        const char *head = b->names->heads[i];
        size_t n = head ? strlen(head) : 0;
        if (head && strncmp(name, head, n) == 0 && strcmp(name + n, ".weight") == 0)
            return true;
    }
    return false;
}

static int compare_pointers(const void *a, const void *b)
{
    const struct sb_tensor *x = *(const struct sb_tensor *const *)a;
    const struct sb_tensor *y = *(const struct sb_tensor *const *)b;
    return (x > y) - (x < y);
}

/* A weight without a place (a bias that config.json denies, a layer too many) would be left out of every
 * number in silence. */
static void check_nothing_is_left(struct builder *b, const struct sb_tensor **sorted)
{
    const struct sb_checkpoint *c = b->checkpoint;
    qsort(sorted, c->n_weights, sizeof *sorted, compare_pointers);
    for (size_t f = 0; f < c->shards.n; f++)
        for (size_t i = 0; i < sb_safetensors_n(c->shards.files[f]); i++) {
            const struct sb_tensor *tensor = sb_safetensors_tensor(c->shards.files[f], i);
            if (!bsearch(&tensor, sorted, c->n_weights, sizeof *sorted, compare_pointers) &&
                !may_be_ignored(b, tensor->name))
                FAIL(
                    b, SB_FORMAT,
                    "%s: tensor \"%.200s\" has no place in a %s model of %zu layers as config.json "
                    "describes it",
                    sb_safetensors_path(c->shards.files[f]), tensor->name,
                    sb_architecture_name(c->config.architecture), c->config.n_layers);
        }
}

static void check_finite(struct builder *b)
{
    const struct sb_checkpoint *c = b->checkpoint;
    for (size_t i = 0; i < c->n_weights && !b->status; i++) {
        size_t first = sb_tensor_first_not_finite(c->weights[i]);
        if (first < c->weights[i]->n_elements)
            FAIL(
                b, SB_FORMAT,
                "%s: tensor \"%.200s\" is NaN or infinite at element %zu; this checkpoint is broken",
                c->folder, c->weights[i]->name, first);
    }
}

static void check_all(struct builder *b, bool is_unchecked)
{
    size_t n_bytes = b->checkpoint->n_weights * sizeof *b->checkpoint->weights;
    if (b->status)
        return;
    const struct sb_tensor **sorted = malloc(n_bytes);
    if (!sorted) {
        b->status = sb_fail_memory(b->error);
        return;
    }
    memcpy(sorted, b->checkpoint->weights, n_bytes);
    check_nothing_is_left(b, sorted);
    free(sorted);
    if (!is_unchecked)
        check_finite(b);
}

/* ---- a folder --------------------------------------------------------------------------------- */

static enum sb_status fill(struct sb_checkpoint *c, bool is_unchecked, struct sb_error *error)
{
    enum sb_status status = sb_transformer_config_read(c->folder, &c->config, error);
    if (!status)
        status = sb_shards_open(c->folder, &c->shards, error);
    if (status)
        return status;
    c->layers = calloc(c->config.n_layers, sizeof *c->layers);
    if (!c->layers)
        return sb_fail_memory(error);
    struct builder b = { .checkpoint = c,
                         .names = names_of(c->config.architecture),
                         .error = error };
    take_all(&b);
    check_all(&b, is_unchecked);
    return b.status;
}

enum sb_status sb_checkpoint_open(const char *folder, const struct sb_checkpoint_options *options,
                                  struct sb_checkpoint **checkpoint, struct sb_error *error)
{
    *checkpoint = NULL;
    struct sb_checkpoint *new = calloc(1, sizeof *new);
    if (new)
        new->folder = strdup(folder);
    enum sb_status status = new &&new->folder ? fill(new, options && options->is_unchecked, error)
                                              : sb_fail_memory(error);
    if (status)
        sb_checkpoint_close(new);
    else
        *checkpoint = new;
    return status;
}

/* ---- in memory -------------------------------------------------------------------------------- */

/* Places the weights in parameters, under the names of `like`. */
static enum sb_status place_weights(struct sb_checkpoint *c, const struct sb_checkpoint *like)
{
    size_t n = sb_checkpoint_n_parameters(c), first = 0;
    c->parameters = calloc(n, sizeof *c->parameters);
    if (!c->parameters)
        return SB_MEMORY;
    for (size_t i = 0; i < c->n_weights; i++) {
        struct sb_tensor *tensor = (struct sb_tensor *)c->weights[i];
        char *name = like ? strdup(like->weights[i]->name) : NULL;
        if (like && !name)
            return SB_MEMORY;
        if (name) {
            free((char *)tensor->name);
            tensor->name = name;
        }
        tensor->data = c->parameters + first;
        first += tensor->n_elements;
    }
    return SB_OK;
}

enum sb_status sb_checkpoint_create(const struct sb_transformer_config *config, const char *name,
                                    const struct sb_checkpoint *like,
                                    struct sb_checkpoint **checkpoint, struct sb_error *error)
{
    *checkpoint = NULL;
    struct sb_checkpoint *new = calloc(1, sizeof *new);
    if (!new)
        return sb_fail_memory(error);
    new->config = *config;
    new->is_in_memory = true;
    new->folder = strdup(name);
    new->layers = calloc(config->n_layers, sizeof *new->layers);
    struct builder b = { .checkpoint = new,
                         .names = names_of(config->architecture),
                         .error = error };
    if (!new->folder || !new->layers)
        b.status = sb_fail_memory(error);
    else
        take_all(&b);
    if (!b.status && place_weights(new, like))
        b.status = sb_fail_memory(error);
    if (b.status)
        sb_checkpoint_close(new);
    else
        *checkpoint = new;
    return b.status;
}

void sb_checkpoint_close(struct sb_checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    for (size_t i = 0; checkpoint->is_in_memory && i < checkpoint->n_weights; i++)
        free_declared(checkpoint->weights[i]);
    free(checkpoint->parameters);
    sb_shards_close(&checkpoint->shards);
    free(checkpoint->layers);
    free(checkpoint->weights);
    free(checkpoint->folder);
    free(checkpoint);
}

size_t sb_checkpoint_n_parameters(const struct sb_checkpoint *checkpoint)
{
    size_t n = 0;
    for (size_t i = 0; i < checkpoint->n_weights; i++)
        n += checkpoint->weights[i]->n_elements;
    return n;
}
