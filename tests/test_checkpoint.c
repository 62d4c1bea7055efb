#include "tests/checkpoints.h"

#include "estimators/transformer/checkpoint.h"

static struct sb_checkpoint *opened(const char *folder)
{
    struct sb_checkpoint *checkpoint;
    struct sb_error error;
    if (sb_checkpoint_open(folder, NULL, &checkpoint, &error))
        fail_msg("%s: %s", folder, error.message);
    return checkpoint;
}

/* ---- the fixtures ----------------------------------------------------------------------------- */

static void assert_linear(const struct sb_linear *linear, size_t n_in, size_t n_out, bool has_bias)
{
    assert_non_null(linear->weight);
    assert_int_equal(linear->n_in, n_in);
    assert_int_equal(linear->n_out, n_out);
    assert_int_equal(linear->weight->shape[linear->is_transposed], n_out);
    assert_int_equal(linear->weight->shape[!linear->is_transposed], n_in);
    assert_int_equal(linear->bias != NULL, has_bias);
}

/* Elements of all tensors that are no buffer. */
static size_t count_in_files(const struct sb_checkpoint *c)
{
    size_t n = 0;
    for (size_t f = 0; f < c->shards.n; f++)
        for (size_t i = 0; i < sb_safetensors_n(c->shards.files[f]); i++) {
            const struct sb_tensor *tensor = sb_safetensors_tensor(c->shards.files[f], i);
            n += strstr(tensor->name, ".attn.bias") ? 0 : tensor->n_elements;
        }
    return n;
}

static void check_layer(const struct sb_checkpoint *c, const struct sb_checkpoint_layer *layer)
{
    const struct sb_transformer_config *k = &c->config;
    size_t n_q = k->n_heads * k->n_head_width, n_kv = k->n_kv_heads * k->n_head_width;
    assert_int_equal(layer->norm1.weight->shape[0], k->n_width);
    assert_int_equal(layer->norm2.weight->shape[0], k->n_width);
    assert_int_equal(layer->norm1.bias != NULL, k->is_layer_norm);
    if (c->qkv_layout == SB_QKV_SEPARATE) {
        assert_linear(&layer->q, k->n_width, n_q, k->has_qkv_bias);
        assert_linear(&layer->k, k->n_width, n_kv, k->has_qkv_bias);
        assert_linear(&layer->v, k->n_width, n_kv, k->has_qkv_bias);
        assert_null(layer->qkv.weight);
    } else {
        assert_linear(&layer->qkv, k->n_width, n_q + 2 * n_kv, true);
        assert_null(layer->q.weight);
    }
    assert_int_equal(layer->q_norm.weight != NULL, k->has_qk_norm);
    assert_int_equal(layer->gate.weight != NULL, k->is_gated);
    assert_linear(&layer->output, n_q, k->n_width, k->has_output_bias);
    assert_linear(&layer->up, k->n_width, k->n_hidden, k->has_mlp_bias);
    assert_linear(&layer->down, k->n_hidden, k->n_width, k->has_mlp_bias);
}

static void check_fixture(const char *folder, enum sb_architecture architecture,
                          enum sb_dtype dtype, size_t n_files)
{
    struct sb_checkpoint *c = opened(folder);
    assert_int_equal(c->config.architecture, architecture);
    assert_int_equal(c->shards.n, n_files);
    assert_int_equal(c->embedding->dtype, dtype);
    assert_int_equal(c->embedding->shape[0], c->config.n_vocabulary);
    assert_int_equal(c->position_embedding != NULL, architecture == SB_GPT2);
    for (size_t i = 0; i < c->config.n_layers; i++)
        check_layer(c, &c->layers[i]);
    assert_linear(&c->head, c->config.n_width, c->config.n_vocabulary, false);
    assert_int_equal(c->head.weight == c->embedding, c->config.is_tied);
    assert_int_equal(sb_checkpoint_n_parameters(c), count_in_files(c));
    sb_checkpoint_close(c);
}

