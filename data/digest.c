/* Sizes and SHA-256 of inputs, for provenance. */
#include <errno.h>
#include <fcntl.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "data/archive.h"
#include "data/place.h"

static void finish(struct sha256_ctx *context, char hexadecimal[65])
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(context, sizeof digest, digest);
    base16_encode_update(hexadecimal, sizeof digest, digest);
    hexadecimal[2 * sizeof digest] = 0;
}

static enum sb_status digest_descriptor(int fd, const char *file, uint64_t *n_bytes,
                                        char hexadecimal[65], struct sb_error *error)
{
    struct sha256_ctx context;
    sha256_init(&context);
    uint8_t block[1 << 16];
    uint64_t total = 0;
    ssize_t n;
    while ((n = read(fd, block, sizeof block)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return sb_fail(error, SB_IO, "%s: %s", file, strerror(errno));
        sha256_update(&context, (size_t)n, block);
        total += (uint64_t)n;
    }
    finish(&context, hexadecimal);
    *n_bytes = total;
    return SB_OK;
}

static enum sb_status digest_file(const struct sb_place *place, size_t i, uint64_t *n_bytes,
                                  char hexadecimal[65], struct sb_error *error)
{
    char *file = sb_place_file(place, i);
    if (!file)
        return sb_fail_memory(error);
    struct stat stat_result;
    enum sb_status status = SB_OK;
    int fd = -1;
    if (stat(file, &stat_result) == 0 && !S_ISREG(stat_result.st_mode))
        status = sb_fail(error, SB_DOMAIN, "%s: a pipe can be read but once: no digest", file);
    else if ((fd = open(file, O_RDONLY | O_CLOEXEC)) < 0)
        status = sb_fail(error, SB_IO, "%s: %s", file, strerror(errno));
    else
        status = digest_descriptor(fd, file, n_bytes, hexadecimal, error);
    if (fd >= 0)
        close(fd);
    free(file);
    return status;
}

/* Over "name NUL digest" of each file, with names relative to the folder. */
static enum sb_status digest_folder(const struct sb_place *place, uint64_t *n_bytes,
                                    char hexadecimal[65], struct sb_error *error)
{
    struct sha256_ctx context;
    sha256_init(&context);
    uint64_t total = 0;
    for (size_t i = 0; i < place->walk.n; i++) {
        uint64_t n;
        char one[65];
        enum sb_status status = digest_file(place, i, &n, one, error);
        if (status)
            return status;
        const char *name = place->walk.names[i];
        sha256_update(&context, strlen(name) + 1, (const uint8_t *)name);
        sha256_update(&context, 64, (const uint8_t *)one);
        total += n;
    }
    finish(&context, hexadecimal);
    *n_bytes = total;
    return SB_OK;
}

enum sb_status sb_archive_digest(const char *path, uint64_t *n_bytes, char sha256[65],
                                 struct sb_error *error)
{
    if (strcmp(path, "-") == 0)
        return sb_fail(error, SB_DOMAIN, "standard input has no digest: it can be read but once");
    struct sb_place place;
    enum sb_status status = sb_place_init(&place, path, error);
    if (status)
        return status;
    uint64_t n = 0;
    char hexadecimal[65];
    status = place.is_folder ? digest_folder(&place, &n, hexadecimal, error)
                             : digest_file(&place, 0, &n, hexadecimal, error);
    sb_place_clear(&place);
    if (status)
        return status;
    *n_bytes = n;
    memcpy(sha256, hexadecimal, sizeof hexadecimal);
    return SB_OK;
}
