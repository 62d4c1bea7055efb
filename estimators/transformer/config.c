#include "estimators/transformer/config.h"

#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* No checkpoint comes near these; products of two sizes, times a few, stay far below SIZE_MAX. */
#define MAX_SIZE ((size_t)1 << 30)
#define MAX_LAYERS ((size_t)1 << 16)

/* ---- the table of differences ----------------------------------------------------------------- */

enum bias { NEVER, ALWAYS, IF_ASKED, UNLESS_REFUSED }; /* the last two: by a key of config.json */

enum window { NO_WINDOW, OWN_WINDOW, WINDOW_IF_ASKED }; /* by sliding_window, use_sliding_window */

/* Keys first, then what holds where config.json says nothing, then what it cannot say. */
struct row {
    const char *name;
    enum sb_architecture architecture;
    const char *width, *layers, *heads, *hidden, *context, *epsilon, *activation;
    size_t head_width;                            /* 0: n_width / n_heads */
    double default_epsilon, default_rotary_share; /* share 0: no rotary embedding */
    const char *default_activation;
    long bos_id, eos_id;
    bool is_tied;
    bool is_layer_norm, has_qk_norm, is_gated;
    double norm_offset;
    enum bias qkv_bias, output_bias, mlp_bias;
    enum window window;
};

#define USUAL_KEYS                                                                                 \
    .width = "hidden_size", .layers = "num_hidden_layers", .heads = "num_attention_heads",         \
    .hidden = "intermediate_size", .context = "max_position_embeddings"
#define LLAMA_LIKE                                                                                 \
    USUAL_KEYS, .epsilon = "rms_norm_eps", .activation = "hidden_act", .default_epsilon = 1e-6,    \
                .default_activation = "silu", .default_rotary_share = 1, .is_gated = true

static const struct row ROWS[] = {
    { "llama", SB_LLAMA, LLAMA_LIKE, .bos_id = 1, .eos_id = 2, .qkv_bias = IF_ASKED,
      .output_bias = IF_ASKED, .mlp_bias = IF_ASKED },
    { "mistral", SB_MISTRAL, LLAMA_LIKE, .bos_id = 1, .eos_id = 2, .window = OWN_WINDOW },
    { "qwen2", SB_QWEN2, LLAMA_LIKE, .bos_id = -1, .eos_id = -1, .qkv_bias = ALWAYS,
      .window = WINDOW_IF_ASKED },
    { "qwen3", SB_QWEN3, LLAMA_LIKE, .bos_id = -1, .eos_id = -1, .qkv_bias = IF_ASKED,
      .output_bias = IF_ASKED, .has_qk_norm = true, .head_width = 128, .window = WINDOW_IF_ASKED },
    { "gemma", SB_GEMMA, LLAMA_LIKE, .bos_id = 2, .eos_id = 1, .qkv_bias = IF_ASKED,
      .output_bias = IF_ASKED, .norm_offset = 1, .head_width = 256, .is_tied = true },
    { "gpt2", SB_GPT2, .width = "n_embd", .layers = "n_layer", .heads = "n_head",
      .hidden = "n_inner", .context = "n_positions", .epsilon = "layer_norm_epsilon",
      .activation = "activation_function", .default_epsilon = 1e-5,
      .default_activation = "gelu_new", .bos_id = 50256, .eos_id = 50256, .is_tied = true,
      .is_layer_norm = true, .qkv_bias = ALWAYS, .output_bias = ALWAYS, .mlp_bias = ALWAYS },
    { "gpt_neox", SB_GPT_NEOX, USUAL_KEYS, .epsilon = "layer_norm_eps", .activation = "hidden_act",
      .default_epsilon = 1e-5, .default_activation = "gelu", .default_rotary_share = 0.25,
      .bos_id = 0, .eos_id = 2, .is_layer_norm = true, .qkv_bias = UNLESS_REFUSED,
      .output_bias = UNLESS_REFUSED, .mlp_bias = ALWAYS },
};

enum { N_ROWS = sizeof ROWS / sizeof *ROWS };

const char *sb_architecture_name(enum sb_architecture architecture)
{
    return ROWS[architecture].name; /* the rows stand in the order of the enum; tested */
}

/* ---- values by key ---------------------------------------------------------------------------- */

