/* A checkpoint: a folder as on the Hugging Face hub, its weights by role.
 *
 *   config.json                     the configuration (config.h)
 *   model.safetensors               the weights, or
 *   model.safetensors.index.json    {"weight_map": {tensor: shard}} beside its shards
 *
 * Names are looked up once, here: who computes sees roles. Shapes (rows first):
 *
 *   embedding           (n_vocabulary, n_width)       position_embedding  (n_context, n_width)
 *   norms               (n_width); q_norm, k_norm     (n_head_width)
 *   q                   n_width -> n_heads n_head_width
 *   k, v                n_width -> n_kv_heads n_head_width
 *   output              n_heads n_head_width -> n_width
 *   gate, up            n_width -> n_hidden           down                n_hidden -> n_width
 *   head                n_width -> n_vocabulary
 *
 * q, k and v may be stored in one matrix `qkv`, whose outputs come in the order of its layout.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_CHECKPOINT_H
#define SB_ESTIMATORS_TRANSFORMER_CHECKPOINT_H

#include "estimators/transformer/config.h"
#include "estimators/transformer/safetensors.h"
#include "estimators/transformer/shards.h"

/* y = W x + b, W (n_out, n_in). */
struct sb_linear {
    const struct sb_tensor
        *weight; /* (n_out, n_in); stored (n_in, n_out) if is_transposed; NULL: absent */
    const struct sb_tensor *bias; /* (n_out); NULL: none */
    size_t n_in, n_out;
    bool is_transposed; /* gpt2 */
};

struct sb_norm {
    const struct sb_tensor *weight; /* NULL: absent */
    const struct sb_tensor *bias;   /* NULL: none (RMSNorm) */
};

enum sb_qkv_layout {
    SB_QKV_SEPARATE,     /* q, k, v are set, qkv is not */
    SB_QKV_CONCATENATED, /* outputs of qkv: q of all heads, k of all heads, v of all heads (gpt2) */
    SB_QKV_BY_HEAD       /* outputs of qkv: q, k, v of head 0, q, k, v of head 1, ... (gpt_neox) */
};

struct sb_checkpoint_layer {
    struct sb_norm norm1, norm2; /* before attention, before the mlp */
    struct sb_linear q, k, v, qkv;
    struct sb_norm q_norm, k_norm; /* if has_qk_norm */
    struct sb_linear output;
    struct sb_linear gate; /* if is_gated */
    struct sb_linear up, down;
};

/* Every tensor is SB_F32, SB_F16 or SB_BF16 and has the shape that the configuration demands. */
struct sb_checkpoint {
    struct sb_transformer_config config;
    enum sb_qkv_layout qkv_layout;
    const struct sb_tensor *embedding;
    const struct sb_tensor *position_embedding; /* NULL: none */
    struct sb_checkpoint_layer *layers;         /* config.n_layers */
    struct sb_norm final_norm;
    struct sb_linear head;            /* tied: its weight is the embedding */
    const struct sb_tensor **weights; /* each once, in the order of their roles */
    size_t n_weights;
    char *folder;
    struct sb_shards shards; /* what everything above points into, or */
    float *parameters;       /* of a checkpoint in memory: all weights, in the order of weights */
    bool is_in_memory;
};

struct sb_checkpoint_options {
    bool is_unchecked; /* do not look for NaN and infinities: the weights need not be read at all */
};

/* Opens FOLDER. options NULL is all of them false. SB_FORMAT names the tensor that is missing, has
 * another shape than config.json says, holds a NaN or an infinity, or has no place in the
 * architecture (mask buffers and a stored copy of a tied head are passed over). SB_UNSUPPORTED: a
 * weight of another type. Reads every weight once unless is_unchecked. On failure *checkpoint is NULL. */
enum sb_status sb_checkpoint_open(const char *folder, const struct sb_checkpoint_options *options,
                                  struct sb_checkpoint **checkpoint, struct sb_error *error);
void sb_checkpoint_close(struct sb_checkpoint *checkpoint);

/* A checkpoint in memory: every weight that the configuration asks for, in fp32 and 0, one after another
 * in parameters. Names are those of `like`, a checkpoint of the same configuration, or, where that is
 * NULL, those of the hub; name stands for it in messages. sb_checkpoint_close releases it. */
enum sb_status sb_checkpoint_create(const struct sb_transformer_config *config, const char *name,
                                    const struct sb_checkpoint *like,
                                    struct sb_checkpoint **checkpoint, struct sb_error *error);

/* The folder that a model's name stands for, as a new string: the folder of that path if there is one,
 * else, for org/name, its main revision in the local hub cache (HF_HUB_CACHE, else HF_HOME/hub, else
 * ~/.cache/huggingface/hub). A name that begins with '.' or '/' is a path and nothing else. Nothing is
 * downloaded: SB_IO says where was looked. */
enum sb_status sb_checkpoint_find(const char *name, char **folder, struct sb_error *error);

/* Number of parameters: elements of all weights, a tied head once. */
size_t sb_checkpoint_n_parameters(const struct sb_checkpoint *checkpoint);

/* XXH3-128 of the configuration and of every weight in the order of its role, in hexadecimal: the same
 * however the weights are sharded, and whatever else config.json says. Reads every weight once. */
enum sb_status sb_checkpoint_fingerprint(const struct sb_checkpoint *checkpoint,
                                         char hexadecimal[33], struct sb_error *error);

#endif
