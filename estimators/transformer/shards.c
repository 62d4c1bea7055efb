/* model.safetensors.index.json:
 *
 *   {"metadata": {...}, "weight_map": {"TENSOR": "model-00001-of-00002.safetensors", ...}} */
#include "estimators/transformer/shards.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_SHARDS = 4096, MAX_PATH = 4096 };

static const char WHOLE[] = "model.safetensors", INDEX[] = "model.safetensors.index.json";

static enum sb_status join(char path[MAX_PATH], const char *folder, const char *name,
                           struct sb_error *error)
{
    if (snprintf(path, MAX_PATH, "%s/%s", folder, name) >= MAX_PATH)
        return sb_fail(error, SB_LIMIT, "%.60s...: the name of this folder is too long", folder);
    return SB_OK;
}

static bool exists(const char *folder, const char *name)
{
    char path[MAX_PATH];
    return join(path, folder, name, NULL) == SB_OK && access(path, F_OK) == 0;
}

/* ---- the index -------------------------------------------------------------------------------- */

/* A file of this very folder: nothing hidden, no way out of it. */
static bool is_plain(const char *shard)
{
    return *shard && *shard != '.' && !strchr(shard, '/') && !strchr(shard, '\\');
}

/* The names of the shards, as views of the index, in the order of their first mention. */
static enum sb_status list_shards(const json_t *map, const char *path, const char **names,
                                  size_t *n, struct sb_error *error)
{
    const char *tensor;
    json_t *value;
    *n = 0;
    json_object_foreach((json_t *)map, tensor, value)
    {
        const char *shard = json_string_value(value);
        if (!shard || !is_plain(shard))
            return sb_fail(error, SB_FORMAT,
                           "%s: the shard of \"%.200s\" is not the name of a file in this folder",
                           path, tensor);
        size_t i = 0;
        while (i < *n && strcmp(names[i], shard) != 0)
            i++;
        if (i == MAX_SHARDS)
            return sb_fail(error, SB_LIMIT, "%s: more than %d shards", path, (int)MAX_SHARDS);
        if (i == *n)
            names[(*n)++] = shard;
    }
    return *n ? SB_OK : sb_fail(error, SB_FORMAT, "%s: \"weight_map\" is empty", path);
}

static enum sb_status open_listed(const char *folder, const char *const *names, size_t n,
                                  struct sb_shards *shards, struct sb_error *error)
{
    enum sb_status status = SB_OK;
    shards->files = calloc(n, sizeof *shards->files);
    if (!shards->files)
        return sb_fail_memory(error);
    for (; shards->n < n && !status; shards->n += !status) {
        char path[MAX_PATH];
        status = join(path, folder, names[shards->n], error);
        if (!status)
            status = sb_safetensors_open(path, &shards->files[shards->n], error);
    }
    return status;
}

/* Every tensor of a shard is told of, with this shard. */
static enum sb_status check_shard(const struct sb_safetensors *file, const char *name,
                                  const json_t *map, size_t *n_tensors, struct sb_error *error)
{
    for (size_t i = 0; i < sb_safetensors_n(file); i++) {
        const char *tensor = sb_safetensors_tensor(file, i)->name;
        const char *shard = json_string_value(json_object_get(map, tensor));
        if (!shard || strcmp(shard, name) != 0)
            return sb_fail(error, SB_FORMAT,
                           "%s: tensor \"%.200s\" is not in this shard according to %s; download "
                           "both again",
                           sb_safetensors_path(file), tensor, INDEX);
    }
    *n_tensors += sb_safetensors_n(file);
    return SB_OK;
}

/* Every tensor of the index is in its shard; with check_shard, whose count is n_tensors, both agree. */
static enum sb_status check_index(const struct sb_shards *shards, const json_t *map,
                                  const char *path, size_t n_tensors, struct sb_error *error)
{
    const char *tensor;
    json_t *value;
    if (n_tensors == json_object_size(map))
        return SB_OK;
    json_object_foreach((json_t *)map, tensor, value)
    {
        if (!sb_shards_find(shards, tensor))
            return sb_fail(error, SB_FORMAT,
                           "%s: tensor \"%.200s\" is not in its shard %s; download both again",
                           path, tensor, json_string_value(value));
    }
    return SB_OK;
}

static enum sb_status open_mapped(const char *folder, const char *path, const json_t *map,
                                  const char **names, struct sb_shards *shards,
                                  struct sb_error *error)
{
    size_t n, n_tensors = 0;
    enum sb_status status = list_shards(map, path, names, &n, error);
    if (!status)
        status = open_listed(folder, names, n, shards, error);
    for (size_t i = 0; !status && i < n; i++)
        status = check_shard(shards->files[i], names[i], map, &n_tensors, error);
    return status ? status : check_index(shards, map, path, n_tensors, error);
}

static enum sb_status open_index(const char *folder, struct sb_shards *shards,
                                 struct sb_error *error)
{
    char path[MAX_PATH];
    json_error_t problem;
    enum sb_status status = join(path, folder, INDEX, error);
    if (status)
        return status;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &problem);
    if (!root && problem.line < 0)
        return sb_fail(error, SB_IO, "%s: cannot be read: %s", path, problem.text);
    if (!root)
        return sb_fail(error, SB_FORMAT, "%s line %d: %s", path, problem.line, problem.text);
    const json_t *map = json_object_get(root, "weight_map");
    const char **names = malloc(MAX_SHARDS * sizeof *names);
    if (!json_is_object(map))
        status = sb_fail(error, SB_FORMAT, "%s: no \"weight_map\"", path);
    else
        status =
            names ? open_mapped(folder, path, map, names, shards, error) : sb_fail_memory(error);
    free(names);
    json_decref(root);
    return status;
}

/* ---- a folder --------------------------------------------------------------------------------- */

static enum sb_status open_whole(const char *folder, struct sb_shards *shards,
                                 struct sb_error *error)
{
    const char *name = WHOLE;
    return open_listed(folder, &name, 1, shards, error);
}

static enum sb_status fail_absent(const char *folder, struct sb_error *error)
{
    const char *remedy =
        exists(folder, "pytorch_model.bin") || exists(folder, "pytorch_model.bin.index.json")
            ? "; its pickled weights are not read: save it as safetensors"
        : exists(folder, "adapter_model.safetensors")
            ? "; it holds an adapter: merge it into its base model"
            : "; download the model's weights";
    return sb_fail(error, SB_IO, "%s: neither %s nor %s%s", folder, WHOLE, INDEX, remedy);
}

enum sb_status sb_shards_open(const char *folder, struct sb_shards *shards, struct sb_error *error)
{
    *shards = (struct sb_shards){ NULL, 0 };
    enum sb_status status = exists(folder, WHOLE)   ? open_whole(folder, shards, error)
                            : exists(folder, INDEX) ? open_index(folder, shards, error)
                                                    : fail_absent(folder, error);
    if (status)
        sb_shards_close(shards);
    return status;
}

void sb_shards_close(struct sb_shards *shards)
{
    for (size_t i = 0; i < shards->n; i++)
        sb_safetensors_close(shards->files[i]);
    free(shards->files);
    *shards = (struct sb_shards){ NULL, 0 };
}

const struct sb_tensor *sb_shards_find(const struct sb_shards *shards, const char *name)
{
    const struct sb_tensor *found = NULL;
    for (size_t i = 0; i < shards->n && !found; i++)
        found = sb_safetensors_find(shards->files[i], name);
    return found;
}