static void test_fixtures(void **state)
{
    (void)state;
    check_fixture("tests/fixtures/models/llama3", SB_LLAMA, SB_BF16, 1);
    check_fixture("tests/fixtures/models/gpt_neox", SB_GPT_NEOX, SB_F16, 1);
}

static void test_shared_fixtures(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum sb_architecture architecture;
        enum sb_dtype dtype;
        size_t n_files;
    } fixtures[] = {
        { "gemma", SB_GEMMA, SB_BF16, 2 },      { "gpt2", SB_GPT2, SB_F32, 1 },
        { "gpt_neox", SB_GPT_NEOX, SB_F16, 1 }, { "kl_base", SB_LLAMA, SB_F32, 1 },
        { "kl_tuned", SB_LLAMA, SB_F32, 1 },    { "llama", SB_LLAMA, SB_F16, 1 },
        { "llama3", SB_LLAMA, SB_BF16, 1 },     { "mistral", SB_MISTRAL, SB_F32, 1 },
        { "qwen2", SB_QWEN2, SB_BF16, 1 },      { "qwen3", SB_QWEN3, SB_F32, 1 },
    };
    if (access("../shared/fixtures/models", F_OK)) {
        print_message("../shared/fixtures/models is not there: its checkpoints are not opened\n");
        skip();
    }
    for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
        char folder[128];
        snprintf(folder, sizeof folder, "../shared/fixtures/models/%s", fixtures[i].name);
        check_fixture(folder, fixtures[i].architecture, fixtures[i].dtype, fixtures[i].n_files);
    }
}

static void test_roles(void **state)
{
    (void)state;
    struct sb_checkpoint *c = opened("tests/fixtures/models/llama3");
    const struct sb_checkpoint_layer *layer = &c->layers[1];
    assert_string_equal(layer->norm1.weight->name, "model.layers.1.input_layernorm.weight");
    assert_string_equal(layer->q.weight->name, "model.layers.1.self_attn.q_proj.weight");
    assert_string_equal(layer->k.weight->name, "model.layers.1.self_attn.k_proj.weight");
    assert_string_equal(layer->v.weight->name, "model.layers.1.self_attn.v_proj.weight");
    assert_string_equal(layer->output.weight->name, "model.layers.1.self_attn.o_proj.weight");
    assert_string_equal(layer->norm2.weight->name,
                        "model.layers.1.post_attention_layernorm.weight");
    assert_string_equal(layer->gate.weight->name, "model.layers.1.mlp.gate_proj.weight");
    assert_string_equal(layer->up.weight->name, "model.layers.1.mlp.up_proj.weight");
    assert_string_equal(layer->down.weight->name, "model.layers.1.mlp.down_proj.weight");
    assert_string_equal(c->final_norm.weight->name, "model.norm.weight");
    sb_checkpoint_close(c);
    c = opened("tests/fixtures/models/gpt_neox");
    layer = &c->layers[0];
    assert_int_equal(c->qkv_layout, SB_QKV_BY_HEAD);
    assert_string_equal(layer->qkv.bias->name, "gpt_neox.layers.0.attention.query_key_value.bias");
    assert_string_equal(layer->up.weight->name, "gpt_neox.layers.0.mlp.dense_h_to_4h.weight");
    assert_string_equal(layer->down.weight->name, "gpt_neox.layers.0.mlp.dense_4h_to_h.weight");
    assert_string_equal(c->head.weight->name, "lm_head.weight");
    sb_checkpoint_close(c);
}

/* ---- forms of the same weights ---------------------------------------------------------------- */

static void fingerprint(const char *folder, char text[33])
{
    struct sb_checkpoint *c = opened(folder);
    struct sb_error error;
    assert_int_equal(sb_checkpoint_fingerprint(c, text, &error), SB_OK);
    assert_int_equal(strlen(text), 32);
    sb_checkpoint_close(c);
}

