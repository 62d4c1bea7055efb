/* Any bytes as a config.json: refused with a line, or a configuration that keeps what config.h says.
 *
 * covers: estimators/transformer/config.c
 * seeds: tests/fixtures/models/llama3/config.json tests/fixtures/models/gpt_neox/config.json
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include "estimators/transformer/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static bool is_positive(double x)
{
    return isfinite(x) && x > 0;
}

static bool keeps_its_word(const struct sb_transformer_config *c)
{
    return c->n_vocabulary && c->n_layers && c->n_width && c->n_heads && c->n_kv_heads &&
           c->n_head_width && c->n_hidden && c->n_context && c->n_heads % c->n_kv_heads == 0 &&
           c->n_rotary % 2 == 0 && c->n_rotary <= c->n_head_width && c->bos_id >= -1 &&
           c->bos_id < (long)c->n_vocabulary && c->eos_id >= -1 &&
           c->eos_id < (long)c->n_vocabulary && is_positive(c->norm_epsilon) &&
           is_positive(c->rope_theta) && is_positive(c->rope_factor) &&
           is_positive(c->embedding_scale) && sb_architecture_name(c->architecture);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct sb_transformer_config config;
    struct sb_error error = { "" };
    enum sb_status status =
        sb_transformer_config_parse((const char *)bytes, n, "config.json", &config, &error);
    if (status ? !*error.message : !keeps_its_word(&config))
        abort();
    return 0;
}
