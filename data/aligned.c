#include "data/aligned.h"

#include <stdlib.h>
#include <string.h>

struct sb_aligned_view sb_aligned_slice(const struct sb_aligned_view *view, size_t begin,
                                        size_t end)
{
    return (struct sb_aligned_view){ .bytes = view->bytes + begin,
                                     .n = end - begin,
                                     .ends = view->ends ? view->ends + begin : NULL,
                                     .origin = sb_aligned_place(view, begin) };
}

void sb_aligned_reset(struct sb_aligned *aligned)
{
    sb_buffer_reset(&aligned->text);
}

void sb_aligned_clear(struct sb_aligned *aligned)
{
    sb_buffer_clear(&aligned->text);
    free(aligned->ends);
    *aligned = (struct sb_aligned){ 0 };
}

/* Room for n more bytes and their places. */
static enum sb_status reserve(struct sb_aligned *aligned, size_t n)
{
    if (sb_buffer_reserve(&aligned->text, n))
        return SB_MEMORY;
    size_t capacity = aligned->text.capacity;
    if (capacity <= aligned->capacity)
        return SB_OK;
    if (capacity > SIZE_MAX / sizeof *aligned->ends)
        return SB_MEMORY;
    size_t *ends = realloc(aligned->ends, capacity * sizeof *ends);
    if (!ends)
        return SB_MEMORY;
    aligned->ends = ends;
    aligned->capacity = capacity;
    return SB_OK;
}

enum sb_status sb_aligned_copy(struct sb_aligned *aligned, const struct sb_aligned_view *view,
                               size_t begin, size_t end)
{
    size_t n = end - begin;
    if (!n)
        return SB_OK;
    if (reserve(aligned, n))
        return SB_MEMORY;
    size_t *ends = aligned->ends + aligned->text.n;
    memcpy(aligned->text.bytes + aligned->text.n, view->bytes + begin, n);
    for (size_t i = 0; i < n; i++)
        ends[i] = sb_aligned_place(view, begin + i + 1);
    aligned->text.n += n;
    return SB_OK;
}

enum sb_status sb_aligned_put(struct sb_aligned *aligned, const void *bytes, size_t n, size_t begin,
                              size_t end)
{
    if (reserve(aligned, n))
        return SB_MEMORY;
    size_t *ends = aligned->ends + aligned->text.n;
    memcpy(aligned->text.bytes + aligned->text.n, bytes, n);
    for (size_t i = 0; i + 1 < n; i++)
        ends[i] = begin;
    ends[n - 1] = end;
    aligned->text.n += n;
    return SB_OK;
}

struct sb_aligned_view sb_aligned_view(const struct sb_aligned *aligned, size_t origin)
{
    return (struct sb_aligned_view){ aligned->text.bytes, aligned->text.n, aligned->ends, origin };
}