static void test_gpt2_names(void **state)
{
    (void)state;
    static const char *const prefixes[] = { "", "transformer." };
    char prints[2][33];
    for (size_t p = 0; p < 2; p++) {
        char *folder = new_folder(), name[64];
        struct tensors t = { .n = 0 };
        tiny_gpt2(&t, prefixes[p]);
        size_t n_weights = t.n, n_parameters = 0;
        for (size_t i = 0; i < n_weights; i++)
            n_parameters += t.list[i].n_elements;
        snprintf(name, sizeof name, "%sh.0.attn.bias", prefixes[p]);
        tensors_add(&t, 5, 5, name);
        snprintf(name, sizeof name, "%sh.0.attn.masked_bias", prefixes[p]);
        *tensors_add(&t, 1, 0, name) = -INFINITY; /* buffers are not weights */
        tensors_add(&t, 9, 6, "lm_head.weight");  /* a copy of what is tied, and not used */
        write_text(folder, "config.json", TINY_GPT2);
        write_tensors(folder, "model.safetensors", t.list, p ? t.n : n_weights);
        struct sb_checkpoint *c = opened(folder);
        assert_int_equal(c->qkv_layout, SB_QKV_CONCATENATED);
        check_layer(c, &c->layers[0]);
        assert_true(c->layers[0].down.is_transposed && !c->head.is_transposed);
        assert_ptr_equal(c->head.weight, c->embedding);
        assert_int_equal(sb_checkpoint_n_parameters(c), n_parameters);
        sb_checkpoint_close(c);
        fingerprint(folder, prints[p]);
        tensors_clear(&t);
        remove_folder(folder);
    }
    assert_string_equal(prints[0], prints[1]);
}

static void write_index(const char *folder, const struct tensors *t, size_t n_first)
{
    char text[8192];
    size_t n = (size_t)snprintf(text, sizeof text, "{\"weight_map\": {");
    for (size_t i = 0; i < t->n; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s\"%s\": \"%s\"", i ? ", " : "",
                              t->list[i].name, i < n_first ? "one.safetensors" : "two.safetensors");
    snprintf(text + n, sizeof text - n, "}}");
    write_text(folder, "model.safetensors.index.json", text);
}

static void write_sharded(const char *folder, const struct tensors *t, size_t n_first)
{
    write_text(folder, "config.json", TINY_LLAMA);
    write_tensors(folder, "one.safetensors", t->list, n_first);
    write_tensors(folder, "two.safetensors", t->list + n_first, t->n - n_first);
    write_index(folder, t, n_first);
}

static void test_fingerprint(void **state)
{
    (void)state;
    char *whole = new_folder(), *sharded = new_folder(), prints[5][33];
    struct tensors t = { .n = 0 };
    tiny_llama(&t);
    write_text(whole, "config.json", TINY_LLAMA);
    write_tensors(whole, "model.safetensors", t.list, t.n);
    write_sharded(sharded, &t, 7);
    fingerprint(whole, prints[0]);
    fingerprint(sharded, prints[1]);
    assert_string_equal(prints[0], prints[1]);
    char config[1024];
    snprintf(config, sizeof config, "%.*s, \"architectures\": [\"A\"]}",
             (int)strlen(TINY_LLAMA) - 1, TINY_LLAMA);
    write_text(whole, "config.json", config);
    fingerprint(whole, prints[2]);
    assert_string_equal(prints[0], prints[2]); /* says nothing about the numbers */
    snprintf(config, sizeof config, "%.*s, \"rope_theta\": 10001.0}", (int)strlen(TINY_LLAMA) - 1,
             TINY_LLAMA);
    write_text(whole, "config.json", config);
    fingerprint(whole, prints[3]);
    assert_string_not_equal(prints[0], prints[3]);
    write_text(whole, "config.json", TINY_LLAMA);
    for (size_t i = 0; i < t.n; i++) {
        uint32_t *bits = (uint32_t *)(void *)(uintptr_t)t.list[i].data;
        bits[t.list[i].n_elements - 1] ^= 1;
        write_tensors(whole, "model.safetensors", t.list, t.n);
        fingerprint(whole, prints[4]);
        assert_string_not_equal(prints[0], prints[4]);
        bits[t.list[i].n_elements - 1] ^= 1;
    }
    tensors_clear(&t);
    remove_folder(whole);
    remove_folder(sharded);
}

