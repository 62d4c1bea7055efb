#include "data/place.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *copy_bytes(const char *text, size_t n)
{
    char *copy = malloc(n + 1);
    if (copy) {
        memcpy(copy, text, n);
        copy[n] = 0;
    }
    return copy;
}

/* Keeps the names that match the glob. */
static enum sb_status select_names(struct sb_place *place, struct sb_error *error)
{
    struct sb_folder *walk = &place->walk;
    size_t kept = 0;
    for (size_t i = 0; i < walk->n; i++) {
        if (fnmatch(place->glob, walk->names[i], 0) == 0)
            walk->names[kept++] = walk->names[i];
        else
            free(walk->names[i]);
    }
    walk->n = kept;
    if (kept)
        return SB_OK;
    return sb_fail(error, SB_FORMAT, "%s: no file in it matches \"%s\"", place->path, place->glob);
}

/* Splits path at the first colon behind something that exists; without one the path is itself. */
static enum sb_status split(struct sb_place *place, const char *path, struct stat *stat_result,
                            struct sb_error *error)
{
    int missing = stat(path, stat_result) ? errno : 0;
    const char *colon = missing ? strchr(path, ':') : NULL;
    for (; colon; colon = strchr(colon + 1, ':')) {
        place->path = copy_bytes(path, (size_t)(colon - path));
        place->glob = copy_bytes(colon + 1, strlen(colon + 1));
        if (!place->path || !place->glob)
            return sb_fail_memory(error);
        if (*place->glob && stat(place->path, stat_result) == 0)
            return SB_OK;
        sb_place_clear(place);
    }
    if (missing)
        return sb_fail(error, SB_IO, "%s: %s", path, strerror(missing));
    place->path = copy_bytes(path, strlen(path));
    return place->path ? SB_OK : sb_fail_memory(error);
}

enum sb_status sb_place_init(struct sb_place *place, const char *path, struct sb_error *error)
{
    *place = (struct sb_place){ 0 };
    if (strcmp(path, "-") == 0) {
        place->path = copy_bytes(path, 1);
        return place->path ? SB_OK : sb_fail_memory(error);
    }
    struct stat stat_result;
    enum sb_status status = split(place, path, &stat_result, error);
    if (status == SB_OK && S_ISDIR(stat_result.st_mode)) {
        place->is_folder = true;
        status = sb_folder_init(&place->walk, place->path, error);
        if (status == SB_OK && place->glob)
            status = select_names(place, error);
    }
    if (status)
        sb_place_clear(place);
    return status;
}

void sb_place_clear(struct sb_place *place)
{
    free(place->path);
    free(place->glob);
    sb_folder_clear(&place->walk);
    *place = (struct sb_place){ 0 };
}

size_t sb_place_n_files(const struct sb_place *place)
{
    return place->is_folder ? place->walk.n : 1;
}

char *sb_place_file(const struct sb_place *place, size_t i)
{
    if (!place->is_folder)
        return copy_bytes(place->path, strlen(place->path));
    size_t length = strlen(place->path), size = length + strlen(place->walk.names[i]) + 2;
    char *file = malloc(size);
    const char *slash = length && place->path[length - 1] == '/' ? "" : "/";
    if (file)
        snprintf(file, size, "%s%s%s", place->path, slash, place->walk.names[i]);
    return file;
}
