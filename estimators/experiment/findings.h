/* What an experiment finds: estimates with intervals, a figure's table, and a verdict.
 *
 * What is inferred is the training procedure: seeds are sampled, t intervals over seed means with S - 1
 * degrees of freedom (estimators/seeds.h), and where a number is a mean over test documents, these are
 * crossed with the seeds. Differences are taken within each seed.
 *
 * Each experiment has one primary contrast, fixed before any run: what is claimed, the sign that the claim
 * means, and a size below which an effect counts as absent. Holm's method adjusts the p values of the
 * primary contrasts of all experiments of a run. The verdict is read off the interval:
 *
 *   shown          the interval lies beyond 0 on the claimed side
 *   reversed       on the other side
 *   absent         it contains 0 and lies within +-negligible
 *   not resolved   anything else
 */
#ifndef SB_ESTIMATORS_EXPERIMENT_FINDINGS_H
#define SB_ESTIMATORS_EXPERIMENT_FINDINGS_H

#include "estimators/experiment/experiment.h"
#include "estimators/seeds.h"

/* An estimate over seeds. these_low, these_high: the documents taken as fixed; the same as low and high where
 * a number has no documents. */
struct sb_effect {
    double value, standard_error, low, high, p_value;
    double these_low, these_high;
    size_t n_seeds;
};

/* The mean of values, one for each seed. NaN among them: no effect, all NaN. */
struct sb_effect sb_effect_of_seeds(const double *values, size_t n_seeds, double confidence);

/* The geometric mean of times, one for each seed, inf where the end was not seen (censored): t over
 * logarithms if all ends were seen; else the median with an interval of order statistics (at least the
 * confidence asked for, by the sign test; wide), p_value NaN. */
struct sb_effect sb_effect_of_times(const double *times, size_t n_seeds, double confidence);

enum sb_claim_verdict { SB_CLAIM_SHOWN, SB_CLAIM_REVERSED, SB_CLAIM_ABSENT, SB_CLAIM_UNRESOLVED };
extern const char *const sb_verdict_names[]; /* "shown", "reversed", "absent", "not resolved" */

struct sb_claim {
    const char *experiment, *text; /* views of constants */
    char measure[160];             /* what the number is, with its unit */
    char paper[96];                /* the paper's number; "": it has none */
    char condition[160];           /* under which it holds: "AdamW, fresh moments" */
    bool is_primary;
    double sign;       /* +1 or -1: what the claim means */
    double negligible; /* > 0 */
    struct sb_effect effect;
    double p_holm; /* of primary contrasts, set by sb_findings_adjust; NaN else */
};
enum sb_claim_verdict sb_claim_verdict(const struct sb_claim *claim);

struct sb_findings {
    struct sb_table *estimates; /* NAME.tsv: what figures draw */
    struct sb_claim *claims;
    size_t n_claims;
};

/* The table of estimates begins with its columns: condition, path, aligned_documents, learned_documents,
 * quantity, value, standard_error, low, high, these_low, these_high, n_seeds, p_value. SB_MEMORY. */
enum sb_status sb_findings_init(struct sb_findings *findings);
void sb_findings_clear(struct sb_findings *findings);
/* For experiments whose points have other numbers than documents: names for the columns of
 * sb_point.aligned and sb_point.learned ("k", "l"). Before anything is added. SB_MEMORY. */
enum sb_status sb_findings_coordinates(struct sb_findings *findings, const char *first,
                                       const char *second);
void sb_findings_add(struct sb_findings *findings, const char *condition,
                     const struct sb_point *point, const char *quantity,
                     const struct sb_effect *effect);

/* Holm over the primary claims of n experiments: sets p_holm. SB_OK or SB_MEMORY. */
enum sb_status sb_findings_adjust(struct sb_findings *findings, size_t n);

/* The claims of n experiments as a table: experiment, claim, measure, value, low, high, paper, p_value,
 * p_holm, verdict, condition. */
enum sb_status sb_findings_table(const struct sb_findings *findings, size_t n,
                                 struct sb_table **table);

/* ---- analysing --------------------------------------------------------------------------------- */

/* What an analysis reads and where it writes, at one condition. */
struct sb_analysis {
    const struct sb_experiment *experiment;
    const struct sb_experiment_options *options;
    const struct sb_observations *observations;
    struct sb_findings *findings;
    struct sb_error *error;
    size_t condition;
    char name[96]; /* the condition's, in rows of estimates and behind claims */
};

/* Observations of all cells into findings (_init), as the experiment has it. */
enum sb_status sb_analyse(const struct sb_experiment *experiment,
                          const struct sb_experiment_options *options,
                          const struct sb_observations *observations, struct sb_findings *findings,
                          struct sb_error *error);

/* The same at another condition, and its name. */
struct sb_analysis sb_analysis_at(const struct sb_analysis *analysis, size_t condition);

/* `one` at every condition of the experiment. */
enum sb_status sb_analysis_each(const struct sb_analysis *analysis,
                                enum sb_status (*one)(const struct sb_analysis *analysis));

/* Whether the first seed has it. */
bool sb_analysis_has(const struct sb_analysis *analysis, const struct sb_point *point,
                     const char *quantity);

/* The numbers of all seeds at a point, NaN where it was not observed; values (n_seeds). */
void sb_analysis_values(const struct sb_analysis *analysis, const struct sb_point *point,
                        const char *quantity, double *values);

/* sb_effect_of_seeds of values (n_seeds). */
struct sb_effect sb_analysis_effect(const struct sb_analysis *analysis, const double *values);

/* value_s = sum_j coefficient_j (mean over documents of quantity_j at point_j under seed s). Terms of the
 * same quantity share their documents. values (n_seeds), or NULL. SB_DOMAIN names what was not observed. */
struct sb_effect_term {
    double coefficient;
    struct sb_point point;
    const char *quantity;
};
enum sb_status sb_analysis_documents(const struct sb_analysis *analysis,
                                     const struct sb_effect_term *terms, size_t n_terms,
                                     double *values, struct sb_effect *effect);

/* A row of estimates under the condition's name. */
void sb_analysis_add(const struct sb_analysis *analysis, const struct sb_point *point,
                     const char *quantity, const struct sb_effect *effect);

/* Keeps the claim as one of this experiment; its condition, where it is empty, is the name. SB_MEMORY. */
enum sb_status sb_analysis_claim(const struct sb_analysis *analysis, struct sb_claim *claim);

#endif
