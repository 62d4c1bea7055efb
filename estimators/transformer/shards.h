/* The weight files of a checkpoint's folder: model.safetensors, or the shards of its index. */
#ifndef SB_ESTIMATORS_TRANSFORMER_SHARDS_H
#define SB_ESTIMATORS_TRANSFORMER_SHARDS_H

#include "estimators/transformer/safetensors.h"

struct sb_shards {
    struct sb_safetensors **files;
    size_t n;
};

/* Opens model.safetensors or else the shards that model.safetensors.index.json names: plain names of
 * files beside it. SB_FORMAT where index and shards do not tell of the same tensors in the same files,
 * so that no name stands in two of them. On failure *shards is empty. */
enum sb_status sb_shards_open(const char *folder, struct sb_shards *shards, struct sb_error *error);
void sb_shards_close(struct sb_shards *shards);

/* NULL if no file has a tensor of that name. */
const struct sb_tensor *sb_shards_find(const struct sb_shards *shards, const char *name);

#endif
