/* The rows of --rows: one per scored document, or group of documents, under a model. They are the
 * ledger of a run. For estimators/measure.c; docs/formats.md describes the file.
 */
#ifndef SB_ESTIMATORS_ROWS_H
#define SB_ESTIMATORS_ROWS_H

#include <stddef.h>
#include "data/table.h"
#include "estimators/predictor.h"

enum { SB_ROW_NONE = -1 };

struct sb_row {
    const char *model, *dataset;
    long long document, group; /* its number within the dataset; the other is SB_ROW_NONE */
    long long fold;            /* SB_ROW_NONE where there are none */
    const char *name;          /* of the document; NULL for a group */
    size_t n_bytes;            /* scored */
    double weight;
    struct sb_score score;
};

/* The empty table: its columns. What sb_ledger_open wants, once provenance is added. */
struct sb_table *sb_rows_create(void);
void sb_rows_append(struct sb_table *rows, const struct sb_row *row);

/* Reads row i of a ledger back: everything but name and fold. SB_FORMAT if it is none. */
enum sb_status sb_rows_at(const struct sb_table *rows, size_t i, struct sb_row *row,
                          struct sb_error *error);

#endif
