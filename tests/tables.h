/* Tables that commands write, read back by name. */
#ifndef SB_TESTS_TABLES_H
#define SB_TESTS_TABLES_H

#include "tests/helpers.h"

#include "data/table.h"

/* Standard output of a command that must succeed and say nothing, to be freed. */
static inline char *output_of(const char *command_line)
{
    char *output, *messages;
    if (run_command(command_line, &output, &messages) || *messages)
        fail_msg("%s: %s", command_line, messages);
    free(messages);
    return output;
}

/* The TSV that such a command writes to standard output, to be freed. */
static inline struct sb_table *table_of(const char *command_line)
{
    char *output = output_of(command_line), *place = new_folder(), path[4200];
    snprintf(path, sizeof path, "%s/table.tsv", place);
    write_file(path, output, strlen(output));
    struct sb_table *table;
    assert_int_equal(sb_table_read(path, &table, NULL), SB_OK);
    free(output);
    remove_folder(place);
    return table;
}

static inline size_t column_of(const struct sb_table *table, const char *name)
{
    size_t column;
    if (!sb_table_find_column(table, name, &column))
        fail_msg("no column %s", name);
    return column;
}

static inline double real_of(const struct sb_table *table, size_t row, const char *name)
{
    return sb_table_real_at(table, row, column_of(table, name));
}

static inline const char *text_of(const struct sb_table *table, size_t row, const char *name)
{
    return sb_table_text_at(table, row, column_of(table, name));
}

#endif
