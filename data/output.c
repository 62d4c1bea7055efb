#include "data/output.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "folder/.name.XXXXXX" for "folder/name"; NULL when there is no memory. */
static char *temporary_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0, size = strlen(path) + 9;
    char *name = malloc(size);
    if (name)
        snprintf(name, size, "%.*s.%s.XXXXXX", (int)folder, path, path + folder);
    return name;
}

static void clear(struct sb_output *output)
{
    free(output->path);
    free(output->temporary);
    *output = (struct sb_output){ NULL, NULL, NULL };
}

/* A device or a pipe is written to as it is: renaming over it would replace it. */
static bool is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static FILE *open_temporary(char *name)
{
    int descriptor = mkstemp(name);
    if (descriptor < 0)
        return NULL;
    mode_t mask = umask(0);
    umask(mask);
    fchmod(descriptor, 0666 & ~mask); /* what fopen would have given */
    FILE *file = fdopen(descriptor, "w");
    if (!file) {
        close(descriptor);
        unlink(name);
    }
    return file;
}

enum sb_status sb_output_open(struct sb_output *output, const char *path, struct sb_error *error)
{
    *output = (struct sb_output){ NULL, NULL, NULL };
    if (!path || strcmp(path, "-") == 0) {
        output->file = stdout;
        return SB_OK;
    }
    struct sb_output new = { NULL, strdup(path), NULL };
    bool special = is_special(path);
    if (!special)
        new.temporary = temporary_name(path);
    if (!new.path || (!special && !new.temporary)) {
        clear(&new);
        return sb_fail_memory(error);
    }
    new.file = special ? fopen(path, "w") : open_temporary(new.temporary);
    if (!new.file) {
        int reason = errno;
        clear(&new);
        return sb_fail(error, SB_IO,
                       "%s: cannot be written: %s; choose a folder that exists and is "
                       "writable",
                       path, strerror(reason));
    }
    *output = new;
    return SB_OK;
}

enum sb_status sb_output_commit(struct sb_output *output, struct sb_error *error)
{
    errno = 0;
    bool failed = fflush(output->file) != 0 || ferror(output->file);
    if (output->path)
        failed |= fclose(output->file) != 0;
    if (!failed && output->temporary)
        failed = rename(output->temporary, output->path) != 0;
    enum sb_status status = SB_OK;
    if (failed) {
        const char *reason = errno ? strerror(errno) : "a write failed";
        status = sb_fail(
            error, SB_IO, "%s: %s%s", output->path ? output->path : "standard output", reason,
            output->path ? "; nothing was left behind; make room there, or choose another folder"
                         : "");
        if (output->temporary)
            unlink(output->temporary);
    }
    clear(output);
    return status;
}

void sb_output_discard(struct sb_output *output)
{
    if (!output->file)
        return;
    if (output->path)
        fclose(output->file);
    if (output->temporary)
        unlink(output->temporary);
    clear(output);
}
