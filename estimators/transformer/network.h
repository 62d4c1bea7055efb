/* Models in memory: weights in fp32 that can be changed, for those who train.
 *
 *   parameters   all weights, one after another in the order of their roles (checkpoint.h: weights[]);
 *                weights[i] is the next weights[i]->n_elements of them
 *
 * `transformer` computes with the parameters as they are at the moment, so that a model can be scored
 * (scorer.h), sampled from and trained without a file. Models can be cloned, mixed (parameters are one
 * flat array) and written as a folder of the hub's form that other tools read.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_NETWORK_H
#define SB_ESTIMATORS_TRANSFORMER_NETWORK_H

#include <stdint.h>
#include "estimators/transformer/forward.h"

struct sb_network {
    struct sb_checkpoint *checkpoint;   /* names, shapes, configuration */
    struct sb_transformer *transformer; /* for positions below n_context of the configuration */
    float *parameters;                  /* (n_parameters); a view of the checkpoint's */
    size_t n_parameters;
    char *config_json;    /* what is written as config.json */
    char *tokenizer_json; /* what is written as tokenizer.json; NULL: nothing */
};

/* What `llama:width=32,layers=2,heads=2,hidden=96,vocabulary=bytes,context=64` says. */
struct sb_network_options {
    const char *form; /* "llama", "qwen2" or "gpt2" */
    size_t n_width, n_layers, n_heads, n_kv_heads, n_hidden, n_context;
    size_t n_vocabulary;
    long bos_id, eos_id; /* -1: none */
    bool is_tied;        /* the head is the embedding (gpt2: always) */
    double rope_theta;
    const char *tokenizer_json; /* NULL: none; copied */
};

/* 64 wide, 2 layers, 4 heads, hidden 0 (3 widths; gpt2: 4), context 256, vocabulary 257 (bytes and a
 * mark that stands before and behind documents), tied, llama, theta 10000. n_kv_heads 0: n_heads. */
struct sb_network_options sb_network_options_default(void);

/* A fresh model: matrices normal with standard deviation 0.02, those that write into the residual
 * stream (output, down) 0.02 / sqrt(2 n_layers), biases 0, norms 1; the same seed gives the same bits.
 * Below a width of 400 the deviation is 0.4 / sqrt(n_width) instead: 0.02 is made for wide models.
 * SB_DOMAIN names the option that is wrong, SB_UNSUPPORTED the form. */
enum sb_status sb_network_create(const struct sb_network_options *options, uint64_t seed,
                                 struct sb_network **model, struct sb_error *error);

/* A checkpoint's weights, widened to fp32; its folder may vanish afterwards. Names stay what they are.
 * Angles of positions are those of an fp32 model, which is what will be written. SB_UNSUPPORTED names
 * what cannot be trained (backward.h). */
enum sb_status sb_network_open(const char *folder, struct sb_network **model,
                               struct sb_error *error);

enum sb_status sb_network_clone(const struct sb_network *model, struct sb_network **clone);
void sb_network_free(struct sb_network *model);

/* FOLDER/config.json, tokenizer.json and model.safetensors. A folder that does not exist appears whole or
 * not at all; in one that does, model.safetensors is replaced whole, after it was checked that
 * config.json there says the same. SB_IO names the file and the reason. */
enum sb_status sb_network_write(const struct sb_network *model, const char *folder,
                                struct sb_error *error);

#endif
