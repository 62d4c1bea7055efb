/* Least-squares fits of curves y(x) +- se: rates against volumes, tokens, sizes of models
 * (docs/estimators.md, "Fits of curves").
 *
 *   constant            y = level
 *   line                y = offset + slope x
 *   power               y = offset + scale x^-exponent                         x > 0
 *   exponential         y = offset + scale e^(-rate x)                         rate > 0
 *   double-exponential  y = offset + scale_fast e^(-rate_fast x) + scale_slow e^(-rate_slow x),
 *                       rate_fast > rate_slow > 0
 *   changepoint         y = value_at_turn + slope_before (x - turn) for x < turn,
 *                                         + slope_after (x - turn) beyond:  continuous
 *
 * Minimised is chi2 = sum ((y - y(x))/se)^2, or the sum of squares where no errors are given; they are
 * then taken as equal, and estimated. All models are linear but for at most two parameters: those are
 * sought on a fixed grid, the others solved exactly at each of its points, and the best points refined
 * by GSL's Levenberg-Marquardt steps (a changepoint by golden section: its derivative jumps at the
 * data). The same start points always: no random numbers.
 *
 * Intervals are profiles: the values of one parameter at which chi2, minimised over all the others, is
 * within its quantile of the minimum,
 *
 *   known errors     chi2 - chi2_min <= q,  q of chi-squared with 1 degree of freedom
 *   estimated        chi2 <= chi2_min (1 + t^2/(n - p)),  t of Student's law with n - p
 *
 * sought outwards from the estimate to the first crossing. An end that is not found is -inf or inf, or 0
 * for a rate: the data do not bound the parameter there.
 */
#ifndef SB_ESTIMATORS_SCALING_H
#define SB_ESTIMATORS_SCALING_H

#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

enum sb_scaling_model {
    SB_SCALING_CONSTANT,
    SB_SCALING_LINE,
    SB_SCALING_POWER,
    SB_SCALING_EXPONENTIAL,
    SB_SCALING_DOUBLE_EXPONENTIAL,
    SB_SCALING_CHANGEPOINT,
    SB_N_SCALING_MODELS
};

enum { SB_SCALING_MAX_PARAMETERS = 5 };

/* Names as above; SB_FORMAT for another. Parameters in the order in which fits have them. */
const char *sb_scaling_name(enum sb_scaling_model model);
enum sb_status sb_scaling_parse(const char *name, enum sb_scaling_model *model);
size_t sb_scaling_n_parameters(enum sb_scaling_model model);
const char *sb_scaling_parameter_name(enum sb_scaling_model model, size_t parameter);

/* A view, in any order of x. se is NULL where errors are to be estimated. */
struct sb_scaling_data {
    const double *x, *y, *se;
    size_t n;
};

struct sb_scaling_parameter {
    double value;
    double standard_error; /* from the curvature at the minimum */
    double low, high;      /* the profile interval */
};

struct sb_scaling_fit {
    enum sb_scaling_model model;
    size_t n, n_parameters;
    struct sb_scaling_parameter parameters[SB_SCALING_MAX_PARAMETERS];
    double chi2;  /* or the sum of squares, if no errors were given */
    double sigma; /* of y, estimated from it; NaN where errors were given, or n = p */
    double aicc,
        bic; /* differences between models of the same data count; aicc inf if n is too small */
    /* Residuals: the probability of so large a chi2 (NaN without errors); the correlation of neighbours
     * in x (about +-2/sqrt(n) under a good fit), and the largest in units of its error. */
    double p_fit, neighbour_correlation, largest_residual;
};

/* Fits a model, with profile intervals of this confidence in (0, 1). SB_DOMAIN with what is wrong: too
 * few points or distinct x for the model (more than parameters if errors are estimated), values that
 * are not finite, errors that are not positive, x <= 0 for a power law. SB_NUMERIC if nothing fits.
 * Cost: some 300 minimisations of 100 to 500 times O(n). */
enum sb_status sb_scaling_fit(const struct sb_scaling_data *data, enum sb_scaling_model model,
                              double confidence, struct sb_scaling_fit *fit,
                              struct sb_error *error);

/* The fitted curve. */
double sb_scaling_value(const struct sb_scaling_fit *fit, double x);

/* Is `large`, in which `small` is contained, the better model? The drop of chi2 as a likelihood ratio
 * (known errors: chi-squared) or F test. p_value is the probability of such a drop if `small` holds,
 * asymptotically: heuristic where parameters of `large` mean nothing then (a turn in a line, a second
 * exponential, any exponential in a constant). p_bootstrap repeats both fits on n_replicates samples
 * drawn from `small` with normal errors (seed, replicate): (1 + those with at least the drop)/(1 +
 * n_replicates); NaN for 0 replicates. SB_DOMAIN where the models are not nested. */
struct sb_scaling_comparison {
    double drop, p_value, p_bootstrap;
};
enum sb_status sb_scaling_compare(const struct sb_scaling_data *data,
                                  const struct sb_scaling_fit *small,
                                  const struct sb_scaling_fit *large, size_t n_replicates,
                                  uint64_t seed, size_t n_threads,
                                  struct sb_scaling_comparison *comparison, struct sb_error *error);

/* Whether `small` is `large` at some value of its parameters. */
int sb_scaling_is_nested(enum sb_scaling_model small, enum sb_scaling_model large);

#endif
