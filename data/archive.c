#include "data/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
#include "data/place.h"
#include "data/spool.h"

enum { READ_SIZE = 1 << 17, MAX_RETRIES = 8 };

/* The bytes of one libarchive entry, in order and without gaps. */
struct stream {
    struct archive *reader; /* NULL: closed */
    int64_t position;       /* of the next byte to hand out */
    int64_t block_offset;   /* of the block; what lies before it is a hole */
    const uint8_t *block;
    size_t n_block;
    bool at_end;
};

struct sb_archive {
    struct sb_place place;
    locale_t utf8; /* in which libarchive reads names; 0 where the system has none */
    size_t next_file;
    bool once;
    int fd;                /* of the current file, or -1 */
    int kept;              /* standard input or the copy of a pipe, kept for rewinding; or -1 */
    off_t start;           /* where reading of kept began */
    char *file;            /* path of the current file */
    struct stream outer;   /* the current file */
    struct stream inner;   /* a compressed member of it */
    bool has_members;      /* the current file is an archive */
    bool matched;          /* some member matched the glob */
    bool in_entry;         /* there is something to read */
    struct stream *stream; /* the one that the current entry is read from */
    const uint8_t *peeked;
    size_t n_peeked;
    char *source, *name; /* of the current entry */
};

/* ---- names ------------------------------------------------------------------------------------ */

static const char *const compressed_suffixes[] = { ".gz",  ".bz2",  ".xz", ".zst", ".zstd",
                                                   ".lz4", ".lzma", ".lz", ".Z",   NULL };
static const char *const archive_suffixes[] = { ".tar",  ".tgz", ".tbz2", ".tbz", ".txz",
                                                ".tzst", ".zip", ".7z",   NULL };

/* The suffix of the list that name ends in (behind at least one character), or NULL. */
static const char *find_suffix(const char *name, const char *const *suffixes)
{
    size_t length = strlen(name);
    for (; *suffixes; suffixes++) {
        size_t n = strlen(*suffixes);
        if (length > n && strcmp(name + length - n, *suffixes) == 0)
            return name + length - n;
    }
    return NULL;
}

static char *format_name(const char *a, const char *between, const char *b)
{
    size_t size = strlen(a) + strlen(between) + strlen(b) + 1;
    char *text = malloc(size);
    if (text)
        snprintf(text, size, "%s%s%s", a, between, b);
    return text;
}

/* Takes the suffixes of compression off a name. */
static void strip_compression(char *name)
{
    const char *suffix;
    while ((suffix = find_suffix(name, compressed_suffixes)))
        name[suffix - name] = 0;
}

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

/* Backslashes separate too: archives made under Windows. */
static bool is_unsafe(const char *name)
{
    if (is_separator(*name))
        return true;
    for (const char *c = name; *c; c++)
        if ((c == name || is_separator(c[-1])) && c[0] == '.' && c[1] == '.' &&
            (!c[2] || is_separator(c[2])))
            return true;
    return false;
}

static bool is_hidden(const char *name)
{
    for (const char *c = name; *c; c++)
        if ((c == name || c[-1] == '/') && *c == '.')
            return true;
    return false;
}

/* ---- streams ---------------------------------------------------------------------------------- */

static enum sb_status fail_damaged(const struct sb_archive *archive, const struct stream *stream,
                                   struct sb_error *error)
{
    const char *place = archive->in_entry && archive->source ? archive->source : archive->file;
    const char *why = archive_error_string(stream->reader);
    if (archive_read_has_encrypted_entries(stream->reader) > 0)
        return sb_fail(error, SB_UNSUPPORTED, "%s: encrypted; decrypt it first", place);
    return sb_fail(error, SB_FORMAT, "%s: damaged or truncated%s%s%s; fetch or pack it again",
                   place, why ? " (" : "", why ? why : "", why ? ")" : "");
}

/* Reads the next block of the entry; at_end where there is none, with the hole before the end left
 * to be handed out. False when the reader fails. */
