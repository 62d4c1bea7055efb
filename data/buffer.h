/* A growing array of bytes. Starts as { 0 }; what it holds is what was appended since the last
 * sb_buffer_reset, which keeps the memory for the next use. */
#ifndef SB_DATA_BUFFER_H
#define SB_DATA_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

struct sb_buffer {
    uint8_t *bytes;
    size_t n, capacity;
};

/* Makes room for n more bytes behind the ones held. SB_MEMORY leaves the buffer as it was. */
enum sb_status sb_buffer_reserve(struct sb_buffer *buffer, size_t n);
enum sb_status sb_buffer_append(struct sb_buffer *buffer, const void *bytes, size_t n);
void sb_buffer_reset(struct sb_buffer *buffer);
void sb_buffer_clear(struct sb_buffer *buffer);

#endif
