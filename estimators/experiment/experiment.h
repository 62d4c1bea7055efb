/* An experiment: cells that are run, side by side and on several machines, and what their rows say.
 *
 * A cell is one condition (a model, a volume, an optimiser, ...) under one seed: it trains a base from
 * nothing, does to it what the condition says, and leaves observations. No cell talks to another. The
 * observations of all cells, one row each, are the ledger NAME.rows.tsv; what was run is not run again.
 * When all cells are there, the analysis turns them into estimates with intervals over seeds, and a
 * verdict in words.
 *
 *   observation   a number measured at a point: a condition, a seed, a path (what was learned), how many
 *                 documents of alignment and of the path were learned before, and the quantity. Where the
 *                 number is a mean over documents, their values stand beside it, so that documents are
 *                 crossed with seeds (estimators/seeds.h).
 *
 * docs/experiments.md has the protocol and every definition.
 */
#ifndef SB_ESTIMATORS_EXPERIMENT_EXPERIMENT_H
#define SB_ESTIMATORS_EXPERIMENT_EXPERIMENT_H

#include "data/table.h"
#include "estimators/experiment/learner.h"

/* ---- observations ------------------------------------------------------------------------------ */

enum { SB_POINT_NAME = 32 };

/* Where something was measured. Numbers that a point does not need are 0. */
struct sb_point {
    char path[SB_POINT_NAME]; /* "base", "opposed", "neutral", ... */
    double aligned, learned;  /* documents of alignment, then of the path */
};

struct sb_observation {
    size_t condition, seed;
    struct sb_point point;
    char quantity[SB_POINT_NAME]; /* with its unit: "bits_alignment" */
    double value;
    double *documents; /* (n_documents): the value is their mean; NULL: none */
    size_t n_documents;
};

struct sb_observations {
    struct sb_observation *items;
    size_t n, capacity;
};
void sb_observations_clear(struct sb_observations *observations);

/* Appends; copies documents, which are kept to a millionth. SB_MEMORY. */
enum sb_status sb_observe(struct sb_observations *observations, const struct sb_point *point,
                          const char *quantity, double value);
enum sb_status sb_observe_documents(struct sb_observations *observations,
                                    const struct sb_point *point, const char *quantity,
                                    const double *documents, size_t n_documents);

/* A point by its parts. */
struct sb_point sb_point(const char *path, double aligned, double learned);

/* The observation, or NULL. O(n). */
const struct sb_observation *sb_observation_find(const struct sb_observations *observations,
                                                 size_t condition, size_t seed,
                                                 const struct sb_point *point,
                                                 const char *quantity);

/* ---- experiments ------------------------------------------------------------------------------- */

/* What all experiments of a run share: the profile, with the user's changes. */
struct sb_experiment_options {
    bool is_full;
    struct sb_world_options world;
    const char *model;    /* of every experiment but `size`: "llama:width=32,layers=2,heads=2" */
    size_t n_pretraining; /* documents of a base */
    size_t n_seeds;       /* fixed in advance */
    uint64_t seed;        /* seeds of cells are seed, seed + 1, ... */
    double confidence;
    const struct sb_grid *grid; /* grid.h: checkpoints trained elsewhere; NULL: none */
};

/* quick: 30 k parameters, 19,200 documents, 8 seeds; full: 110 k parameters, 64,000, 16. */
struct sb_experiment_options sb_experiment_options_default(bool is_full);

struct sb_analysis; /* findings.h */

struct sb_experiment {
    const char *name, *summary; /* a line */
    const char *paper;          /* where the paper shows it: "Figure 4"; "": ours */
    bool is_wide;               /* a cell takes all threads: cells run one by one */
    size_t (*n_conditions)(const struct sb_experiment_options *options);
    /* The condition's name for tables, "llama 30k, AdamW": at most size - 1 characters. */
    void (*name_condition)(const struct sb_experiment_options *options, size_t condition,
                           char *name, size_t size);
    /* One cell. Stamps neither condition nor seed: the caller does. */
    enum sb_status (*run)(const struct sb_experiment_options *options, size_t condition,
                          size_t seed, struct sb_observations *observations,
                          struct sb_error *error);
    /* What the observations of all cells say; called by sb_analyse, at condition 0. */
    enum sb_status (*analyse)(const struct sb_analysis *analysis);
};

/* n_conditions and name_condition of experiments that have but one: that of the profile's model. */
size_t sb_one_condition(const struct sb_experiment_options *options);
void sb_name_model(const struct sb_experiment_options *options, size_t condition, char *name,
                   size_t size);

/* All, in the order of docs/experiments.md; ends with NULL. */
extern const struct sb_experiment *const sb_experiments[];
/* NULL: there is none of that name. */
const struct sb_experiment *sb_experiment_find(const char *name);

/* ---- running ----------------------------------------------------------------------------------- */

struct sb_experiment_work {
    const char *folder;     /* of the ledgers, which exists */
    size_t shard, n_shards; /* this process does cells shard, shard + n_shards, ..; 0 of 1: all */
    bool only_reads;        /* merge: nothing is run */
    size_t n_threads;       /* cells side by side */
    struct sb_table
        *header; /* provenance alone: what must agree for a ledger to go on; the caller's,
                              * and gets the columns */
    void (*progress)(void *context, size_t n_done, size_t n); /* called by one thread at a time */
    void *context;
};

/* Runs what is missing of the shard, then collects the observations of all ledgers of the experiment in the
 * folder (NAME.rows.tsv, NAME.rows.1-of-4.tsv, ..), ordered by cell: the same whatever ran when and where.
 * *n_missing is the number of cells that no ledger has. SB_FORMAT: a ledger belongs to other options. */
enum sb_status sb_experiment_run(const struct sb_experiment *experiment,
                                 const struct sb_experiment_options *options,
                                 const struct sb_experiment_work *work,
                                 struct sb_observations *observations, size_t *n_missing,
                                 struct sb_error *error);

#endif
