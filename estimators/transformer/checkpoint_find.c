/* Where a model lies on this machine.
 *
 *   CACHE/models--ORG--NAME/refs/main          the commit, in hexadecimal
 *   CACHE/models--ORG--NAME/snapshots/COMMIT/  its files */
#include "estimators/transformer/checkpoint.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_PATH = 4096 };

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* ORG or NAME: letters, digits, '.', '_' and '-', not beginning with a dot. */
static bool is_part(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("._-", text[i]))
            return false;
    return n && *text != '.';
}

static bool is_hub_name(const char *name)
{
    const char *slash = strchr(name, '/');
    return slash && is_part(name, (size_t)(slash - name)) && is_part(slash + 1, strlen(slash + 1));
}

/* The folder of the cache; false if it would be too long or HOME is unknown. */
static bool find_cache(char cache[MAX_PATH])
{
    const char *parts[][2] = {
        { getenv("HF_HUB_CACHE"), "" },
        { getenv("HF_HOME"), "/hub" },
        { getenv("HOME"), "/.cache/huggingface/hub" },
    };
    for (size_t i = 0; i < 3; i++)
        if (parts[i][0] && *parts[i][0])
            return snprintf(cache, MAX_PATH, "%s%s", parts[i][0], parts[i][1]) < MAX_PATH;
    return false;
}

/* The commit that a file names; false where it does not. */
static bool read_commit(const char *path, char commit[65])
{
    FILE *file = fopen(path, "r");
    size_t n = file ? fread(commit, 1, 64, file) : 0;
    if (file)
        fclose(file);
    commit[n] = 0;
    commit[strspn(commit, "0123456789abcdef")] = 0; /* ends at a newline, or at what is no commit */
    return *commit;
}

static enum sb_status find_in_cache(const char *name, char **folder, struct sb_error *error)
{
    char cache[MAX_PATH], model[MAX_PATH], path[MAX_PATH], commit[65];
    const char *slash = strchr(name, '/');
    if (!find_cache(cache) || snprintf(model, sizeof model, "%s/models--%.*s--%s", cache,
                                       (int)(slash - name), name, slash + 1) >= (int)sizeof model)
        return sb_fail(error, SB_LIMIT,
                       "%.200s: the hub cache has no usable name; set HF_HUB_CACHE", name);
    if (!is_folder(model))
        return sb_fail(error, SB_IO,
                       "%s: neither a folder nor in the hub cache %s; download it there, or set "
                       "HF_HUB_CACHE",
                       name, cache);
    if (snprintf(path, sizeof path, "%s/refs/main", model) >= (int)sizeof path ||
        !read_commit(path, commit))
        return sb_fail(
            error, SB_IO,
            "%s: %s/refs/main names no commit; download it again, or give the folder of a "
            "snapshot",
            name, model);
    if (snprintf(path, sizeof path, "%s/snapshots/%s", model, commit) >= (int)sizeof path ||
        !is_folder(path))
        return sb_fail(error, SB_IO, "%s: no snapshot %s in %s; download it again", name, commit,
                       model);
    *folder = strdup(path);
    return *folder ? SB_OK : sb_fail_memory(error);
}

enum sb_status sb_checkpoint_find(const char *name, char **folder, struct sb_error *error)
{
    *folder = NULL;
    if (!is_folder(name) && is_hub_name(name))
        return find_in_cache(name, folder, error);
    if (!is_folder(name))
        return sb_fail(error, SB_IO,
                       "%s: no such folder; a model is a folder with a checkpoint or a "
                       "name such as org/name in the local hub cache",
                       name);
    *folder = strdup(name);
    return *folder ? SB_OK : sb_fail_memory(error);
}
