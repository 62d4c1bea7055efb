#include "estimators/transformer/checkpoint.h"

#include <stdio.h>
#include <xxhash.h>

/* Every field of the configuration, in words; what it leaves out would be two models in one fingerprint. */
static size_t describe(const struct sb_transformer_config *c, char *text, size_t size)
{
    int n = snprintf(
        text, size,
        "springback checkpoint 1 %s v%zu l%zu w%zu h%zu kv%zu hw%zu f%zu c%zu s%zu "
        "n%d,%.17g,%.17g b%d%d%d q%d g%d a%d p%d e%d r%zu,%.17g,%d,%.17g,%.17g,%.17g,%zu,%d "
        "x%.17g t%d i%ld,%ld",
        sb_architecture_name(c->architecture), c->n_vocabulary, c->n_layers, c->n_width, c->n_heads,
        c->n_kv_heads, c->n_head_width, c->n_hidden, c->n_context, c->n_window, c->is_layer_norm,
        c->norm_epsilon, c->norm_offset, c->has_qkv_bias, c->has_output_bias, c->has_mlp_bias,
        c->has_qk_norm, c->is_gated, (int)c->activation, c->is_parallel, c->has_position_embedding,
        c->n_rotary, c->rope_theta, (int)c->rope_scaling, c->rope_factor, c->rope_low_factor,
        c->rope_high_factor, c->rope_original_context, c->n_rope_bits, c->embedding_scale,
        c->is_tied, c->bos_id, c->eos_id);
    return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

static XXH_errorcode add(XXH3_state_t *state, const void *bytes, size_t n)
{
    return n ? XXH3_128bits_update(state, bytes, n) : XXH_OK;
}

static XXH_errorcode add_tensor(XXH3_state_t *state, const struct sb_tensor *tensor)
{
    char text[256];
    size_t n = (size_t)snprintf(text, sizeof text, "|%s", sb_dtype_name(tensor->dtype));
    for (size_t i = 0; i < tensor->n_dims; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, ",%zu", tensor->shape[i]);
    XXH_errorcode code = add(state, text, n);
    size_t n_bytes = tensor->n_elements * sb_dtype_n_bytes(tensor->dtype);
    return code == XXH_OK ? add(state, tensor->data, n_bytes) : code;
}

enum sb_status sb_checkpoint_fingerprint(const struct sb_checkpoint *checkpoint,
                                         char hexadecimal[33], struct sb_error *error)
{
    char text[1024];
    size_t n = describe(&checkpoint->config, text, sizeof text);
    XXH3_state_t *state = XXH3_createState();
    if (!state)
        return sb_fail_memory(error);
    XXH_errorcode code = n ? XXH3_128bits_reset(state) : XXH_ERROR;
    if (code == XXH_OK)
        code = add(state, text, n);
    for (size_t i = 0; i < checkpoint->n_weights && code == XXH_OK; i++)
        code = add_tensor(state, checkpoint->weights[i]);
    XXH128_canonical_t digest;
    XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(state));
    XXH3_freeState(state);
    if (code != XXH_OK)
        return sb_fail(error, SB_NUMERIC, "%s: no fingerprint could be made", checkpoint->folder);
    for (size_t i = 0; i < sizeof digest.digest; i++)
        snprintf(hexadecimal + 2 * i, 3, "%02x", digest.digest[i]);
    return SB_OK;
}
