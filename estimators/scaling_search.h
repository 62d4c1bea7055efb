/* The minimum of chi2 over the parameters of a curve, all of them or all but one: what fits and profiles
 * of estimators/scaling.h are made of.
 */
#ifndef SB_ESTIMATORS_SCALING_SEARCH_H
#define SB_ESTIMATORS_SCALING_SEARCH_H

#include <stdbool.h>
#include "estimators/scaling_models.h"

struct sb_scaling_problem {
    enum sb_scaling_model model;
    size_t n, n_linear, n_parameters;
    bool lacks_memory;       /* some of what was asked could not be computed */
    double *x, *y, *weights; /* (n) each, ascending x; weights are 1/se, or 1 */
    double *scratch;         /* (4, n) */
    double low[2],
        high[2]; /* of the parameters that are not linear, in the coordinate of the search */
};

/* Sorts and checks the data: SB_DOMAIN as sb_scaling_fit. To be cleared. */
enum sb_status sb_scaling_problem_init(struct sb_scaling_problem *problem,
                                       const struct sb_scaling_data *data,
                                       enum sb_scaling_model model, struct sb_error *error);
void sb_scaling_problem_clear(struct sb_scaling_problem *problem);

/* The coordinate in which a parameter is sought, and back: the logarithm of a rate, else itself. */
double sb_scaling_coordinate(const struct sb_scaling_problem *problem, size_t parameter,
                             double value);
double sb_scaling_from_coordinate(const struct sb_scaling_problem *problem, size_t parameter,
                                  double u);

/* Minimises chi2, the sum of ((y - y(x)) weight)^2, over all parameters but `fixed` (n_parameters for
 * none), which stays as parameters has it. parameters is also a start beside those of the grid, if it is
 * finite. Returns chi2 and sets parameters; inf, and they are untouched, where nothing fits. */
double sb_scaling_minimise(struct sb_scaling_problem *problem, size_t fixed, double *parameters);

#endif
