/* The results of springback rate, and the forms in which they are shown. */
#ifndef SB_CLI_RATE_TABLE_H
#define SB_CLI_RATE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include "cli/cli.h"
#include "estimators/dataset.h"
#include "estimators/measure.h"
#include "estimators/rate.h"
#include "estimators/volumes.h"

/* One row: a rate, or a difference of rates. What does not apply is NULL. */
struct rate_result {
    const char *kind;      /* "rate", "difference", "contrast", "movement" */
    char *dataset, *model; /* owned: "good", or "bad-good"; "tree:d=8", or "tree:d=8 - tree:d=4" */
    const char *inference; /* what the interval is about */
    bool of_seeds;         /* about the procedure of which the models are seeds: seeds is set */
    struct sb_seeds_estimate seeds;
    struct sb_long_run long_run; /* of one document; n is 0 elsewhere */
    const char *role;            /* "pretrain", "align", "perturb" */
    const char *pairing;         /* "documents", "groups", "independent" */
    const struct sb_dataset *data;
    const struct sb_measure *measure;
    struct sb_total total;
    struct sb_relative_volume volume; /* NaN without --volumes */
    struct sb_rate rate;
    double p_value,
        p_holm; /* of no difference: two-sided, alone and within the family; NaN for rates */
};

struct rate_results {
    struct rate_result *items;
    size_t n, capacity;
    size_t depth; /* of the normaliser */
    bool of_ids;  /* the datasets are token ids: rates are bits per token, and nothing else */
};

/* Appends a result; dataset and model are copied. Returns it, or NULL without memory. */
struct rate_result *rate_results_add(struct rate_results *results, const char *kind,
                                     const char *dataset, const char *model);
void rate_results_clear(struct rate_results *results);

/* All columns, for TSV and JSON, and n_more behind them, of which these rows have nothing; NULL without
 * memory. */
struct sb_table *rate_table_full(const struct rate_results *results, const char *const *more,
                                 size_t n_more);

/* What people read: rates alone (differences: false), or the others alone. */
struct sb_table *rate_table_brief(const struct rate_results *results, bool differences);

/* What intervals can be about. */
extern const char rate_about_model[], rate_about_seeds[], rate_about_sequence[];

/* That the sizes of documents are a hard case for intervals, or "". */
const char *rate_size_note(const struct sb_dataset *dataset, char *buffer, size_t size);

/* That a model sees less than it was given, or "". */
const char *rate_window_note(const struct sb_measure *measure, char *buffer, size_t size);

#endif
