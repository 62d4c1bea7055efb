/* The margin along walks: bits_perturbation - bits_alignment, as change from the base under the same seed.
 */
#ifndef SB_ESTIMATORS_EXPERIMENT_MARGIN_H
#define SB_ESTIMATORS_EXPERIMENT_MARGIN_H

#include "estimators/experiment/findings.h"

/* sum_j coefficient_j margin(point_j), with documents crossed; values (n_seeds), or NULL. SB_DOMAIN names
 * a point where nothing was observed. */
struct sb_margin_term {
    double coefficient;
    struct sb_point point;
};
enum sb_status sb_margin_effect(const struct sb_experiment_options *options,
                                const struct sb_observations *observations, size_t condition,
                                const struct sb_margin_term *terms, size_t n_terms, double *values,
                                struct sb_effect *effect, struct sb_error *error);

/* The contrast of rebound: how far the first documents of a path move the margin of an aligned model, less how
 * far the same documents move that of the base. */
void sb_margin_excess(const char *path, double aligned, const char *from_base, double first,
                      struct sb_margin_term terms[4]);

/* margin at the points of one path against the documents learned, for each seed: margins[s n + i] at
 * doses[i], ascending from 0. A new array, as is *doses; NULL, and SB_MEMORY or SB_DOMAIN. */
enum sb_status sb_margin_path(const struct sb_experiment_options *options,
                              const struct sb_observations *observations, size_t condition,
                              const char *path, double aligned, double **margins, double **doses,
                              size_t *n, struct sb_error *error);

/* The dose at which a falling curve crosses `level`: linear between points; inf where it never does. */
double sb_crossing(const double *doses, const double *values, size_t n, double level);

/* The same contrast as a claim: "opposed data undo an alignment faster than they move the base". */
enum sb_status sb_margin_claim_excess(const struct sb_experiment_options *options,
                                      const struct sb_observations *observations, size_t condition,
                                      const char *path, double aligned, const char *from_base,
                                      double first, struct sb_claim *claim, double *values,
                                      struct sb_error *error);

/* Every point of a condition into the table of estimates: margin_bits; change_PART_bits, from the base;
 * kl_to_base_bits, kl_from_base_bits, alignment_probability where they were observed. */
enum sb_status sb_margin_findings(const struct sb_experiment_options *options,
                                  const struct sb_observations *observations, size_t condition,
                                  const char *name, struct sb_findings *findings,
                                  struct sb_error *error);

/* For each seed the least-squares slope of y against x, n of each; y[i n_seeds + s] belongs to x[i].
 * slopes (n_seeds). */
void sb_slopes_by_seed(const double *x, const double *y, size_t n, size_t n_seeds, double *slopes);

#endif
