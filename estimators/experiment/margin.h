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
enum sb_status sb_margin_effect(const struct sb_analysis *analysis,
                                const struct sb_margin_term *terms, size_t n_terms, double *values,
                                struct sb_effect *effect);

/* margin at the points of one path against the documents learned, for each seed: margins[s n + i] at
 * doses[i], ascending from 0. A new array, as is *doses; NULL, and SB_MEMORY or SB_DOMAIN. */
enum sb_status sb_margin_path(const struct sb_analysis *analysis, const char *path, double aligned,
                              double **margins, double **doses, size_t *n);

/* The dose at which a falling curve crosses `level`: linear between points; inf where it never does. */
double sb_crossing(const double *doses, const double *values, size_t n, double level);

/* "Opposed data undo an alignment faster than they move the base": how far the first documents of a path move
 * the margin of an aligned model, less how far they move the base's. Completes the claim and keeps it. */
enum sb_status sb_margin_claim_excess(const struct sb_analysis *analysis, const char *path,
                                      double aligned, const char *from_base, double first,
                                      struct sb_claim *claim, double *values);

/* Every point of the condition into the table of estimates: margin_bits; change_PART_bits, from the base;
 * kl_to_base_bits, kl_from_base_bits, alignment_probability where they were observed. */
enum sb_status sb_margin_findings(const struct sb_analysis *analysis);

/* For each seed the least-squares slope of y against x, n of each; y[i n_seeds + s] belongs to x[i].
 * slopes (n_seeds). */
void sb_slopes_by_seed(const double *x, const double *y, size_t n, size_t n_seeds, double *slopes);

#endif
