/* Small random checkpoints in a folder, for tests: names and shapes are written down here once more, not
 * taken from the reader. */
#ifndef SB_TESTS_CHECKPOINTS_H
#define SB_TESTS_CHECKPOINTS_H

#include "tests/helpers.h"

#include "estimators/transformer/safetensors.h"
#include "theory/random.h"

/* Tensors on their way to a file. Starts as { 0 }; tensors_clear. */
struct tensors {
    struct sb_tensor list[512];
    size_t n;
    struct sb_random random;
};

/* Adds a tensor of floats around 0, of one dimension if columns is 0; name as by printf. */
static inline float *tensors_add(struct tensors *t, size_t rows, size_t columns, const char *name)
{
    size_t n = rows * (columns ? columns : 1);
    float *data = malloc(n * sizeof *data);
    char *copy = strdup(name);
    assert_non_null(data);
    assert_non_null(copy);
    assert_true(t->n < 512);
    if (t->n == 0)
        sb_random_init(&t->random, 1, 0);
    for (size_t i = 0; i < n; i++)
        data[i] = (float)(sb_random_unit(&t->random) - 0.5);
    t->list[t->n++] =
        (struct sb_tensor){ copy, SB_F32, columns ? 2 : 1, { rows, columns }, data, n };
    return data;
}

static inline size_t tensors_index(const struct tensors *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->list[i].name, name) == 0)
            return i;
    fail_msg("no tensor %s", name);
    return 0;
}

static inline void tensors_remove(struct tensors *t, const char *name)
{
    size_t i = tensors_index(t, name);
    free((char *)t->list[i].name);
    free((void *)t->list[i].data);
    t->list[i] = t->list[--t->n];
}

static inline void tensors_clear(struct tensors *t)
{
    while (t->n)
        tensors_remove(t, t->list[0].name);
}

/* A llama of 2 layers: vocabulary 11, width 8, 4 heads of 2, of which 2 for keys and values, hidden 6. */
static const char TINY_LLAMA[] =
    "{\"model_type\": \"llama\", \"vocab_size\": 11, \"hidden_size\": 8, \"intermediate_size\": 6,"
    " \"num_hidden_layers\": 2, \"num_attention_heads\": 4, \"num_key_value_heads\": 2,"
    " \"max_position_embeddings\": 32, \"rms_norm_eps\": 1e-05}";

static inline void tiny_llama(struct tensors *t)
{
    static const struct {
        const char *part;
        size_t rows, columns;
    } parts[] = {
        { "input_layernorm", 8, 0 },  { "self_attn.q_proj", 8, 8 },
        { "self_attn.k_proj", 4, 8 }, { "self_attn.v_proj", 4, 8 },
        { "self_attn.o_proj", 8, 8 }, { "post_attention_layernorm", 8, 0 },
        { "mlp.gate_proj", 6, 8 },    { "mlp.up_proj", 6, 8 },
        { "mlp.down_proj", 8, 6 },
    };
    char name[128];
    tensors_add(t, 11, 8, "model.embed_tokens.weight");
    for (size_t layer = 0; layer < 2; layer++)
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            snprintf(name, sizeof name, "model.layers.%zu.%s.weight", layer, parts[i].part);
            tensors_add(t, parts[i].rows, parts[i].columns, name);
        }
    tensors_add(t, 8, 0, "model.norm.weight");
    tensors_add(t, 11, 8, "lm_head.weight");
}

/* A gpt2 of 1 layer: vocabulary 9, width 6, 3 heads of 2, hidden 24, context 5. prefix may be "". */
static const char TINY_GPT2[] =
    "{\"model_type\": \"gpt2\", \"vocab_size\": 9, \"n_embd\": 6, \"n_layer\": 1, \"n_head\": 3,"
    " \"n_positions\": 5}";

static inline void tiny_gpt2(struct tensors *t, const char *prefix)
{
    static const struct {
        const char *name;
        size_t rows, columns;
    } parts[] = {
        { "wte.weight", 9, 6 },
        { "wpe.weight", 5, 6 },
        { "h.0.ln_1.weight", 6, 0 },
        { "h.0.ln_1.bias", 6, 0 },
        { "h.0.attn.c_attn.weight", 6, 18 },
        { "h.0.attn.c_attn.bias", 18, 0 },
        { "h.0.attn.c_proj.weight", 6, 6 },
        { "h.0.attn.c_proj.bias", 6, 0 },
        { "h.0.ln_2.weight", 6, 0 },
        { "h.0.ln_2.bias", 6, 0 },
        { "h.0.mlp.c_fc.weight", 6, 24 },
        { "h.0.mlp.c_fc.bias", 24, 0 },
        { "h.0.mlp.c_proj.weight", 24, 6 },
        { "h.0.mlp.c_proj.bias", 6, 0 },
        { "ln_f.weight", 6, 0 },
        { "ln_f.bias", 6, 0 },
    };
    char name[128];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf(name, sizeof name, "%s%s", prefix, parts[i].name);
        tensors_add(t, parts[i].rows, parts[i].columns, name);
    }
}

static inline void write_text(const char *folder, const char *name, const char *text)
{
    char *path = file_in(folder, name);
    write_file(path, text, strlen(text));
    free(path);
}

static inline void write_tensors(const char *folder, const char *name,
                                 const struct sb_tensor *tensors, size_t n)
{
    char *path = file_in(folder, name);
    struct sb_error error;
    if (sb_safetensors_write(path, tensors, n, &error))
        fail_msg("%s", error.message);
    free(path);
}

#endif
