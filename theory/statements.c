#include "theory/statements.h"

#include <string.h>
#include "theory/trials.h"

const struct sb_statement sb_statements[] = {
    { "P1", "the paper's expected code length, and the bracket that holds", false, false,
      sb_check_P1 },
    { "P2", "the paper's theorem: true under R3's conditions, false in general", false, false,
      sb_check_P2 },
    { "P3", "Hooke's law: two datasets as springs in series", false, false, sb_check_P3 },
    { "R1", "first and second derivatives of the rates", true, false, sb_check_R1 },
    { "R2", "force balance, and its sandwich over finite steps", true, false, sb_check_R2 },
    { "R3", "the theorem for disjoint parts, with constants", true, true, sb_check_R3 },
    { "R4", "signs of the slopes under any overlap", true, false, sb_check_R4 },
    { "R5", "the threshold in k", false, false, sb_check_R5 },
    { "R6", "parts that overlap: R, l*, and bounds of chi", false, false, sb_check_R6 },
    { "R7", "upper bounds of R", false, false, sb_check_R7 },
    { "R8", "exponential families: force balance without the signs", false, false, sb_check_R8 },
    { "R9", "what pruning does to kappa, layer by layer", false, false, sb_check_R9 },
    { "R10", "codewords of whole lengths: exact jumps, ties, blocks", false, false, sb_check_R10 },
    { "R11", "entropies of Zipf's and Pareto's masses", false, false, sb_check_R11 },
    { "R12", "overlap of Pareto masses: limits of the slopes, and signs", false, false,
      sb_check_R12 },
    { "R13", "averages per length, and units of volume", false, false, sb_check_R13 },
    { "R14", "every small move of a converged model has the ratio -lambda", false, false,
      sb_check_R14 },
    { "R15", "alignment and perturbation by natural gradient", false, false, sb_check_R15 },
    { "R16", "forgetting on quadratic losses: fast, then a plateau", false, false, sb_check_R16 },
    { "R17", "in one dimension more alignment needs no smaller inverse dose", false, false,
      sb_check_R17 },
    { "R18", "certificates by ball arithmetic, rechecked", false, false, sb_check_R18 },
};
const size_t sb_n_statements = sizeof sb_statements / sizeof *sb_statements;

const struct sb_statement *sb_statement_find(const char *id)
{
    for (size_t i = 0; i < sb_n_statements; i++)
        if (strcmp(sb_statements[i].id, id) == 0)
            return &sb_statements[i];
    return NULL;
}
