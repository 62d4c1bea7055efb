/* Lines of the current entry of an archive, without their newline ("\n" or "\r\n"); a last line
 * without one counts. O(1) per byte; memory is one line. */
#ifndef SB_DATA_LINES_H
#define SB_DATA_LINES_H

#include <stddef.h>
#include <stdint.h>
#include "data/archive.h"
#include "data/buffer.h"
#include "theory/status.h"

struct sb_lines {
    struct sb_archive *archive;
    const char *source; /* of the entry, for errors: a view of the caller's */
    const uint8_t *block;
    size_t block_size, block_used;
    struct sb_buffer held; /* the part of a line that an earlier block ended in */
    size_t max_bytes;
    size_t number;   /* of the line last returned, from 1 */
    size_t n_ending; /* bytes of its newline: 2, 1, or 0 for a last line without one */
};

void sb_lines_init(struct sb_lines *lines, struct sb_archive *archive, size_t max_bytes);
void sb_lines_clear(struct sb_lines *lines);

/* After sb_archive_next: start over on the new entry. */
void sb_lines_restart(struct sb_lines *lines, const char *source);

/* The next line, a view until the next call; its newline, n_ending bytes, is not part of it.
 * SB_END after the last; SB_LIMIT names a line longer than max_bytes. */
enum sb_status sb_lines_next(struct sb_lines *lines, const uint8_t **line, size_t *n,
                             struct sb_error *error);

#endif