/* The first failure stays in status; what is read after it does not matter. */
struct reader {
    const json_t *root;
    const char *name;
    struct sb_error *error;
    enum sb_status status;
};

#define FAIL(reader, code, ...)                                                                    \
    ((reader)->status =                                                                            \
         (reader)->status ? (reader)->status : sb_fail((reader)->error, (code), __VA_ARGS__))

/* NULL where the key is absent or null. */
static const json_t *value_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_null(value) ? NULL : value;
}

/* An integer from 1 to max; fallback where there is none, and with a fallback of 0 it is demanded. */
static size_t take_size(struct reader *r, const json_t *object, const char *key, size_t fallback,
                        size_t max)
{
    const json_t *value = value_of(object, key);
    if (!value && fallback)
        return fallback;
    if (!value)
        FAIL(r, SB_FORMAT, "%s: no \"%s\"; this is not the whole configuration", r->name, key);
    else if (!json_is_integer(value) || json_integer_value(value) < 1)
        FAIL(r, SB_FORMAT, "%s: \"%s\" is not a positive integer", r->name, key);
    else if ((uintmax_t)json_integer_value(value) > max)
        FAIL(r, SB_LIMIT, "%s: \"%s\" is %lld; at most %zu is allowed", r->name, key,
             (long long)json_integer_value(value), max);
    else
        return (size_t)json_integer_value(value);
    return 1;
}

/* A number above 0; as with sizes, a fallback of 0 demands it. */
static double take_positive(struct reader *r, const json_t *object, const char *key,
                            double fallback)
{
    const json_t *value = value_of(object, key);
    if (!value && fallback > 0)
        return fallback;
    if (!value)
        FAIL(r, SB_FORMAT, "%s: no \"%s\"", r->name, key);
    else if (!json_is_number(value) || !(json_number_value(value) > 0))
        FAIL(r, SB_FORMAT, "%s: \"%s\" is not a number above 0", r->name, key);
    else
        return json_number_value(value);
    return 1;
}

static bool take_boolean(struct reader *r, const char *key, bool fallback)
{
    const json_t *value = value_of(r->root, key);
    if (value && !json_is_boolean(value))
        FAIL(r, SB_FORMAT, "%s: \"%s\" is neither true nor false", r->name, key);
    return value ? json_is_true(value) : fallback;
}

static const char *take_string(struct reader *r, const json_t *object, const char *key,
                               const char *fallback)
{
    const json_t *value = value_of(object, key);
    if (value && !json_is_string(value))
        FAIL(r, SB_FORMAT, "%s: \"%s\" is not a string", r->name, key);
    return json_is_string(value) ? json_string_value(value) : fallback;
}

static long take_id(struct reader *r, const json_t *value, const char *key, size_t n_vocabulary)
{
    if (!json_is_integer(value))
        FAIL(r, SB_FORMAT, "%s: \"%s\" is not an integer", r->name, key);
    else if (json_integer_value(value) < -1 ||
             json_integer_value(value) >= (json_int_t)n_vocabulary)
        FAIL(r, SB_FORMAT, "%s: \"%s\" is %lld, outside the vocabulary of %zu", r->name, key,
             (long long)json_integer_value(value), n_vocabulary);
    else
        return (long)json_integer_value(value);
    return -1;
}

/* An id, or a list of which the first counts. Absent is the architecture's own, null is none. */
static long take_ids(struct reader *r, const char *key, long fallback, size_t n_vocabulary)
{
    const json_t *value = json_object_get(r->root, key);
    if (!value)
        return fallback < (long)n_vocabulary ? fallback : -1;
    if (json_is_null(value))
        return -1;
    if (!json_is_array(value))
        return take_id(r, value, key, n_vocabulary);
    long first = -1;
    for (size_t i = json_array_size(value); i-- > 0;)
        first = take_id(r, json_array_get(value, i), key, n_vocabulary);
    return first;
}

/* ---- what is refused -------------------------------------------------------------------------- */

