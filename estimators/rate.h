/* Compression rates: bits that a model needs, per bit of source.
 *
 *     micro   sum_i w_i bits_i / sum_i w_i 8 n_i            n_i: scored bytes of document i
 *     macro   sum_i w_i (bits_i / 8 n_i) / sum_i w_i        over the documents with n_i > 0
 *
 * Of datasets of token ids, the scored tokens stand in place of 8 n_i: their "rates" are bits per token.
 *
 * Dimensionless; bits per byte of source = 8 x rate. The micro average is "the rate"; the macro average
 * gives every document the same say, whatever its length, and does not exist for compressors, which
 * have no lengths of documents. Normalised rate = rate - normaliser (estimators/dataset.h).
 *
 * All estimates are linear combinations of rates,  sum_j coefficient_j rate(model_j, dataset_j):  a rate
 * is one term, differences and contrasts (estimators/contrast.h) are two or four. Intervals are those of
 * estimators/uncertainty.h: clusters are documents, or groups of them as soon as a compressor takes
 * part; clusters without weight are left out. Terms on the same documents (the same dataset, or
 * datasets with the same sequence of document names) are resampled together, others independently.
 */
#ifndef SB_ESTIMATORS_RATE_H
#define SB_ESTIMATORS_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "estimators/dataset.h"
#include "estimators/measure.h"
#include "estimators/seeds.h"
#include "estimators/uncertainty.h"
#include "theory/autocovariance.h"
#include "theory/status.h"

/* The clusters of every dataset under every model, and their replicates. */
struct sb_rates;

/* Draws all replicates. Time O(replicates x documents x (2 + 2 models)) over the datasets; memory 16
 * bytes per document, dataset and model, and as much per replicate. The datasets and measures must
 * outlive *rates. */
enum sb_status sb_rates_create(const struct sb_dataset *datasets, size_t n_datasets,
                               const struct sb_measure *const *measures, size_t n_models,
                               const struct sb_interval_options *options, struct sb_rates **rates,
                               struct sb_error *error);
void sb_rates_free(struct sb_rates *rates);

struct sb_rate_term {
    double coefficient;
    size_t model, dataset;
};

struct sb_rate {
    struct sb_estimate micro,
        macro; /* dimensionless (of ids: bits per token); macro all NaN where a model has groups only */
    double normaliser; /* sum of coefficient x normaliser */
    bool by_group;     /* clusters are groups */
};

enum sb_status sb_rates_estimate(const struct sb_rates *rates, const struct sb_rate_term *terms,
                                 size_t n_terms, struct sb_rate *rate);

/* The same combination for the procedure of which all models are seeds: the terms' models are not read;
 * each model takes their place in turn. Into *rate its crossed estimates, into *micro the parts of the
 * micro one. Intervals are of kind t whatever the options. */
enum sb_status sb_rates_estimate_seeds(const struct sb_rates *rates,
                                       const struct sb_rate_term *terms, size_t n_terms,
                                       struct sb_rate *rate, struct sb_seeds_estimate *micro);

/* One document: its rate with the error of the mean of a stationary sequence, the bits of its pieces
 * (theory/autocovariance.h); source bits are taken as fixed. For a dataset of which one document alone
 * has weight, under a model that gives a sequence of at least SB_LONG_RUN_MIN finite pieces; else
 * SB_END, and nothing is written. */
enum sb_status sb_rates_estimate_sequence(const struct sb_rates *rates, size_t model,
                                          size_t dataset, struct sb_rate *rate,
                                          struct sb_long_run *long_run);

/* Totals of one dataset under one model, unweighted: what was coded, and with how many decisions. */
struct sb_total {
    double bits;
    size_t n_tokens; /* 0: the model has none */
};
struct sb_total sb_rate_total(const struct sb_measure *measure, const struct sb_dataset *datasets,
                              size_t dataset);

#endif
