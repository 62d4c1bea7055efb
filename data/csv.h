/* Records from CSV and TSV (RFC 4180): the first row names the columns; fields may be quoted, and then
 * contain delimiters, newlines and doubled quotes. The only user of libcsv.
 *
 * Strict: a quote within an unquoted field, or text behind a closing quote, is an error and not a
 * guess. White space belongs to the fields. Empty rows are skipped, a byte order mark too.
 */
#ifndef SB_DATA_CSV_H
#define SB_DATA_CSV_H

#include "data/archive.h"
#include "data/record.h"
#include "theory/status.h"

struct sb_csv;

/* A row of more than max_bytes is refused. NULL when there is no memory. */
struct sb_csv *sb_csv_create(struct sb_archive *archive, size_t max_bytes);
void sb_csv_free(struct sb_csv *csv);

/* After sb_archive_next: start over on the new entry. source is a view of the caller's. */
void sb_csv_restart(struct sb_csv *csv, const char *source, char delimiter);

/* The next row behind the header, valid until the next call; the header is row 1. SB_OK also for a row
 * with another number of fields than the header, which is malformed; SB_END after the last; SB_FORMAT
 * for misplaced quotes, behind which nothing can be read; SB_LIMIT for a row that is too long. */
enum sb_status sb_csv_next(struct sb_csv *csv, struct sb_record *record, struct sb_error *error);

#endif
