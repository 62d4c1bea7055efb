/* Any bytes as an archive or a compressed file: refused with a line, or entries with harmless names, which
 * are the same when they are read again. Of what unpacks to more than a mebibyte no more is read.
 *
 * covers: data/archive.c data/place.c
 * seeds:
 */
#include <string.h>
#include "data/archive.h"
#include "tests/fuzz/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { MOST_BYTES = 1 << 20 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool is_harmless(const char *name)
{
    if (*name == '/' || *name == '\\')
        return false;
    for (const char *part = name; *part;) {
        size_t length = strcspn(part, "/\\");
        if (length == 2 && part[0] == '.' && part[1] == '.')
            return false;
        part += length + (part[length] != 0);
    }
    return true;
}

/* What an archive says, as one number. */
static uint64_t read_all(struct sb_archive *archive)
{
    uint64_t sum = 0;
    size_t n_read = 0;
    struct sb_archive_entry entry;
    struct sb_error error = { "" };
    enum sb_status status;
    while ((status = sb_archive_next(archive, &entry, &error)) == SB_OK && n_read < MOST_BYTES) {
        const uint8_t *bytes;
        size_t n;
        const char *member = strstr(entry.source, ":");
        must(!member || is_harmless(member + 1));
        while (n_read < MOST_BYTES &&
               (status = sb_archive_read(archive, &bytes, &n, &error)) == SB_OK) {
            must(n > 0);
            n_read += n;
            for (size_t i = 0; i < n; i += 97)
                sum = sum * 31 + bytes[i];
        }
        sum = sum * 31 + strlen(entry.source);
        must(status == SB_OK || status == SB_END || *error.message);
    }
    must(status == SB_OK || status == SB_END || *error.message);
    return sum * 31 + (uint64_t)status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct sb_archive *archive;
    must(sb_archive_open(fuzz_file(bytes, n), false, &archive, NULL) == SB_OK);
    uint64_t sum = read_all(archive);
    must(sb_archive_rewind(archive, NULL) == SB_OK);
    must(read_all(archive) == sum);
    sb_archive_close(archive);
    return 0;
}
