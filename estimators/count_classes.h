/* Counts of counts: m_j leaves have been seen x_j times. All that an estimator of entropy needs, and
 * small: n observations have at most sqrt(2 n) distinct counts.
 */
#ifndef SB_ESTIMATORS_COUNT_CLASSES_H
#define SB_ESTIMATORS_COUNT_CLASSES_H

#include <stddef.h>
#include "theory/status.h"

struct sb_count_classes {
    double *x, *m; /* (n): counts >= 1, ascending; leaves with them (one allocation) */
    size_t n;
    double n_observations, n_leaves; /* sum of m x, sum of m */
};

/* Of counts[0..n-1], whole numbers >= 0 with a sum below 2^53; zeros are left out. SB_DOMAIN if there
 * is nothing else, or for other numbers. O(n log n). */
enum sb_status sb_count_classes_init(struct sb_count_classes *classes, const double *counts,
                                     size_t n);
void sb_count_classes_clear(struct sb_count_classes *classes);

#endif
