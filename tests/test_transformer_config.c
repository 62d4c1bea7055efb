#include "tests/helpers.h"

#include <jansson.h>
#include "estimators/transformer/config.h"

/* ---- configurations as the hub has them, cut to what counts ------------------------------------ */

static const char LLAMA[] =
    "{\"model_type\": \"llama\", \"vocab_size\": 128256, \"hidden_size\": 2048,"
    " \"intermediate_size\": 8192, \"num_hidden_layers\": 16, \"num_attention_heads\": 32,"
    " \"num_key_value_heads\": 8, \"head_dim\": 64, \"max_position_embeddings\": 131072,"
    " \"rms_norm_eps\": 1e-05, \"hidden_act\": \"silu\", \"rope_theta\": 500000.0,"
    " \"rope_scaling\": {\"factor\": 32.0, \"high_freq_factor\": 4.0, \"low_freq_factor\": 1.0,"
    " \"original_max_position_embeddings\": 8192, \"rope_type\": \"llama3\"},"
    " \"tie_word_embeddings\": true, \"attention_bias\": false, \"mlp_bias\": false,"
    " \"bos_token_id\": 128000, \"eos_token_id\": [128001, 128008, 128009],"
    " \"torch_dtype\": \"bfloat16\", \"pretraining_tp\": 1, \"use_cache\": true}";

static const char LLAMA_NEWER[] =
    "{\"model_type\": \"llama\", \"vocab_size\": 128256, \"hidden_size\": 2048,"
    " \"intermediate_size\": 8192, \"num_hidden_layers\": 16, \"num_attention_heads\": 32,"
    " \"num_key_value_heads\": 8, \"head_dim\": 64, \"max_position_embeddings\": 131072,"
    " \"rms_norm_eps\": 1e-05, \"hidden_act\": \"silu\","
    " \"rope_parameters\": {\"factor\": 32.0, \"high_freq_factor\": 4.0, \"low_freq_factor\": 1.0,"
    " \"original_max_position_embeddings\": 8192, \"rope_type\": \"llama3\","
    " \"rope_theta\": 500000.0},"
    " \"tie_word_embeddings\": true, \"bos_token_id\": 128000,"
    " \"eos_token_id\": [128001, 128008, 128009], \"dtype\": \"bfloat16\"}";

static const char SMALL[] =
    "\"vocab_size\": 3000, \"hidden_size\": 96, \"intermediate_size\": 200,"
    " \"num_hidden_layers\": 4, \"num_attention_heads\": 6, \"max_position_embeddings\": 512";

static const char GPT2[] =
    "{\"model_type\": \"gpt2\", \"vocab_size\": 50257, \"n_embd\": 768, \"n_layer\": 12,"
    " \"n_head\": 12, \"n_positions\": 1024, \"n_ctx\": 1024, \"n_inner\": null,"
    " \"activation_function\": \"gelu_new\", \"layer_norm_epsilon\": 1e-05,"
    " \"bos_token_id\": 50256, \"eos_token_id\": 50256}";

static const char PYTHIA[] =
    "{\"model_type\": \"gpt_neox\", \"vocab_size\": 50304, \"hidden_size\": 512,"
    " \"intermediate_size\": 2048, \"num_hidden_layers\": 6, \"num_attention_heads\": 8,"
    " \"max_position_embeddings\": 2048, \"rotary_pct\": 0.25, \"rotary_emb_base\": 10000,"
    " \"hidden_act\": \"gelu\", \"layer_norm_eps\": 1e-05, \"use_parallel_residual\": true,"
    " \"tie_word_embeddings\": false, \"bos_token_id\": 0, \"eos_token_id\": 0,"
    " \"torch_dtype\": \"float16\"}";

/* ---- reading ---------------------------------------------------------------------------------- */

static enum sb_status parse(const char *text, struct sb_transformer_config *config,
                            struct sb_error *error)
{
    return sb_transformer_config_parse(text, strlen(text), "config.json", config, error);
}

