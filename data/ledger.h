/* The ledger of long work: a TSV table (data/table.h) to which finished rows are appended, so that an
 * interrupted run goes on where it stopped.
 */
#ifndef SB_DATA_LEDGER_H
#define SB_DATA_LEDGER_H

#include "data/table.h"
#include "theory/status.h"

struct sb_ledger;

/* Takes the provenance and header from an empty table. A new file gets them; an existing one must have
 * the very same ones (else SB_FORMAT: it belongs to other inputs), loses a torn last line, and its
 * rows are returned in *done (NULL when there are none). A device or a pipe is refused (SB_IO): it
 * could not be read again. On failure both pointers are NULL and an existing file is as it was. */
enum sb_status sb_ledger_open(const char *path, const struct sb_table *header,
                              struct sb_table **done, struct sb_ledger **ledger,
                              struct sb_error *error);
const char *sb_ledger_path(const struct sb_ledger *ledger); /* a view */

/* Writes the rows of a table with the same columns, and flushes them to the file. */
enum sb_status sb_ledger_append(struct sb_ledger *ledger, const struct sb_table *rows,
                                struct sb_error *error);

/* Replaces a file that is not open by one of these rows, whole: to take rows back. */
enum sb_status sb_ledger_rewrite(const char *path, const struct sb_table *header,
                                 const struct sb_table *rows, struct sb_error *error);

/* Releases the ledger either way; NULL is allowed. */
enum sb_status sb_ledger_close(struct sb_ledger *ledger, struct sb_error *error);

#endif