static bool next_block(struct stream *stream)
{
    const void *block = NULL;
    size_t n = 0;
    la_int64_t offset = stream->position;
    int code = ARCHIVE_RETRY;
    for (int i = 0; i < MAX_RETRIES && code == ARCHIVE_RETRY; i++)
        code = archive_read_data_block(stream->reader, &block, &n, &offset);
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN && code != ARCHIVE_EOF)
        return false;
    stream->at_end = code == ARCHIVE_EOF;
    stream->block = block;
    stream->n_block = stream->at_end ? 0 : n;
    stream->block_offset = offset > stream->position ? offset : stream->position;
    return true;
}

/* The next bytes; *n is 0 at the end. False when the reader fails. */
static bool stream_read(struct stream *stream, const uint8_t **bytes, size_t *n)
{
    static const uint8_t zeros[1 << 12];
    for (;;) {
        int64_t hole = stream->block_offset - stream->position;
        if (hole > 0) {
            *bytes = zeros;
            *n = hole < (int64_t)sizeof zeros ? (size_t)hole : sizeof zeros;
            break;
        }
        if (stream->n_block || stream->at_end) {
            *bytes = stream->block;
            *n = stream->n_block;
            stream->n_block = 0;
            stream->block_offset += (int64_t)*n;
            break;
        }
        if (!next_block(stream))
            return false;
    }
    stream->position += (int64_t)*n;
    return true;
}

static void stream_close(struct stream *stream)
{
    if (stream->reader)
        archive_read_free(stream->reader);
    *stream = (struct stream){ 0 };
}

/* A reader that knows the compressions, without those that need other programs and without
 * uuencode, which would change plain text. */
static struct archive *new_reader(void)
{
    struct archive *reader = archive_read_new();
    if (!reader)
        return NULL;
    archive_read_support_filter_gzip(reader);
    archive_read_support_filter_bzip2(reader);
    archive_read_support_filter_xz(reader);
    archive_read_support_filter_lzma(reader);
    archive_read_support_filter_lzip(reader);
    archive_read_support_filter_zstd(reader);
    archive_read_support_filter_lz4(reader);
    archive_read_support_filter_compress(reader);
    archive_read_support_format_raw(reader);
    archive_read_support_format_empty(reader);
    return reader;
}

static int next_header(struct archive *reader, struct archive_entry **entry)
{
    int code = ARCHIVE_RETRY;
    for (int i = 0; i < MAX_RETRIES && code == ARCHIVE_RETRY; i++)
        code = archive_read_next_header(reader, entry);
    return code;
}

static bool is_usable(int code)
{
    return code == ARCHIVE_OK || code == ARCHIVE_WARN;
}

/* ---- files ------------------------------------------------------------------------------------ */

static void close_file(struct sb_archive *archive)
{
    stream_close(&archive->inner);
    stream_close(&archive->outer);
    if (archive->fd >= 0 && archive->fd != archive->kept)
        close(archive->fd);
    archive->fd = -1;
    free(archive->file);
    free(archive->source);
    free(archive->name);
    archive->file = archive->source = archive->name = NULL;
    archive->in_entry = false;
    archive->n_peeked = 0;
}

/* Opens archive->file; a pipe is copied first unless it is read but once. */
static enum sb_status open_descriptor(struct sb_archive *archive, struct sb_error *error)
{
    if (archive->kept >= 0) {
        archive->fd = archive->kept;
        lseek(archive->fd, archive->start, SEEK_SET);
        return SB_OK;
    }
    bool is_input = strcmp(archive->file, "-") == 0;
    archive->fd = is_input ? dup(STDIN_FILENO) : open(archive->file, O_RDONLY | O_CLOEXEC);
    if (archive->fd < 0)
        return sb_fail(error, SB_IO, "%s: %s", archive->file, strerror(errno));
    archive->start = lseek(archive->fd, 0, SEEK_CUR);
    if (archive->start < 0 && !archive->once) {
        int copy;
        enum sb_status status = sb_spool(archive->fd, archive->file, &copy, error);
        if (status)
            return status;
        close(archive->fd);
        archive->fd = archive->kept = copy;
        archive->start = 0;
    } else if (is_input) {
        archive->kept = archive->fd;
    }
    return SB_OK;
}

