/* springback data stats: counts and lengths of datasets. */
#include <math.h>
#include <stdint.h>
#include "cli/data.h"

struct lengths {
    size_t shortest_bytes, longest_bytes;
};

static enum sb_status read_all(struct cli_run *run, struct cli_reading *reading,
                               struct lengths *lengths, struct sb_error *error)
{
    struct sb_document document;
    struct lengths l = { SIZE_MAX, 0 };
    enum sb_status status;
    while ((status = cli_reading_next(run, reading, &document, error)) == SB_OK) {
        if (document.n_bytes < l.shortest_bytes)
            l.shortest_bytes = document.n_bytes;
        if (document.n_bytes > l.longest_bytes)
            l.longest_bytes = document.n_bytes;
    }
    *lengths = l;
    return status == SB_END ? SB_OK : status;
}

static const char *const column_names[] = {
    "dataset",        "columns",    "n_documents",   "n_bytes",    "n_scored_bytes",
    "shortest_bytes", "mean_bytes", "longest_bytes", "n_filtered", "n_skipped",
    "n_invalid_utf8", "n_ids",      "n_scored_ids",
};

static void add_row(struct sb_table *table, const struct cli_reading *reading,
                    const struct lengths *lengths)
{
    struct sb_corpus_counts counts = sb_corpus_counts(reading->corpus);
    const char *columns = sb_corpus_columns(reading->corpus);
    sb_table_text(table, reading->name);
    sb_table_text(table, *columns ? columns : NULL);
    sb_table_integer(table, (long long)counts.n_documents);
    sb_table_integer(table, (long long)counts.n_bytes);
    sb_table_integer(table, (long long)counts.n_scored_bytes);
    sb_table_integer(table, (long long)lengths->shortest_bytes);
    sb_table_real(table, (double)counts.n_bytes / (double)counts.n_documents);
    sb_table_integer(table, (long long)lengths->longest_bytes);
    sb_table_integer(table, (long long)counts.n_filtered);
    sb_table_integer(table, (long long)counts.n_skipped);
    sb_table_integer(table, (long long)counts.n_invalid_utf8);
    sb_table_integer(table, (long long)counts.n_ids);
    sb_table_integer(table, (long long)counts.n_scored_ids);
}

static int stats(struct cli_run *run, const struct cli_corpus *c, const char *argument,
                 struct sb_table *table)
{
    struct cli_reading reading;
    struct lengths lengths;
    struct sb_error error;
    int status = cli_reading_open(run, c, argument, &reading);
    if (status < 0 && read_all(run, &reading, &lengths, &error))
        status = cli_fail(&error);
    if (status < 0)
        add_row(table, &reading, &lengths);
    cli_reading_close(&reading);
    return status;
}

int cli_data_stats(const struct cli_command *command, int argc, char **argv)
{
    struct cli_corpus c = { .takes_ids = true };
    const struct cli_option options[] = { CLI_CORPUS_OPTIONS(&c),
                                          { NULL, CLI_END, NULL, NULL, NULL } };
    struct cli_run run;
    int status = cli_begin(&run, command, options, argc, argv);
    if (status < 0)
        status = cli_need_datasets(&run, SIZE_MAX);
    struct sb_table *table = sb_table_create();
    for (size_t i = 0; i < sizeof column_names / sizeof *column_names; i++)
        sb_table_column(table, column_names[i]);
    for (size_t i = 0; status < 0 && i < run.arguments.n; i++)
        status = stats(&run, &c, run.arguments.items[i], table);
    if (status < 0)
        status = cli_emit(&run, table);
    sb_table_free(table);
    cli_end(&run);
    return status;
}