/* ---- what is refused -------------------------------------------------------------------------- */

/* Opening fails with one line that contains part and the folder. */
static void assert_unopened(const char *folder, enum sb_status expected, const char *part)
{
    struct sb_checkpoint *c;
    struct sb_error error = { "" };
    enum sb_status status = sb_checkpoint_open(folder, NULL, &c, &error);
    if (status != expected || !strstr(error.message, part) || !strstr(error.message, folder))
        fail_msg("status %d (expected %d): %s\n  expected: %s", (int)status, (int)expected,
                 error.message, part);
    assert_null(c);
}

static char *tiny_folder(struct tensors *t)
{
    char *folder = new_folder();
    tiny_llama(t);
    write_text(folder, "config.json", TINY_LLAMA);
    write_tensors(folder, "model.safetensors", t->list, t->n);
    sb_checkpoint_close(opened(folder));
    return folder;
}

static void test_shapes(void **state)
{
    (void)state;
    struct tensors t = { .n = 0 };
    char *folder = tiny_folder(&t);
    for (size_t i = 0; i < t.n; i++) { /* each tensor with its rows and columns exchanged, or cut */
        struct sb_tensor *tensor = &t.list[i], kept = *tensor;
        if (tensor->n_dims == 2 && tensor->shape[0] != tensor->shape[1]) {
            tensor->shape[0] = kept.shape[1];
            tensor->shape[1] = kept.shape[0];
        } else {
            tensor->shape[0]--;
            tensor->n_elements -= tensor->n_dims == 2 ? tensor->shape[1] : 1;
        }
        write_tensors(folder, "model.safetensors", t.list, t.n);
        assert_unopened(folder, SB_FORMAT, "according to config.json");
        assert_unopened(folder, SB_FORMAT, kept.name);
        *tensor = kept;
    }
    t.list[tensors_index(&t, "model.norm.weight")].n_dims = 2;
    t.list[tensors_index(&t, "model.norm.weight")].shape[1] = 1;
    write_tensors(folder, "model.safetensors", t.list, t.n);
    assert_unopened(folder, SB_FORMAT,
                    "\"model.norm.weight\" is (8, 1), but (8) according to config.json");
    tensors_clear(&t);
    remove_folder(folder);
}

static void test_missing_and_superfluous(void **state)
{
    (void)state;
    struct tensors t = { .n = 0 };
    char *folder = tiny_folder(&t);
    for (size_t i = 0; i < t.n; i++) {
        struct sb_tensor kept = t.list[i];
        t.list[i] = t.list[t.n - 1];
        write_tensors(folder, "model.safetensors", t.list, t.n - 1);
        t.list[i] = kept;
        char part[256];
        snprintf(part, sizeof part, "no tensor \"%s\"", kept.name);
        assert_unopened(folder, SB_FORMAT, part);
    }
    static const char *const names[] = { "model.layers.2.input_layernorm.weight",
                                         "model.layers.0.self_attn.q_proj.bias", "v_head.weight" };
    for (size_t i = 0; i < 3; i++) {
        tensors_add(&t, 8, 0, names[i]);
        write_tensors(folder, "model.safetensors", t.list, t.n);
        assert_unopened(folder, SB_FORMAT, "has no place in a llama model of 2 layers");
        assert_unopened(folder, SB_FORMAT, names[i]);
        tensors_remove(&t, names[i]);
    }
    tensors_add(&t, 1, 0, "model.layers.0.self_attn.rotary_emb.inv_freq");
    write_tensors(folder, "model.safetensors", t.list, t.n);
    sb_checkpoint_close(opened(folder));
    tensors_clear(&t);
    remove_folder(folder);
}

