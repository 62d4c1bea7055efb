/* Checkpoints that were trained elsewhere: rebound without training.
 *
 *   path <TAB> aligned <TAB> inverse <TAB> seed
 *
 * A row is a model as `rate` takes it (a folder, scores:FILE, ...), after how many documents of alignment and
 * then of inverse data it was written, and under which seed of the procedure. Every seed has a base, a row
 * with aligned 0 and inverse 0. With inverse documents behind no alignment the path is "from base".
 * What is measured are the bits of the test documents: all of those given, nothing is held out.
 */
#ifndef SB_ESTIMATORS_EXPERIMENT_GRID_H
#define SB_ESTIMATORS_EXPERIMENT_GRID_H

#include "estimators/experiment/experiment.h"

struct sb_grid_row {
    char *model;
    double aligned, inverse;
    size_t seed; /* 0 .. n_seeds - 1, in the order of the seeds' first rows */
};

struct sb_grid {
    struct sb_grid_row *rows;
    size_t n, n_seeds;
    size_t n_threads; /* for one checkpoint: they are scored one by one */
};

/* SB_FORMAT names the line: a missing column, a volume that is not a number of documents, a row twice, a
 * seed without a base. */
enum sb_status sb_grid_read(const char *path, struct sb_grid *grid, struct sb_error *error);
void sb_grid_clear(struct sb_grid *grid);

/* Of options.grid; options.world names the data by part, options.n_seeds is the grid's. */
extern const struct sb_experiment sb_experiment_rebound_grid;

#endif
