/* springback data list: the files behind paths. */
#include <stdint.h>
#include "cli/data.h"
#include "data/archive.h"
#include "data/format.h"

/* Size of the current entry, all of which is read. */
static enum sb_status measure(struct sb_archive *archive, long long *n_bytes,
                              struct sb_error *error)
{
    const uint8_t *bytes;
    size_t n;
    long long total = 0;
    enum sb_status status;
    while ((status = sb_archive_read(archive, &bytes, &n, error)) == SB_OK)
        total += (long long)n;
    *n_bytes = total;
    return status == SB_END ? SB_OK : status;
}

static enum sb_status list_entry(struct sb_archive *archive, const struct sb_archive_entry *entry,
                                 struct sb_table *table, struct sb_error *error)
{
    const uint8_t *bytes = NULL;
    size_t n = 0;
    long long n_bytes;
    enum sb_corpus_format format;
    enum sb_status status = sb_archive_peek(archive, &bytes, &n, error);
    if (status && status != SB_END)
        return status;
    bool is_read = !sb_format_guess(entry->source, entry->name, bytes, n, &format, NULL);
    status = measure(archive, &n_bytes, error);
    if (status)
        return status;
    sb_table_text(table, entry->source);
    sb_table_text(table, is_read ? sb_format_name(format) : NULL);
    sb_table_integer(table, n_bytes);
    return SB_OK;
}

static enum sb_status list_path(struct cli_run *run, const char *path, struct sb_table *table,
                                struct sb_error *error)
{
    struct sb_archive *archive;
    struct sb_archive_entry entry;
    enum sb_status status = sb_archive_open(path, true, &archive, error);
    while (status == SB_OK && (status = sb_archive_next(archive, &entry, error)) == SB_OK) {
        status = list_entry(archive, &entry, table, error);
        cli_progress(run, "listing", (double)sb_table_n_rows(table), 0);
    }
    cli_progress_end(run);
    sb_archive_close(archive);
    return status == SB_END ? SB_OK : status;
}

int cli_data_list(const struct cli_command *command, int argc, char **argv)
{
    const struct cli_option options[] = { { NULL, CLI_END, NULL, NULL, NULL } };
    struct cli_run run;
    struct sb_error error;
    int status = cli_begin(&run, command, options, argc, argv);
    if (status < 0)
        status = cli_need_datasets(&run, SIZE_MAX);
    struct sb_table *table = sb_table_create();
    sb_table_column(table, "file");
    sb_table_column(table, "format");
    sb_table_column(table, "n_bytes");
    for (size_t i = 0; status < 0 && i < run.arguments.n; i++)
        if (list_path(&run, run.arguments.items[i], table, &error))
            status = cli_fail(&error);
    if (status < 0)
        status = cli_emit(&run, table);
    sb_table_free(table);
    cli_end(&run);
    return status;
}
