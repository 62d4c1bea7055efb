#include <string.h>
#include "estimators/experiment/experiments.h"

const struct sb_experiment *const sb_experiments[] = {
    &sb_experiment_resistance,
    &sb_experiment_rebound,
    &sb_experiment_size,
    &sb_experiment_volume,
    &sb_experiment_kl,
    &sb_experiment_reverse,
    &sb_experiment_objective,
    &sb_experiment_balance,
    &sb_experiment_prequential,
    &sb_experiment_path,
    &sb_experiment_slopes,
    &sb_experiment_mitigation,
    NULL,
};

const struct sb_experiment *sb_experiment_find(const char *name)
{
    for (size_t i = 0; sb_experiments[i]; i++)
        if (strcmp(sb_experiments[i]->name, name) == 0)
            return sb_experiments[i];
    return NULL;
}

struct sb_experiment_options sb_experiment_options_default(bool is_full)
{
    struct sb_experiment_options options = { .is_full = is_full,
                                             .world = sb_world_options_default(),
                                             .model = is_full ? "llama:width=64,layers=2,heads=4"
                                                              : "llama:width=32,layers=2,heads=2",
                                             .n_pretraining = is_full ? 64000 : 19200,
                                             .n_seeds = is_full ? 16 : 8,
                                             .seed = 1,
                                             .confidence = 0.95 };
    return options;
}
