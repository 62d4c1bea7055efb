/* The rows of --token-rows: one per scored token, in the columns that scores:FILE reads (document,
 * position, id, log2_p; docs/formats.md). For estimators/measure.c.
 *
 * The file is a ledger beside that of documents: a chunk's tokens are appended before its documents. An
 * interrupted run may so have left tokens of documents that are not done; these are taken out again.
 */
#ifndef SB_ESTIMATORS_TOKEN_ROWS_H
#define SB_ESTIMATORS_TOKEN_ROWS_H

#include "data/ledger.h"
#include "data/table.h"
#include "estimators/predictor.h"

/* The empty table: its columns. What sb_token_rows_open wants, once provenance is added. */
struct sb_table *sb_token_rows_create(void);
void sb_token_rows_append(struct sb_table *rows, size_t document,
                          const struct sb_token_score *tokens, size_t n);

/* Opens a ledger and leaves in it the rows of the n_done documents that are done. SB_FORMAT if it lacks
 * some of them; the other conditions are those of sb_ledger_open. Memory: the rows of an existing file. */
enum sb_status sb_token_rows_open(const char *path, const struct sb_table *header,
                                  bool (*is_done)(const void *context, size_t document),
                                  const void *context, size_t n_done, struct sb_ledger **ledger,
                                  struct sb_error *error);

#endif
