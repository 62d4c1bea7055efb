/* The controlled language's words without memory, as an exponential family on the leaves of documents
 * (theory/exponential_family.h, R8):
 *
 *   q(x) ~ P_1(x) exp(theta . n(x))      n(x): style words of x by owner, P_1: dialect 1
 *
 * Documents whose tokens are of each kind independently, with any probabilities. Every dialect is a member;
 * a mixture of dialects is not, since the beginning of its documents says something about the rest.
 */
#ifndef SB_ESTIMATORS_EXPERIMENT_STYLE_FAMILY_H
#define SB_ESTIMATORS_EXPERIMENT_STYLE_FAMILY_H

#include <stdbool.h>
#include "data/language_exact.h"
#include "theory/exponential_family.h"

struct sb_style_family {
    struct sb_language_leaves leaves;
    double *features;        /* (n_leaves, 3) */
    struct sb_family family; /* a view of both */
};

/* Whether P_1 > 0 everywhere and the features are independent: every kind of word can come. */
bool sb_style_family_exists(const struct sb_language *language);

/* SB_LIMIT as sb_language_leaves_init, for long documents. */
enum sb_status sb_style_family_init(struct sb_style_family *family,
                                    const struct sb_language *language);
void sb_style_family_clear(struct sb_style_family *family);

#endif
