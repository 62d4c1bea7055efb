/* The interval of a ratio of two estimates (Fieller 1954). */
#ifndef SB_ESTIMATORS_FIELLER_H
#define SB_ESTIMATORS_FIELLER_H

#include <stdbool.h>

/* N/D with these variances and covariance, at quantile t of their law: all c for which N - c D differs
 * from 0 by at most t standard errors. Bounded exactly where D differs from 0 by more than that;
 * otherwise the set is the whole line, or all of it but a gap, and -inf, inf and false are given. */
bool sb_fieller(double numerator, double denominator, double variance_n, double variance_d,
                double covariance, double t, double *low, double *high);

#endif
