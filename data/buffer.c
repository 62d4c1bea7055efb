#include "data/buffer.h"

#include <stdlib.h>
#include <string.h>

enum sb_status sb_buffer_reserve(struct sb_buffer *buffer, size_t n)
{
    if (n <= buffer->capacity - buffer->n)
        return SB_OK;
    if (n > SIZE_MAX / 2 - buffer->n)
        return SB_MEMORY;
    size_t capacity = buffer->capacity ? buffer->capacity : 256;
    while (capacity - buffer->n < n)
        capacity *= 2;
    uint8_t *bytes = realloc(buffer->bytes, capacity);
    if (!bytes)
        return SB_MEMORY;
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return SB_OK;
}

enum sb_status sb_buffer_append(struct sb_buffer *buffer, const void *bytes, size_t n)
{
    if (sb_buffer_reserve(buffer, n))
        return SB_MEMORY;
    if (n)
        memcpy(buffer->bytes + buffer->n, bytes, n);
    buffer->n += n;
    return SB_OK;
}

void sb_buffer_reset(struct sb_buffer *buffer)
{
    buffer->n = 0;
}

void sb_buffer_clear(struct sb_buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct sb_buffer){ 0 };
}
