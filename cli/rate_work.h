/* springback rate: what was asked for, and what was made of it. */
#ifndef SB_CLI_RATE_WORK_H
#define SB_CLI_RATE_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include "cli/cli.h"
#include "cli/rate_table.h"
#include "estimators/contrast.h"
#include "estimators/dataset.h"
#include "estimators/measure.h"
#include "estimators/predictor.h"
#include "estimators/rate.h"
#include "estimators/volumes.h"

enum { RATE_NO_ROLE = SB_N_ROLES };
extern const char *const rate_role_names[SB_N_ROLES];

/* The options as given. */
struct rate_settings {
    struct cli_texts data, models, contrasts;
    const char *roles[SB_N_ROLES]; /* [NAME=]PATH */
    const char *volumes, *interval, *rows, *token_rows, *autocovariance;
    size_t folds, depth, replicates;
    double confidence;
    bool differences, seeds, no_eos;
    bool may_lack_data; /* of a command that can do without datasets */
    struct cli_corpus corpus;
};

struct rate_work {
    const struct rate_settings *settings;
    size_t n_datasets, n_models, n_contrasts;
    struct sb_dataset *datasets; /* in the order of the command line */
    char **names;                /* of datasets; owned */
    int *roles;                  /* of datasets */
    struct sb_model *models;
    struct sb_contrast *contrasts;
    bool has_volumes;
    struct sb_volumes volumes;
    struct sb_measure_options measure;
    struct sb_interval_options interval;
    struct sb_measure **measures;
    struct rate_results results;
};

/* Makes sense of the settings: everything down to n_datasets, n_models and the options of measures and
 * rates. Returns -1 to go on, else the exit status after saying what is wrong. Starts from a work that
 * has its settings alone; rate_work_clear is needed either way. */
int rate_work_set(struct cli_run *run, struct rate_work *work, int argc, char **argv);
void rate_work_clear(struct rate_work *work);

/* The dataset in a role, or NULL. */
const struct sb_dataset *rate_in_role(const struct rate_work *work, int role);

/* Whether it is a checkpoint. */
bool rate_model_is_folder(const struct sb_model *model);

/* The file that a model reads, or NULL: train=FILE, or what follows "scores:". A view of the model. */
const char *rate_model_file(const struct sb_model *model);

/* Datasets, and the files that models name, into the provenance. */
enum sb_status rate_record_inputs(struct cli_run *run, const struct rate_work *work,
                                  struct sb_error *error);

/* For ledgers: an empty table gets the run's provenance; a failure before the first row leaves no file. */
void rate_give_provenance(const struct cli_run *run, struct sb_table *rows);
void rate_remove_if_empty(const char *path);

/* Measures, with the ledger of --rows open or without one: then measure.done stands. */
enum sb_status rate_measure_all(struct cli_run *run, struct rate_work *work,
                                struct sb_error *error);

/* All results from the measures: rates, differences, contrasts, p values. */
enum sb_status rate_estimate_all(struct rate_work *work, struct sb_error *error);

/* The registry of models, for --help. */
void rate_print_models(void);

/* What rate and compare have in common. */
struct rate_settings rate_settings_default(void);

/* Writes --autocovariance FILE: of every dataset of one document under every model that gives its
 * sequence. None at all is SB_FORMAT. */
enum sb_status rate_write_autocovariance(const struct cli_run *run, const struct rate_work *work,
                                         struct sb_error *error);

/* Remarks on the results; the settings as provenance of the table of all columns. */
void rate_print_notes(const struct cli_run *run, const struct rate_work *work);
void rate_record_settings(struct sb_table *table, const struct rate_work *work);

/* Emits the results in the form asked for, and remarks on them. Returns the exit status. */
int rate_print(struct cli_run *run, const struct rate_work *work);

#endif
