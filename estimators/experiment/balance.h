/* What the two halves of the experiment `balance` share: balance.c runs its cells, balance_findings.c reads
 * them.
 *
 * Observations stand at points (path, k, l), paths as in balance.c:
 *
 *   BITS[role]       bits per document of the role's data; their documents where they are test documents
 *   SLOPES[role]     d gamma/d l in nats per document, of documents and family
 *   "epsilon_bits"   of J, of family, words and bigrams
 */
#ifndef SB_ESTIMATORS_EXPERIMENT_BALANCE_H
#define SB_ESTIMATORS_EXPERIMENT_BALANCE_H

#include "estimators/curve.h"
#include "estimators/experiment/experiments.h"

enum { SB_BALANCE_K_COUNTED = 20, SB_BALANCE_K_TRAINED = 4, SB_BALANCE_N_L = 4 };
extern const double sb_balance_l[SB_BALANCE_N_L]; /* ascending from 0 */
enum { SB_BALANCE_TWICE = 2 }; /* sb_balance_l at which twice as much is trained, too */
extern const char *const sb_balance_bits[SB_N_ROLES], *const sb_balance_slopes[SB_N_ROLES];
enum { SB_BALANCE_N_ORDERS = 2 };
extern const char *const sb_balance_orders[SB_BALANCE_N_ORDERS]; /* "words", "bigrams" */

size_t sb_balance_n_conditions(const struct sb_experiment_options *options);
void sb_balance_name(const struct sb_experiment_options *options, size_t condition, char *name,
                     size_t size);
/* Of a condition, where there are no files. */
struct sb_language_options sb_balance_language(const struct sb_experiment_options *options,
                                               size_t condition);
bool sb_balance_has_files(const struct sb_experiment_options *options);

/* As in struct sb_experiment. */
enum sb_status sb_balance_analyse(const struct sb_analysis *analysis);

#endif