static enum sb_status fail_uncompressed(const char *place, struct sb_error *error)
{
    return sb_fail(error, SB_FORMAT,
                   "%s: not compressed as its name says: truncated, damaged or misnamed", place);
}

/* Sets the current entry; takes source and name over. */
static enum sb_status set_entry(struct sb_archive *archive, struct stream *stream, char *source,
                                char *name, struct sb_error *error)
{
    free(archive->source);
    free(archive->name);
    archive->source = source;
    archive->name = name;
    if (!source || !name)
        return sb_fail_memory(error);
    archive->stream = stream;
    archive->in_entry = true;
    return SB_OK;
}

/* A zip cut short has lost its directory, which stands at its end. */
static enum sb_status check_no_zip(struct sb_archive *archive, struct sb_error *error)
{
    const uint8_t *bytes;
    size_t n;
    enum sb_status status = sb_archive_peek(archive, &bytes, &n, error);
    if (status == SB_OK && n >= 4 && memcmp(bytes, "PK\3\4", 4) == 0)
        return sb_fail(error, SB_FORMAT, "%s: a truncated or damaged zip archive; fetch it again",
                       archive->source);
    return status == SB_END ? SB_OK : status;
}

/* The current file is the entry itself. */
static enum sb_status enter_single(struct sb_archive *archive, struct sb_error *error)
{
    if (archive->place.glob && !archive->place.is_folder)
        return sb_fail(error, SB_FORMAT, "%s: not an archive: it has no members such as \"%s\"",
                       archive->file, archive->place.glob);
    const char *name = strcmp(archive->file, "-") == 0 ? "" : archive->file;
    enum sb_status status = set_entry(archive, &archive->outer, format_name(archive->file, "", ""),
                                      format_name(name, "", ""), error);
    if (status)
        return status;
    bool is_compressed = archive_filter_count(archive->outer.reader) > 1;
    if (!is_compressed && find_suffix(name, compressed_suffixes))
        return fail_uncompressed(archive->file, error);
    strip_compression(archive->name);
    if (find_suffix(archive->name, archive_suffixes))
        return sb_fail(error, SB_FORMAT,
                       "%s: not the archive that its name says: truncated, damaged or misnamed",
                       archive->file);
    return check_no_zip(archive, error);
}

/* Opens the next file and reads its first header, with libarchive's code for it. */
static enum sb_status open_file(struct sb_archive *archive, struct archive_entry **entry, int *code,
                                struct sb_error *error)
{
    archive->file = sb_place_file(&archive->place, archive->next_file++);
    if (!archive->file)
        return sb_fail_memory(error);
    enum sb_status status = open_descriptor(archive, error);
    if (status)
        return status;
    struct archive *reader = archive->outer.reader = new_reader();
    if (!reader)
        return sb_fail_memory(error);
    archive_read_support_format_tar(reader);
    archive_read_support_format_7zip(reader);
    archive_read_support_format_zip_seekable(reader);
    if (archive->start < 0)
        archive_read_support_format_zip_streamable(reader);
    if (archive_read_open_fd(reader, archive->fd, READ_SIZE) != ARCHIVE_OK)
        return fail_damaged(archive, &archive->outer, error);
    *code = next_header(reader, entry);
    int format = archive_format(reader) & ARCHIVE_FORMAT_BASE_MASK;
    archive->has_members = format != ARCHIVE_FORMAT_RAW && format != ARCHIVE_FORMAT_EMPTY;
    if (archive->start < 0 && format == ARCHIVE_FORMAT_7ZIP)
        return sb_fail(error, SB_UNSUPPORTED,
                       "%s: a 7z archive cannot be read from a pipe; save it to a file first",
                       archive->file);
    return SB_OK;
}

/* ---- members ---------------------------------------------------------------------------------- */

/* libarchive takes a tar that stops between two members for a whole one. A whole one ends in a block
 * of zeros, which reading the last header consumed. */
