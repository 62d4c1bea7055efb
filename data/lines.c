#include "data/lines.h"

#include <string.h>

void sb_lines_init(struct sb_lines *lines, struct sb_archive *archive, size_t max_bytes)
{
    *lines = (struct sb_lines){ .archive = archive, .max_bytes = max_bytes };
}

void sb_lines_clear(struct sb_lines *lines)
{
    sb_buffer_clear(&lines->held);
}

void sb_lines_restart(struct sb_lines *lines, const char *source)
{
    lines->source = source;
    lines->block_size = lines->block_used = 0;
    lines->number = lines->n_ending = 0;
    sb_buffer_reset(&lines->held);
}

static enum sb_status too_long(const struct sb_lines *lines, struct sb_error *error)
{
    return sb_fail(error, SB_LIMIT,
                   "%s line %zu: longer than %zu bytes; a larger --max-document allows it",
                   lines->source, lines->number + 1, lines->max_bytes);
}

/* Moves what is left of the block to held and reads the next block. */
static enum sb_status refill(struct sb_lines *lines, struct sb_error *error)
{
    size_t rest = lines->block_size - lines->block_used;
    if (rest > lines->max_bytes || lines->held.n > lines->max_bytes - rest)
        return too_long(lines, error);
    if (rest && sb_buffer_append(&lines->held, lines->block + lines->block_used, rest))
        return sb_fail_memory(error);
    lines->block_size = lines->block_used = 0;
    return sb_archive_read(lines->archive, &lines->block, &lines->block_size, error);
}

/* Hands out n bytes as a line after taking a '\r' before the newline off them. */
static enum sb_status finish(struct sb_lines *lines, const uint8_t *bytes, size_t n,
                             size_t n_ending, const uint8_t **line, size_t *n_line,
                             struct sb_error *error)
{
    if (n_ending && n && bytes[n - 1] == '\r') {
        n--;
        n_ending++;
    }
    if (n > lines->max_bytes)
        return too_long(lines, error);
    lines->number++;
    lines->n_ending = n_ending;
    *line = bytes;
    *n_line = n;
    return SB_OK;
}

enum sb_status sb_lines_next(struct sb_lines *lines, const uint8_t **line, size_t *n,
                             struct sb_error *error)
{
    sb_buffer_reset(&lines->held);
    for (;;) {
        size_t rest = lines->block_size - lines->block_used;
        const uint8_t *start = rest ? lines->block + lines->block_used : NULL;
        const uint8_t *newline = rest ? memchr(start, '\n', rest) : NULL;
        if (newline) {
            size_t size = (size_t)(newline - start);
            lines->block_used += size + 1;
            if (!lines->held.n)
                return finish(lines, start, size, 1, line, n, error);
            if (sb_buffer_append(&lines->held, start, size))
                return sb_fail_memory(error);
            return finish(lines, lines->held.bytes, lines->held.n, 1, line, n, error);
        }
        enum sb_status status = refill(lines, error);
        if (status == SB_END && lines->held.n)
            return finish(lines, lines->held.bytes, lines->held.n, 0, line, n, error);
        if (status)
            return status;
    }
}
