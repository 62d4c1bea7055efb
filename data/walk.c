#include "data/walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* a + "/" + b, or b alone when a is empty; NULL when there is no memory. */
static char *join(const char *a, const char *b)
{
    size_t size = strlen(a) + strlen(b) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s%s%s", a, *a ? "/" : "", b);
    return path;
}

/* Takes name over, also on failure. */
static enum sb_status add_name(struct sb_folder *walk, char *name)
{
    if (walk->n == walk->capacity) {
        size_t capacity = walk->capacity ? 2 * walk->capacity : 16;
        char **names = realloc(walk->names, capacity * sizeof *names);
        if (!names) {
            free(name);
            return SB_MEMORY;
        }
        walk->names = names;
        walk->capacity = capacity;
    }
    walk->names[walk->n++] = name;
    return SB_OK;
}

static enum sb_status walk_folder(struct sb_folder *walk, const char *root, const char *relative,
                                  struct sb_error *error);

/* Takes name over. */
static enum sb_status visit(struct sb_folder *walk, const char *root, char *name,
                            struct sb_error *error)
{
    enum sb_status status = SB_OK;
    struct stat link, file;
    char *path = join(root, name);
    if (!path)
        status = sb_fail_memory(error);
    else if (lstat(path, &link) || stat(path, &file))
        status = sb_fail(error, SB_IO, "%s: %s", path, strerror(errno));
    free(path);
    if (status == SB_OK && S_ISREG(file.st_mode))
        return add_name(walk, name) ? sb_fail_memory(error) : SB_OK;
    if (status == SB_OK && S_ISDIR(link.st_mode))
        status = walk_folder(walk, root, name, error);
    free(name);
    return status;
}

static enum sb_status walk_folder(struct sb_folder *walk, const char *root, const char *relative,
                                  struct sb_error *error)
{
    char *path = *relative ? join(root, relative) : join("", root);
    if (!path)
        return sb_fail_memory(error);
    DIR *folder = opendir(path);
    enum sb_status status = folder ? SB_OK : sb_fail(error, SB_IO, "%s: %s", path, strerror(errno));
    free(path);
    const struct dirent *item;
    while (status == SB_OK && (item = readdir(folder))) {
        if (item->d_name[0] == '.')
            continue;
        char *name = join(relative, item->d_name);
        status = name ? visit(walk, root, name, error) : sb_fail_memory(error);
    }
    if (folder)
        closedir(folder);
    return status;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum sb_status sb_folder_init(struct sb_folder *walk, const char *folder, struct sb_error *error)
{
    *walk = (struct sb_folder){ 0 };
    enum sb_status status = walk_folder(walk, folder, "", error);
    if (status)
        sb_folder_clear(walk);
    else if (walk->n > 1)
        qsort(walk->names, walk->n, sizeof *walk->names, compare_names);
    return status;
}

void sb_folder_clear(struct sb_folder *walk)
{
    for (size_t i = 0; i < walk->n; i++)
        free(walk->names[i]);
    free(walk->names);
    *walk = (struct sb_folder){ 0 };
}
