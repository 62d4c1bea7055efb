/* The experiments, each in a file of its own (docs/experiments.md). */
#ifndef SB_ESTIMATORS_EXPERIMENT_EXPERIMENTS_H
#define SB_ESTIMATORS_EXPERIMENT_EXPERIMENTS_H

#include "estimators/experiment/experiment.h"

extern const struct sb_experiment sb_experiment_rebound;

#endif
