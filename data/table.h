/* Tables of results: provenance, named columns with units, rows; written as TSV, as an aligned
 * table for people, or as JSON; and read back from TSV.
 *
 *   # key=value                 provenance, one line each
 *   dataset<TAB>rate<TAB>...    the header: names carry units (_bits, _nats, bits_per_byte)
 *   good<TAB>0.2731<TAB>...     rows; reals in the fewest digits that read back the same
 *
 * In strings, tab, newline, carriage return and backslash are written \t \n \r \\, and in a key =
 * is \=, and a header that begins with # begins with \#. A missing cell is "NA"; infinities are "inf" and
 * "-inf"; a NaN put into a table is a missing cell. In JSON a missing cell is null, an infinity a string,
 * and a byte of a string that is not UTF-8 U+FFFD. For people, control characters are '?'. docs/formats.md
 * describes the files.
 *
 * Building a table cannot fail at each step: a failure (no memory, a row of the wrong width) sticks
 * and is returned by whatever writes the table.
 */
#ifndef SB_DATA_TABLE_H
#define SB_DATA_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "theory/status.h"

struct sb_table;
struct json_t; /* jansson's */

/* NULL when there is no memory; functions below accept that NULL, and the writers report it. */
struct sb_table *sb_table_create(void);
void sb_table_free(struct sb_table *table);

/* "# key=value". Keys are unique: a second value replaces the first. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void sb_table_provenance(struct sb_table *table, const char *key, const char *format, ...);

/* All pairs of another table. */
void sb_table_copy_provenance(struct sb_table *table, const struct sb_table *from);

/* Adds a column; all columns come before the first cell. */
void sb_table_column(struct sb_table *table, const char *name);

/* The next cell, row by row from left to right. */
void sb_table_text(struct sb_table *table, const char *text); /* NULL is a missing cell */
void sb_table_integer(struct sb_table *table, long long value);
void sb_table_real(struct sb_table *table, double value); /* NaN is a missing cell */
void sb_table_missing(struct sb_table *table);

/* Shape and cells, for readers. Rows and columns count from 0. A cell that is missing, or that is
 * not a number, has the real value NaN; text of a numeric cell is what TSV shows. */
size_t sb_table_n_rows(const struct sb_table *table);
size_t sb_table_n_columns(const struct sb_table *table);
const char *sb_table_column_name(const struct sb_table *table, size_t column);
bool sb_table_find_column(const struct sb_table *table, const char *name, size_t *column);
double sb_table_real_at(const struct sb_table *table, size_t row, size_t column);
const char *sb_table_text_at(const struct sb_table *table, size_t row, size_t column);
const char *sb_table_provenance_at(const struct sb_table *table,
                                   const char *key); /* NULL if absent */

/* What has stuck: SB_OK, SB_MEMORY (also for NULL), or SB_DOMAIN for rows of unequal width. Writers begin
 * with it; whoever looks at a table that was built calls it first. */
enum sb_status sb_table_check(const struct sb_table *table, struct sb_error *error);

/* Writers. sb_table_write_text rounds reals to six significant digits and aligns columns; it prints
 * no provenance. Writing to a FILE leaves its error flag to the caller (sb_output_commit checks). */
enum sb_status sb_table_write_tsv(const struct sb_table *table, FILE *file, struct sb_error *error);
enum sb_status sb_table_write_provenance(const struct sb_table *table, FILE *file,
                                         struct sb_error *error); /* those lines alone */
enum sb_status sb_table_write_text(const struct sb_table *table, FILE *file,
                                   struct sb_error *error);

/* New JSON: an array with an object per row; an object of the provenance. NULL on failure. */
struct json_t *sb_table_json_rows(const struct sb_table *table);
struct json_t *sb_table_json_provenance(const struct sb_table *table);

/* A JSON number for a finite value, "inf"/"-inf", or null for NaN. NULL when there is no memory. */
struct json_t *sb_json_real(double value);

/* The fewest digits that read back to the same double, "inf", "-inf" or "NA". */
#define SB_REAL_SIZE 32
const char *sb_format_real(char buffer[SB_REAL_SIZE], double value);

/* Reads a whole TSV file, "-" being standard input. Errors name the line: a row of another width, a
 * missing header, a line longer than 1 MiB. */
enum sb_status sb_table_read(const char *path, struct sb_table **table, struct sb_error *error);

/* For ledgers (data/ledger.h). The rows alone, as TSV. What whole lines of an open file say, into an
 * empty table: a torn last line is left out, *end is where the whole lines end. Whether the header
 * (provenance and columns) of a table is that of another, or a torn beginning of it without columns. */
enum sb_status sb_table_write_rows(const struct sb_table *table, FILE *file,
                                   struct sb_error *error);
enum sb_status sb_table_read_whole_lines(FILE *file, const char *path, struct sb_table *table,
                                         long *end, struct sb_error *error);
bool sb_table_begins(const struct sb_table *part, const struct sb_table *whole);

#endif
