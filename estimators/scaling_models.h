/* The curves of estimators/scaling.h as functions: linear parameters first, then the others. */
#ifndef SB_ESTIMATORS_SCALING_MODELS_H
#define SB_ESTIMATORS_SCALING_MODELS_H

#include "estimators/scaling.h"

enum { SB_SCALING_MAX_LINEAR = 3 };

size_t sb_scaling_n_linear(enum sb_scaling_model model);

/* y = sum_i linear_i basis[i](x; others). */
void sb_scaling_basis(enum sb_scaling_model model, const double *others, double x,
                      double basis[SB_SCALING_MAX_LINEAR]);

/* The derivatives of y in all parameters. */
void sb_scaling_gradient(enum sb_scaling_model model, const double *parameters, double x,
                         double *gradient);

/* Rates are sought by their logarithm. */
int sb_scaling_is_rate(enum sb_scaling_model model, size_t parameter);

#endif
