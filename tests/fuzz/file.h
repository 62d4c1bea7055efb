/* The input of a fuzz target as a file, for what takes a path. */
#ifndef SB_TESTS_FUZZ_FILE_H
#define SB_TESTS_FUZZ_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The path of a file without a name that holds these bytes until the next call. */
static inline const char *fuzz_file(const uint8_t *bytes, size_t n)
{
    static FILE *file;
    static char path[64];
    if (!file && !(file = tmpfile()))
        abort();
    rewind(file);
    if (fwrite(bytes, 1, n, file) != n || fflush(file) || ftruncate(fileno(file), (off_t)n))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
    return path;
}

#endif
