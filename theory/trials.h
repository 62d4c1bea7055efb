/* What the checks of theory/statements share: random cases, and the bookkeeping of a finding. */
#ifndef SB_THEORY_TRIALS_H
#define SB_THEORY_TRIALS_H

#include "theory/elasticity.h"
#include "theory/random.h"
#include "theory/statements.h"

/* A random case: three distributions on 2 to SB_TRIAL_LEAVES leaves with volumes k : 1 : l. By
 * turns generic with zeros; D4 with overlapping parts; D4 with disjoint parts; three neighbours of
 * one distribution; generic with novelty. */
enum { SB_TRIAL_LEAVES = 8 };
struct sb_trial {
    uint64_t number;
    double p[3][SB_TRIAL_LEAVES]; /* p_p, p_a, p_t */
    size_t n_leaves;
    double k, l; /* by default k in 0.1..1e6 and l in 1e-3..100, both log-uniform */
};
void sb_trial_init(struct sb_trial *trial, const struct sb_ranges *ranges, uint64_t number);
struct sb_parts sb_trial_parts(const struct sb_trial *trial, double l);

/* n random probabilities with sum 1, about a quarter of them 0. */
void sb_trial_vector(struct sb_random *random, double *p, size_t n);

/* Log-uniform between low and high (uniform if low is 0). */
double sb_trial_between(struct sb_random *random, double low, double high);

/* A finding without cases of a claim that docs/theory.md proves: SB_PROVED until a case fails. unit is
 * static. */
struct sb_finding sb_finding_of(const char *statement, const char *claim, const char *domain,
                                const char *unit);

/* The same for a claim that is not proved there: SB_CHECKED until a case fails. */
struct sb_finding sb_finding_unproved(const char *statement, const char *claim, const char *domain,
                                      const char *unit);

/* One more case of an inequality: fails below -allowance; the margin is the least slack. A NaN
 * fails. The format says where. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
void sb_finding_slack(struct sb_finding *finding, double slack, double allowance,
                      const char *format, ...);

/* One more case of an equation: fails above allowance; the margin is the largest error. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
void sb_finding_error(struct sb_finding *finding, double error, double allowance,
                      const char *format, ...);

/* One more case of yes or no. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void sb_finding_yes(struct sb_finding *finding, bool yes, const char *format, ...);

/* A claim that should be false: SB_REFUTED if it is, by the stated counterexample. */
#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
struct sb_finding
sb_finding_refuted(const char *statement, const char *claim, const char *domain, bool is_refuted,
                   const char *format, ...);

/* The checks: statements_paper.c, statements_joint.c, statements_signs.c, statements_bounds.c,
 * statements_families.c, statements_tree.c, statements_codes.c and statements_pareto.c. */
typedef size_t sb_statement_check(const struct sb_ranges *ranges,
                                  struct sb_finding findings[SB_FINDINGS_MAX]);
sb_statement_check sb_check_P1, sb_check_P2, sb_check_R1, sb_check_R2, sb_check_R3, sb_check_R4,
    sb_check_R5, sb_check_R6, sb_check_R7, sb_check_R8, sb_check_R9, sb_check_R10, sb_check_R11,
    sb_check_R12;
/* statements_springs.c and statements_sequential.c. */
sb_statement_check sb_check_P3, sb_check_R13, sb_check_R14, sb_check_R15, sb_check_R16,
    sb_check_R17;
/* statements_certificates.c. */
sb_statement_check sb_check_R18;

#endif
