/* The rows of compare --token-rows: one per scored token of a pair of checkpoints, and the ledger of a
 * comparison. For estimators/comparison.c; docs/formats.md describes the file.
 */
#ifndef SB_ESTIMATORS_COMPARISON_ROWS_H
#define SB_ESTIMATORS_COMPARISON_ROWS_H

#include "data/ledger.h"
#include "estimators/comparison.h"

/* The empty table: its columns. */
struct sb_table *sb_comparison_rows_create(void);
void sb_comparison_rows_append(struct sb_table *rows, const char *model, const char *contexts,
                               size_t document, const struct sb_compared *compared);

/* Opens the ledger. The last document of an interrupted run may lack tokens: its rows are taken out. *done is
 * what remains, or NULL. The conditions are those of sb_ledger_open. Memory: the rows of an existing file. */
enum sb_status sb_comparison_rows_open(const char *path, const struct sb_table *header,
                                       struct sb_table **done, struct sb_ledger **ledger,
                                       struct sb_error *error);

/* Gives documents (n) of these contexts their tokens from done (NULL: none). SB_FORMAT: a row that cannot be
 * theirs. */
enum sb_status sb_comparison_rows_take(const struct sb_table *done, const char *model,
                                       const char *contexts, struct sb_compared *documents,
                                       size_t n, struct sb_error *error);

#endif