static struct sb_transformer_config parsed(const char *text)
{
    struct sb_transformer_config config;
    struct sb_error error;
    if (parse(text, &config, &error))
        fail_msg("%s\n  %s", text, error.message);
    return config;
}

/* base with the members of change put over its own; to be freed. */
static char *changed(const char *base, const char *change)
{
    json_t *object = json_loads(base, 0, NULL), *over = json_loads(change, 0, NULL);
    assert_non_null(object);
    if (!over)
        fail_msg("not JSON: %s", change);
    json_object_update(object, over);
    char *text = json_dumps(object, 0);
    assert_non_null(text);
    json_decref(object);
    json_decref(over);
    return text;
}

static struct sb_transformer_config parsed_with(const char *base, const char *change)
{
    char *text = changed(base, change);
    struct sb_transformer_config config = parsed(text);
    free(text);
    return config;
}

/* {"model_type": type, SMALL, rest}, a view until the next call. */
static const char *small(const char *type, const char *rest)
{
    static char text[2048];
    snprintf(text, sizeof text, "{\"model_type\": \"%s\", %s%s%s}", type, SMALL, *rest ? ", " : "",
             rest);
    return text;
}

static void test_llama3(void **state)
{
    (void)state;
    const char *const forms[] = { LLAMA, LLAMA_NEWER };
    for (size_t i = 0; i < 2; i++) {
        struct sb_transformer_config c = parsed(forms[i]);
        assert_int_equal(c.architecture, SB_LLAMA);
        assert_int_equal(c.n_vocabulary, 128256);
        assert_int_equal(c.n_layers, 16);
        assert_int_equal(c.n_width, 2048);
        assert_int_equal(c.n_heads, 32);
        assert_int_equal(c.n_kv_heads, 8);
        assert_int_equal(c.n_head_width, 64);
        assert_int_equal(c.n_hidden, 8192);
        assert_int_equal(c.n_context, 131072);
        assert_int_equal(c.n_window, 0);
        assert_false(c.is_layer_norm || c.has_qkv_bias || c.has_output_bias || c.has_mlp_bias ||
                     c.has_qk_norm || c.is_parallel || c.has_position_embedding);
        assert_true(c.is_gated && c.is_tied);
        assert_true(c.norm_epsilon == 1e-5 && c.norm_offset == 0 && c.embedding_scale == 1);
        assert_int_equal(c.activation, SB_SILU);
        assert_int_equal(c.n_rotary, 64);
        assert_true(c.rope_theta == 500000);
        assert_int_equal(c.rope_scaling, SB_ROPE_LLAMA3);
        assert_true(c.rope_factor == 32 && c.rope_low_factor == 1 && c.rope_high_factor == 4);
        assert_int_equal(c.rope_original_context, 8192);
        assert_int_equal(c.bos_id, 128000);
        assert_int_equal(c.eos_id, 128001);
    }
}

