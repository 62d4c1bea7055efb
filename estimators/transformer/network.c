#include "estimators/transformer/network.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "theory/random.h"

/* ---- from a configuration ---------------------------------------------------------------------- */

/* Takes config_json; like may be NULL. */
static enum sb_status build(char *config_json, const char *name, const struct sb_checkpoint *like,
                            struct sb_network **model, struct sb_error *error)
{
    struct sb_transformer_config config;
    struct sb_network *new = calloc(1, sizeof *new);
    *model = NULL;
    if (!new || !config_json) {
        free(config_json);
        free(new);
        return sb_fail_memory(error);
    }
    new->config_json = config_json;
    enum sb_status status =
        sb_transformer_config_parse(config_json, strlen(config_json), name, &config, error);
    if (!status)
        status = sb_checkpoint_create(&config, name, like, &new->checkpoint, error);
    if (!status)
        status = sb_transformer_create(new->checkpoint, sb_kernels_best(), config.n_context,
                                       &new->transformer, error);
    if (status) {
        sb_network_free(new);
        return status;
    }
    new->parameters = new->checkpoint->parameters;
    new->n_parameters = sb_checkpoint_n_parameters(new->checkpoint);
    *model = new;
    return SB_OK;
}

void sb_network_free(struct sb_network *model)
{
    if (!model)
        return;
    sb_transformer_free(model->transformer);
    sb_checkpoint_close(model->checkpoint);
    free(model->config_json);
    free(model->tokenizer_json);
    free(model);
}

/* A copy of text, which may be NULL; false if there is no memory. */
static bool copy_text(const char *text, char **copy)
{
    *copy = text ? strdup(text) : NULL;
    return *copy || !text;
}

enum sb_status sb_network_clone(const struct sb_network *model, struct sb_network **clone)
{
    char *config_json;
    *clone = NULL;
    if (!copy_text(model->config_json, &config_json))
        return SB_MEMORY;
    struct sb_network *new;
    enum sb_status status =
        build(config_json, model->checkpoint->folder, model->checkpoint, &new, NULL);
    if (status)
        return status;
    if (!copy_text(model->tokenizer_json, &new->tokenizer_json)) {
        sb_network_free(new);
        return SB_MEMORY;
    }
    memcpy(new->parameters, model->parameters, model->n_parameters * sizeof *new->parameters);
    *clone = new;
    return SB_OK;
}

/* ---- fresh ------------------------------------------------------------------------------------- */

struct sb_network_options sb_network_options_default(void)
{
    return (struct sb_network_options){ .form = "llama",
                                        .n_width = 64,
                                        .n_layers = 2,
                                        .n_heads = 4,
                                        .n_context = 256,
                                        .n_vocabulary = 257,
                                        .bos_id = 256,
                                        .eos_id = 256,
                                        .is_tied = true,
                                        .rope_theta = 10000 };
}

static json_t *id_json(long id)
{
    return id < 0 ? json_null() : json_integer(id);
}

static json_t *describe_gpt2(const struct sb_network_options *o)
{
    return json_pack(
        "{s:s, s:[s], s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:f, s:b}", "model_type", "gpt2",
        "architectures", "GPT2LMHeadModel", "vocab_size", (json_int_t)o->n_vocabulary, "n_embd",
        (json_int_t)o->n_width, "n_layer", (json_int_t)o->n_layers, "n_head",
        (json_int_t)o->n_heads, "n_positions", (json_int_t)o->n_context, "n_inner",
        (json_int_t)(o->n_hidden ? o->n_hidden : 4 * o->n_width), "activation_function", "gelu_new",
        "layer_norm_epsilon", 1e-5, "tie_word_embeddings", 1);
}

static json_t *describe_llama(const struct sb_network_options *o)
{
    bool is_llama = strcmp(o->form, "llama") == 0;
    return json_pack(
        "{s:s, s:[s], s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:f, s:f, s:b}", "model_type",
        o->form, "architectures", is_llama ? "LlamaForCausalLM" : "Qwen2ForCausalLM", "vocab_size",
        (json_int_t)o->n_vocabulary, "hidden_size", (json_int_t)o->n_width, "num_hidden_layers",
        (json_int_t)o->n_layers, "num_attention_heads", (json_int_t)o->n_heads,
        "num_key_value_heads", (json_int_t)(o->n_kv_heads ? o->n_kv_heads : o->n_heads),
        "max_position_embeddings", (json_int_t)o->n_context, "intermediate_size",
        (json_int_t)(o->n_hidden ? o->n_hidden : 3 * o->n_width), "hidden_act", "silu",
        "rms_norm_eps", 1e-5, "rope_theta", o->rope_theta, "tie_word_embeddings", (int)o->is_tied);
}

/* config.json; NULL if there is no memory. */
static char *describe(const struct sb_network_options *o)
{
    json_t *root = strcmp(o->form, "gpt2") == 0 ? describe_gpt2(o) : describe_llama(o);
    char *text = NULL;
    if (root && !json_object_set_new(root, "bos_token_id", id_json(o->bos_id)) &&
        !json_object_set_new(root, "eos_token_id", id_json(o->eos_id)) &&
        !json_object_set_new(root, "torch_dtype", json_string("float32")))
        text = json_dumps(root, JSON_INDENT(1));
    json_decref(root);
    return text;
}

