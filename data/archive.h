/* Bytes from anywhere: a plain file, standard input, a folder, an archive (tar, zip, 7z) under any
 * compression (gzip, bzip2, xz, zstd, lz4, lzma, lzip, compress), a lone compressed file, or members
 * of an archive by glob. The only user of libarchive for reading. Nothing is extracted to disk.
 *
 * A path is, in this order: "-" (standard input); an existing file or folder; PATH:GLOB, where PATH
 * is an existing archive or folder and GLOB selects members (fnmatch, '*' also matches '/').
 * A folder is walked in byte order of the names (data/walk.h); each file in it is opened by the same
 * rules, so that a folder of .jsonl.gz works. Members of an archive come in its own order; hidden
 * ones (a name component that begins with '.'), links and devices are left out.
 *
 * What a file is, its first bytes say: a file is an archive or compressed when it begins as one. A
 * name that promises one (.tar, .zip, .gz, ...) over other bytes is an error. A compressed member of
 * an archive is known by its name, and is read like a lone compressed file.
 *
 * Refused with a one-line error: truncated and corrupt archives (as far as their format can tell: the
 * checksum of gzip is not compared), encrypted members, archives within archives, member names that
 * are absolute or climb with "..", a glob that matches nothing.
 */
#ifndef SB_DATA_ARCHIVE_H
#define SB_DATA_ARCHIVE_H

#include <stdbool.h>
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

/* once: sb_archive_rewind will not be called. Otherwise what cannot be read twice (a pipe) is copied
 * to an unnamed temporary file, in TMPDIR or /tmp. */
enum sb_status sb_archive_open(const char *path, bool once, struct sb_archive **archive,
                               struct sb_error *error);
void sb_archive_close(struct sb_archive *archive);

/* The next regular file; SB_END after the last. What is left unread of the previous one is skipped.
 * An empty file is an entry like any other. */
enum sb_status sb_archive_next(struct sb_archive *archive, struct sb_archive_entry *entry,
                               struct sb_error *error);

/* The next bytes of the current entry, *n >= 1 of them, a view until the next call; SB_END at its
 * end. O(1) beside the decompression: bytes are not copied. */
enum sb_status sb_archive_read(struct sb_archive *archive, const uint8_t **bytes, size_t *n,
                               struct sb_error *error);

/* The same without consuming them: the next sb_archive_read returns the same bytes. */
enum sb_status sb_archive_peek(struct sb_archive *archive, const uint8_t **bytes, size_t *n,
                               struct sb_error *error);

/* Starts over. SB_DOMAIN if opened once. */
enum sb_status sb_archive_rewind(struct sb_archive *archive, struct sb_error *error);

/* Size and SHA-256 (64 hexadecimal digits and 0) of the bytes behind a path, for provenance: of a file
 * its bytes as stored (of PATH:GLOB those of the archive); of a folder the sum and the digest over
 * names and digests of its files (those that match the glob) in walking order.
 * SB_DOMAIN for what cannot be read twice: "-" and pipes. Reads everything once. */
enum sb_status sb_archive_digest(const char *path, uint64_t *n_bytes, char sha256[65],
                                 struct sb_error *error);

/* The versions of libarchive and of the compressors that it uses here, a static string: lengths under a
 * compressor hang on them. */
const char *sb_archive_libraries(void);

#endif