/* Keys that change the numbers when they are there and not false, 0 or empty. */
static const struct {
    const char *key, *what;
} REFUSED[] = {
    { "quantization_config", "quantised weights; use a checkpoint in F32, F16 or BF16" },
    { "compression_config", "quantised weights; use a checkpoint in F32, F16 or BF16" },
    { "num_local_experts", "a mixture of experts" },
    { "num_experts", "a mixture of experts" },
    { "n_routed_experts", "a mixture of experts" },
    { "attn_logit_softcapping", "soft-capped attention" },
    { "final_logit_softcapping", "soft-capped logits" },
    { "use_bidirectional_attention", "attention to later tokens" },
    { "is_encoder_decoder", "an encoder" },
    { "add_cross_attention", "attention to an encoder" },
    { "scale_attn_by_inverse_layer_idx", "attention scaled by layer" },
};

static bool says_something(const json_t *value)
{
    if (json_is_number(value))
        return json_number_value(value) != 0;
    return value && !json_is_false(value) && !json_is_null(value) &&
           !(json_is_object(value) && !json_object_size(value));
}

static void refuse_unknown(struct reader *r)
{
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++)
        if (says_something(json_object_get(r->root, REFUSED[i].key)))
            FAIL(r, SB_UNSUPPORTED, "%s: \"%s\" asks for what is not implemented: %s", r->name,
                 REFUSED[i].key, REFUSED[i].what);
    if (!take_boolean(r, "scale_attn_weights", true))
        FAIL(r, SB_UNSUPPORTED,
             "%s: \"scale_attn_weights\" asks for what is not implemented: unscaled attention",
             r->name);
}

static const struct row *find_row(struct reader *r)
{
    const char *type = take_string(r, r->root, "model_type", NULL);
    if (!type) {
        FAIL(r, SB_FORMAT, "%s: no \"model_type\"; this is not a model's configuration", r->name);
        return NULL;
    }
    for (size_t i = 0; i < N_ROWS; i++)
        if (strcmp(type, ROWS[i].name) == 0)
            return &ROWS[i];
    FAIL(
        r, SB_UNSUPPORTED,
        "%s: model_type \"%.60s\" is not implemented; llama, mistral, qwen2, qwen3, gemma, gpt2 and "
        "gpt_neox are",
        r->name, type);
    return NULL;
}

/* ---- parts of a configuration ----------------------------------------------------------------- */

static void read_sizes(struct reader *r, const struct row *row, struct sb_transformer_config *c)
{
    c->n_vocabulary = take_size(r, r->root, "vocab_size", 0, MAX_SIZE);
    c->n_width = take_size(r, r->root, row->width, 0, MAX_SIZE);
    c->n_layers = take_size(r, r->root, row->layers, 0, MAX_LAYERS);
    c->n_heads = take_size(r, r->root, row->heads, 0, MAX_SIZE);
    c->n_context = take_size(r, r->root, row->context, 0, MAX_SIZE);
    bool is_gpt2 = row->architecture == SB_GPT2;
    c->n_hidden = take_size(r, r->root, row->hidden, is_gpt2 ? 4 * c->n_width : 0, MAX_SIZE);
    bool has_groups = !row->is_layer_norm; /* gpt2 and gpt_neox know neither of the two keys */
    c->n_kv_heads = has_groups ? take_size(r, r->root, "num_key_value_heads", c->n_heads, MAX_SIZE)
                               : c->n_heads;
    if (c->n_heads % c->n_kv_heads)
        FAIL(r, SB_FORMAT, "%s: %zu attention heads cannot share %zu key-value heads", r->name,
             c->n_heads, c->n_kv_heads);
    size_t head_width = row->head_width ? row->head_width : c->n_width / c->n_heads;
    bool is_given = has_groups && value_of(r->root, "head_dim");
    if (!is_given && !row->head_width && c->n_width % c->n_heads)
        FAIL(r, SB_FORMAT, "%s: a width of %zu does not divide into %zu heads", r->name, c->n_width,
             c->n_heads);
    c->n_head_width = is_given ? take_size(r, r->root, "head_dim", 0, MAX_SIZE) : head_width;
}

static bool has_bias(struct reader *r, enum bias bias, const char *key)
{
    if (bias == IF_ASKED || bias == UNLESS_REFUSED)
        return take_boolean(r, key, bias == UNLESS_REFUSED);
    return bias == ALWAYS;
}