static void test_not_finite(void **state)
{
    (void)state;
    static const float faults[] = { NAN, INFINITY, -INFINITY };
    struct tensors t = { .n = 0 };
    char *folder = tiny_folder(&t);
    for (size_t i = 0; i < t.n; i++) {
        float *data = (float *)(uintptr_t)t.list[i].data, kept = data[5];
        char part[256];
        data[5] = faults[i % 3];
        write_tensors(folder, "model.safetensors", t.list, t.n);
        snprintf(part, sizeof part, "\"%s\" is NaN or infinite at element 5", t.list[i].name);
        assert_unopened(folder, SB_FORMAT, part);
        struct sb_checkpoint *c;
        struct sb_checkpoint_options unchecked = { .is_unchecked = true };
        assert_int_equal(sb_checkpoint_open(folder, &unchecked, &c, NULL), SB_OK);
        sb_checkpoint_close(c);
        data[5] = kept;
    }
    tensors_clear(&t);
    remove_folder(folder);
}

/* A quantised weight: the norm's 32 bytes as 8 numbers of type I32, by a change of the header. */
static void test_quantised(void **state)
{
    (void)state;
    struct tensors t = { .n = 0 };
    char *folder = tiny_folder(&t), *path = file_in(folder, "model.safetensors");
    size_t n;
    char *bytes = read_file(path, &n);
    char *type = strstr(bytes + 8, "model.norm.weight");
    assert_non_null(type);
    type = strstr(type, "F32");
    assert_non_null(type);
    *type = 'I';
    write_file(path, bytes, n);
    assert_unopened(folder, SB_UNSUPPORTED, "\"model.norm.weight\" is of another type");
    free(bytes);
    free(path);
    tensors_clear(&t);
    remove_folder(folder);
}

