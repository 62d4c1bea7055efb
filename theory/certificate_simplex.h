/* Boxes of leaf masses on two or three leaves: what making and rechecking certificates of R6 and R7
 * share. Only the geometry and the words of the file are here; what is true in a box is not.
 *
 *   variable          range                 where
 *   P_1[0], P_1[1]    first masses of P_1; the last leaf has the rest.  [1] on three leaves only
 *   P_a[.], P_t[.]    the same
 *   tau, w_1          A/(A + T) and k pi_1/S, both in [0, 1]: R6, for all k, l and shares at once.
 *                     R7 has k, l and pi, and so a single tau and w_1
 */
#ifndef SB_THEORY_CERTIFICATE_SIMPLEX_H
#define SB_THEORY_CERTIFICATE_SIMPLEX_H

#include "theory/certificate.h"

#if SB_FLINT

enum { SB_SIMPLEX_VARIABLES = 8 };

struct sb_simplex_boxes {
    size_t n_leaves;
    int n_variables;
    const char *names[SB_SIMPLEX_VARIABLES];
    fmpq low[SB_SIMPLEX_VARIABLES], high[SB_SIMPLEX_VARIABLES]; /* the box at hand */
    bool is_fixed;                                              /* tau and w_1 are numbers */
    fmpq_t tau, w_1, floor; /* no side shorter than floor is cut */
};

/* The whole domain. n_leaves is 2 or 3. */
void sb_simplex_init(struct sb_simplex_boxes *boxes, size_t n_leaves, bool is_fixed);
void sb_simplex_clear(struct sb_simplex_boxes *boxes);

/* tau and w_1 from k, l and the shares (pi_1, pi_a, pi_t), where they are fixed. */
void sb_simplex_set_volumes(struct sb_simplex_boxes *boxes, const fmpq_t k, const fmpq_t l,
                            fmpq_t pi[3]);

/* The masses of leaf x under part 0, 1 or 2 (P_1, P_a, P_t); which = 0: tau, 1: w_1. */
void sb_simplex_leaf(const struct sb_simplex_boxes *boxes, int part, size_t x, fmpq_t low,
                     fmpq_t high);
void sb_simplex_volumes(const struct sb_simplex_boxes *boxes, int which, fmpq_t low, fmpq_t high);

/* Whether the masses of a part exceed 1 throughout (three leaves). */
bool sb_simplex_is_outside(const struct sb_simplex_boxes *boxes);

/* The longest side to cut, or -1. */
int sb_simplex_widest(const struct sb_simplex_boxes *boxes);

enum sb_simplex_kind {
    SB_SIMPLEX_HOLDS,
    SB_SIMPLEX_VOID,   /* R7's condition fails throughout */
    SB_SIMPLEX_OPEN,   /* undecided */
    SB_SIMPLEX_OUTSIDE /* of the simplex */
};
const char *sb_simplex_kind_name(enum sb_simplex_kind kind); /* "void", ... */

/* What all boxes together say. */
struct sb_simplex_verdicts {
    size_t n_boxes;
    bool any;
    fmpq_t least, most; /* of those that hold */
    fmpq_t volume[3];   /* by kind, outside not counted */
};
void sb_simplex_verdicts_init(struct sb_simplex_verdicts *verdicts);
void sb_simplex_verdicts_clear(struct sb_simplex_verdicts *verdicts);
void sb_simplex_count(const struct sb_simplex_boxes *boxes, struct sb_simplex_verdicts *verdicts,
                      enum sb_simplex_kind kind, const fmpq_t least, const fmpq_t most);

/* "conclude slack LOW HIGH" or "conclude R LEAST MOST holds SHARE void SHARE open SHARE" (of the
 * volume); R is "none none" where no box holds. */
void sb_simplex_conclude(const struct sb_simplex_verdicts *verdicts, bool is_R7, FILE *file);

/* Domain, margin and place of the finding. */
void sb_simplex_describe(const struct sb_simplex_boxes *boxes,
                         const struct sb_simplex_verdicts *verdicts, struct sb_finding *finding);

#endif
#endif
