/* Bytes from anywhere: a plain file, standard input, a folder, an archive (tar, zip, 7z, ...) under
 * any compression, a lone compressed file, or members of an archive by glob. The only user of
 * libarchive for reading. Nothing is ever extracted to disk.
 *
 * A path is, in this order: "-" (standard input); an existing file or folder; PATH:GLOB, where PATH
 * is an existing archive or folder and GLOB selects members (fnmatch, '*' also matches '/').
 * A folder is walked in byte order of the names, symbolic links to folders not followed; each file in
 * it is opened by the same rules, so that a folder of .jsonl.gz works.
 *
 * Refused with a one-line error: truncated and corrupt archives, encrypted members, member names that
 * are absolute or climb with "..", a glob that matches nothing.
 */
#ifndef SB_DATA_ARCHIVE_H
#define SB_DATA_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

struct sb_archive;

/* A member, or the one file itself. Views that last until the next sb_archive_next. */
struct sb_archive_entry {
    const char *source; /* "corpus.tar.zst:docs/a.txt", "notes.txt", "-" */
    const char *name;   /* what its format is guessed from: the member's name, without .gz and the
                         * like where the file itself is a lone compressed file */
};

enum sb_status sb_archive_open(const char *path, struct sb_archive **archive, struct sb_error *error);
void sb_archive_close(struct sb_archive *archive);

/* The next regular file; SB_END after the last. What is left unread of the previous one is skipped. */
enum sb_status sb_archive_next(struct sb_archive *archive, struct sb_archive_entry *entry,
                               struct sb_error *error);

/* The next bytes of the current entry, *n >= 1 of them, a view until the next call; SB_END at its
 * end. */
enum sb_status sb_archive_read(struct sb_archive *archive, const uint8_t **bytes, size_t *n,
                               struct sb_error *error);

/* Size and SHA-256 (64 hexadecimal digits and 0) of the bytes behind a path, for provenance: of a file
 * its bytes as stored; of a folder the digest over its files' names and digests in walking order.
 * Not for "-" (SB_DOMAIN). Reads everything once. */
enum sb_status sb_archive_digest(const char *path, uint64_t *n_bytes, char sha256[65],
                                 struct sb_error *error);

/* Lines of the current entry, without their newline ("\n" or "\r\n"); a last line without one counts.
 * A line longer than max_bytes is SB_LIMIT. O(1) per byte; memory is one line. */
struct sb_lines {
    struct sb_archive *archive;
    const uint8_t *block;
    size_t block_size, block_used;
    uint8_t *held; /* the part of a line that an earlier block ended in */
    size_t held_size, held_capacity, max_bytes;
    size_t number; /* of the line last returned, from 1 */
};
void sb_lines_init(struct sb_lines *lines, struct sb_archive *archive, size_t max_bytes);
/* After sb_archive_next: start over on the new entry. */
void sb_lines_restart(struct sb_lines *lines);
enum sb_status sb_lines_next(struct sb_lines *lines, const uint8_t **line, size_t *n,
                             struct sb_error *error);
void sb_lines_clear(struct sb_lines *lines);

#endif