static void read_blocks(struct reader *r, const struct row *row, struct sb_transformer_config *c)
{
    c->is_layer_norm = row->is_layer_norm;
    c->norm_offset = row->norm_offset;
    c->norm_epsilon = take_positive(r, r->root, row->epsilon, row->default_epsilon);
    c->has_qkv_bias = has_bias(r, row->qkv_bias, "attention_bias");
    c->has_output_bias = has_bias(r, row->output_bias, "attention_bias");
    c->has_mlp_bias = has_bias(r, row->mlp_bias, "mlp_bias");
    c->has_qk_norm = row->has_qk_norm;
    c->is_gated = row->is_gated;
    c->is_parallel =
        row->architecture == SB_GPT_NEOX && take_boolean(r, "use_parallel_residual", true);
    c->has_position_embedding = row->architecture == SB_GPT2;
    c->is_tied = take_boolean(r, "tie_word_embeddings", row->is_tied);
    c->bos_id = take_ids(r, "bos_token_id", row->bos_id, c->n_vocabulary);
    c->eos_id = take_ids(r, "eos_token_id", row->eos_id, c->n_vocabulary);
}

/* gemma was released with "hidden_act": "gelu", and meant the approximation by tanh. */
static const char *activation_name(struct reader *r, const struct row *row)
{
    const char *name = take_string(r, r->root, row->activation, row->default_activation);
    if (row->architecture != SB_GEMMA)
        return name;
    if (!value_of(r->root, row->activation) || strcmp(name, "gelu") == 0)
        name = "gelu_pytorch_tanh";
    return take_string(r, r->root, "hidden_activation", name);
}

static enum sb_activation read_activation(struct reader *r, const struct row *row)
{
    static const struct {
        const char *name;
        enum sb_activation activation;
    } known[] = {
        { "silu", SB_SILU },           { "swish", SB_SILU },
        { "gelu_new", SB_GELU_TANH },  { "gelu_pytorch_tanh", SB_GELU_TANH },
        { "gelu_fast", SB_GELU_TANH }, { "gelu", SB_GELU_ERF },
    };
    const char *name = activation_name(r, row);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0)
            return known[i].activation;
    FAIL(
        r, SB_UNSUPPORTED,
        "%s: activation \"%.60s\" is not implemented; silu, gelu, gelu_new and gelu_pytorch_tanh are",
        r->name, name);
    return SB_SILU;
}

/* ---- which tokens are seen -------------------------------------------------------------------- */

enum { FULL = 1, SLIDING = 2 };

/* The kinds of attention in "layer_types", or'ed together; 0 where it says nothing. */
static int layer_kinds(struct reader *r, size_t n_layers)
{
    const json_t *list = value_of(r->root, "layer_types"), *entry;
    int kinds = 0;
    size_t i;
    if (list && (!json_is_array(list) || json_array_size(list) != n_layers))
        FAIL(r, SB_FORMAT, "%s: \"layer_types\" is not a list of the %zu layers", r->name,
             n_layers);
    json_array_foreach((json_t *)list, i, entry)
    {
        const char *name = json_string_value(entry);
        if (name && strcmp(name, "full_attention") == 0)
            kinds |= FULL;
        else if (name && strcmp(name, "sliding_attention") == 0)
            kinds |= SLIDING;
        else
            FAIL(r, SB_UNSUPPORTED, "%s: \"layer_types\": \"%.60s\" is not implemented", r->name,
                 name ? name : "?");
    }
    return kinds;
}

/* Windows in some layers only: those from max_window_layers on. */
static int kinds_by_depth(struct reader *r, size_t n_layers)
{
    const json_t *value = value_of(r->root, "max_window_layers");
    json_int_t first = value ? json_integer_value(value) : 28;
    if (value && (!json_is_integer(value) || first < 0))
        FAIL(r, SB_FORMAT, "%s: \"max_window_layers\" is not a number of layers", r->name);
    return first <= 0 ? SLIDING : first >= (json_int_t)n_layers ? FULL : FULL | SLIDING;
}

static size_t read_window(struct reader *r, const struct row *row, size_t n_layers)
{
    int stated = layer_kinds(r, n_layers), kinds = FULL;
    bool is_null = json_is_null(json_object_get(r->root, "sliding_window"));
    if (row->window == OWN_WINDOW)
        kinds = is_null ? FULL : SLIDING;
    else if (row->window == WINDOW_IF_ASKED && take_boolean(r, "use_sliding_window", false))
        kinds = is_null ? FULL : stated ? stated : kinds_by_depth(r, n_layers);
    if (kinds == (FULL | SLIDING) || (stated && stated != kinds))
        FAIL(r, SB_UNSUPPORTED,
             "%s: a sliding window in some layers and not in others is not implemented", r->name);
    return kinds == SLIDING ? take_size(r, r->root, "sliding_window", 4096, MAX_SIZE) : 0;
}

