/* Code lengths of documents under a model: the fitting, the folds, and the ledger of rows.
 *
 * A fitted model is
 *   held-out      fitted on train=FILE alone;
 *   cross-fitted  otherwise, on all datasets given: K folds, each document scored by the model that
 *                 was fitted on the documents of the other folds of all datasets;
 *   in-sample     with fewer than two folds, or when there is but one document in all;
 *   adaptive      with the key adaptive=1 (estimators/predictor.h): one for each dataset, fitted on
 *                 train=FILE if there is one, which learns the documents in their order as it scores
 *                 them, on one thread. Rows in the ledger are learned again.
 *
 * Folds are assigned by number (estimators/folds.h), counted through all datasets; datasets whose
 * documents correspond (two answers to the same prompts: the same sequence of names) share their
 * numbers, and so their folds. K is at most the number of documents.
 *
 * Compressors (by_group) score groups of documents instead: the same assignment with K = 30, by number
 * within the dataset, makes the groups, at most one per document of the largest dataset; groups are
 * put into folds as documents are. Where others are in-sample, nothing is fitted and each group is
 * compressed alone.
 */
#ifndef SB_ESTIMATORS_MEASURE_H
#define SB_ESTIMATORS_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "data/ledger.h"
#include "estimators/dataset.h"
#include "estimators/predictor.h"
#include "theory/status.h"

enum { SB_GROUPS_MAX = 30, SB_FIT_SIZE = 64 };

struct sb_measure_options {
    size_t n_folds; /* as asked for; 10 is usual; below 2: in-sample */
    uint64_t seed;  /* of the folds */
    size_t n_threads;
    struct sb_corpus_options train_options; /* how train=FILE is read */

    /* The ledger of rows (estimators/rows.h), or NULL. Rows are appended in the order of fold,
     * dataset, document; those in done (NULL: none) are taken from there, not computed again. */
    struct sb_ledger *ledger;
    const struct sb_table *done;

    /* Rows of single tokens (estimators/token_rows.h) go to this file, NULL: none; token_header is its
     * empty table with provenance. Only for classes with score_all, else SB_UNSUPPORTED. */
    const char *token_rows;
    const struct sb_table *token_header;

    /* Told, now and then and from the calling thread, the share that is done. NULL: nobody. */
    void (*progress)(void *context, const char *model, double share);
    void *progress_context;
};

/* A group of documents of one dataset, scored as one text. */
struct sb_group {
    size_t n_bytes; /* scored */
    double weight;  /* the mean weight of those bytes */
};

/* The lengths of all documents of all datasets under one model. */
struct sb_measure {
    const char *model;     /* a view of its text */
    char fit[SB_FIT_SIZE]; /* "held-out", "cross-fitted, 10 folds", "in-sample", "none", ... */
    size_t depth_bits, window_bytes;    /* as in struct sb_predictor */
    size_t n_train_bytes;               /* what the model learned from; of folds, the largest */
    struct sb_fact facts[SB_FACTS_MAX]; /* as in struct sb_predictor */
    size_t n_facts;
    size_t n_lossy; /* documents whose tokens do not give their bytes back, of those scored now */
    size_t n_datasets;
    struct sb_score **scores; /* scores[dataset][document], or [dataset][group] */

    /* Where one document alone has weight, and the class can tell: its bits piece by piece. Else NULL. */
    struct sb_bit_sequence {
        double *bits;
        size_t n;
    } * sequences; /* [dataset] */

    /* by_group only: else 0 and NULL. */
    size_t n_groups;
    uint32_t *group_of;       /* of each document number */
    struct sb_group **groups; /* groups[dataset][group] */
};

/* Measures. The model and the datasets must outlive *measure. Documents without scored bytes are not
 * scored: 0 bits. Memory: 32 bytes per document, 1 MiB or one document, and the predictor; for
 * groups the text that is trained on and the text that is scored. */
enum sb_status sb_measure_create(const struct sb_model *model, const struct sb_dataset *datasets,
                                 size_t n_datasets, const struct sb_measure_options *options,
                                 struct sb_measure **measure, struct sb_error *error);
void sb_measure_free(struct sb_measure *measure);

#endif
