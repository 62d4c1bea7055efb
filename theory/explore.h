/* Search for the worst case of an inequality: low-discrepancy points in the unit cube, then a compass
 * search from the worst of them. What it finds is a counterexample or nothing: a search that finds
 * none proves nothing.
 */
#ifndef SB_THEORY_EXPLORE_H
#define SB_THEORY_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "theory/statements.h"

enum { SB_EXPLORE_DIMENSIONS = 24 };

/* A claim as a function on the unit cube. */
struct sb_exploration {
    const char *statement, *claim, *domain, *unit; /* of the slack */
    bool is_false;                                 /* docs/theory.md refutes it */
    double allowance;                              /* slacks above minus this are rounding */
    size_t dimension;                              /* 1 to SB_EXPLORE_DIMENSIONS */
    /* >= 0 where the claim holds at u[0..dimension-1] in [0, 1]; NaN where its hypothesis does not.
     * where (NULL is allowed): the case in words. */
    double (*slack)(const double *u, char *where, size_t size);
};

/* The claims that can be explored, in the order of docs/theory.md. */
extern const struct sb_exploration sb_explorations[];
extern const size_t sb_n_explorations;

/* n_points >= 1 points of a Sobol sequence, shifted at random from the seed; then from each of the 8
 * worst, steps along the axes that halve from 1/8 to 1e-9 where none leads further down. The finding is
 * the worst case met: SB_CHECKED where a claim that should hold did, SB_REFUTED where a false one did not,
 * SB_FAILED otherwise. n_cases counts the evaluations where the hypothesis was met. The same seed gives
 * the same case on every machine with the same libm. SB_MEMORY, or SB_DOMAIN for n_points 0. */
enum sb_status sb_explore(const struct sb_exploration *exploration, uint64_t seed, size_t n_points,
                          struct sb_finding *finding);

#endif
