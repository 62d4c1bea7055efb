/* Differences: between two models on one dataset, and between two datasets under one model.
 *
 *     difference   rate(model 1, dataset) - rate(model 0, dataset)
 *     contrast     rate(model, first) - rate(model, second), written "first-second": the margin
 *     movement     contrast(model 1) - contrast(model 0)
 *
 * Models on one dataset are always paired by document. A contrast is paired where both datasets have
 * the same sequence of document names (two answers to the same prompts), else its datasets are
 * resampled independently.
 */
#ifndef SB_ESTIMATORS_CONTRAST_H
#define SB_ESTIMATORS_CONTRAST_H

#include <stdbool.h>
#include <stddef.h>
#include "estimators/rate.h"

/* Two datasets by their numbers. */
struct sb_contrast {
    size_t first, second;
};

/* Parses "first-second". A name may contain '-': that one split is taken at which both sides are names
 * of datasets. SB_FORMAT if there is none (the message lists the names) or more than one. */
enum sb_status sb_contrast_parse(const char *text, const struct sb_dataset *datasets, size_t n,
                                 struct sb_contrast *contrast, struct sb_error *error);

bool sb_contrast_is_paired(const struct sb_contrast *contrast, const struct sb_dataset *datasets);

enum sb_status sb_rate_difference(const struct sb_rates *rates, size_t dataset, size_t model,
                                  size_t base_model, struct sb_rate *difference);
enum sb_status sb_rate_contrast(const struct sb_rates *rates, const struct sb_contrast *contrast,
                                size_t model, struct sb_rate *margin);
enum sb_status sb_rate_movement(const struct sb_rates *rates, const struct sb_contrast *contrast,
                                size_t model, size_t base_model, struct sb_rate *movement);

/* The margin of the procedure of which all models are seeds (sb_rates_estimate_seeds). */
enum sb_status sb_rate_contrast_seeds(const struct sb_rates *rates,
                                      const struct sb_contrast *contrast, struct sb_rate *margin,
                                      struct sb_seeds_estimate *micro);

#endif
