/* The NSB estimator, of estimators/entropy.h, on counts of counts. */
#ifndef SB_ESTIMATORS_ENTROPY_NSB_H
#define SB_ESTIMATORS_ENTROPY_NSB_H

#include "estimators/count_classes.h"

/* Posterior mean and standard deviation of H in nats. Domain: classes->n_leaves <= n_possible <= 2^80. */
enum sb_status sb_entropy_nsb(const struct sb_count_classes *classes, double n_possible,
                              double *mean_nats, double *sd_nats);

#endif
