/* What a checkpoint's config.json says, in one vocabulary for all architectures.
 *
 * A decoder of n_layers layers, n_width wide:
 *
 *   x      = embedding_scale * embedding[id] (+ position_embedding[t])
 *   layer:   x += attention(norm1 x), then x += mlp(norm2 x)      (is_parallel: both from the same x)
 *   logits = head norm x
 *
 * An architecture is a row of defaults in config.c; everything that a forward pass must know stands in
 * struct sb_transformer_config, so that it never asks for the architecture's name. Both forms of
 * config.json are read: the older (rope_theta, rope_scaling, torch_dtype) and the newer
 * (rope_parameters, dtype). What would change the numbers and is not implemented is refused by name:
 * mixtures of experts, quantised weights, yarn, longrope and dynamic scaling, layers that differ in
 * their window, unknown activations. docs/transformer.md has the table.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_CONFIG_H
#define SB_ESTIMATORS_TRANSFORMER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include "theory/status.h"

enum sb_architecture { SB_LLAMA, SB_MISTRAL, SB_QWEN2, SB_QWEN3, SB_GEMMA, SB_GPT2, SB_GPT_NEOX };

enum sb_activation {
    SB_SILU,      /* "silu", "swish" */
    SB_GELU_TANH, /* "gelu_new", "gelu_pytorch_tanh", "gelu_fast" */
    SB_GELU_ERF   /* "gelu" */
};

enum sb_rope_scaling { SB_ROPE_PLAIN, SB_ROPE_LINEAR, SB_ROPE_LLAMA3 };

struct sb_transformer_config {
    enum sb_architecture architecture;
    size_t n_vocabulary, n_layers, n_width, n_heads, n_kv_heads, n_head_width, n_hidden;
    size_t n_context;    /* positions that the model was made for */
    size_t n_window;     /* a token sees itself and the n_window-1 before it; 0: all before it */
    bool is_layer_norm;  /* LayerNorm with bias, else RMSNorm without */
    double norm_epsilon; /* > 0 */
    double norm_offset;  /* the weight of an RMSNorm is what is stored plus this (gemma: 1) */
    bool has_qkv_bias, has_output_bias, has_mlp_bias;
    bool has_qk_norm; /* an RMSNorm over each head of q and k, before they are rotated */
    bool is_gated;    /* down(act(gate x) * up x), else down(act(up x)) */
    enum sb_activation activation;
    bool is_parallel; /* x + attention(norm1 x) + mlp(norm2 x) */
    bool has_position_embedding;
    size_t n_rotary;   /* rotated dimensions of a head, the first ones, even; 0: none */
    double rope_theta; /* angle of pair j at position t: t theta^(-2j / n_rotary) */
    enum sb_rope_scaling rope_scaling;
    double rope_factor;                       /* 1 where plain */
    double rope_low_factor, rope_high_factor; /* llama3 only */
    size_t rope_original_context;             /* llama3 only */
    int n_rope_bits; /* the angles of position 1 are rounded to so many significant bits: 24 (fp32) where
                      * config.json names the transformers_version that wrote it, since transformers
                      * keeps them so; else those of the stored type, since a model that is cast as a
                      * whole casts them too */
    double embedding_scale; /* gemma: sqrt(n_width), rounded to the type that config.json names */
    bool is_tied;           /* the head is the embedding */
    long bos_id, eos_id;    /* below n_vocabulary; -1: none; of a list the first */
};

/* Significant bits of the types in which weights are stored. */
enum { SB_BITS_F32 = 24, SB_BITS_F16 = 11, SB_BITS_BF16 = 8 };

/* x to so many significant bits (for SB_BITS_F16 also to multiples of 2^-24), ties to even. */
double sb_round_to_bits(double x, int n_bits);

/* Reads FOLDER/config.json. SB_IO: absent or unreadable; SB_FORMAT: not a configuration, or one that
 * contradicts itself; SB_LIMIT: sizes beyond any checkpoint; SB_UNSUPPORTED names what is not
 * implemented. Sizes are at least 1 and small enough for products of any two of them; n_heads is a
 * multiple of n_kv_heads. *config is written only on SB_OK. */
enum sb_status sb_transformer_config_read(const char *folder, struct sb_transformer_config *config,
                                          struct sb_error *error);

/* The same from a text of n bytes (need not end in 0); name stands for it in messages. */
enum sb_status sb_transformer_config_parse(const char *text, size_t n, const char *name,
                                           struct sb_transformer_config *config,
                                           struct sb_error *error);

/* "llama", "mistral", ...: the model_type of config.json. */
const char *sb_architecture_name(enum sb_architecture architecture);

#endif