static void test_shards(void **state)
{
    (void)state;
    static const char index_name[] = "model.safetensors.index.json";
    struct tensors t = { .n = 0 };
    char *folder = new_folder(), *two = file_in(folder, "two.safetensors");
    tiny_llama(&t);
    write_sharded(folder, &t, 10);
    struct sb_checkpoint *c = opened(folder);
    assert_int_equal(c->shards.n, 2);
    sb_checkpoint_close(c);
    write_index(folder, &t, 11); /* one tensor told to be in the other shard */
    assert_unopened(folder, SB_FORMAT, "is not in this shard");
    write_sharded(folder, &t, 10);
    write_tensors(folder, "two.safetensors", t.list + 9, t.n - 9); /* one tensor in both */
    assert_unopened(folder, SB_FORMAT, "is not in this shard");
    write_tensors(folder, "two.safetensors", t.list + 11, t.n - 11); /* one tensor in none */
    assert_unopened(folder, SB_FORMAT, "is not in its shard two.safetensors");
    assert_int_equal(unlink(two), 0);
    assert_unopened(folder, SB_IO, "two.safetensors");
    static const struct {
        const char *text;
        const char *part;
    } bad[] = {
        { "{\"weight_map\": {\"a\": \"../x.safetensors\"}}", "not the name of a file" },
        { "{\"weight_map\": {\"a\": \"/etc/passwd\"}}", "not the name of a file" },
        { "{\"weight_map\": {\"a\": \"..\"}}", "not the name of a file" },
        { "{\"weight_map\": {\"a\": \"\"}}", "not the name of a file" },
        { "{\"weight_map\": {\"a\": 1}}", "not the name of a file" },
        { "{\"weight_map\": {}}", "empty" },
        { "{\"weight_map\": []}", "no \"weight_map\"" },
        { "{}", "no \"weight_map\"" },
        { "[]", "no \"weight_map\"" },
        { "{\"weight_map\": {", "line 1" },
        { "{\"weight_map\": {\"a\": \"x\", \"a\": \"y\"}}", "line 1" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text(folder, index_name, bad[i].text);
        assert_unopened(folder, SB_FORMAT, bad[i].part);
    }
    free(two);
    tensors_clear(&t);
    remove_folder(folder);
}

static void test_absent(void **state)
{
    (void)state;
    char *folder = new_folder();
    assert_unopened(folder, SB_IO, "config.json");
    write_text(folder, "config.json", TINY_LLAMA);
    assert_unopened(folder, SB_IO, "neither model.safetensors nor");
    write_text(folder, "adapter_model.safetensors", "");
    assert_unopened(folder, SB_IO, "adapter");
    write_text(folder, "pytorch_model.bin", "");
    assert_unopened(folder, SB_IO, "save it as safetensors");
    write_text(folder, "model.safetensors", "");
    assert_unopened(folder, SB_FORMAT, "8 bytes");
    remove_folder(folder);
}

/* ---- the hub's cache -------------------------------------------------------------------------- */

static void run(const char *format, const char *folder)
{
    char line[4400];
    snprintf(line, sizeof line, format, folder);
    assert_int_equal(system(line), 0);
}

/* Sets one of the three variables and clears the others. */
static void set_cache(const char *variable, const char *folder, const char *rest)
{
    static const char *const names[] = { "HF_HUB_CACHE", "HF_HOME", "HOME" };
    char path[4400];
    for (size_t i = 0; i < 3; i++)
        unsetenv(names[i]);
    snprintf(path, sizeof path, "%s%s", folder, rest);
    setenv(variable, path, 1);
}

static void assert_found(const char *name, const char *end)
{
    struct sb_error error;
    char *found;
    if (sb_checkpoint_find(name, &found, &error))
        fail_msg("%s", error.message);
    size_t n = strlen(found), n_end = strlen(end);
    assert_true(n >= n_end);
    assert_string_equal(found + n - n_end, end);
    free(found);
}

static void assert_not_found(const char *name, const char *part)
{
    struct sb_error error = { "" };
    char *found;
    assert_int_not_equal(sb_checkpoint_find(name, &found, &error), SB_OK);
    assert_null(found);
    if (!strstr(error.message, part) || !strstr(error.message, name))
        fail_msg("%s\n  expected: %s", error.message, part);
}

static void test_cache(void **state)
{
    (void)state;
    char *folder = new_folder(), *home = getenv("HOME") ? strdup(getenv("HOME")) : NULL;
    run("cd '%s' && mkdir -p .cache/huggingface/hub/models--org--name/refs "
        ".cache/huggingface/hub/models--org--name/snapshots/0123abcd && "
        "printf '0123abcd\\n' >.cache/huggingface/hub/models--org--name/refs/main",
        folder);
    static const char end[] = "/hub/models--org--name/snapshots/0123abcd";
    set_cache("HOME", folder, "");
    assert_found("org/name", end);
    set_cache("HF_HOME", folder, "/.cache/huggingface");
    assert_found("org/name", end);
    set_cache("HF_HUB_CACHE", folder, "/.cache/huggingface/hub");
    setenv("HF_HOME", "/nowhere", 1);
    assert_found("org/name", end);
    assert_not_found("org/other", "nor in the hub cache");
    assert_not_found("./org/name", "no such folder");
    assert_not_found("/org/name", "no such folder");
    assert_not_found("../name", "no such folder");
    assert_not_found("org/name/x", "no such folder");
    assert_not_found("name", "no such folder");
    assert_found("tests/fixtures", "tests/fixtures"); /* a folder, and no question to the cache */
    run("printf '../../x' >'%s/.cache/huggingface/hub/models--org--name/refs/main'", folder);
    assert_not_found("org/name", "names no commit");
    run("printf 'ffff' >'%s/.cache/huggingface/hub/models--org--name/refs/main'", folder);
    assert_not_found("org/name", "no snapshot ffff");
    run("rm '%s/.cache/huggingface/hub/models--org--name/refs/main'", folder);
    assert_not_found("org/name", "names no commit");
    set_cache("HF_HUB_CACHE", "", "");
    unsetenv("HOME");
    assert_not_found("org/name", "set HF_HUB_CACHE");
    if (home)
        setenv("HOME", home, 1);
    unsetenv("HF_HUB_CACHE");
    free(home);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixtures),
        cmocka_unit_test(test_shared_fixtures),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_gpt2_names),
        cmocka_unit_test(test_fingerprint),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_missing_and_superfluous),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_quantised),
        cmocka_unit_test(test_shards),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_cache),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