static bool is_cut_between_members(struct archive *reader)
{
    return (archive_format(reader) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR &&
           archive_filter_bytes(reader, 0) <= archive_read_header_position(reader);
}

static la_ssize_t read_member(struct archive *inner, void *data, const void **bytes)
{
    struct stream *outer = data;
    const uint8_t *block;
    size_t n;
    if (stream_read(outer, &block, &n)) {
        *bytes = block;
        return (la_ssize_t)n;
    }
    const char *why = archive_error_string(outer->reader);
    archive_set_error(inner, EIO, "%s", why ? why : "unknown error");
    return -1;
}

/* The current member is compressed: reads it through a reader of its own. */
static enum sb_status enter_compressed(struct sb_archive *archive, struct sb_error *error)
{
    archive->stream = &archive->inner;
    struct archive *reader = archive->inner.reader = new_reader();
    if (!reader)
        return sb_fail_memory(error);
    struct archive_entry *entry;
    if (archive_read_open(reader, &archive->outer, NULL, read_member, NULL) != ARCHIVE_OK)
        return fail_damaged(archive, &archive->inner, error);
    int code = next_header(reader, &entry);
    if (!is_usable(code) && code != ARCHIVE_EOF)
        return fail_damaged(archive, &archive->inner, error);
    archive->inner.at_end = code == ARCHIVE_EOF;
    return archive_filter_count(reader) > 1 ? SB_OK : fail_uncompressed(archive->source, error);
}

static enum sb_status enter_member(struct sb_archive *archive, struct archive_entry *entry,
                                   const char *name, struct sb_error *error)
{
    archive->outer = (struct stream){ .reader = archive->outer.reader };
    enum sb_status status =
        set_entry(archive, &archive->outer, format_name(archive->file, ":", name),
                  format_name(name, "", ""), error);
    if (status)
        return status;
    if (archive_entry_is_encrypted(entry))
        return sb_fail(error, SB_UNSUPPORTED, "%s: encrypted; decrypt it first", archive->source);
    bool is_compressed = find_suffix(name, compressed_suffixes);
    strip_compression(archive->name);
    if (find_suffix(archive->name, archive_suffixes))
        return sb_fail(error, SB_UNSUPPORTED,
                       "%s: an archive within an archive; unpack the outer one, or choose members "
                       "with ARCHIVE:GLOB",
                       archive->source);
    return is_compressed ? enter_compressed(archive, error) : SB_OK;
}

/* Whether a member is a document to be read: SB_OK with its name, SB_END for one to be left out. */
static enum sb_status choose_member(struct sb_archive *archive, struct archive_entry *entry,
                                    const char **name, struct sb_error *error)
{
    const char *path = archive_entry_pathname(entry);
    if (!path || !*path)
        return sb_fail(error, SB_FORMAT, "%s: a member without a readable name; pack it again",
                       archive->file);
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    if (is_unsafe(path))
        return sb_fail(
            error, SB_FORMAT,
            "%s: the member name \"%s\" is absolute or climbs with \"..\"; pack it again "
            "with relative names",
            archive->file, path);
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
        is_hidden(path))
        return SB_END;
    const char *glob = archive->place.is_folder ? NULL : archive->place.glob;
    if (glob && fnmatch(glob, path, 0) != 0)
        return SB_END;
    *name = path;
    return SB_OK;
}

/* Goes on from a header to an entry; SB_END when the file is over. */
static enum sb_status find_member(struct sb_archive *archive, struct archive_entry *entry, int code,
                                  struct sb_error *error)
{
    for (; code != ARCHIVE_EOF; code = next_header(archive->outer.reader, &entry)) {
        if (!is_usable(code))
            return fail_damaged(archive, &archive->outer, error);
        const char *name = NULL;
        enum sb_status status = choose_member(archive, entry, &name, error);
        if (status == SB_END)
            continue;
        archive->matched = true;
        return status ? status : enter_member(archive, entry, name, error);
    }
    if (is_cut_between_members(archive->outer.reader))
        return sb_fail(error, SB_FORMAT,
                       "%s: damaged or truncated (no end-of-archive mark); fetch or pack it again",
                       archive->file);
    return SB_END;
}

/* ---- the interface ---------------------------------------------------------------------------- */

