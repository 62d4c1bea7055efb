#include "estimators/transformer/network_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "data/output.h"

enum { MAX_PATH = 4096 };

static enum sb_status join(char path[MAX_PATH], const char *folder, const char *name,
                           struct sb_error *error)
{
    if (snprintf(path, MAX_PATH, "%s/%s", folder, name) < MAX_PATH)
        return SB_OK;
    return sb_fail(error, SB_LIMIT, "%.60s...: the name of this folder is too long", folder);
}

static enum sb_status write_text(const char *folder, const char *name, const char *text,
                                 struct sb_error *error)
{
    char path[MAX_PATH];
    struct sb_output output;
    enum sb_status status = join(path, folder, name, error);
    if (!status)
        status = sb_output_open(&output, path, error);
    if (status)
        return status;
    fputs(text, output.file);
    return sb_output_commit(&output, error);
}

static enum sb_status write_weights(const struct sb_network *model, const char *folder,
                                    struct sb_error *error)
{
    const struct sb_checkpoint *c = model->checkpoint;
    char path[MAX_PATH];
    enum sb_status status = join(path, folder, "model.safetensors", error);
    struct sb_tensor *tensors = malloc((c->n_weights + 1) * sizeof *tensors);
    if (!status && !tensors)
        status = sb_fail_memory(error);
    for (size_t i = 0; i < c->n_weights && !status; i++)
        tensors[i] = *c->weights[i];
    if (!status)
        status = sb_safetensors_write(path, tensors, c->n_weights, error);
    free(tensors);
    return status;
}

/* ---- a folder that is there -------------------------------------------------------------------- */

/* The same configuration, by its text. */
static enum sb_status check_same(const struct sb_network *model, const char *folder,
                                 struct sb_error *error)
{
    char path[MAX_PATH];
    enum sb_status status = join(path, folder, "config.json", error);
    if (status)
        return status;
    FILE *file = fopen(path, "rb");
    if (!file)
        return sb_fail(
            error, SB_IO,
            "%s: holds other files and no config.json; choose a folder that does not exist",
            folder);
    bool same = true;
    for (const char *text = model->config_json; same && *text; text++)
        same = fgetc(file) == (unsigned char)*text;
    same = same && fgetc(file) == EOF;
    fclose(file);
    return same ? SB_OK
                : sb_fail(error, SB_FORMAT,
                          "%s: config.json describes another model; choose another folder", folder);
}

static enum sb_status replace(const struct sb_network *model, const char *folder,
                              sb_folder_function *write_more, void *context, struct sb_error *error)
{
    enum sb_status status = check_same(model, folder, error);
    if (!status)
        status = write_weights(model, folder, error);
    if (!status && write_more)
        status = write_more(context, folder, error);
    return status;
}

/* ---- a new one --------------------------------------------------------------------------------- */

/* Whether a path is a folder with something in it. */
static bool holds_files(const char *path)
{
    DIR *directory = opendir(path);
    bool found = false;
    for (struct dirent *entry; directory && !found && (entry = readdir(directory));)
        found = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (directory)
        closedir(directory);
    return found;
}

static void remove_folder(const char *path)
{
    DIR *directory = opendir(path);
    char file[MAX_PATH];
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        if (!join(file, path, entry->d_name, NULL))
            unlink(file);
    if (directory)
        closedir(directory);
    rmdir(path);
}

/* "folder/.name.XXXXXX", made. */
static enum sb_status make_beside(const char *folder, char path[MAX_PATH], struct sb_error *error)
{
    size_t n = strlen(folder);
    while (n > 1 && folder[n - 1] == '/')
        n--;
    size_t slash = n;
    while (slash > 0 && folder[slash - 1] != '/')
        slash--;
    if (snprintf(path, MAX_PATH, "%.*s.%.*s.XXXXXX", (int)slash, folder, (int)(n - slash),
                 folder + slash) >= MAX_PATH)
        return sb_fail(error, SB_LIMIT, "%.60s...: the name of this folder is too long", folder);
    mode_t mask = umask(0);
    umask(mask);
    if (mkdtemp(path) && !chmod(path, 0777 & ~mask))
        return SB_OK;
    return sb_fail(error, SB_IO,
                   "%s: cannot be made: %s; choose a place that exists and is writable", folder,
                   strerror(errno));
}

static enum sb_status make_new(const struct sb_network *model, const char *folder,
                               sb_folder_function *write_more, void *context,
                               struct sb_error *error)
{
    char beside[MAX_PATH];
    enum sb_status status = make_beside(folder, beside, error);
    if (status)
        return status;
    status = write_text(beside, "config.json", model->config_json, error);
    if (!status && model->tokenizer_json)
        status = write_text(beside, "tokenizer.json", model->tokenizer_json, error);
    if (!status)
        status = write_weights(model, beside, error);
    if (!status && write_more)
        status = write_more(context, beside, error);
    if (!status && rename(beside, folder))
        status =
            sb_fail(error, SB_IO, "%s: cannot be made: %s; choose a folder that does not exist",
                    folder, strerror(errno));
    if (status)
        remove_folder(beside);
    return status;
}

enum sb_status sb_network_write_with(const struct sb_network *model, const char *folder,
                                     sb_folder_function *write_more, void *context,
                                     struct sb_error *error)
{
    if (holds_files(folder))
        return replace(model, folder, write_more, context, error);
    return make_new(model, folder, write_more, context, error);
}

enum sb_status sb_network_write(const struct sb_network *model, const char *folder,
                                struct sb_error *error)
{
    return sb_network_write_with(model, folder, NULL, NULL, error);
}
