#include "data/spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_unnamed(char *path, size_t size)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, size, "%s/springback-XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = mkstemp(path);
    if (fd >= 0)
        unlink(path);
    return fd;
}

/* 0, or the errno of the write that failed. */
static int write_all(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t written = write(fd, bytes, n);
        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0) {
            bytes += written;
            n -= (size_t)written;
        }
    }
    return 0;
}

static enum sb_status copy_all(int from, int to, const char *name, const char *path,
                               struct sb_error *error)
{
    char block[1 << 16];
    for (;;) {
        ssize_t n = read(from, block, sizeof block);
        if (n == 0)
            return SB_OK;
        if (n < 0 && errno != EINTR)
            return sb_fail(error, SB_IO, "%s: %s", name, strerror(errno));
        int failed = n > 0 ? write_all(to, block, (size_t)n) : 0;
        if (failed)
            return sb_fail(error, SB_IO, "%s: its copy %s cannot be written (%s); set TMPDIR", name,
                           path, strerror(failed));
    }
}

enum sb_status sb_spool(int fd, const char *name, int *copy, struct sb_error *error)
{
    char path[4096];
    int file = open_unnamed(path, sizeof path);
    if (file < 0)
        return sb_fail(error, SB_IO, "%s: its copy %s cannot be made (%s); set TMPDIR", name, path,
                       strerror(errno));
    enum sb_status status = copy_all(fd, file, name, path, error);
    if (status == SB_OK && lseek(file, 0, SEEK_SET) != 0)
        status = sb_fail(error, SB_IO, "%s: %s", path, strerror(errno));
    if (status) {
        close(file);
        return status;
    }
    *copy = file;
    return SB_OK;
}