enum sb_status sb_archive_open(const char *path, bool once, struct sb_archive **result,
                               struct sb_error *error)
{
    *result = NULL;
    struct sb_archive *archive = calloc(1, sizeof *archive);
    if (!archive)
        return sb_fail_memory(error);
    archive->once = once;
    archive->fd = archive->kept = -1;
    archive->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    enum sb_status status = sb_place_init(&archive->place, path, error);
    if (status) {
        sb_archive_close(archive);
        return status;
    }
    *result = archive;
    return SB_OK;
}

void sb_archive_close(struct sb_archive *archive)
{
    if (!archive)
        return;
    close_file(archive);
    if (archive->kept >= 0)
        close(archive->kept);
    if (archive->utf8)
        freelocale(archive->utf8);
    sb_place_clear(&archive->place);
    free(archive);
}

/* What comes after the current entry, in the current file or in the next one. */
static enum sb_status advance(struct sb_archive *archive, struct sb_error *error)
{
    struct archive_entry *entry = NULL;
    int code = ARCHIVE_EOF;
    stream_close(&archive->inner);
    archive->n_peeked = 0;
    archive->in_entry = false;
    if (archive->file && archive->has_members) {
        code = next_header(archive->outer.reader, &entry);
        enum sb_status status = find_member(archive, entry, code, error);
        if (status != SB_END)
            return status;
    }
    while (archive->next_file < sb_place_n_files(&archive->place)) {
        close_file(archive);
        enum sb_status status = open_file(archive, &entry, &code, error);
        if (status)
            return status;
        if (archive->has_members) {
            status = find_member(archive, entry, code, error);
            if (status != SB_END)
                return status;
            continue;
        }
        if (!is_usable(code) && code != ARCHIVE_EOF)
            return fail_damaged(archive, &archive->outer, error);
        archive->outer.at_end = code == ARCHIVE_EOF;
        return enter_single(archive, error);
    }
    close_file(archive);
    return SB_END;
}

enum sb_status sb_archive_next(struct sb_archive *archive, struct sb_archive_entry *entry,
                               struct sb_error *error)
{
    /* In the "C" locale, in which programs begin, libarchive loses the names of zip and 7z. */
    locale_t before = archive->utf8 ? uselocale(archive->utf8) : (locale_t)0;
    enum sb_status status = advance(archive, error);
    if (before)
        uselocale(before);
    if (status == SB_END && archive->place.glob && !archive->place.is_folder && !archive->matched)
        return sb_fail(error, SB_FORMAT,
                       "%s: no member matches \"%s\"; 'springback data list %s' lists them",
                       archive->place.path, archive->place.glob, archive->place.path);
    if (status)
        return status;
    *entry = (struct sb_archive_entry){ .source = archive->source, .name = archive->name };
    return SB_OK;
}

enum sb_status sb_archive_peek(struct sb_archive *archive, const uint8_t **bytes, size_t *n,
                               struct sb_error *error)
{
    if (!archive->n_peeked) {
        if (!archive->in_entry)
            return SB_END;
        if (!stream_read(archive->stream, &archive->peeked, &archive->n_peeked)) {
            archive->n_peeked = 0;
            return fail_damaged(archive, archive->stream, error);
        }
    }
    if (!archive->n_peeked) {
        archive->in_entry = false;
        return SB_END;
    }
    *bytes = archive->peeked;
    *n = archive->n_peeked;
    return SB_OK;
}

enum sb_status sb_archive_read(struct sb_archive *archive, const uint8_t **bytes, size_t *n,
                               struct sb_error *error)
{
    enum sb_status status = sb_archive_peek(archive, bytes, n, error);
    archive->n_peeked = 0;
    return status;
}

enum sb_status sb_archive_rewind(struct sb_archive *archive, struct sb_error *error)
{
    if (archive->once)
        return sb_fail(error, SB_DOMAIN, "%s: opened to be read once", archive->place.path);
    close_file(archive);
    archive->next_file = 0;
    archive->matched = false;
    return SB_OK;
}

const char *sb_archive_libraries(void)
{
    return archive_version_details();
}
