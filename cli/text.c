#include "cli/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *cli_text(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = size < 0 ? NULL : malloc((size_t)size + 1);
    if (text) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)size + 1, format, arguments);
        va_end(arguments);
    }
    return text;
}

static enum sb_status read_all(FILE *file, const char *path, char **bytes, size_t *size,
                               struct sb_error *error)
{
    size_t used = 0, capacity = 1 << 16, n;
    char *text = malloc(capacity);
    while (text && (n = fread(text + used, 1, capacity - used - 1, file)) > 0) {
        used += n;
        if (used + 1 < capacity)
            continue;
        char *larger = realloc(text, capacity *= 2);
        if (!larger)
            free(text);
        text = larger;
    }
    if (!text)
        return sb_fail_memory(error);
    if (ferror(file)) {
        free(text);
        return sb_fail(error, SB_IO, "%s: %s", path, strerror(errno));
    }
    text[used] = 0;
    *bytes = text;
    if (size)
        *size = used;
    return SB_OK;
}

enum sb_status cli_read_file(const char *path, char **bytes, size_t *size, struct sb_error *error)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return sb_fail(error, SB_IO, "%s: %s", path, strerror(errno));
    enum sb_status status = read_all(file, path, bytes, size, error);
    fclose(file);
    return status;
}
