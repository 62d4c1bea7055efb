/* Whether the sizes of documents look like a hard case for intervals (heuristic).
 *
 *   few documents   fewer than 60
 *   heavy tail      Hill's estimate of the exponent alpha of a Pareto tail, from the k largest sizes,
 *                   k = max(10, sqrt(n)),  1/alpha = mean ln(x_(i) / x_(k+1)),  is below 2: such sizes
 *                   have no variance, a few documents decide, and intervals cover less than they say,
 *                   most of all where the rate depends on the length
 *
 * Tails of lognormal sizes are taken for heavy ones in samples of a few hundred. What the rule catches
 * and misses is tabulated in docs/estimators.md.
 */
#ifndef SB_ESTIMATORS_DOCUMENT_SIZES_H
#define SB_ESTIMATORS_DOCUMENT_SIZES_H

#include <stdbool.h>
#include <stddef.h>
#include "theory/status.h"

enum { SB_FEW_DOCUMENTS = 60 };

struct sb_document_sizes {
    size_t n;             /* with positive size */
    double largest_share; /* max x / sum x */
    double tail_exponent; /* alpha; inf where the largest agree; NaN with n <= 10 */
};

/* Domain: sizes finite; those that are not positive do not count. O(n log n). */
enum sb_status sb_document_sizes(const double *sizes, size_t n, struct sb_document_sizes *result);

/* alpha < 2. */
bool sb_document_sizes_heavy(const struct sb_document_sizes *sizes);

#endif
