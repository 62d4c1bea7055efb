/* Certificates: proofs by a machine that a person can read and another program can check
 * (docs/theory.md, R18).
 *
 *   statement   what is certified                                               input
 *   R3          c1 <= R <= c2 on boxes of (k, l or theta, pi_t) that cover a domain  ranges
 *   R4          gamma_p' < 0 exactly before l*, and the sharp constants R(0+) and R(L)  p, k, L
 *   R5          for which k kappa_k > 0: always, never, or exactly below k*     p
 *   R6          chi_l <= S/(A + T) for all masses on 2 or 3 leaves, all volumes and shares
 *   R7          1 <= R <= its bound, box by box, for all masses on 2 or 3 leaves  k, l, pi
 *   R12         kappa of Pareto masses changes sign within an interval of alpha  pi
 *
 * Making uses ball arithmetic (Arb) in forms without cancellation; the precision doubles until the
 * digits stand. Rechecking is a second and simpler path: exact rational arithmetic from the
 * definitions, without a ball and without rounding (R12: in balls, from Taylor series instead of
 * complex quadrature). Inputs are exact: numbers are decimals or
 * fractions as text ("1e12", "1/3") and are never doubles. docs/formats.md draws the file.
 *
 * This is the only module that uses FLINT. Built without it, sb_certify and sb_recheck return
 * SB_UNSUPPORTED with a line that says what to install.
 */
#ifndef SB_THEORY_CERTIFY_H
#define SB_THEORY_CERTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include "theory/statements.h"
#include "theory/status.h"

/* Whether this build has FLINT. */
bool sb_certify_available(void);

/* NULL is the default, where there is one. A range is "LOW:HIGH" or one number. */
struct sb_certify_input {
    const char *k;           /* R3: range, 1:1e12. R4: a number. R7: a number, 20 */
    const char *l;           /* R3: range, instead of theta. R4: L. R7: a number, 1/10 */
    const char *theta;       /* R3: range of l/l*, 0:9/10 */
    const char *pi_t;        /* R3: range, 1/100:99/100 */
    const char *pi;          /* "P1,PA,PT". R7: thirds. R12: 4/5,1/10,1/10 */
    size_t simplex_leaves;   /* R6, R7: 2 (also for 0) or 3 */
    const char *const *p[3]; /* R4, R5: p_p, p_a, p_t; each sums to 1 exactly */
    size_t n_leaves;         /* of p */
};

/* Makes a certificate: a new string of *size bytes (and a 0), freed by the caller; *finding is its
 * row in the table of springback verify, status SB_CERTIFIED. SB_DOMAIN where the input is outside
 * the statement's domain, and the error names the condition (a box across the pole l*, L beyond l*,
 * probabilities that do not sum to 1); SB_NUMERIC where 2^13 bits do not decide a sign;
 * SB_UNSUPPORTED for a statement without certificates. R3: 15 us a box (2,000 boxes for the defaults);
 * R4, R5: about 200 evaluations of the slopes, O(n) each. R6, R7: 30 us a box
 * (14,000 boxes for R7's defaults, 90,000 on three leaves). R12: 0.2 s, and 0.6 s to recheck. */
enum sb_status sb_certify(const char *statement, const struct sb_certify_input *input, char **text,
                          size_t *size, struct sb_finding *finding, struct sb_error *error);

/* Checks a certificate of size bytes; name is for messages. SB_FORMAT where it is truncated, altered
 * or something else, or where one of its numbers is false: the error names the line. */
enum sb_status sb_recheck(const char *name, const char *text, size_t size,
                          struct sb_finding *finding, struct sb_error *error);

/* The statements that have certificates: "R3, R4, R5, R6, R7 or R12". */
extern const char sb_certify_statements[];

#endif