/* ---- rotary embedding ------------------------------------------------------------------------- */

/* The object that describes it: "rope_parameters" or, in older files, "rope_scaling"; else NULL. */
static const json_t *rope_object(struct reader *r)
{
    const json_t *newer = value_of(r->root, "rope_parameters");
    const json_t *older = value_of(r->root, "rope_scaling");
    if (newer && older && !json_equal(newer, older))
        FAIL(r, SB_FORMAT, "%s: \"rope_parameters\" and \"rope_scaling\" differ; keep one of them",
             r->name);
    const json_t *rope = newer ? newer : older;
    if (rope && !json_is_object(rope))
        FAIL(r, SB_FORMAT, "%s: \"%s\" is not an object", r->name,
             newer ? "rope_parameters" : "rope_scaling");
    if (value_of(rope, "full_attention") || value_of(rope, "sliding_attention"))
        FAIL(r, SB_UNSUPPORTED,
             "%s: a rotary embedding that differs between layers is not implemented", r->name);
    return rope;
}

/* A number that may stand in either of two places; 0 where it stands in neither. */
static double take_from_two(struct reader *r, const json_t *first, const json_t *second,
                            const char *first_key, const char *second_key)
{
    bool in_first = value_of(first, first_key), in_second = value_of(second, second_key);
    double a = in_first ? take_positive(r, first, first_key, 0) : 0;
    double b = in_second ? take_positive(r, second, second_key, 0) : a;
    if (in_first && a != b)
        FAIL(r, SB_FORMAT, "%s: \"%s\" and \"%s\" contradict each other", r->name, first_key,
             second_key);
    return b;
}

static size_t read_rotary_width(struct reader *r, const json_t *rope, const struct row *row,
                                size_t n_head_width)
{
    bool is_neox = row->architecture == SB_GPT_NEOX;
    double share = take_from_two(r, rope, r->root, "partial_rotary_factor",
                                 is_neox ? "rotary_pct" : "partial_rotary_factor");
    share = share > 0 ? share : row->default_rotary_share;
    if (!is_neox && share != 1)
        FAIL(r, SB_UNSUPPORTED, "%s: \"partial_rotary_factor\" is not implemented for %s", r->name,
             row->name);
    size_t n_rotary = share <= 1 ? (size_t)((double)n_head_width * share) : 0;
    if (n_rotary == 0 || n_rotary % 2)
        FAIL(r, SB_FORMAT,
             "%s: a share of %g of a head of %zu is not an even number of rotated dimensions",
             r->name, share, n_head_width);
    return n_rotary;
}

static void read_llama3(struct reader *r, const json_t *rope, struct sb_transformer_config *c)
{
    c->rope_scaling = SB_ROPE_LLAMA3;
    c->rope_factor = take_positive(r, rope, "factor", 0);
    c->rope_low_factor = take_positive(r, rope, "low_freq_factor", 0);
    c->rope_high_factor = take_positive(r, rope, "high_freq_factor", 0);
    c->rope_original_context = take_size(r, rope, "original_max_position_embeddings", 0, MAX_SIZE);
    if (!r->status && !(c->rope_low_factor < c->rope_high_factor))
        FAIL(r, SB_FORMAT, "%s: \"low_freq_factor\" is not below \"high_freq_factor\"", r->name);
}

