/* What two checkpoints say of kappa (docs/estimators.md, "Ratios from two checkpoints").
 *
 * Where the aligned model is a mixture p_A = (1 - w) p_base + w p_a of unknown w,
 *
 *     rho_i = E over D_i of p_A(x) / p_base(x):   rho_t = 1 - w kappa,   rho_a = 1 + w chi^2(p_a || p_base)
 *     (1 - rho_t) / (rho_a - 1) = kappa / chi^2(p_a || p_base)
 *
 * is free of w. x are the first j scored tokens of a document, whatever came before them. Ratios of whole
 * documents have a heavy tail, and their mean is that of the largest: a prefix length is reported only where
 * the Pareto shapes of both datasets' ratios allow a mean (estimators/pareto_tail.h). Both datasets must
 * have the same prompts in the same shares: rho is then an average over the same prompts.
 */
#ifndef SB_ESTIMATORS_PREFIX_RATIO_H
#define SB_ESTIMATORS_PREFIX_RATIO_H

#include <stdbool.h>
#include <stddef.h>
#include "estimators/comparison.h"

enum { SB_PREFIX_ALIGN, SB_PREFIX_PERTURB };

struct sb_prefix_ratio {
    size_t n_tokens;           /* j */
    size_t n_documents[2];     /* with so many tokens, or that ended before with an end token */
    double shape[2];           /* Pareto k; NaN: the tail has none */
    double limit[2];           /* that the numbers of documents allow */
    struct sb_estimate rho[2]; /* NaN where the shape is beyond its limit */
    double ratio, low, high;   /* kappa / chi^2 and Fieller's interval; NaN where not allowed */
    const char *note;          /* why it is not; NULL: it is */
};

/* Whether two datasets of a comparison have the same prompts in the same shares. SB_MEMORY fails. */
enum sb_status sb_prefix_prompts(const struct sb_comparison *comparison, size_t align,
                                 size_t perturb, bool *same);

/* For j = 1, 2, 4, ... up to the longest document, the longest included: a new array of *n. is_paired:
 * document i of both answers the same prompt. end_id: of the models, -1 none. */
enum sb_status sb_prefix_ratios(const struct sb_comparison *comparison, size_t align,
                                size_t perturb, bool is_paired, long end_id, double confidence,
                                struct sb_prefix_ratio **ratios, size_t *n);

#endif
