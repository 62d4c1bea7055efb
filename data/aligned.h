/* Text made from a source, with the place in the source where each of its bytes comes from: what is left
 * of a text when normalisers have changed it.
 */
#ifndef SB_DATA_ALIGNED_H
#define SB_DATA_ALIGNED_H

#include <stddef.h>
#include <stdint.h>
#include "data/buffer.h"
#include "theory/status.h"

/* A borrowed text. Before its byte i, sb_aligned_place(view, i) bytes of the source are spent. */
struct sb_aligned_view {
    const uint8_t *bytes;
    size_t n;
    const size_t *ends; /* ends[i]: source bytes spent behind byte i; NULL: origin + i + 1 */
    size_t origin;      /* source bytes spent before byte 0 */
};

static inline size_t sb_aligned_place(const struct sb_aligned_view *view, size_t i)
{
    if (i == 0)
        return view->origin;
    return view->ends ? view->ends[i - 1] : view->origin + i;
}

/* The bytes begin..end-1 of a view. */
struct sb_aligned_view sb_aligned_slice(const struct sb_aligned_view *view, size_t begin,
                                        size_t end);

/* A text that owns its bytes and places. Starts as { 0 }. */
struct sb_aligned {
    struct sb_buffer text;
    size_t *ends, capacity;
};
void sb_aligned_reset(struct sb_aligned *aligned); /* keeps the memory */
void sb_aligned_clear(struct sb_aligned *aligned);

/* Appends bytes begin..end-1 of a view with their places. The view is not one of *aligned. */
enum sb_status sb_aligned_copy(struct sb_aligned *aligned, const struct sb_aligned_view *view,
                               size_t begin, size_t end);

/* Appends n >= 1 bytes that stand for the source from `begin` to `end`: the last of them spends it. */
enum sb_status sb_aligned_put(struct sb_aligned *aligned, const void *bytes, size_t n, size_t begin,
                              size_t end);

/* All of it; valid until it changes. */
struct sb_aligned_view sb_aligned_view(const struct sb_aligned *aligned, size_t origin);

#endif
