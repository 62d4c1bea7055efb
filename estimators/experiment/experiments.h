/* The experiments, each in a file of its own (docs/experiments.md). */
#ifndef SB_ESTIMATORS_EXPERIMENT_EXPERIMENTS_H
#define SB_ESTIMATORS_EXPERIMENT_EXPERIMENTS_H

#include "estimators/experiment/experiment.h"
extern const struct sb_experiment sb_experiment_rebound;
extern const struct sb_experiment sb_experiment_size;
extern const struct sb_experiment sb_experiment_volume;
extern const struct sb_experiment sb_experiment_kl;
extern const struct sb_experiment sb_experiment_reverse;
extern const struct sb_experiment sb_experiment_objective;
extern const struct sb_experiment sb_experiment_mitigation;
extern const struct sb_experiment sb_experiment_balance;
extern const struct sb_experiment sb_experiment_path;
extern const struct sb_experiment sb_experiment_slopes;
extern const struct sb_experiment sb_experiment_resistance;
extern const struct sb_experiment sb_experiment_prequential;

#endif
