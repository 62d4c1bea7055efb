/* Datasets: the corpora that are measured, and what a first reading tells of them.
 *
 * The first reading (the survey) counts documents and scored bytes, and builds the dataset's own tree
 * of blocks, cut from the beginning of each scored span, for the normaliser
 *
 *     log2(M_d) / d      bits per bit: dimensionless, like a rate,
 *
 * M_d being the number of leaves at depth d. It is what the rate would be if all blocks that occur
 * were equally frequent; normalised rate = rate - normaliser, for every predictor. M_d grows with the
 * sample: it comes with the number of blocks n, and where several datasets are compared it is rarefied
 * to the number of blocks of the smallest (the expected number of leaves among that many blocks).
 */
#ifndef SB_ESTIMATORS_DATASET_H
#define SB_ESTIMATORS_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "data/corpus.h"
#include "estimators/document_sizes.h"
#include "theory/status.h"

struct sb_dataset_document {
    uint64_t name_hash; /* of its id, or of source and record */
    double weight;
    size_t n_bytes, n_scored_bytes;
    size_t n_ids, n_scored_ids; /* of a dataset of token ids: then it has no bytes */
};

/* What rates divide by: the bits of the scored bytes, or of ids the scored tokens. */
static inline double sb_dataset_document_amount(const struct sb_dataset_document *document)
{
    return 8 * (double)document->n_scored_bytes + (double)document->n_scored_ids;
}

struct sb_dataset {
    /* Set by the caller; borrowed until sb_datasets_close. */
    const char *name, *path;
    struct sb_corpus_options options;

    /* Filled in by sb_datasets_open. */
    struct sb_corpus *corpus; /* rewound before every reading */
    struct sb_dataset_document *documents;
    size_t n_documents;
    size_t n_empty; /* documents of which nothing is scored: they carry no weight */
    bool has_ids;   /* token ids, not bytes: no blocks, no leaves, no normaliser */
    struct sb_corpus_counts counts;
    struct sb_document_sizes sizes; /* of weight x scored bytes */
    uint64_t n_blocks;              /* whole blocks of depth bits in the scored spans */
    double n_leaves;                /* M_d */
    double n_leaves_rarefied; /* E M_d among the blocks of the smallest dataset; M_d if alone */
    double normaliser;        /* log2(n_leaves_rarefied) / d; NaN without a whole block */
    size_t same_documents;    /* the first dataset with the same sequence of document names */
};

/* Reads each dataset once. All must be text, or all token ids. depth in 1..64: d above. A dataset without
 * any scored byte of positive weight is SB_FORMAT. Memory: 32 bytes per document and the tree of each
 * dataset meanwhile. On failure nothing is left to close. */
enum sb_status sb_datasets_open(struct sb_dataset *datasets, size_t n, unsigned depth,
                                struct sb_error *error);
void sb_datasets_close(struct sb_dataset *datasets, size_t n);

/* Another reading: rewind, then the documents with their numbers 0 .. n_documents-1. SB_END after the
 * last; SB_FORMAT if the file has changed since the survey. */
struct sb_dataset_reader {
    const struct sb_dataset *dataset;
    size_t next;
};
enum sb_status sb_dataset_rewind(const struct sb_dataset *dataset, struct sb_dataset_reader *reader,
                                 struct sb_error *error);
enum sb_status sb_dataset_next(struct sb_dataset_reader *reader, struct sb_document *document,
                               size_t *number, struct sb_error *error);

#endif
