/* Folds: which documents are held out together.
 *
 * Documents are numbered 0, 1, 2, ... Each run of K consecutive ones gets the K folds, in an order
 * drawn from (seed, run). So folds differ in size by at most one document, a trend along the file is
 * spread over all of them, and the fold of a document does not depend on how many there are.
 */
#ifndef SB_ESTIMATORS_FOLDS_H
#define SB_ESTIMATORS_FOLDS_H

#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

/* fold[i] < n_folds of the documents i < n. Domain: n_folds >= 1. O(n) time, O(n_folds)
 * scratch; fails for want of memory alone. */
enum sb_status sb_assign_folds(size_t n_folds, uint64_t seed, size_t n, uint32_t *fold);

#endif
