/* What the parts of springback theory share: the grid, Pareto masses and a map of signs on it.
 */
#ifndef SB_CLI_THEORY_H
#define SB_CLI_THEORY_H

#include "cli/cli.h"
#include "theory/elasticity.h"

struct theory_grid {
    double *k, *l, *pi; /* pi: three shares */
    double *alpha;      /* NULL: disjoint parts */
    size_t n_k, n_l, n_pi, n_alpha;
    double nu;
};

/* The limits of R12 for many leaves with Pareto masses, at each alpha, k and l. Returns the exit
 * status, like the other. */
int theory_pareto(struct cli_run *run, const struct theory_grid *grid);

/* The verdicts over the grid's k and l for explicit distributions (their k and l are ignored), with
 * l*, l_a* and k*. */
int theory_signs(struct cli_run *run, const struct theory_grid *grid,
                 const struct sb_parts *distributions);

/* The critical alpha for each share pi = pi_a = pi_t. */
int theory_phase(struct cli_run *run, const double *shares, size_t n);

#endif