static enum sb_status check_options(const struct sb_network_options *o, struct sb_error *error)
{
    if (strcmp(o->form, "llama") && strcmp(o->form, "qwen2") && strcmp(o->form, "gpt2"))
        return sb_fail(error, SB_UNSUPPORTED,
                       "a new model of the form \"%.60s\"; llama, qwen2 and gpt2 are implemented",
                       o->form);
    if (!o->n_width || !o->n_layers || !o->n_heads || !o->n_context || !o->n_vocabulary)
        return sb_fail(error, SB_DOMAIN,
                       "a new model: width, layers, heads, context and vocabulary are at least 1");
    if (o->n_width > 1 << 16 || o->n_layers > 1 << 10 || o->n_hidden > 1 << 18 ||
        o->n_context > 1 << 20 || o->n_vocabulary > 1 << 22)
        return sb_fail(error, SB_LIMIT, "a new model: larger than this trainer can be meant for");
    if (o->n_width % o->n_heads)
        return sb_fail(error, SB_DOMAIN,
                       "a new model: a width of %zu does not divide into %zu heads", o->n_width,
                       o->n_heads);
    if (strcmp(o->form, "gpt2") && o->n_width / o->n_heads % 2)
        return sb_fail(error, SB_DOMAIN,
                       "a new model: heads of %zu cannot be rotated; let width / heads be even",
                       o->n_width / o->n_heads);
    return SB_OK;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), n_end = strlen(end);
    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

/* Whether a matrix writes into the residual stream. */
static bool is_writer(const struct sb_checkpoint *c, const struct sb_tensor *tensor)
{
    for (size_t i = 0; i < c->config.n_layers; i++)
        if (tensor == c->layers[i].output.weight || tensor == c->layers[i].down.weight)
            return true;
    return false;
}

static void draw_weights(struct sb_network *model, uint64_t seed)
{
    const struct sb_checkpoint *c = model->checkpoint;
    double width = (double)c->config.n_width, deviation = width < 400 ? 0.4 / sqrt(width) : 0.02;
    float *parameters = model->parameters;
    for (size_t i = 0; i < c->n_weights; parameters += c->weights[i++]->n_elements) {
        const struct sb_tensor *tensor = c->weights[i];
        double scale = is_writer(c, tensor) ? 1 / sqrt(2 * (double)c->config.n_layers) : 1;
        struct sb_random random;
        sb_random_init(&random, seed, i);
        for (size_t j = 0; j < tensor->n_elements; j++)
            if (tensor->n_dims == 2)
                parameters[j] = (float)(deviation * scale * sb_random_normal(&random));
            else
                parameters[j] = ends_with(tensor->name, ".bias") ? 0 : 1;
    }
}

enum sb_status sb_network_create(const struct sb_network_options *options, uint64_t seed,
                                 struct sb_network **model, struct sb_error *error)
{
    *model = NULL;
    struct sb_network *new;
    enum sb_status status = check_options(options, error);
    if (!status)
        status = build(describe(options), "new model", NULL, &new, error);
    if (status)
        return status;
    if (!copy_text(options->tokenizer_json, &new->tokenizer_json)) {
        sb_network_free(new);
        return sb_fail_memory(error);
    }
    draw_weights(new, seed);
    *model = new;
    return SB_OK;
}

/* ---- from a checkpoint ------------------------------------------------------------------------- */

/* config.json of a folder, saying that the weights are fp32; NULL if it cannot be had. */
static char *read_description(const char *folder)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/config.json", folder) >= (int)sizeof path)
        return NULL;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    const char *key = json_object_get(root, "dtype") ? "dtype" : "torch_dtype";
    char *text = NULL;
    if (root && !json_object_set_new(root, key, json_string("float32")))
        text = json_dumps(root, JSON_INDENT(1));
    json_decref(root);
    return text;
}

/* A whole file as a string; NULL where there is none. */
static char *read_text(const char *folder, const char *name)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return NULL;
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *text = NULL;
    if (!fseek(file, 0, SEEK_END)) {
        long n = ftell(file);
        text = n >= 0 ? malloc((size_t)n + 1) : NULL;
        rewind(file);
        if (text)
            text[fread(text, 1, (size_t)n, file)] = 0;
    }
    fclose(file);
    return text;
}

enum sb_status sb_network_open(const char *folder, struct sb_network **model,
                               struct sb_error *error)
{
    *model = NULL;
    struct sb_checkpoint *stored;
    struct sb_network *new;
    enum sb_status status = sb_checkpoint_open(folder, NULL, &stored, error);
    if (status)
        return status;
    status = build(read_description(folder), folder, stored, &new, error);
    if (!status) {
        float *parameters = new->parameters;
        for (size_t i = 0; i < stored->n_weights; parameters += stored->weights[i++]->n_elements)
            sb_tensor_floats(stored->weights[i], 0, stored->weights[i]->n_elements, parameters);
        new->tokenizer_json = read_text(folder, "tokenizer.json");
        *model = new;
    }
    sb_checkpoint_close(stored);
    return status;
}
