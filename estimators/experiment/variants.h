/* Under which model and optimiser: the conditions of an experiment that asks one question of all of them.
 *
 *   0   the model of the options, AdamW, fresh moments: the only one of the quick profile
 *   1   the gpt2 form (of a gpt2: the llama form), the same
 *   2   the model, AdamW with the moments of what was learned before
 *   3   the model, AdamW, fresh moments, 16 steps of warm-up
 *   4   the model, SGD at a rate of 0.1
 *
 * Counts have neither forms nor optimisers: condition 0 alone.
 */
#ifndef SB_ESTIMATORS_EXPERIMENT_VARIANTS_H
#define SB_ESTIMATORS_EXPERIMENT_VARIANTS_H

#include "estimators/experiment/walk.h"

struct sb_variant {
    char model[160];
    char name[96]; /* "llama; AdamW, fresh moments" */
    struct sb_learning tuning;
};

/* As in struct sb_experiment. */
size_t sb_variants_n(const struct sb_experiment_options *options);
void sb_variants_name(const struct sb_experiment_options *options, size_t condition, char *name,
                      size_t size);

struct sb_variant sb_variant(const struct sb_experiment_options *options, size_t condition);

/* How condition 0 learns: "AdamW, fresh moments", or "counted". */
const char *sb_usual_tuning(const struct sb_experiment_options *options);

/* The same conditions and then, in the full profile of the controlled language, condition 0 at overlaps 0,
 * 0.6 and 0.9. *world takes the options of the condition's world. */
size_t sb_variants_and_overlaps_n(const struct sb_experiment_options *options);
void sb_variants_and_overlaps_name(const struct sb_experiment_options *options, size_t condition,
                                   char *name, size_t size);
struct sb_variant sb_variant_or_overlap(const struct sb_experiment_options *options,
                                        size_t condition, struct sb_world_options *world);

/* What a cell under one of these conditions begins with: a base to be trained, in a world of its own. */
struct sb_variant_cell {
    struct sb_variant variant;
    struct sb_world *world;
    struct sb_base base; /* views of the two */
};
/* Not to be moved. *cell is to be cleared in any case. */
enum sb_status sb_variant_cell_init(struct sb_variant_cell *cell,
                                    const struct sb_experiment_options *options, size_t condition,
                                    size_t seed, struct sb_error *error);
void sb_variant_cell_clear(struct sb_variant_cell *cell);

#endif