static void read_rope(struct reader *r, const struct row *row, struct sb_transformer_config *c)
{
    c->rope_factor = c->rope_theta = 1;
    if (!(row->default_rotary_share > 0))
        return;
    const json_t *rope = rope_object(r);
    bool is_neox = row->architecture == SB_GPT_NEOX;
    double theta =
        take_from_two(r, rope, r->root, "rope_theta", is_neox ? "rotary_emb_base" : "rope_theta");
    c->rope_theta = theta > 0 ? theta : 10000;
    c->n_rotary = read_rotary_width(r, rope, row, c->n_head_width);
    const char *type = take_string(r, rope, "rope_type", take_string(r, rope, "type", "default"));
    if (strcmp(type, "linear") == 0) {
        c->rope_scaling = SB_ROPE_LINEAR;
        c->rope_factor = take_positive(r, rope, "factor", 0);
    } else if (strcmp(type, "llama3") == 0) {
        read_llama3(r, rope, c);
    } else if (strcmp(type, "default") != 0) {
        FAIL(r, SB_UNSUPPORTED,
             "%s: rope_type \"%.60s\" is not implemented; default, linear and llama3 are", r->name,
             type);
    } else if (value_of(rope, "factor")) {
        FAIL(r, SB_FORMAT, "%s: a rotary embedding has a \"factor\" but no \"rope_type\"", r->name);
    }
}

/* ---- what was rounded with the weights ---------------------------------------------------------- */

double sb_round_to_bits(double x, int n_bits)
{
    int exponent;
    double fraction = frexp(x, &exponent);
    if (n_bits == SB_BITS_F16 && exponent < -13)
        n_bits += exponent + 13; /* denormal: multiples of 2^-24 */
    return ldexp(rint(ldexp(fraction, n_bits)), exponent - n_bits);
}

/* The significant bits of the type that config.json names. */
static int read_bits(struct reader *r)
{
    const char *type =
        take_string(r, r->root, "dtype", take_string(r, r->root, "torch_dtype", "float32"));
    return strcmp(type, "bfloat16") == 0  ? SB_BITS_BF16
           : strcmp(type, "float16") == 0 ? SB_BITS_F16
                                          : SB_BITS_F32;
}

/* gemma multiplies by a constant that was itself stored in the type of the weights. */
static void read_rounding(struct reader *r, struct sb_transformer_config *c)
{
    int n_bits = read_bits(r);
    c->n_rope_bits = value_of(r->root, "transformers_version") ? SB_BITS_F32 : n_bits;
    c->embedding_scale = 1;
    if (c->architecture == SB_GEMMA)
        c->embedding_scale = sb_round_to_bits((float)sqrt((double)c->n_width), n_bits);
}

/* ---- the whole -------------------------------------------------------------------------------- */

static enum sb_status read_root(const json_t *root, const char *name,
                                struct sb_transformer_config *config, struct sb_error *error)
{
    struct reader r = { root, name, error, SB_OK };
    struct sb_transformer_config c = { 0 };
    if (!json_is_object(root))
        return sb_fail(error, SB_FORMAT, "%s: not a JSON object", name);
    const struct row *row = find_row(&r);
    if (!row)
        return r.status;
    c.architecture = row->architecture;
    refuse_unknown(&r);
    read_sizes(&r, row, &c);
    read_blocks(&r, row, &c);
    c.activation = read_activation(&r, row);
    c.n_window = read_window(&r, row, c.n_layers);
    read_rope(&r, row, &c);
    read_rounding(&r, &c);
    if (!r.status)
        *config = c;
    return r.status;
}

/* Takes the reference to root, NULL if the text is no JSON. */
static enum sb_status finish(json_t *root, const json_error_t *problem, const char *name,
                             struct sb_transformer_config *config, struct sb_error *error)
{
    if (!root && problem->line < 0)
        return sb_fail(
            error, SB_IO,
            "%s: cannot be read: %s; a model is a folder with config.json, tokenizer.json "
            "and model.safetensors",
            name, problem->text);
    if (!root)
        return sb_fail(error, SB_FORMAT, "%s line %d: %s", name, problem->line, problem->text);
    enum sb_status status = read_root(root, name, config, error);
    json_decref(root);
    return status;
}

enum sb_status sb_transformer_config_parse(const char *text, size_t n, const char *name,
                                           struct sb_transformer_config *config,
                                           struct sb_error *error)
{
    json_error_t problem;
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &problem);
    return finish(root, &problem, name, config, error);
}

enum sb_status sb_transformer_config_read(const char *folder, struct sb_transformer_config *config,
                                          struct sb_error *error)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/config.json", folder) >= (int)sizeof path)
        return sb_fail(error, SB_LIMIT, "%.60s...: the name of this folder is too long", folder);
    json_error_t problem;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &problem);
    return finish(root, &problem, path, config, error);
}
