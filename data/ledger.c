#include "data/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "data/output.h"

struct sb_ledger {
    FILE *file;
    char *path;
};

/* Reads what a ledger holds, and cuts a torn last line off the file: all of it, when not even the
 * header is whole. */
static enum sb_status resume(FILE *file, const char *path, const struct sb_table *header,
                             struct sb_table *done, struct sb_error *error)
{
    long end = 0;
    enum sb_status status = sb_table_read_whole_lines(file, path, done, &end, error);
    if (status)
        return status;
    if (!sb_table_begins(done, header))
        return sb_fail(error, SB_FORMAT,
                       "%s: belongs to other inputs or another version; remove it, or name another "
                       "file",
                       path);
    if (!sb_table_n_columns(done))
        end = 0;
    if (ftruncate(fileno(file), end) || fseek(file, end, SEEK_SET))
        return sb_fail(error, SB_IO, "%s: %s", path, strerror(errno));
    return SB_OK;
}

enum sb_status sb_ledger_open(const char *path, const struct sb_table *header,
                              struct sb_table **done, struct sb_ledger **ledger,
                              struct sb_error *error)
{
    *done = NULL;
    *ledger = NULL;
    enum sb_status status = sb_table_check(header, error);
    if (status)
        return status;
    /* Opened for reading and writing, created when absent, never truncated here. */
    int descriptor = open(path, O_RDWR | O_CREAT, 0666);
    struct stat about;
    bool special = descriptor >= 0 && (fstat(descriptor, &about) || !S_ISREG(about.st_mode));
    FILE *file = descriptor < 0 || special ? NULL : fdopen(descriptor, "r+");
    if (!file) {
        int reason = errno;
        if (descriptor >= 0)
            close(descriptor);
        return sb_fail(error, SB_IO, "%s: cannot be written: %s; name a file in a writable folder",
                       path, special ? "not a file that can be read again" : strerror(reason));
    }
    struct sb_table *rows = sb_table_create();
    struct sb_ledger *new = calloc(1, sizeof *new);
    char *copy = strdup(path);
    bool allocated = rows && new &&copy;
    status = allocated ? resume(file, path, header, rows, error) : sb_fail_memory(error);
    if (!status && !sb_table_n_columns(rows)) {
        status = sb_table_write_tsv(header, file, error);
        if (!status && fflush(file))
            status = sb_fail(error, SB_IO, "%s: %s", path, strerror(errno));
    }
    if (status || !sb_table_n_rows(rows)) {
        sb_table_free(rows);
        rows = NULL;
    }
    if (status) {
        fclose(file);
        free(new);
        free(copy);
        return status;
    }
    *new = (struct sb_ledger){ file, copy };
    *ledger = new;
    *done = rows;
    return SB_OK;
}

const char *sb_ledger_path(const struct sb_ledger *ledger)
{
    return ledger->path;
}

enum sb_status sb_ledger_append(struct sb_ledger *ledger, const struct sb_table *rows,
                                struct sb_error *error)
{
    enum sb_status status = sb_table_write_rows(rows, ledger->file, error);
    if (status)
        return status;
    if (fflush(ledger->file) || ferror(ledger->file))
        return sb_fail(error, SB_IO, "%s: %s; make room there and run again, to go on from here",
                       ledger->path, strerror(errno));
    return SB_OK;
}

enum sb_status sb_ledger_rewrite(const char *path, const struct sb_table *header,
                                 const struct sb_table *rows, struct sb_error *error)
{
    struct sb_output output;
    enum sb_status status = sb_output_open(&output, path, error);
    if (status)
        return status;
    status = sb_table_write_tsv(header, output.file, error);
    if (!status)
        status = sb_table_write_rows(rows, output.file, error);
    if (!status)
        return sb_output_commit(&output, error);
    sb_output_discard(&output);
    return status;
}

enum sb_status sb_ledger_close(struct sb_ledger *ledger, struct sb_error *error)
{
    if (!ledger)
        return SB_OK;
    enum sb_status status = SB_OK;
    if (fclose(ledger->file))
        status = sb_fail(error, SB_IO, "%s: %s", ledger->path, strerror(errno));
    free(ledger->path);
    free(ledger);
    return status;
}