static void test_llama_forms(void **state)
{
    (void)state;
    struct sb_transformer_config c = parsed(small("llama", ""));
    assert_int_equal(c.n_kv_heads, 6);
    assert_int_equal(c.n_head_width, 16);
    assert_int_equal(c.n_rotary, 16);
    assert_int_equal(c.rope_scaling, SB_ROPE_PLAIN);
    assert_true(c.rope_theta == 10000 && c.rope_factor == 1 && c.norm_epsilon == 1e-6);
    assert_false(c.is_tied);
    assert_int_equal(c.bos_id, 1);
    assert_int_equal(c.eos_id, 2);
    c = parsed(small("llama", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2.0}"));
    assert_int_equal(c.rope_scaling, SB_ROPE_LINEAR);
    assert_true(c.rope_factor == 2);
    c = parsed(small("llama", "\"rope_parameters\": {\"rope_type\": \"default\", "
                              "\"rope_theta\": 5e5}, \"eos_token_id\": null"));
    assert_int_equal(c.rope_scaling, SB_ROPE_PLAIN);
    assert_true(c.rope_theta == 5e5);
    assert_int_equal(c.eos_id, -1);
    c = parsed(small("llama", "\"attention_bias\": true, \"bos_token_id\": -1"));
    assert_true(c.has_qkv_bias && c.has_output_bias && !c.has_mlp_bias);
    assert_int_equal(c.bos_id, -1);
    c = parsed(small("llama", "\"mlp_bias\": true, \"num_experts\": 0, \"rope_scaling\": null, "
                              "\"quantization_config\": null"));
    assert_true(!c.has_qkv_bias && c.has_mlp_bias);
}

/* An id that an architecture has where config.json is silent must be one of this vocabulary. */
static void test_ids_of_a_small_vocabulary(void **state)
{
    (void)state;
    static const char without[] = "{\"model_type\": \"gpt2\", \"vocab_size\": 50257, "
                                  "\"n_embd\": 8, \"n_layer\": 1, \"n_head\": 2, "
                                  "\"n_positions\": 4}";
    struct sb_transformer_config c = parsed(without);
    assert_int_equal(c.bos_id, 50256);
    c = parsed_with(without, "{\"vocab_size\": 257}");
    assert_int_equal(c.bos_id, -1);
    assert_int_equal(c.eos_id, -1);
}

static void test_windows(void **state)
{
    (void)state;
    static const struct {
        const char *type, *rest;
        size_t n_window;
    } cases[] = {
        { "mistral", "\"sliding_window\": 128", 128 },
        { "mistral", "\"sliding_window\": null", 0 },
        { "mistral", "", 4096 },
        { "llama", "\"sliding_window\": 128", 0 }, /* llama has none, whatever it says */
        { "qwen2", "\"sliding_window\": 128", 0 },
        { "qwen2",
          "\"sliding_window\": 128, \"use_sliding_window\": false, "
          "\"max_window_layers\": 2",
          0 },
        { "qwen2",
          "\"sliding_window\": 128, \"use_sliding_window\": true, "
          "\"max_window_layers\": 0",
          128 },
        { "qwen2",
          "\"sliding_window\": 128, \"use_sliding_window\": true, "
          "\"max_window_layers\": 4",
          0 },
        { "qwen2",
          "\"sliding_window\": null, \"use_sliding_window\": true, "
          "\"max_window_layers\": 2",
          0 },
        { "qwen3",
          "\"sliding_window\": 64, \"use_sliding_window\": true, "
          "\"layer_types\": [\"sliding_attention\", \"sliding_attention\", "
          "\"sliding_attention\", \"sliding_attention\"]",
          64 },
        { "qwen3",
          "\"layer_types\": [\"full_attention\", \"full_attention\", "
          "\"full_attention\", \"full_attention\"]",
          0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(parsed(small(cases[i].type, cases[i].rest)).n_window, cases[i].n_window);
}

static void test_mistral_and_qwen(void **state)
{
    (void)state;
    struct sb_transformer_config c =
        parsed(small("mistral", "\"num_key_value_heads\": 2, \"head_dim\": 20"));
    assert_int_equal(c.n_kv_heads, 2);
    assert_int_equal(c.n_head_width, 20);
    assert_int_equal(c.n_rotary, 20);
    assert_false(c.has_qkv_bias);
    c = parsed(small("qwen2", ""));
    assert_true(c.has_qkv_bias && !c.has_output_bias && !c.has_mlp_bias && !c.has_qk_norm);
    assert_int_equal(c.bos_id, -1);
    c = parsed(small("qwen3", ""));
    assert_true(c.has_qk_norm && !c.has_qkv_bias && c.is_gated);
    assert_int_equal(c.n_head_width, 128);
    c = parsed(small("qwen3", "\"head_dim\": 24, \"attention_bias\": true"));
    assert_int_equal(c.n_head_width, 24);
    assert_true(c.has_qkv_bias && c.has_output_bias);
}

/* sqrt(3072) = 55.4256...: in 8 bits 55.5 (spacing 1/4: 55.25, 55.5), in 11 bits 55.4375 (spacing 1/32:
 * 55.40625, 55.4375). */
static void test_gemma(void **state)
{
    (void)state;
    static const struct {
        const char *rest;
        double scale;
    } scales[] = {
        { "{\"hidden_size\": 3072, \"torch_dtype\": \"bfloat16\"}", 55.5 },
        { "{\"hidden_size\": 3072, \"dtype\": \"bfloat16\"}", 55.5 },
        { "{\"hidden_size\": 3072, \"dtype\": \"float16\"}", 55.4375 },
        { "{\"hidden_size\": 3072, \"dtype\": \"float32\"}", 55.42562484741211 },
        { "{\"hidden_size\": 3072}", 55.42562484741211 },
        { "{\"hidden_size\": 2048, \"dtype\": \"bfloat16\"}", 45.25 },
    };
    const char *base = small("gemma", "");
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
        assert_true(parsed_with(base, scales[i].rest).embedding_scale == scales[i].scale);
    struct sb_transformer_config c = parsed(base);
    assert_int_equal(c.n_head_width, 256);
    assert_true(c.norm_offset == 1 && c.is_tied && c.is_gated && !c.is_layer_norm);
    assert_int_equal(c.bos_id, 2);
    assert_int_equal(c.eos_id, 1);
    assert_int_equal(c.activation, SB_GELU_TANH);
    assert_int_equal(parsed_with(base, "{\"hidden_act\": \"gelu\"}").activation, SB_GELU_TANH);
    assert_int_equal(
        parsed_with(base, "{\"hidden_act\": \"gelu\", \"hidden_activation\": null}").activation,
        SB_GELU_TANH);
    assert_int_equal(parsed_with(base, "{\"hidden_activation\": \"gelu\"}").activation,
                     SB_GELU_ERF);
}

/* Angles are rounded with the weights, unless transformers wrote the file. In 11 bits 2^-15 + 2^-25 is
 * a tie between multiples of 2^-24 and goes to the even one. */
static void test_rope_rounding(void **state)
{
    (void)state;
    const char *base = small("llama", "");
    assert_int_equal(parsed_with(base, "{\"dtype\": \"bfloat16\"}").n_rope_bits, 8);
    assert_int_equal(parsed_with(base, "{\"torch_dtype\": \"float16\"}").n_rope_bits, 11);
    assert_int_equal(parsed_with(base, "{\"dtype\": \"float32\"}").n_rope_bits, 24);
    assert_int_equal(parsed_with(base, "{\"dtype\": \"bfloat16\", "
                                       "\"transformers_version\": \"4.43.0\"}")
                         .n_rope_bits,
                     24);
    assert_true(sb_round_to_bits(1.0, 8) == 1 && sb_round_to_bits(0, 8) == 0);
    assert_true(sb_round_to_bits(0x1.03p0, 8) == 0x1.04p0); /* a tie: to even */
    assert_true(sb_round_to_bits(0x1.01p0, 8) == 0x1p0);
    assert_true(sb_round_to_bits(0x1p-15 + 0x1p-25, 11) == 0x1p-15);
    assert_true(sb_round_to_bits(0x1p-15 + 0x1.8p-24, 11) == 0x1p-15 + 0x1p-23);
}

static void test_gpt2_and_neox(void **state)
{
    (void)state;
    struct sb_transformer_config c = parsed(GPT2);
    assert_int_equal(c.architecture, SB_GPT2);
    assert_int_equal(c.n_hidden, 3072);
    assert_int_equal(c.n_kv_heads, 12);
    assert_int_equal(c.n_head_width, 64);
    assert_int_equal(c.n_context, 1024);
    assert_int_equal(c.n_rotary, 0);
    assert_int_equal(c.activation, SB_GELU_TANH);
    assert_true(c.is_layer_norm && c.has_qkv_bias && c.has_output_bias && c.has_mlp_bias &&
                c.has_position_embedding && c.is_tied && !c.is_gated && !c.is_parallel);
    assert_int_equal(parsed_with(GPT2, "{\"n_inner\": 100}").n_hidden, 100);
    assert_int_equal(parsed_with(GPT2, "{\"activation_function\": \"gelu\"}").activation,
                     SB_GELU_ERF);
    c = parsed(PYTHIA);
    assert_int_equal(c.n_head_width, 64);
    assert_int_equal(c.n_rotary, 16);
    assert_int_equal(c.activation, SB_GELU_ERF);
    assert_true(c.is_layer_norm && c.is_parallel && c.has_qkv_bias && c.has_output_bias &&
                c.has_mlp_bias && !c.is_tied && !c.has_position_embedding);
    assert_false(parsed_with(PYTHIA, "{\"use_parallel_residual\": false}").is_parallel);
    assert_true(parsed_with(PYTHIA, "{\"rotary_emb_base\": 25000}").rope_theta == 25000);
    c = parsed_with(PYTHIA, "{\"attention_bias\": false}");
    assert_true(!c.has_qkv_bias && !c.has_output_bias && c.has_mlp_bias);
    c = parsed_with(PYTHIA,
                    "{\"rotary_pct\": null, \"rotary_emb_base\": null, \"rope_parameters\": "
                    "{\"rope_theta\": 3e4, \"partial_rotary_factor\": 0.5, "
                    "\"rope_type\": \"default\"}}");
    assert_int_equal(c.n_rotary, 32);
    assert_true(c.rope_theta == 3e4);
}

static void test_names(void **state)
{
    (void)state;
    static const char *const names[] = { "llama", "mistral", "qwen2",   "qwen3",
                                         "gemma", "gpt2",    "gpt_neox" };
    for (size_t i = 0; i < 7; i++)
        assert_string_equal(sb_architecture_name((enum sb_architecture)i), names[i]);
}

/* ---- what is refused -------------------------------------------------------------------------- */

/* The message is one line that names the file; the configuration stays as it was. */
static void assert_refuses(const char *text, size_t n, enum sb_status expected, const char *part)
{
    struct sb_transformer_config config, before;
    struct sb_error error = { "" };
    memset(&config, 0x5A, sizeof config);
    memset(&before, 0x5A, sizeof before);
    enum sb_status status = sb_transformer_config_parse(text, n, "m/config.json", &config, &error);
    if (status != expected || !strstr(error.message, part) ||
        strncmp(error.message, "m/config.json", 13) != 0 || strchr(error.message, '\n'))
        fail_msg("%.*s\n  status %d (expected %d): %s\n  expected: %s", (int)n, text, (int)status,
                 (int)expected, error.message, part);
    assert_memory_equal(&config, &before, sizeof config);
}

static void test_unsupported(void **state)
{
    (void)state;
    static const struct {
        const char *base, *change, *part;
    } cases[] = {
        { LLAMA, "{\"model_type\": \"mixtral\"}", "model_type \"mixtral\"" },
        { LLAMA, "{\"model_type\": \"gemma2\"}", "model_type \"gemma2\"" },
        { LLAMA, "{\"model_type\": \"gemma3_text\"}", "model_type \"gemma3_text\"" },
        { LLAMA, "{\"model_type\": \"bert\"}", "llama, mistral, qwen2" },
        { LLAMA, "{\"num_local_experts\": 8}", "mixture of experts" },
        { LLAMA, "{\"num_experts\": 64}", "mixture of experts" },
        { LLAMA, "{\"quantization_config\": {\"bits\": 4}}", "\"quantization_config\"" },
        { LLAMA, "{\"final_logit_softcapping\": 30.0}", "soft-capped logits" },
        { LLAMA, "{\"use_bidirectional_attention\": true}", "later tokens" },
        { LLAMA, "{\"hidden_act\": \"relu\"}", "activation \"relu\"" },
        { LLAMA, "{\"hidden_act\": \"quick_gelu\"}", "activation \"quick_gelu\"" },
        { LLAMA, "{\"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2.0}}",
          "rope_type \"dynamic\"" },
        { LLAMA, "{\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 2.0}}",
          "rope_type \"yarn\"" },
        { LLAMA, "{\"rope_scaling\": {\"rope_type\": \"longrope\"}}", "rope_type \"longrope\"" },
        { LLAMA_NEWER, "{\"rope_parameters\": {\"full_attention\": {\"rope_theta\": 1e4}}}",
          "differs between layers" },
        { LLAMA, "{\"partial_rotary_factor\": 0.5}", "partial_rotary_factor" },
        { LLAMA,
          "{\"num_hidden_layers\": 2, "
          "\"layer_types\": [\"full_attention\", \"sliding_attention\"]}",
          "some layers and not in others" },
        { LLAMA, "{\"num_hidden_layers\": 1, \"layer_types\": [\"linear_attention\"]}",
          "linear_attention" },
        { GPT2, "{\"scale_attn_weights\": false}", "scale_attn_weights" },
        { GPT2, "{\"scale_attn_by_inverse_layer_idx\": true}", "scale_attn_by_inverse_layer_idx" },
        { GPT2, "{\"add_cross_attention\": true}", "add_cross_attention" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = changed(cases[i].base, cases[i].change);
        assert_refuses(text, strlen(text), SB_UNSUPPORTED, cases[i].part);
        free(text);
    }
    const char *mixed = small("qwen2", "\"use_sliding_window\": true, \"sliding_window\": 8, "
                                       "\"max_window_layers\": 2");
    assert_refuses(mixed, strlen(mixed), SB_UNSUPPORTED, "some layers and not in others");
}

static void test_contradictions(void **state)
{
    (void)state;
    static const struct {
        const char *base, *change;
        enum sb_status status;
        const char *part;
    } cases[] = {
        { LLAMA, "{\"model_type\": null}", SB_FORMAT, "no \"model_type\"" },
        { LLAMA, "{\"model_type\": 7}", SB_FORMAT, "\"model_type\" is not a string" },
        { LLAMA, "{\"vocab_size\": null}", SB_FORMAT, "no \"vocab_size\"" },
        { LLAMA, "{\"vocab_size\": 0}", SB_FORMAT, "\"vocab_size\" is not a positive integer" },
        { LLAMA, "{\"hidden_size\": -1}", SB_FORMAT, "\"hidden_size\" is not a positive" },
        { LLAMA, "{\"hidden_size\": 2048.0}", SB_FORMAT, "\"hidden_size\" is not a positive" },
        { LLAMA, "{\"hidden_size\": \"2048\"}", SB_FORMAT, "\"hidden_size\" is not a positive" },
        { LLAMA, "{\"hidden_size\": 9223372036854775807}", SB_LIMIT, "\"hidden_size\" is 9223" },
        { LLAMA, "{\"num_hidden_layers\": 65537}", SB_LIMIT, "at most 65536" },
        { LLAMA, "{\"num_key_value_heads\": 7}", SB_FORMAT, "32 attention heads" },
        { LLAMA, "{\"head_dim\": null, \"hidden_size\": 2047}", SB_FORMAT, "32 heads" },
        { LLAMA, "{\"head_dim\": 63}", SB_FORMAT, "even number of rotated" },
        { LLAMA, "{\"rms_norm_eps\": 0}", SB_FORMAT, "\"rms_norm_eps\" is not a number above 0" },
        { LLAMA, "{\"rms_norm_eps\": \"1e-5\"}", SB_FORMAT, "\"rms_norm_eps\" is not a number" },
        { LLAMA, "{\"attention_bias\": 1}", SB_FORMAT, "\"attention_bias\" is neither" },
        { LLAMA, "{\"hidden_act\": 1}", SB_FORMAT, "\"hidden_act\" is not a string" },
        { LLAMA, "{\"bos_token_id\": 128256}", SB_FORMAT, "outside the vocabulary of 128256" },
        { LLAMA, "{\"bos_token_id\": -2}", SB_FORMAT, "outside the vocabulary" },
        { LLAMA, "{\"eos_token_id\": [1, 128256]}", SB_FORMAT, "outside the vocabulary" },
        { LLAMA, "{\"eos_token_id\": [1, null]}", SB_FORMAT, "not an integer" },
        { LLAMA, "{\"eos_token_id\": \"</s>\"}", SB_FORMAT, "not an integer" },
        { LLAMA, "{\"rope_theta\": -1.0}", SB_FORMAT, "\"rope_theta\" is not a number above 0" },
        { LLAMA, "{\"rope_scaling\": 2}", SB_FORMAT, "\"rope_scaling\" is not an object" },
        { LLAMA, "{\"rope_scaling\": {\"factor\": 2.0}}", SB_FORMAT, "no \"rope_type\"" },
        { LLAMA, "{\"rope_scaling\": {\"type\": \"linear\"}}", SB_FORMAT, "no \"factor\"" },
        { LLAMA, "{\"rope_scaling\": {\"type\": \"llama3\", \"factor\": 8}}", SB_FORMAT,
          "no \"low_freq_factor\"" },
        { LLAMA_NEWER, "{\"rope_theta\": 10000.0}", SB_FORMAT, "contradict" },
        { LLAMA, "{\"rope_parameters\": {\"rope_type\": \"default\"}}", SB_FORMAT, "differ" },
        { LLAMA, "{\"layer_types\": 1}", SB_FORMAT, "\"layer_types\" is not a list of the 16" },
        { LLAMA, "{\"layer_types\": [\"full_attention\"]}", SB_FORMAT,
          "not a list of the 16 layers" },
        { PYTHIA, "{\"rotary_pct\": 1.5}", SB_FORMAT, "a share of 1.5" },
        { PYTHIA, "{\"rotary_pct\": 0.02}", SB_FORMAT, "even number" },
        { GPT2, "{\"n_head\": 7}", SB_FORMAT, "does not divide into 7 heads" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = changed(cases[i].base, cases[i].change);
        assert_refuses(text, strlen(text), cases[i].status, cases[i].part);
        free(text);
    }
}

static void test_not_a_configuration(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[]",
        "\"llama\"",
        "{\"vocab_size\": 1e400}",
        "{\"vocab_size\": 99999999999999999999999999}",
        "{\"vocab_size\": NaN}",
        "{\"a\": 1, \"a\": 2}",
        "{\"a\": \"\xFF\"}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_refuses(texts[i], strlen(texts[i]), SB_FORMAT, "");
    for (size_t n = 0; n < sizeof LLAMA - 1; n++)
        assert_refuses(LLAMA, n, SB_FORMAT, "m/config.json line ");
    enum { DEEP = 100000 };
    char *deep = malloc(DEEP);
    assert_non_null(deep);
    memset(deep, '[', DEEP);
    assert_refuses(deep, DEEP, SB_FORMAT, "");
    free(deep);
}

static void test_files(void **state)
{
    (void)state;
    struct sb_transformer_config config;
    struct sb_error error = { "" };
    char *folder = new_folder(), *path = file_in(folder, "config.json");
    assert_int_equal(sb_transformer_config_read(folder, &config, &error), SB_IO);
    assert_non_null(strstr(error.message, path));
    write_file(path, PYTHIA, strlen(PYTHIA));
    assert_int_equal(sb_transformer_config_read(folder, &config, &error), SB_OK);
    assert_int_equal(config.n_vocabulary, 50304);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_not_equal(sb_transformer_config_read(folder, &config, &error), SB_OK);
    assert_non_null(strstr(error.message, path));
    char long_name[5000];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = 0;
    assert_int_equal(sb_transformer_config_read(long_name, &config, &error), SB_LIMIT);
    free(path);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_llama3),
        cmocka_unit_test(test_llama_forms),
        cmocka_unit_test(test_ids_of_a_small_vocabulary),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_mistral_and_qwen),
        cmocka_unit_test(test_gemma),
        cmocka_unit_test(test_rope_rounding),
        cmocka_unit_test(test_gpt2_and_neox),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_unsupported),
        cmocka_unit_test(test_contradictions),
        cmocka_unit_test(test_not_a_configuration),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
