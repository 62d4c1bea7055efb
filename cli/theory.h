/* What the parts of springback theory share: the grid, Pareto masses and a map of signs on it, totals
 * over documents, and codes of whole lengths. */
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

/* n documents: without total, the probability that they show the theorem's sign for alignment data; with
 * "p", "a" or "t" the distribution of the total code length of n documents of that dataset. */
struct theory_documents {
    const uint64_t *counts;
    size_t n;
    const char *total; /* or NULL */
};
int theory_totals(struct cli_run *run, const struct sb_parts *parts,
                  const struct theory_documents *documents);

/* Huffman's codes for the distributions of a file, exactly: the staircase over l[0]..l[n_l-1] and the
 * smooth curve at each l; or, where there are blocks, the bits per leaf of blocks of these lengths.
 * k: as typed, or NULL for the file's. */
int theory_codes(struct cli_run *run, const char *path, const char *k, const double *l, size_t n_l,
                 const double *blocks, size_t n_blocks);

/* The critical alpha for each share pi = pi_a = pi_t. */
int theory_phase(struct cli_run *run, const double *shares, size_t n);

#endif
